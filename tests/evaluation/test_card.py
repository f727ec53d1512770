"""The dataset card: its front matter, its sections and its figures."""

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.benchmark import Benchmark, KeyOrderEntry, SourceEntry
from evaluation.card import CARD, CARD_FILES, card_files, dataset_card
from evaluation.card_facts import (
    CARD_FIELDS,
    LONGEST_LINE,
    TEXTS,
    CardFacts,
    CardFields,
    HumanStudy,
)
from evaluation.card_figures import COSINES, GAPS, PATTERNS, card_figures
from evaluation.errors import InvalidBenchmark
from evaluation.formats import FORMATS
from tests.evaluation.benchmark_examples import benchmark, benchmarks, pair, sha256

FILLED = CardFields(
    licence="CC-BY-4.0",
    image_licence="As their authors say",
    image_source="https://example.org/photo_album",
    languages="en, pt-BR",
    contact="harbor@example.org",
    citation="@misc{harbor,\n  title = {Harbor}\n}",
    intended_use="To find *blind* pairs.\nNot for ranking people.",
    personal_data="Nobody can be recognised.",
)
STUDY = HumanStudy(
    n_people=3,
    n_answers=40,
    n_right=38,
    n_pairs_seen=20,
    n_pairs_right=18,
    n_decided_twice=25,
    decision_alpha=0.812,
)
KNOWN = benchmark(
    card=CardFacts(fields=FILLED, human=STUDY),
    key_order=KeyOrderEntry(order="shuffled", seed=7),
    key_layer="lmms",
    source=SourceEntry(format="mmvp", name="MMVP", sha256=sha256("table")),
)


def text_of(made: Benchmark, **more: Any) -> str:  # noqa: ANN401
    return card_files(made, loading="LOADING", **more)[CARD].decode()


def front(card: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(card.split("---\n")[1])
    return found


def section(card: str, title: str) -> str:
    return card.split(f"\n## {title}\n\n")[1].split("\n## ")[0].strip()


def test_the_front_matter_is_yaml_that_the_hub_reads() -> None:
    configs = "configs:\n- config_name: default\n  data_files: data/*.parquet\n"
    assert front(text_of(KNOWN, configs=configs)) == {
        "pretty_name": "Harbor",
        "license": "cc-by-4.0",
        "language": ["en", "pt-BR"],
        "task_categories": ["visual-question-answering"],
        "size_categories": ["n<1K"],
        "configs": [{"config_name": "default", "data_files": "data/*.parquet"}],
    }


@pytest.mark.parametrize(
    ("licence", "told"),
    [
        ("cc by 4.0", {"license": "cc-by-4.0"}),
        ("Ask us, please", {"license": "other", "license_name": "ask-us-please"}),
        ("無料", {"license": "other", "license_name": "other"}),
        ("", {}),
    ],
)
def test_a_licence_of_ones_own_is_told_as_other(licence: str, told: dict[str, str]) -> None:
    made = benchmark(card=CardFacts(fields=CardFields(licence=licence)))
    found = front(text_of(made))
    assert {name: text for name, text in found.items() if name.startswith("license")} == told


def test_what_is_known_is_said_in_full() -> None:
    card = text_of(KNOWN)
    assert section(card, "How people do") == (
        "3 people answered questions about one image at a time, without the key and without the "
        "other image.\n\n"
        "| | | 95 % interval or basis |\n|---|---:|---|\n"
        "| Pair accuracy | 90.0% | 69.9% to 97.2%, of 20 pairs |\n"
        "| Single accuracy | 95.0% | 83.5% to 98.6%, of 40 answers |\n"
        "| Agreement on accepting a pair | 0.81 | Krippendorff's alpha; 25 pairs by two people or "
        "more |"
    )
    assert section(card, "Answers and rows") == (
        "- The right answer for the first image is (a) in 2 of 3 pairs\n"
        "- Key order: which image of a pair comes first was shuffled with seed 7\n"
        "- The key has the corrections “lmms” over it"
    )
    assert section(card, "Source") == (
        f"Imported from MMVP (format `mmvp`, SHA-256 `{sha256('table')}`)."
    )
    assert section(card, "Licence and use") == (
        "- Questions and answers: CC-BY-4.0\n- Images: As their authors say\n"
        "- Source of the images: <https://example.org/photo_album>\n"
        "- Contact: harbor@example.org\n- Languages: en, pt-BR\n\n"
        "**Intended use.** To find \\*blind\\* pairs.\nNot for ranking people.\n\n"
        "**Personal data.** Nobody can be recognised."
    )
    assert section(card, "Citation") == f"```\n{FILLED.citation}\n```"
    assert "- Mining run 1: blind above 0.95 in `open_clip:tiny`" in card


def test_what_is_not_known_is_not_invented() -> None:
    bare = benchmark(
        *(replace(one, blind_cosine=None, reference_cosine=None, gap=None) for one in [pair(1)]),
        blind_encoder=None,
        reference_encoder=None,
        blind_min=None,
        reference_max=None,
    )
    card = text_of(bare)
    assert "- Blind encoder: not known\n" in card
    assert "- Questions and answers: not stated" in card
    assert "The images belong to whoever made them" in card
    assert not any(f"## {title}\n" in card for title in ("How people do", "Source", "Citation"))
    assert list(card_figures(bare)) == [PATTERNS]


def test_the_card_shows_its_figures_and_only_those() -> None:
    files = card_files(KNOWN, loading="")
    assert list(files) == [CARD, PATTERNS, COSINES, GAPS]
    assert all(f"]({path})" in text_of(KNOWN) for path in (PATTERNS, COSINES, GAPS))
    assert "figures/" not in dataset_card(KNOWN, loading="")


def test_every_format_lists_the_files_of_the_card() -> None:
    for form in FORMATS.values():
        assert set(CARD_FILES) <= set(form.files), form.name


def test_the_figures_count_every_pair() -> None:
    made = benchmark(*(pair(number, reference_cosine=number / 40) for number in range(1, 21)))
    drawn = card_figures(made)
    texts = [one.text for one in ElementTree.fromstring(drawn[PATTERNS]).iter() if one.text]
    counts = [int(text) for text in texts if text.isdecimal()]
    assert sum(counts) == 20
    for path in (COSINES, GAPS):
        bars = [
            one.get("class")
            for one in ElementTree.fromstring(drawn[path])
            if one.get("fill-opacity")
        ]
        assert bars, path


@settings(max_examples=40)
@given(made=benchmarks())
def test_any_benchmark_has_a_card_with_readable_figures(made: Benchmark) -> None:
    files = card_files(made, loading="")
    assert files == card_files(Benchmark.from_json(made.to_json()), loading="")
    assert front(files[CARD].decode())["pretty_name"] == made.name
    for path, content in files.items():
        if path != CARD:
            ElementTree.fromstring(content)


def test_the_facts_come_back_from_the_document() -> None:
    text = KNOWN.to_json()
    assert Benchmark.from_json(text) == KNOWN
    assert '"card"' not in benchmark().to_json()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("languages", "english", "no code of a language"),
        ("languages", "en,,de", "no code of a language"),
        ("contact", "x" * (LONGEST_LINE + 1), "at most 300 fit"),
        ("citation", "a\x00b", "U\\+0000"),
    ],
)
def test_a_field_that_cannot_be_used_is_refused(name: str, text: str, told: str) -> None:
    with pytest.raises(InvalidBenchmark, match=told):
        CardFields(**{name: text})


def test_fields_are_tidied() -> None:
    assert CardFields(contact="  a\n b ").contact == "a b"
    assert CardFields(citation=" a\r\nb ").citation == "a\nb"
    assert set(TEXTS) < set(CARD_FIELDS)
    assert CardFacts().is_empty
    assert not CardFacts(human=STUDY).is_empty


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_no_citation_ends_its_own_block(text: str) -> None:
    cited = CardFields(citation=f"```{text}```")
    card = text_of(benchmark(card=CardFacts(fields=cited)))
    assert f"````\n{cited.citation}\n````" in card


def test_more_right_than_asked_is_refused() -> None:
    with pytest.raises(InvalidBenchmark, match="n_right"):
        HumanStudy(n_answers=1, n_right=2)
