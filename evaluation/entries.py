"""What a benchmark document says about its images, encoders, patterns and mining runs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import JsonValue, WithJsonSchema

from evaluation.errors import Problem
from evaluation.patterns import PatternSet
from evaluation.question import DOCUMENT_CONFIG
from evaluation.rules import (
    at_least,
    digest_problems,
    line_problems,
    raise_if,
    settle,
    settle_cosines,
    settle_plain,
    text_problems,
)

Seconds = Annotated[float, WithJsonSchema({"type": "number", "minimum": 0})]
Cosine = Annotated[float, WithJsonSchema({"type": "number", "minimum": -1, "maximum": 1})]
Sha256 = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{64}$"})]
Count = Annotated[int, WithJsonSchema({"type": "integer", "minimum": 0})]
Positive = Annotated[int, WithJsonSchema({"type": "integer", "minimum": 1})]


@dataclass(frozen=True, kw_only=True)
class ExportedImage:
    """Where an export put an image, and the bytes it put there."""

    __pydantic_config__ = DOCUMENT_CONFIG

    row: Positive
    """Row of the image's question in the exported table, counted from 1 without the header."""
    path: str
    """The image file, relative to the folder of this document."""
    sha256: Sha256
    """SHA-256 of the exported file's bytes."""

    def __post_init__(self) -> None:
        problems = digest_problems(self.sha256) + at_least(1, row=self.row)
        problems += line_problems(path=self.path)
        path = PurePosixPath(self.path)
        if path.is_absolute() or ".." in path.parts:
            problems.append(Problem("path", "should stay inside the folder of this document"))
        raise_if(problems)


@dataclass(frozen=True, kw_only=True)
class ImageEntry:
    """One image of a pair, known by its bytes."""

    __pydantic_config__ = DOCUMENT_CONFIG

    sha256: Sha256
    """SHA-256 of the original file's bytes: the identity of the image."""
    file_name: str
    """Name of the original file, without its folder."""
    width: Positive
    """Pixels, the image upright."""
    height: Positive
    """Pixels, the image upright."""
    exported: ExportedImage | None = None
    """Where this export put the image; null in a benchmark that no export has written."""

    def __post_init__(self) -> None:
        # A file name need not be text: keep the document writable, as "?" in a listing would.
        settle(
            self, file_name=re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", self.file_name)
        )
        raise_if(
            [*digest_problems(self.sha256), *at_least(1, width=self.width, height=self.height)]
        )


@dataclass(frozen=True, kw_only=True)
class EncoderEntry:
    """An encoder that took part in the search for pairs."""

    __pydantic_config__ = DOCUMENT_CONFIG

    spec: str
    """What loads it again, for example hf:facebook/dinov2-large."""
    name: str
    """Its name for people."""
    dimension: Positive
    """Length of its embedding vectors."""
    weights_digest: str | None = None
    """Digest of the weights that were loaded; null where it is not known."""

    def __post_init__(self) -> None:
        problems = line_problems(spec=self.spec, name=self.name)
        if self.weights_digest is not None:
            problems += line_problems(weights_digest=self.weights_digest)
        raise_if(problems + at_least(1, dimension=self.dimension))


@dataclass(frozen=True, kw_only=True)
class PatternEntry:
    """A visual pattern that pairs of this benchmark may show."""

    __pydantic_config__ = DOCUMENT_CONFIG

    slug: str
    """Short name, the one that pairs refer to."""
    name: str
    """Name for people."""
    definition: str = ""
    """What the pattern means, one sentence."""

    def __post_init__(self) -> None:
        problems = line_problems(slug=self.slug, name=self.name)
        raise_if(problems + text_problems(definition=self.definition))


@dataclass(frozen=True, kw_only=True)
class MiningRunEntry:
    """One search for candidate pairs: its encoders, thresholds, options and counts."""

    __pydantic_config__ = DOCUMENT_CONFIG

    run_id: int
    """Number of the run in the database it comes from."""
    blind_encoder: str
    """Spec of the encoder that took the two images for alike."""
    reference_encoder: str
    """Spec of the encoder that told the two images apart."""
    blind_min: Cosine
    """Pairs were kept above this cosine similarity in the blind encoder."""
    reference_max: Cosine
    """Pairs were kept below this cosine similarity in the reference encoder."""
    n_images: Count | None = None
    """Images that were searched; null where it is not known."""
    n_compared: Count | None = None
    """Pairs that were compared; null where it is not known."""
    n_over_thresholds: Count | None = None
    """Pairs that passed both thresholds, before any filter; null where it is not known."""
    options: Mapping[str, JsonValue] = field(default_factory=dict, hash=False)
    """Every other option of the run, as it was given."""

    def __post_init__(self) -> None:
        problems = line_problems(
            blind_encoder=self.blind_encoder, reference_encoder=self.reference_encoder
        )
        problems += settle_cosines(self, "blind_min", "reference_max")
        problems += settle_plain(self, "options")
        raise_if(problems)


@dataclass(frozen=True, kw_only=True)
class KeyOrderEntry:
    """Which image of a pair comes first in the tables of an export."""

    __pydantic_config__ = DOCUMENT_CONFIG

    order: Literal["shuffled", "original"]
    """shuffled: as often (a) as (b) comes first; original: always (a), as in MMVP."""
    seed: int | None = None
    """What the shuffle began with; null where nothing was shuffled."""


@dataclass(frozen=True, kw_only=True)
class SourceEntry:
    """Where an imported benchmark comes from."""

    __pydantic_config__ = DOCUMENT_CONFIG

    format: str
    """The format that was read, as `mmvp import` names it."""
    name: str
    """Name of the file or folder, without the path to it."""
    sha256: Sha256 | None = None
    """SHA-256 of the table or document that was read; null where it is not known."""

    def __post_init__(self) -> None:
        problems = line_problems(format=self.format, name=self.name)
        raise_if(problems + (digest_problems(self.sha256) if self.sha256 is not None else []))


def pattern_entries(patterns: PatternSet) -> tuple[PatternEntry, ...]:
    """The patterns of a set as they stand in a benchmark."""
    return tuple(
        PatternEntry(slug=pattern.slug, name=pattern.name, definition=pattern.definition)
        for pattern in patterns
    )
