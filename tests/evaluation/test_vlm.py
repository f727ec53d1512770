"""MMVP-VLM: the authors' rule, grouped by Type, and what an oracle and the demo's CLIP get."""

import csv
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from assets import asset
from embeddings.demo import blind_spec
from evaluation.benchmark import Question
from evaluation.errors import ExportExists, UnreadableBenchmark
from evaluation.formats import ExportOptions, export
from evaluation.patterns import load_patterns
from evaluation.published import published_vlms
from evaluation.vlm.demo import CONTROL, write_demo_vlm
from evaluation.vlm.evaluation import (
    NothingToCompare,
    UnknownSuite,
    evaluate_encoder,
    evaluate_encoders,
    suite,
)
from evaluation.vlm.files import write_vlm_evaluation
from evaluation.vlm.pairs import StatementPair, StatementSet, read_statements
from evaluation.vlm.rules import CHANCE, RULES, group, image_to_text, text_to_image
from evaluation.vlm.scores import score_cosines
from tests.embeddings.tiny_encoders import clip_folder, dinov2_folder, open_clip_folder
from tests.evaluation.benchmark_examples import benchmark, jpeg_source, pair
from tests.evaluation.vlm_sets import ColourEncoder, Row, rows_of, write_vlm

SLUGS = load_patterns("mmvp").slugs
Cosines = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 30), st.just(2), st.just(2)),
    elements=st.floats(-1, 1, width=16),
)


def set_of(kinds: list[str]) -> StatementSet:
    """Pairs with these patterns, and nothing to look at."""
    pairs = [
        StatementPair(pair_id=n, pattern=kind, texts=("", ""), images=("", ""))
        for n, kind in enumerate(kinds, 1)
    ]
    return StatementSet(name="any", pairs=pairs, patterns={}, n_written=0, read_image=lambda _: b"")


def script_says(cosines: np.ndarray) -> tuple[list[list[str]], list[bool]]:
    """evaluate_vlm.py as documented: softmax of 100 times the cosines, first image above 0.5."""
    said, hits = [], []
    for four in cosines.astype(np.float64):
        weights = np.exp(100 * (four - four.max(axis=1, keepdims=True)))
        first = weights[:, 0] / weights.sum(axis=1)
        said.append(["img1" if p > 0.5 else "img2" for p in first])
        hits.append(said[-1] == ["img1", "img2"])
    return said, hits


@settings(deadline=None)
@given(Cosines)
def test_text_to_image_is_the_rule_of_the_script(cosines: np.ndarray) -> None:
    assert text_to_image(cosines).tolist() == script_says(cosines)[1]


@settings(deadline=None)
@given(Cosines)
def test_group_is_both_and_never_more_than_one(cosines: np.ndarray) -> None:
    assert np.array_equal(group(cosines), text_to_image(cosines) & image_to_text(cosines))
    mirrored = cosines.transpose(0, 2, 1)
    strict = (cosines[:, 1, 0] != cosines[:, 1, 1]) & (cosines[:, 0, 1] != cosines[:, 1, 1])
    assert np.array_equal(image_to_text(cosines)[strict], text_to_image(mirrored)[strict])


def test_chance_is_what_all_orders_of_four_cosines_get() -> None:
    orders = np.array(list(itertools.permutations(range(4))), dtype=np.float32).reshape(24, 2, 2)
    assert {measure: rule(orders).mean() for measure, rule in RULES.items()} == pytest.approx(
        CHANCE
    )


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_on_a_conforming_set_type_and_position_give_the_same(seed: int) -> None:
    cosines = np.random.default_rng(seed).normal(size=(135, 2, 2)).astype(np.float32)
    by_type = score_cosines(set_of([slug for slug in SLUGS for _ in range(15)]), cosines)
    by_position = dict.fromkeys(SLUGS, 0)
    for place, hit in enumerate(script_says(cosines)[1]):
        by_position[SLUGS[place // 15]] += hit
    for slug in SLUGS:
        ours = by_type.by_pattern[slug].text_to_image
        assert 100 * (ours.value or 0) == pytest.approx(by_position[slug] / (135 // 9) * 100)
    assert by_type.mean_of_patterns["text_to_image"] == pytest.approx(
        by_type.overall.text_to_image.value
    )


@settings(deadline=None, max_examples=30)
@given(st.permutations([slug for slug in SLUGS[:3] for _ in range(4)] + [SLUGS[4]]))
def test_pairs_belong_to_their_type_in_whatever_order(kinds: list[str]) -> None:
    cosines = np.array([[[1, 0], [0, 1]] if k == SLUGS[1] else [[0, 1], [1, 0]] for k in kinds])
    found = score_cosines(set_of(kinds), cosines.astype(np.float32))
    right = {slug: shares.text_to_image.value for slug, shares in found.by_pattern.items()}
    assert right == {slug: float(slug == SLUGS[1]) for slug in (*SLUGS[:3], SLUGS[4])}
    assert found.mean_of_patterns["group"] == pytest.approx(1 / 4)
    assert found.overall.single.n == 8


def test_an_oracle_gets_nine_hundreds(tmp_path: Path) -> None:
    statements = read_statements(write_vlm(tmp_path / "vlm", rows_of()))
    assert list(statements.patterns) == list(SLUGS)
    assert (len(statements.pairs), statements.n_written) == (135, 135)
    scores = evaluate_encoder(statements, ColourEncoder()).scores
    shares = [(one.text_to_image.n, one.image_to_text.n, one.group.n) for one in
              scores.by_pattern.values()]  # fmt: skip
    assert shares == [(15, 15, 15)] * 9
    assert set(scores.mean_of_patterns.values()) == {1.0}
    low = scores.by_pattern[SLUGS[0]].text_to_image.low
    assert low == pytest.approx(0.7961, abs=1e-3), "Wilson, 15 of 15"


def test_rows_may_stand_in_any_order_and_types_be_spelled_as_copies_do(tmp_path: Path) -> None:
    kinds = ["Orientation", "Camera_Perspective", "structural character", "Material"]
    rows: list[Row] = list(reversed(rows_of(2, kinds)))
    statements = read_statements(write_vlm(tmp_path, rows, root="MMVP_VLM_Images"))
    assert list(statements.patterns) == ["orientation", "structure", "viewpoint", "material"]
    scores = evaluate_encoder(statements, ColourEncoder()).scores
    assert {one.group.n for one in scores.by_pattern.values()} == {2}


def test_what_cannot_be_asked_is_named(tmp_path: Path) -> None:
    rows = rows_of(1)
    rows[3] = (4, "Color", rows[3][2])
    folder = write_vlm(tmp_path / "types", rows)
    with pytest.raises(UnreadableBenchmark, match="pair 2 has two visual patterns"):
        read_statements(folder)
    folder = write_vlm(tmp_path / "image", rows_of(1))
    (folder / "MLLM_VLM Images" / "Color" / "12.jpg").unlink()
    with pytest.raises(UnreadableBenchmark, match="this image is missing"):
        read_statements(folder)


def test_an_export_is_asked_with_its_statements_or_those_of_its_questions(tmp_path: Path) -> None:
    question = Question(
        text="Are the wings open or closed?",
        option_a="Open",
        option_b="Closed",
        answer_first="b",
        answer_second="a",
    )
    written = pair(1, statement_first="a closed gate", statement_second="an open gate")
    made = benchmark(written, pair(2, question=question))
    kept = ExportOptions(key_order="kept")
    read_bytes = jpeg_source(made)
    folder = export(made, "mmvp", tmp_path / "out", image_bytes=read_bytes, options=kept).folder
    statements = read_statements(folder)
    assert statements.n_written == 1
    assert [one.texts for one in statements.pairs] == [
        ("a photo of a closed gate", "a photo of an open gate"),
        ("a photo of the wings closed", "a photo of the wings open"),
    ]
    assert [one.pattern for one in statements.pairs] == [one.pattern for one in made.pairs]


def test_real_encoders_of_both_families_and_those_that_cannot_run(tmp_path: Path) -> None:
    statements = read_statements(write_vlm(tmp_path / "vlm", rows_of(2)))
    specs = [
        f"open_clip:local-dir:{open_clip_folder(tmp_path / 'open')}",
        f"hf:{dinov2_folder(tmp_path / 'dino')}",
        "open_clip:ViT-L-14-quickgelu/openai",
        f"hf:{clip_folder(tmp_path / 'clip')}",
    ]
    # open_clip's own tokenizer needs no file; the tiny CLIP brings one
    calls: list[tuple[str, int, int]] = []
    found = evaluate_encoders(statements, specs, progress=lambda *call: calls.append(call))
    assert [(one.spec, one.image_size) for one in found.results] == [
        ("open_clip:local-dir:open", 32),
        ("hf:clip", 32),
    ]
    assert calls[-1] == ("hf:clip", 36, 36)
    assert "no text tower" in found.not_run["hf:dino"]
    assert "cannot be reached" in found.not_run["open_clip:ViT-L-14-quickgelu/openai"]
    assert all(one.scores.overall.single.total == 36 for one in found.results)
    write_vlm_evaluation(tmp_path / "out", found, statements)
    document = json.loads((tmp_path / "out/scores.json").read_text())
    assert document["kind"] == "vlm"
    assert document["results"][1]["scores"]["by_pattern"]["color"]["group"]["total"] == 2
    with (tmp_path / "out/pairs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 18
    for row in rows:
        first = float(row["text_1_image_1"]) > float(row["text_1_image_2"])
        assert int(row["text_1_right"]) == first
    with (tmp_path / "out/scores.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["source"] for row in table] == ["measured"] * 6 + ["published"] * 10
    assert table[-1]["model"] == "EVA02 ViT-bigE-14+"
    assert float(table[-1]["text"]) == 0.2


def test_the_suite_of_the_paper_names_models_that_open_clip_knows() -> None:
    import open_clip

    assert suite("paper") == [model.spec for model in published_vlms()]
    for model in published_vlms():
        name, _, tag = model.spec.removeprefix("open_clip:").partition("/")
        assert tag in open_clip.list_pretrained_tags_by_model(name)
        config = open_clip.get_model_config(name)
        assert config["vision_cfg"]["image_size"] == model.image_size
    with pytest.raises(UnknownSuite, match="Suites: paper"):
        suite("all")
    with pytest.raises(NothingToCompare):
        evaluate_encoders(set_of([]), [blind_spec()])


def test_the_demos_clip_is_blind_to_all_nine_and_sees_what_captions_name(tmp_path: Path) -> None:
    folder = write_demo_vlm(tmp_path / "demo", pairs_per_pattern=6, control=True)
    with pytest.raises(ExportExists):
        write_demo_vlm(folder)
    assert asset("demo/clip").is_dir()
    found = evaluate_encoders(read_statements(folder), [blind_spec()])
    by_pattern = found.results[0].scores.by_pattern
    (control,) = (slug for slug, name in found.patterns.items() if name == CONTROL)
    assert tuple(by_pattern) == (*SLUGS, control)
    right = {slug: shares.group.n for slug, shares in by_pattern.items()}
    assert right[control] >= 4
    assert max(right[slug] for slug in SLUGS) <= 1
    singles = [by_pattern[slug].single.n for slug in SLUGS]
    assert sum(singles) / (9 * 12) == pytest.approx(0.5, abs=0.1), "each text alone is guessed"


def test_pairs_of_the_demo_differ_in_one_detail_that_both_show(tmp_path: Path) -> None:
    folder = write_demo_vlm(tmp_path / "demo", pairs_per_pattern=1, seed=5)
    again = write_demo_vlm(tmp_path / "again", pairs_per_pattern=1, seed=5)
    assert (folder / "Questions.csv").read_bytes() == (again / "Questions.csv").read_bytes()
    statements = read_statements(folder)
    assert list(statements.patterns) == list(SLUGS)
    for one in statements.pairs:
        words = [set(text.split()) for text in one.texts]
        assert words[0] != words[1]
        assert len(words[0] & words[1]) >= 5, "the rest of the caption stays"
        first, second = (statements.read_image(name) for name in one.images)
        assert first != second
