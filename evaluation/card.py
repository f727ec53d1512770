"""The dataset card: a short README that travels with an exported benchmark."""

import json

from evaluation.benchmark import Benchmark, EncoderEntry


def dataset_card(benchmark: Benchmark, *, loading: str) -> str:
    """Markdown that says what the benchmark is, how it was made and how to load it.

    Args:
        benchmark: what is described; the same benchmark gives the same text.
        loading: Markdown on how to read the files of this format.
    """
    n_pairs = len(benchmark.pairs)
    sections = [
        _front_matter(benchmark),
        f"# {_plain(benchmark.name)}",
        f"{_count(n_pairs, 'pair')} of images that one vision encoder takes for alike and another "
        "tells apart, each with a question that a person wrote. Both images of a pair get the same "
        "question and the same two options; the right answers differ.",
        "## Visual patterns\n\n" + _pattern_table(benchmark),
        "## How the pairs were found\n\n" + _search(benchmark),
        "## How to load it\n\n" + loading,
        "## More\n\n"
        "`benchmark.json` holds everything in one document: image hashes, cosine similarities, "
        "questions, answers, patterns, annotators, and the row of each image. The images belong "
        "to whoever made them; make sure that you may pass them on before you publish them.\n\n"
        f"Written by {_plain(benchmark.created_by)}.",
    ]
    return "\n\n".join(sections) + "\n"


def _front_matter(benchmark: Benchmark) -> str:
    # A JSON string is also a YAML string, whatever is in the name.
    name = json.dumps(benchmark.name, ensure_ascii=False)
    return f"---\npretty_name: {name}\ntask_categories:\n- visual-question-answering\n---"


def _pattern_table(benchmark: Benchmark) -> str:
    names = {pattern.slug: pattern.name for pattern in benchmark.patterns}
    counts = benchmark.count_by_pattern()
    rows = [f"| {_plain(names[slug])} | {count} |" for slug, count in counts.items()]
    total = f"| **All** | **{len(benchmark.pairs)}** |"
    return "\n".join(["| pattern | pairs |", "|---|---:|", *rows, total])


def _search(benchmark: Benchmark) -> str:
    n_first_a = sum(pair.question.answer_first == "a" for pair in benchmark.pairs)
    return "\n".join(
        [
            f"- Blind encoder: {_encoder(benchmark.blind_encoder)}; "
            f"cosine similarity above {benchmark.blind_min:g}",
            f"- Reference encoder: {_encoder(benchmark.reference_encoder)}; "
            f"cosine similarity below {benchmark.reference_max:g}",
            f"- The right answer for the first image is (a) in {n_first_a} of "
            f"{_count(len(benchmark.pairs), 'pair')}",
        ]
    )


def _encoder(encoder: EncoderEntry) -> str:
    return f"{_plain(encoder.name)} (`{encoder.spec}`, {encoder.dimension} dimensions)"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, in a table cell too."""
    return "".join(
        f"\\{character}" if character in "\\`*_{}[]<>#|" else character for character in text
    )
