"""Which scenes there are, how one is chosen from a seed, and how it is drawn."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from PIL import Image

from embeddings.demo import animals, buildings, still_lifes, tabletop, vehicles
from embeddings.demo.canvas import Canvas
from embeddings.demo.factors import Factor, Kind, Value
from embeddings.demo.scenery import SETTINGS, Sway

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        *animals.KINDS,
        *buildings.KINDS,
        *vehicles.KINDS,
        *tabletop.KINDS,
        *still_lifes.KINDS,
    )
}


@dataclass(frozen=True)
class Scene:
    """One scene: its caption names objects and setting, ``factors`` holds the details.

    ``label`` is the main object; ``nudge`` is (right, down, grow), each from -1 to 1.
    """

    kind: str
    subject: str
    setting: str
    label: str
    factors: dict[str, Value] = field(hash=False)
    sway: Sway
    nudge: tuple[float, float, float]

    @property
    def caption(self) -> str:
        """Objects and setting, without a word about the details."""
        return f"{self.subject} {SETTINGS[self.setting][0]}"


_RARELY = {"colour": 0.25, "view": 0.5}
"""How readily a detail changes, 1 unless named: these two change most of a picture at once."""


def _usual(kind: Kind, subject: str, setting: str) -> dict[str, Value]:
    """The details that most scenes of one caption show: they differ from caption to caption."""
    chance = random.Random(f"usual/{kind.name}/{subject}/{setting}")
    return {factor.name: chance.choice(factor.values) for factor in kind.factors}


def _changed(chance: random.Random, factors: tuple[Factor, ...]) -> list[Factor]:
    (how_many,) = chance.choices((0, 1, 2, 3), (1, 4, 4, 2))
    ranked = sorted(factors, key=lambda f: -(chance.random() ** (1 / _RARELY.get(f.name, 1.0))))
    return ranked[:how_many]


def sample_scene(seed: int, index: int) -> Scene:
    """Scene number ``index`` of the series ``seed``; the same one on every call."""
    chance = random.Random(f"scene/{seed}/{index}")
    kinds = list(KINDS.values())
    (kind,) = chance.choices(kinds, [kind.weight for kind in kinds])
    subject, setting = chance.choice(list(kind.subjects)), chance.choice(kind.settings)
    factors = _usual(kind, subject, setting)
    for factor in _changed(chance, kind.factors):
        others = [value for value in factor.values if value != factors[factor.name]]
        factors[factor.name] = chance.choice(others)
    sway = Sway(*(chance.uniform(-1, 1) for _ in range(2)))
    right, down, grow = (chance.uniform(-1, 1) for _ in range(3))
    return Scene(
        kind=kind.name,
        subject=subject,
        setting=setting,
        label=kind.subjects[subject],
        factors=kind.visible(factors),
        sway=sway,
        nudge=(right, down, grow),
    )


def captions() -> list[str]:
    """Every caption that a scene can have, sorted."""
    return sorted(
        f"{subject} {SETTINGS[setting][0]}"
        for kind in KINDS.values()
        for subject in kind.subjects
        for setting in kind.settings
    )


def draw(scene: Scene, size: int) -> Image.Image:
    """The scene as an RGB picture of ``size`` x ``size`` pixels; same bytes on every call."""
    canvas = Canvas.blank(size)
    SETTINGS[scene.setting][1](canvas, scene.sway)
    right, down, grow = scene.nudge
    scale = 1 + 0.025 * grow
    middle = canvas.placed(50 * (1 - scale) + 1.5 * right, 80 * (1 - scale) + down, scale=scale)
    kind = KINDS[scene.kind]
    unseen = {factor.name: factor.values[0] for factor in kind.factors}
    kind.draw(middle, scene.subject, {**unseen, **scene.factors})
    return canvas.finished(size)
