"""Rules about images: there, readable, upright, and no image twice."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import PurePosixPath

import numpy as np

from embeddings.near_duplicates import NEAR_DUPLICATE_DISTANCE, hamming_distances
from evaluation.check.finding import Remark, Rule
from evaluation.check.subject import Row, Subject
from evaluation.raw import Place

_ENDINGS = {
    "JPEG": {".jpg", ".jpeg", ".jpe", ".jfif"},
    "PNG": {".png"},
    "WEBP": {".webp"},
    "GIF": {".gif"},
    "BMP": {".bmp"},
    "TIFF": {".tif", ".tiff"},
}
_TURNS = {2: "mirrored", 3: "upside down", 4: "mirrored", 6: "on its side", 8: "on its side"}


def _name(row: Row) -> str:
    image = row.raw.image
    return image.name if image is not None else row.raw.image_name or f"row {row.position}"


def _missing(subject: Subject) -> Iterator[Remark]:
    without = [row for row in subject.rows if row.raw.image is None]
    if without and len(without) == len(subject.rows):
        message = "None of the images is there, so nothing was checked in them."
        yield subject.at_top(message, severity="warning")
        return
    for row in without:
        yield subject.at_rows(f"The image {_name(row)!r} is missing.", [row])


def _extra(subject: Subject) -> Iterator[Remark]:
    for path in subject.raw.unnamed_images:
        yield Remark(message=f"No row names the image {path.name!r}.", places=(Place(path),))


def _unreadable(subject: Subject) -> Iterator[Remark]:
    for row in subject.rows:
        picture = subject.pictures.get(row.position)
        if picture is not None and picture.trouble:
            message = f"The image {_name(row)!r} cannot be read: {picture.trouble}"
            yield subject.at_rows(message.rstrip(".") + ".", [row])


def _same_bytes(subject: Subject) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in subject.rows:
        picture = subject.pictures.get(row.position)
        if picture is not None and picture.sha256:
            found.setdefault(picture.sha256, []).append(row)
    return found


def _twins(subject: Subject) -> Iterator[Remark]:
    for rows in _same_bytes(subject).values():
        for name in dict.fromkeys(subject.pair_of(row).name for row in rows):
            both = [row for row in rows if subject.pair_of(row).name == name]
            if len(both) > 1:
                yield subject.at_rows(
                    f"The images of pair {name} are the same file, byte for byte: "
                    f"{' and '.join(map(_name, both))}.",
                    both,
                )


def _reused(subject: Subject) -> Iterator[Remark]:
    for rows in _same_bytes(subject).values():
        names = dict.fromkeys(subject.pair_of(row).name for row in rows)
        if len(names) > 1:
            yield subject.at_rows(
                f"One image is in {len(names)} pairs: {', '.join(names)}.",
                rows[:1],
                related=rows[1:],
            )


_Look = tuple[Row, int, str]


def _looks(subject: Subject) -> list[_Look]:
    """The rows whose image has features, with its perceptual hash and its SHA-256."""
    return [
        (row, picture.perceptual_hash, picture.sha256)
        for row in subject.rows
        if (picture := subject.pictures.get(row.position)) is not None
        and picture.perceptual_hash is not None
    ]


def _near_twins(subject: Subject) -> Iterator[Remark]:
    members: dict[str, list[_Look]] = {}
    for look in _looks(subject):
        members.setdefault(subject.pair_of(look[0]).name, []).append(look)
    for name, looks in members.items():
        for (row, one, digest), (other, another, other_digest) in pairwise(looks):
            if digest != other_digest and (one ^ another).bit_count() <= NEAR_DUPLICATE_DISTANCE:
                yield subject.at_rows(
                    f"The images of pair {name} look the same: {_name(row)} and {_name(other)} "
                    "differ as a resized or recompressed copy does.",
                    [row, other],
                )


def _near_reused(subject: Subject) -> Iterator[Remark]:
    """Each image against those before it; of several the first is named."""
    looks = _looks(subject)
    hashes = np.array([one for _, one, _ in looks], dtype=np.uint64)
    for at, (row, one, digest) in enumerate(looks):
        before = hashes[:at]
        distances = hamming_distances(before, np.full_like(before, one))
        alike = (looks[int(k)] for k in np.flatnonzero(distances <= NEAR_DUPLICATE_DISTANCE))
        pair = subject.pair_of(row)
        for other, _, other_digest in alike:
            theirs = subject.pair_of(other)
            if theirs is not pair and digest != other_digest:
                yield subject.at_rows(
                    f"{_name(row)} of pair {pair.name} and {_name(other)} of pair {theirs.name} "
                    "look the same.",
                    [row],
                    related=[other],
                )
                break


def _turned(subject: Subject) -> Iterator[Remark]:
    for row in subject.rows:
        picture = subject.pictures.get(row.position)
        if picture is not None and picture.orientation != 1:
            how = _TURNS.get(picture.orientation, "on its side and mirrored")
            yield subject.at_rows(
                f"The image {_name(row)!r} is stored {how} and turned by its EXIF data "
                f"(orientation {picture.orientation}).",
                [row],
            )


def _ending(subject: Subject) -> Iterator[Remark]:
    for row in subject.rows:
        picture, image = subject.pictures.get(row.position), row.raw.image
        if picture is None or image is None or image.path is None or picture.trouble:
            continue
        ending = image.path.suffix.lower()
        if ending not in _ENDINGS.get(picture.kind, {ending}):
            yield subject.at_rows(f"The image {image.name!r} is really a {picture.kind}.", [row])


def _misnumbered(subject: Subject) -> Iterator[Remark]:
    """MMVP finds images by the row's place: an image called 7.jpg belongs to row 7."""
    if subject.raw.format not in ("mmvp", "mmvp-json"):
        return
    for row in subject.rows:
        image = row.raw.image
        stem = PurePosixPath(image.name).stem if image is not None and image.path else ""
        number = row.number if row.number is not None else row.position
        if stem.isascii() and stem.isdigit() and len(stem) <= 9 and int(stem) != number:
            yield subject.at_rows(f"Row {number} has the image {_name(row)!r}.", [row])


RULES: tuple[Rule, ...] = (
    Rule(
        code="I301",
        title="Image missing",
        severity="error",
        why="The row cannot be asked; clients stop at it. A warning where none of them is there.",
        fix="Put the image back, or remove the pair.",
        find=_missing,
    ),
    Rule(
        code="I302",
        title="Image that no row names",
        severity="warning",
        why="A row may be missing. Loaders that take the folder for the benchmark (Hugging Face "
        "`load_dataset` of MMVP sees nothing but images) count it.",
        fix="Add its row, or remove the image.",
        find=_extra,
    ),
    Rule(
        code="I303",
        title="Image that cannot be read",
        severity="error",
        why="Clients stop at it, or show a half-grey picture without a word.",
        fix="Fetch or export the image again.",
        find=_unreadable,
    ),
    Rule(
        code="I304",
        title="The two images of a pair are the same",
        severity="error",
        why="Two different answers to one picture: one of them is wrong.",
        fix="Put the right image in its place, or remove the pair.",
        find=_twins,
    ),
    Rule(
        code="I305",
        title="The two images of a pair look the same",
        severity="warning",
        why="A resized or recompressed copy has no visual difference to ask about. Perceptual "
        "hashes at most 4 of 64 bits apart, the limit that mining uses.",
        fix="Look at the pair; remove it if nobody can tell the images apart.",
        find=_near_twins,
    ),
    Rule(
        code="I306",
        title="An image in several pairs",
        severity="warning",
        why="Pairs that share an image are not independent, so intervals are too narrow.",
        fix="Keep one of the pairs.",
        find=_reused,
    ),
    Rule(
        code="I307",
        title="Images of several pairs look the same",
        severity="advice",
        why="As I306, for a resized or recompressed copy.",
        fix="Look at them; keep one of the pairs if they are the same picture.",
        find=_near_reused,
    ),
    Rule(
        code="I308",
        title="Image turned by its EXIF data",
        severity="warning",
        why="Clients that open it with Pillow alone show it unturned, so a model sees another "
        "picture than people did.",
        fix="Save it upright; `mmvp export` does.",
        find=_turned,
    ),
    Rule(
        code="I309",
        title="File ending of another kind",
        severity="advice",
        why="Some programs choose the decoder by the ending.",
        fix="Rename the file, or save it as what its name says.",
        find=_ending,
    ),
    Rule(
        code="I310",
        title="Image number is not the row's number",
        severity="error",
        why="MMVP's own script asks about image n in row n, whatever the table says.",
        fix="Rename the images so that row n has n.jpg.",
        find=_misnumbered,
    ),
)
