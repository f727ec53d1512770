"""The sections of a dataset card that say how a benchmark was made and may be used."""

from collections.abc import Iterator

from evaluation.benchmark import Benchmark, EncoderEntry, MiningRunEntry
from evaluation.card_facts import CardFields, HumanStudy
from evaluation.statistics import share

_STATED = (
    ("Questions and answers", "licence"),
    ("Images", "image_licence"),
    ("Source of the images", "image_source"),
    ("Contact", "contact"),
)
_AT_LENGTH = (("Intended use", "intended_use"), ("Personal data", "personal_data"))
_NOT_STATED = "not stated"


def search(benchmark: Benchmark) -> str:
    """Encoders, thresholds and mining runs."""
    return "\n".join(
        [
            *_encoder("Blind", benchmark.blind_encoder, "above", benchmark.blind_min),
            *_encoder("Reference", benchmark.reference_encoder, "below", benchmark.reference_max),
            *(_run(run) for run in benchmark.mining_runs),
        ]
    )


def _encoder(
    role: str, encoder: EncoderEntry | None, side: str, threshold: float | None
) -> list[str]:
    if encoder is None:
        return [f"- {role} encoder: not known"]
    limit = "" if threshold is None else f"; cosine similarity {side} {threshold:g}"
    name = f"{plain(encoder.name)} (`{encoder.spec}`, {encoder.dimension} dimensions)"
    return [f"- {role} encoder: {name}{limit}"]


def _run(run: MiningRunEntry) -> str:
    told = [
        f"blind above {run.blind_min:g} in `{run.blind_encoder}`",
        f"reference below {run.reference_max:g} in `{run.reference_encoder}`",
    ]
    if run.n_images is not None:
        told.append(counted(run.n_images, "image"))
    if run.n_compared is not None:
        told.append(f"{counted(run.n_compared, 'pair')} compared")
    if run.n_over_thresholds is not None:
        told.append(f"{run.n_over_thresholds:,} over both thresholds")
    return f"- Mining run {run.run_id}: {', '.join(told)}"


def answers(benchmark: Benchmark) -> str:
    """How often (a) is right, how the rows are ordered, and what was corrected."""
    n_first_a = sum(pair.question.answer_first == "a" for pair in benchmark.pairs)
    lines = [
        f"- The right answer for the first image is (a) in {n_first_a:,} of "
        f"{counted(len(benchmark.pairs), 'pair')}"
    ]
    order = benchmark.key_order
    if order is not None and order.order == "original":
        lines.append(
            "- Key order: original, the row with (a) comes first in every pair, so a row's number "
            "gives its answer away"
        )
    elif order is not None:
        seed = "" if order.seed is None else f" with seed {order.seed}"
        lines.append(f"- Key order: which image of a pair comes first was shuffled{seed}")
    if benchmark.key_layer:
        lines.append(f"- The key has the corrections “{plain(benchmark.key_layer)}” over it")
    if benchmark.errata:
        n_errata = counted(len(benchmark.errata), "correction")
        lines.append(f"- {n_errata} of questions after a problem was reported, see `ERRATA.md`")
    return "\n".join(lines)


def people(human: HumanStudy | None) -> str:
    """How people did and how far they agree, as a section; empty if nobody was asked."""
    if human is None:
        return ""
    rows = list(_people_rows(human))
    if not rows:
        return ""
    table = "\n".join(["| | | 95 % interval or basis |", "|---|---:|---|", *rows])
    who = ""
    if human.n_people:
        who = (
            f"{human.n_people:,} {'person' if human.n_people == 1 else 'people'} answered "
            "questions about one image at a time, without the key and without the other image.\n\n"
        )
    return f"## How people do\n\n{who}{table}"


def _people_rows(human: HumanStudy) -> Iterator[str]:
    for name, n, total, unit in (
        ("Pair accuracy", human.n_pairs_right, human.n_pairs_seen, "pairs"),
        ("Single accuracy", human.n_right, human.n_answers, "answers"),
    ):
        found = share(n, total)
        if found.value is not None:
            between = f"{found.low:.1%} to {found.high:.1%}, of {total:,} {unit}"
            yield f"| {name} | {found.value:.1%} | {between} |"
    for name, value in (
        ("Agreement on accepting a pair", human.decision_alpha),
        ("Agreement on the visual pattern", human.pattern_alpha),
    ):
        if value is not None:
            basis = f"Krippendorff's alpha; {human.n_decided_twice:,} pairs by two people or more"
            yield f"| {name} | {value:.2f} | {basis} |"


def source(benchmark: Benchmark) -> str:
    """What an imported benchmark was read from, as a section; empty if it was made here."""
    found = benchmark.source
    if found is None:
        return ""
    digest = f", SHA-256 `{found.sha256}`" if found.sha256 else ""
    return f"## Source\n\nImported from {plain(found.name)} (format `{found.format}`{digest})."


def licence_and_use(fields: CardFields) -> str:
    """What an admin filled in; what is not stated is said to be so."""
    lines = [f"- {title}: {_stated(getattr(fields, name))}" for title, name in _STATED]
    if fields.language_codes:
        lines.append(f"- Languages: {plain(', '.join(fields.language_codes))}")
    parts = ["\n".join(lines)]
    for title, name in _AT_LENGTH:
        text = getattr(fields, name)
        if text:
            parts.append(f"**{title}.** " + "\n".join(plain(line) for line in text.split("\n")))
    if not fields.image_licence:
        parts.append(
            "The images belong to whoever made them; make sure that you may pass them on before "
            "you publish them."
        )
    return "\n\n".join(parts)


def citation(fields: CardFields) -> str:
    """How to cite the benchmark, word for word, as a section; empty if nobody said."""
    if not fields.citation:
        return ""
    fence = "```"
    while fence in fields.citation:
        fence += "`"
    return f"## Citation\n\n{fence}\n{fields.citation}\n{fence}"


def _stated(text: str) -> str:
    if not text:
        return _NOT_STATED
    is_address = text.startswith(("https://", "http://")) and not set(text) & set(" <>\\")
    return f"<{text}>" if is_address else plain(text)


def counted(n: int, noun: str) -> str:
    """A number with its noun."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def plain(text: str) -> str:
    """Text that Markdown shows as it is, in a table cell too."""
    return "".join(
        f"\\{character}" if character in "\\`*_{}[]<>#|" else character for character in text
    )
