"""A list of pairs, read and checked, as it will be stored."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from annotator.imported_images import WantedImage
from annotator.incoming import Incoming, shown_name
from db.import_tables import KeptAs
from db.imports import NewImport, NewPairOf
from db.lifecycle import RunKind
from db.pattern_fields import PatternFields
from db.views import QuestionView
from evaluation.benchmark import PatternEntry
from evaluation.labels import entries_for
from evaluation.pair_list import ListedPair, read_pairs
from evaluation.question import Question
from evaluation.readers.texts import read_bytes

PAIRS, LABEL_STUDIO = "pairs", "labelstudio"


def read_pair_list(
    path: Path,
    *,
    format_name: str = PAIRS,
    images: Path | None = None,
    name: str | None = None,
    kept_as: KeptAs = KeptAs.complete,
) -> Incoming:
    """Reads a list of pairs; those without a question wait for review.

    Args:
        path: a CSV file, JSON lines, or with the format `labelstudio` the JSON of its export.
        images: folder that the paths are relative to; by default that of the list.
        name: to know the list by; by default its file's.
        kept_as: what pairs that come with a question are at first.

    Raises:
        InvalidPairs: names every problem with its place.
        UnreadableBenchmark: the file cannot be read.
    """
    path = path.expanduser()
    listed = read_pairs(path, label_studio=format_name == LABEL_STUDIO)
    folder = images.expanduser() if images is not None else path.parent
    finding = _Finding(folder)
    rows = [
        (
            pair,
            finding.image(pair, pair.first, pair.digests[0]),
            finding.image(pair, pair.second, pair.digests[1]),
        )
        for pair in listed
    ]
    waiting = kept_as is KeptAs.open or any(pair.question is None for pair in listed)
    patterns = entries_for(pair.pattern for pair in listed if pair.question is not None)
    name = (name or Path(shown_name(path)).stem).strip()
    new = NewImport(
        name=name,
        format=format_name,
        source=shown_name(path),
        digest=_digest(listed, [(first, second) for _, first, second in rows]),
        kind=RunKind.pairs if waiting else RunKind.written,
        kept_as=kept_as,
        author=name,
        document={"name": name},
        patterns=[] if kept_as is KeptAs.open else _fields(patterns.values(), name),
        pairs=[
            _new_pair(number, pair, first, second, patterns)
            for number, (pair, first, second) in enumerate(rows, start=1)
        ],
    )
    return Incoming(new=new, images=finding.wanted)


class _Finding:
    """The images that a list names: files, or images that the workspace should know."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.wanted: dict[str, WantedImage] = {}
        self._by_name: dict[str, str] = {}

    def image(self, pair: ListedPair, written: str, digest: str) -> str:
        """What the image is known by: the SHA-256 of its file, or the text as it is written."""
        if written in self._by_name:
            return self._by_name[written]
        path = self._folder / Path(written).expanduser()
        identity, read = digest or written, None
        try:
            if path.is_file():
                data = read_bytes(path)
                identity, read = hashlib.sha256(data).hexdigest(), _reader(path)
        except (OSError, ValueError):
            pass  # no name of a file; the workspace may know it
        where = str(pair.place)
        self.wanted.setdefault(identity, WantedImage(identity, Path(written).name, where, read))
        self._by_name[written] = identity
        return identity


def _reader(path: Path) -> Callable[[], bytes]:
    return lambda: read_bytes(path)


def _new_pair(
    number: int,
    pair: ListedPair,
    first: str,
    second: str,
    patterns: Mapping[str | None, PatternEntry],
) -> NewPairOf:
    entry: dict[str, Any] = {"first": pair.first, "second": pair.second}
    asked = None
    if pair.question is not None:
        entry["question"] = {"text": pair.question.text}
        asked = _view(pair.question, patterns[pair.pattern].slug)
    return NewPairOf(
        number=number,
        first=first,
        second=second,
        rows=(number, number),
        entry=entry,
        question=asked,
        blind_cosine=pair.blind_cosine,
        reference_cosine=pair.reference_cosine,
        note=pair.note,
        keeps_number=False,
    )


def _view(asked: Question, pattern: str) -> QuestionView:
    return QuestionView(
        text=asked.text,
        option_a=asked.option_a,
        option_b=asked.option_b,
        answer_first=asked.answer_first,
        answer_second=asked.answer_second,
        pattern=pattern,
    )


def _fields(entries: Iterable[PatternEntry], name: str) -> list[PatternFields]:
    return [
        PatternFields(one.slug, one.name, one.definition or f"A pattern of the list {name}.")
        for one in {entry.slug: entry for entry in entries}.values()
    ]


def _digest(listed: Sequence[ListedPair], images: Sequence[tuple[str, str]]) -> str:
    """Equal for the same pairs with the same questions, whatever the list is called."""
    said = [
        (
            two,
            repr(pair.question),
            pair.pattern,
            pair.note,
            pair.blind_cosine,
            pair.reference_cosine,
        )
        for two, pair in zip(images, listed, strict=True)
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
