"""The benchmark document: final pairs with their questions, and how they were found."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from evaluation.card_facts import CardFacts
from evaluation.entries import (
    Cosine,
    EncoderEntry,
    ExportedImage,
    ImageEntry,
    KeyOrderEntry,
    MiningRunEntry,
    PatternEntry,
    Seconds,
    SourceEntry,
    pattern_entries,
)
from evaluation.errata import Erratum
from evaluation.errors import InvalidBenchmark, Problem
from evaluation.question import DOCUMENT_CONFIG, Choice, Question
from evaluation.rules import (
    ROUNDING,
    line_problems,
    moment_problems,
    raise_if,
    repeated,
    seconds_problems,
    settle,
    settle_cosines,
    settle_plain,
    text_problems,
)
from evaluation.validation import path_of, problems_of

__all__ = [
    "FORMAT_VERSION",
    "Benchmark",
    "BenchmarkPair",
    "Choice",
    "EncoderEntry",
    "ExportedImage",
    "ImageEntry",
    "KeyOrderEntry",
    "MiningRunEntry",
    "PatternEntry",
    "Question",
    "SourceEntry",
    "pattern_entries",
]

FORMAT_VERSION: Literal[1] = 1


@dataclass(frozen=True, kw_only=True)
class BenchmarkPair:
    """Two images that the blind encoder takes for alike, and the question that tells them apart."""

    __pydantic_config__ = DOCUMENT_CONFIG

    pair_id: int
    """Number of the pair in the database it comes from; pairs are in this order."""
    first: ImageEntry
    """The first image."""
    second: ImageEntry
    """The second image."""
    blind_cosine: Cosine | None
    """Cosine similarity of the two images in the blind encoder; null where it is not known."""
    reference_cosine: Cosine | None
    """Cosine similarity of the two images in the reference encoder; null where it is not known."""
    gap: float | None = field(default_factory=lambda: math.nan)
    """Blind cosine minus reference cosine; worked out where it is not given."""
    question: Question
    """What is asked of both images."""
    pattern: str
    """Slug of the visual pattern that the question is about."""
    annotators: Sequence[str]
    """Names of the people who decided on the pair and wrote the question."""
    annotated_at: str | None = None
    """When the question was last saved, ISO 8601 with time zone; null where it is not known."""
    mining_run: int | None = None
    """The run_id of the mining run that found the pair; null where it is not known."""
    note: str = ""
    """Remark of the annotators."""
    active_seconds: Seconds | None = None
    """How long people looked at the pair and wrote, the median over them; null: not measured."""
    statement_first: str | None = None
    """What MMVP-VLM says of the first image, without "a photo of"; may be left out."""
    statement_second: str | None = None
    """What MMVP-VLM says of the second image, without "a photo of"; may be left out."""

    def __post_init__(self) -> None:
        problems = settle_cosines(self, "blind_cosine", "reference_cosine")
        problems += self._settle_gap()
        problems += line_problems(pattern=self.pattern)
        if self.first.sha256 == self.second.sha256:
            problems.append(Problem("second.sha256", "is the first image again; a pair needs two"))
        problems += self._settle_annotators()
        problems += moment_problems("annotated_at", self.annotated_at)
        problems += text_problems(note=self.note)
        problems += seconds_problems("active_seconds", self.active_seconds)
        problems += self._statement_problems()
        raise_if(problems, where=f"pair {self.pair_id}")

    def _settle_annotators(self) -> list[Problem]:
        if isinstance(self.annotators, str):
            return [Problem("annotators", "should be a list of names, not one text")]
        settle(self, annotators=tuple(self.annotators))
        problems = []
        for index, name in enumerate(self.annotators):
            problems += line_problems(**{path_of(["annotators", index]): name})
        return problems

    def _statement_problems(self) -> list[Problem]:
        both = {"statement_first": self.statement_first, "statement_second": self.statement_second}
        written = {name: text for name, text in both.items() if text is not None}
        if len(written) == 1:
            missing = next(name for name in both if name not in written)
            return [Problem(missing, "is missing; either both images have a statement or none")]
        return line_problems(**written)

    def _settle_gap(self) -> list[Problem]:
        given = math.nan if self.gap is None else float(self.gap)
        if self.blind_cosine is None or self.reference_cosine is None:
            settle(self, gap=None)
            if math.isnan(given):
                return []
            return [Problem("gap", f"is {given}, but not both cosines are known")]
        gap = self.blind_cosine - self.reference_cosine
        settle(self, gap=gap)
        if math.isnan(given) or abs(given - gap) <= ROUNDING:
            return []
        return [Problem("gap", f"is {given}, but the two cosines differ by {gap:.6f}")]


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A finished benchmark: one document that says what it holds and how it was made."""

    __pydantic_config__ = DOCUMENT_CONFIG

    format_version: Literal[1] = FORMAT_VERSION
    """Version of this document format."""
    name: str
    """Name of the benchmark."""
    created_by: str
    """Product and version that wrote the document."""
    blind_encoder: EncoderEntry | None
    """The encoder that takes the two images of a pair for alike; null where it is not known."""
    reference_encoder: EncoderEntry | None
    """The encoder that tells the two images of a pair apart; null where it is not known."""
    blind_min: Cosine | None
    """Threshold: pairs lie above this cosine in the blind encoder; null where it is not known."""
    reference_max: Cosine | None
    """Threshold: pairs lie below this cosine in the reference encoder; null where not known."""
    patterns: Sequence[PatternEntry]
    """The visual patterns that a pair may have, in their fixed order."""
    mining_runs: Sequence[MiningRunEntry] = ()
    """The searches that found the pairs."""
    versions: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Versions of the software that took part, by name."""
    pairs: Sequence[BenchmarkPair]
    """The final pairs, in the order of pair_id."""
    errata: Sequence[Erratum] = ()
    """Corrections of questions after somebody reported a problem, oldest first; may be left out."""
    key_order: KeyOrderEntry | None = None
    """Which image of a pair comes first in the tables; left out: as the pairs stand here."""
    key_layer: str | None = None
    """Name of the corrections that were laid over an imported key; left out: none were."""
    source: SourceEntry | None = None
    """What the benchmark was imported from; left out: it was made in MMVP Studio."""
    card: CardFacts | None = None
    """What the dataset card says beyond the pairs; left out: nothing was filled in."""

    def __post_init__(self) -> None:
        # Two exports of one database must agree, in whatever order the rows were read.
        settle(
            self,
            patterns=tuple(self.patterns),
            mining_runs=tuple(sorted(self.mining_runs, key=lambda run: run.run_id)),
            pairs=tuple(sorted(self.pairs, key=lambda pair: pair.pair_id)),
            errata=tuple(sorted(self.errata, key=lambda one: (one.at, one.pair_id))),
        )
        problems = line_problems(name=self.name, created_by=self.created_by)
        if self.format_version != FORMAT_VERSION:
            problems.append(Problem("format_version", f"should be {FORMAT_VERSION}"))
        problems += settle_cosines(self, "blind_min", "reference_max")
        problems += settle_plain(self, "versions")
        problems += self._reference_problems()
        raise_if(problems, where=self.name)

    def _reference_problems(self) -> list[Problem]:
        slugs = [pattern.slug for pattern in self.patterns]
        runs = [run.run_id for run in self.mining_runs]
        problems = repeated("patterns", "slug", slugs)
        problems += repeated("mining_runs", "run_id", runs)
        problems += repeated("pairs", "pair_id", [pair.pair_id for pair in self.pairs])
        problems += repeated("pairs", "exported.row", self._exported_rows())
        for index, pair in enumerate(self.pairs):
            if pair.pattern not in slugs:
                message = f"{pair.pattern!r} is none of the patterns {', '.join(slugs)}"
                problems.append(Problem(f"pairs[{index}].pattern", message))
            if pair.mining_run is not None and pair.mining_run not in runs:
                message = f"there is no run {pair.mining_run} in mining_runs"
                problems.append(Problem(f"pairs[{index}].mining_run", message))
        known = {pair.pair_id for pair in self.pairs}
        for index, erratum in enumerate(self.errata):
            if erratum.pair_id not in known:
                message = f"there is no pair {erratum.pair_id} in pairs"
                problems.append(Problem(f"errata[{index}].pair_id", message))
        return problems

    def _exported_rows(self) -> list[int]:
        images = [image for pair in self.pairs for image in (pair.first, pair.second)]
        return [image.exported.row for image in images if image.exported is not None]

    def count_by_pattern(self) -> dict[str, int]:
        """Number of pairs per pattern slug, in the order of ``patterns``, zeros included."""
        counts = Counter(pair.pattern for pair in self.pairs)
        return {pattern.slug: counts[pattern.slug] for pattern in self.patterns}

    def with_exported(self, exported: Sequence[tuple[ExportedImage, ExportedImage]]) -> "Benchmark":
        """The same benchmark, saying where each pair's first and second image were put."""
        pairs = [
            replace(
                pair,
                first=replace(pair.first, exported=first),
                second=replace(pair.second, exported=second),
            )
            for pair, (first, second) in zip(self.pairs, exported, strict=True)
        ]
        return replace(self, pairs=pairs)

    def to_json(self) -> str:
        """The document as JSON, the same characters for the same benchmark; ends in a newline."""
        document = _adapter().dump_python(self, mode="json")
        _leave_out(document, _LEFT_OUT)  # so that documents from before they were stay as they are
        for pair in document["pairs"]:
            _leave_out(pair, _LEFT_OUT_OF_PAIRS)
        return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Benchmark":
        """Read and check a document.

        Raises:
            InvalidBenchmark: with the path and sentence of every problem found.
        """
        try:
            # Some editors put a byte order mark in front.
            return _adapter().validate_json(text.removeprefix("\ufeff").encode())
        except UnicodeEncodeError as error:
            raise InvalidBenchmark([Problem("", "the text is not Unicode")]) from error
        except ValidationError as error:
            problems = problems_of(error)
            version = [problem for problem in problems if problem.field == "format_version"]
            if version:
                hint = "Read it with the version of MMVP Studio that wrote it, or a newer one."
                raise InvalidBenchmark(version, hint=hint) from error
            hint = "Correct the document, or export it again."
            raise InvalidBenchmark(problems, hint=hint) from error

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """JSON Schema of the documents that ``to_json`` writes."""
        schema = _adapter().json_schema(mode="serialization")
        # documents from before it was measured are without it
        schema["$defs"]["BenchmarkPair"]["required"].remove("active_seconds")
        for name in _LEFT_OUT:
            schema["required"].remove(name)
        for name in _LEFT_OUT_OF_PAIRS:
            schema["$defs"]["BenchmarkPair"]["required"].remove(name)
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


_LEFT_OUT = ("errata", "key_order", "key_layer", "source", "card")
_LEFT_OUT_OF_PAIRS = ("statement_first", "statement_second")


def _leave_out(document: dict[str, Any], names: Sequence[str]) -> None:
    """What is not there is not said."""
    for name in names:
        if not document[name]:
            del document[name]


@cache
def _adapter() -> TypeAdapter[Benchmark]:
    return TypeAdapter(Benchmark)
