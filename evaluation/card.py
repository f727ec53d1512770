"""The dataset card: the README and figures that travel with an exported benchmark."""

from evaluation.benchmark import Benchmark
from evaluation.card_facts import CardFacts
from evaluation.card_figures import COSINES, GAPS, PATTERNS, card_figures
from evaluation.card_sections import (
    answers,
    citation,
    counted,
    licence_and_use,
    people,
    plain,
    search,
    source,
)
from evaluation.card_yaml import front_matter
from evaluation.patterns import custom_pattern_note

CARD = "README.md"
CARD_FILES = (CARD, "figures/*.svg")
"""Patterns of the files that `card_files` makes, for `Format.files`."""

_ALT = {
    PATTERNS: "Bar chart: pairs per visual pattern",
    COSINES: "Histogram: cosine similarity of the two images of a pair in both encoders",
    GAPS: "Histogram: blind minus reference cosine similarity",
}


def card_files(benchmark: Benchmark, *, loading: str, configs: str = "") -> dict[str, bytes]:
    """The card with its figures, path to content; the same benchmark gives the same bytes.

    Args:
        loading: Markdown on how to read the files of this format.
        configs: lines of YAML for the front matter, such as where a Hugging Face library finds
            the table; empty if a format has none.
    """
    figures = card_figures(benchmark)
    text = _card(benchmark, loading, configs, shown=tuple(figures))
    return {CARD: text.encode(), **figures}


def dataset_card(benchmark: Benchmark, *, loading: str, configs: str = "") -> str:
    """The card as Markdown without figures; see `card_files`."""
    return _card(benchmark, loading, configs, shown=())


def _card(benchmark: Benchmark, loading: str, configs: str, *, shown: tuple[str, ...]) -> str:
    facts = benchmark.card or CardFacts()
    sections = [
        front_matter(benchmark, configs),
        f"# {plain(benchmark.name)}",
        f"{counted(len(benchmark.pairs), 'pair')} of images that one vision encoder takes for "
        "alike and another tells apart, each with a question that a person wrote. Both images of a "
        "pair get the same question and the same two options; the right answers differ.",
        "## Visual patterns\n\n" + _figure(PATTERNS, shown) + _pattern_table(benchmark),
        "## How the pairs were found\n\n"
        + "".join(_figure(path, shown) for path in (COSINES, GAPS))
        + search(benchmark),
        people(facts.human),
        "## Answers and rows\n\n" + answers(benchmark),
        source(benchmark),
        "## Licence and use\n\n" + licence_and_use(facts.fields),
        citation(facts.fields),
        "## How to load it\n\n" + loading,
        "## More\n\n"
        "`benchmark.json` holds everything in one document: image hashes, cosine similarities, "
        "questions, answers, patterns, annotators, and the row of each image.\n\n"
        f"Written by {plain(benchmark.created_by)}.",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _figure(path: str, shown: tuple[str, ...]) -> str:
    return f"![{_ALT[path]}]({path})\n\n" if path in shown else ""


def _pattern_table(benchmark: Benchmark) -> str:
    names = {pattern.slug: pattern.name for pattern in benchmark.patterns}
    counts = benchmark.count_by_pattern()
    rows = [f"| {plain(names[slug])} | {count} |" for slug, count in counts.items()]
    total = f"| **All** | **{len(benchmark.pairs)}** |"
    note = custom_pattern_note(benchmark.patterns)
    table = "\n".join(["| pattern | pairs |", "|---|---:|", *rows, total])
    return f"{table}\n\n{note}" if note else table
