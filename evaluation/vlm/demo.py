"""Draws an MMVP-VLM of the demo's scenes: pairs that differ in one detail, and what to say of it.

The demo's tiny CLIP learned captions that never name a detail, so this shows what it is blind to.
"""

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from embeddings.atomic import write_bytes
from embeddings.demo.factors import PATTERN_OF_FACTOR, Factor, Kind, Value
from embeddings.demo.scenery import SETTINGS
from embeddings.demo.scenes import KINDS, Scene, draw, sample_scene
from embeddings.progress import Progress
from evaluation.errors import ExportExists
from evaluation.patterns import load_patterns
from evaluation.readers.mmvp import QUESTIONS
from evaluation.readers.mmvp_vlm import IMAGES

PAIRS_PER_PATTERN: Final = 15
CONTROL: Final = "Named by captions"
_SIZE = 320
_SERIES = 3  # neither what the models learned from nor what the demo shows
_NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}

# (kind, detail) -> what is said with each of its values; the caption's other words stay.
_SAID: Final[dict[tuple[str, str], str]] = {
    ("animal", "facing"): "{subject} facing {value} {setting}",
    ("vehicle", "facing"): "{subject} facing {value} {setting}",
    ("boat", "facing"): "{subject} facing {value} {setting}",
    ("sign", "pointing"): "{subject} pointing {value} {setting}",
    ("animal", "extra"): "{subject} {with_} {setting}",
    ("boat", "extra"): "{subject} {with_} {setting}",
    ("cake", "extra"): "{subject} {with_} {setting}",
    ("house", "extra"): "a house {with_} and a tree {setting}",
    ("animal", "state"): "{subject} {value} {setting}",
    ("lamp", "state"): "a lamp switched {value} and books {setting}",
    ("boat", "state"): "{subject} with {value} {setting}",
    ("vehicle", "lights"): "{subject} with {value} lights {setting}",
    ("balloon", "count"): "{number} hot-air balloons {setting}",
    ("flowers", "count"): "{number} flowers in a vase {setting}",
    ("apples", "count"): "{number} apples and a basket {setting}",
    ("cake", "count"): "{subject} with {number} candles {setting}",
    ("pet and box", "position"): "a {label} {where} a box {setting}",
    ("bird and tree", "position"): "a bird {where} a tree {setting}",
    ("cup", "position"): "a cup {where} a book {setting}",
    ("animal", "colour"): "a {value} {label} {setting}",
    ("vehicle", "colour"): "a {value} {label} {setting}",
    ("balloon", "colour"): "{value} hot-air balloons {setting}",
    ("flowers", "colour"): "{value} flowers in a vase {setting}",
    ("house", "shape"): "a house with a {value} roof and a tree {setting}",
    ("vehicle", "shape"): "a {value} {label} {setting}",
    ("boat", "shape"): "a boat with {value} sails {setting}",
    ("cake", "shape"): "a {value} cake {setting}",
    ("shop", "word"): "{subject} with the word {value} {setting}",
    ("sign", "word"): "{subject} with the word {value} {setting}",
    ("animal", "view"): "{subject} {seen} {setting}",
    ("house", "view"): "a house and a tree {seen} {setting}",
    ("vehicle", "view"): "{subject} {seen} {setting}",
    ("apples", "view"): "{subject} {seen} {setting}",
}
_WHERE = {
    "left": "to the left of",
    "right": "to the right of",
    "on top": "on top of",
    "in front": "in front of",
}
_SEEN = {
    "close": "seen from close up",
    "far": "seen from far away",
    "side": "seen from the side",
    "front": "seen from the front",
    "above": "seen from above",
}
_WITHOUT_ARTICLE = ("berries",)


@dataclass(frozen=True)
class _Side:
    scene: Scene
    statement: str


def write_demo_vlm(
    folder: Path,
    *,
    pairs_per_pattern: int = PAIRS_PER_PATTERN,
    seed: int = 0,
    control: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Draw the pairs of all nine patterns in MMVP-VLM's layout; the same for the same seed.

    With ``control`` there are as many pairs behind them that differ in what the captions do name,
    the animal or the vehicle: an encoder that misses those has learned nothing.

    Returns:
        The folder, with ``Questions.csv`` and ``MLLM_VLM Images``.

    Raises:
        ExportExists: the folder holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ExportExists(
            "this folder is not empty.", where=str(folder), hint="Name a folder that is not there."
        )
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["Question ID", "Type", "Statement"])
    drawn = [*_pairs(pairs_per_pattern, seed)]
    drawn += _control(pairs_per_pattern, seed) if control else []
    total, row = 2 * len(drawn), 0
    for kind, sides in drawn:
        for side in sides:
            row += 1
            writer.writerow([row, kind, side.statement])
            write_bytes(folder / IMAGES / kind / f"{row}.jpg", _jpeg(side.scene), durable=False)
            if progress is not None:
                progress(row, total)
    write_bytes(folder / QUESTIONS, table.getvalue().encode())
    return folder


def _pairs(pairs_per_pattern: int, seed: int) -> Iterator[tuple[str, tuple[_Side, _Side]]]:
    for pattern in load_patterns("mmvp"):
        sources = [key for key in _SAID if PATTERN_OF_FACTOR[key[1]] == pattern.slug]
        for number in range(pairs_per_pattern):
            chance = random.Random(f"mmvp-vlm/{seed}/{pattern.slug}/{number}")
            name, factor = sources[number % len(sources)]
            yield pattern.folder, _pair(KINDS[name], factor, chance)


def _control(n_pairs: int, seed: int) -> Iterator[tuple[str, tuple[_Side, _Side]]]:
    for number in range(n_pairs):
        chance = random.Random(f"mmvp-vlm/{seed}/control/{number}")
        kind = ("animal", "vehicle")[number % 2]
        first = next(_scenes(kind, chance))
        second = next(
            scene
            for scene in _scenes(kind, chance)
            if scene.setting == first.setting and scene.subject != first.subject
        )
        yield CONTROL, (_Side(first, first.caption), _Side(second, second.caption))


def _scenes(kind: str, chance: random.Random) -> Iterator[Scene]:
    """Scenes of one kind as the demo has them, in which a caption has its usual details."""
    while True:
        scene = sample_scene(_SERIES, chance.randrange(2**31))
        if scene.kind == kind:
            yield scene


def _pair(kind: Kind, name: str, chance: random.Random) -> tuple[_Side, _Side]:
    """Two scenes that differ in one detail only, both of which show it."""
    factor = next(one for one in kind.factors if one.name == name)
    first, second = _two_values(factor, chance)
    scene = next(scene for scene in _scenes(kind.name, chance) if name in scene.factors)
    return (
        _side(kind, scene, name, value=first, other=second),
        _side(kind, scene, name, value=second, other=first),
    )


def _side(kind: Kind, scene: Scene, name: str, *, value: Value, other: Value) -> _Side:
    shown = replace(scene, factors=kind.visible({**scene.factors, name: value}))
    return _Side(shown, _statement(shown, name, value, other))


def _two_values(factor: Factor, chance: random.Random) -> tuple[Value, Value]:
    values = list(factor.values)
    if factor.name == "extra":  # presence: one of the two has nothing
        values = ["nothing", chance.choice([value for value in values if value != "nothing"])]
    first, second = chance.sample(values, 2)
    return first, second


def _statement(scene: Scene, name: str, value: Value, other: Value) -> str:
    text = _SAID[scene.kind, name].format(
        subject=scene.subject,
        label=scene.label,
        setting=SETTINGS[scene.setting][0],
        value=value,
        number=_NUMBERS.get(value, "") if isinstance(value, int) else "",
        where=_WHERE.get(str(value), ""),
        seen=_SEEN.get(str(value), ""),
        with_=f"with {_thing(value)}" if value != "nothing" else f"without {_thing(other)}",
    )
    for plural in ("hot-air balloons", "flowers", "apples", "candles"):
        text = text.replace(f"one {plural}", f"one {plural[:-1]}")
    return text


def _thing(value: Value) -> str:
    return str(value) if value in _WITHOUT_ARTICLE else f"a {value}"


def _jpeg(scene: Scene) -> bytes:
    file = io.BytesIO()
    draw(scene, _SIZE).save(file, "JPEG", quality=92, subsampling=0, optimize=True)
    return file.getvalue()
