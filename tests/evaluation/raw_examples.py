"""Benchmarks as readers give them: a clean one to damage, and hypothesis strategies for any."""

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from evaluation.patterns import load_patterns
from evaluation.raw import FAULTS, Place, RawBenchmark, RawFault, RawImage, RawRow

TABLE = Path("bench/Questions.csv")
# No word tells which image is meant: the options' texts are as often right first as last.
ASKED = (
    ("Is the door of the barn open or shut?", "Open", "Shut"),
    ("Which way does the grey heron look?", "Up", "Down"),
    ("Are the apples in the bowl red or green?", "Red", "Green"),
    ("How many boats lie at the pier?", "Two", "Four"),
    ("What stands on the window sill?", "A vase", "A lamp"),
    ("Where does the cat sleep in this room?", "Under the bed", "On the chair"),
    ("Is the road behind the car wet or dry?", "Wet", "Dry"),
    ("Does the clock tower have a round roof?", "Yes", "No"),
    ("Is the swimmer seen from above?", "Yes", "No"),
    ("What does the sign of the bakery say?", "Bread", "Cakes"),
    ("Which hand holds the umbrella?", "The right", "The left"),
    ("Is the moon full in this photograph?", "Yes", "No"),
)


@cache
def picture(seed: int, **options: int) -> bytes:
    """A JPEG of coloured blocks, another for each seed."""
    blocks = np.random.default_rng(seed).integers(0, 256, size=(6, 6, 3), dtype=np.uint8)
    image = Image.fromarray(blocks).resize((48, 48), Image.Resampling.NEAREST)
    file = io.BytesIO()
    exif = Image.Exif()
    if "orientation" in options:
        exif[0x0112] = options["orientation"]
    image.save(file, "JPEG", quality=options.get("quality", 95), exif=exif)
    return file.getvalue()


def raw_image(name: str, data: bytes) -> RawImage:
    return RawImage(name, lambda: data, TABLE.parent / name)


def raw_row(number: int, pair: int, letter: str, **changes: object) -> RawRow:
    question, a, b = ASKED[(pair - 1) % len(ASKED)]
    fields: dict[str, Any] = {
        "place": Place(TABLE, line=number + 1, row=number),
        "number": str(number),
        "question": question,
        "options": f"(a) {a} (b) {b}",
        "option_a": a,
        "option_b": b,
        "answer": f"({letter})",
        "image": raw_image(f"MMVP Images/{number}.jpg", picture(number)),
        "image_name": f"MMVP Images/{number}.jpg",
    }
    return RawRow(**{**fields, **changes})


def clean(n_pairs: int = 12, **changes: object) -> RawBenchmark:
    """A benchmark that nothing can be said against; (a) comes first in every other pair."""
    rows = []
    for pair in range(1, n_pairs + 1):
        letters = "ab" if pair % 2 else "ba"
        rows += [raw_row(2 * pair - 1 + at, pair, letters[at]) for at in range(2)]
    fields: dict[str, Any] = {
        "name": "Harbor",
        "format": "mmvp",
        "path": TABLE.parent,
        "columns": ("lndex", "Question", "Options", "Correct Answer", "Index"),
        "rows": tuple(rows),
        "table": TABLE,
    }
    return RawBenchmark(**{**fields, **changes})


def changed(raw: RawBenchmark, position: int, **changes: object) -> RawBenchmark:
    """The benchmark with other values in one row (from 1)."""
    rows = list(raw.rows)
    rows[position - 1] = replace(rows[position - 1], **changes)  # type: ignore[arg-type]
    return replace(raw, rows=tuple(rows))


def both(raw: RawBenchmark, pair: int, **changes: object) -> RawBenchmark:
    """The benchmark with other values in both rows of a pair (from 1)."""
    return changed(changed(raw, 2 * pair - 1, **changes), 2 * pair, **changes)


def keyed(raw: RawBenchmark, firsts: Sequence[str]) -> RawBenchmark:
    """The benchmark with these keys of the first rows, the other ones in the second."""
    for pair, first in enumerate(firsts, start=1):
        second = "b" if first == "a" else "a"
        raw = changed(raw, 2 * pair - 1, answer=f"({first})")
        raw = changed(raw, 2 * pair, answer=f"({second})")
    return raw


def statements(per_block: int = 15, text: Callable[[int], str] | None = None) -> RawBenchmark:
    """MMVP-VLM: nine blocks of pairs, a statement an image, without the images."""
    say = text or (lambda number: f"a boat number {number * 7919 % 1000} at the pier")
    rows = []
    for block, pattern in enumerate(load_patterns("mmvp")):
        for at in range(2 * per_block):
            number = 2 * per_block * block + at + 1
            row = RawRow(
                place=Place(TABLE, line=number + 1, row=number),
                number=str(number),
                statement=say(number),
                pattern=pattern.folder,
            )
            rows.append(row)
    columns = ("Question ID", "Type", "Statement")
    return clean(format="mmvp-vlm", rows=tuple(rows), columns=columns)


def any_text() -> st.SearchStrategy[str | None]:
    short = st.sampled_from(["1", "2", "0", "-3", "1.0", "(a)", "B", "a", "None", "", " ", "(b) x"])
    wild = st.text(st.characters(), max_size=12) | st.sampled_from(["9" * 30, "\ud800", "\0\n\t"])
    return st.none() | short | short | wild


def _bad_image() -> bytes:
    raise OSError(5, "Input/output error")


_images = st.none() | st.sampled_from(
    [
        raw_image("1.jpg", picture(1)),
        raw_image("2.png", picture(1)),
        raw_image("007.jpg", picture(7)[:300]),
        raw_image("x.gif", b""),
        RawImage("in the table", lambda: b"not an image"),
        RawImage("gone", _bad_image, Path("gone.jpg")),
    ]
)
_faults = st.builds(
    RawFault,
    code=st.sampled_from([*FAULTS, "unheard-of"]),
    message=st.text(max_size=9),
    place=st.builds(Place, file=st.just(TABLE), row=st.none() | st.integers(1, 4)),
)


@st.composite
def raw_benchmarks(draw: st.DrawFn) -> RawBenchmark:
    texts = any_text()
    fields = ("number", "question", "options", "option_a", "option_b", "answer", "pattern")
    fields += ("pair", "statement", "image_name")
    rows = []
    for at in range(draw(st.integers(0, 6))):
        values = {field: draw(texts) for field in fields}
        rows.append(RawRow(place=Place(TABLE, row=at + 1), image=draw(_images), **values))
    return RawBenchmark(
        name=draw(st.text(max_size=5)),
        format=draw(st.sampled_from(["mmvp", "mmvp-vlm", "vlmevalkit", "mmvp-json", "other"])),
        path=TABLE.parent,
        columns=draw(st.lists(st.sampled_from(["Index", "index", "hint", "x"]), max_size=3)),
        rows=tuple(rows),
        faults=tuple(draw(st.lists(_faults, max_size=2))),
        table=draw(st.none() | st.just(TABLE)),
        unnamed_images=draw(st.lists(st.just(Path("99.jpg")), max_size=1)),
    )
