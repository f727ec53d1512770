"""What a scene is made of: the objects its caption names, and the details it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from embeddings.demo.canvas import Canvas

Value = str | int
Details = Mapping[str, Value]

PATTERN_OF_FACTOR: dict[str, str] = {
    "facing": "orientation",
    "pointing": "orientation",
    "extra": "presence",
    "state": "state",
    "lights": "state",
    "count": "quantity",
    "position": "position",
    "colour": "color",
    "shape": "structure",
    "word": "text",
    "view": "viewpoint",
}
"""Detail factor -> slug of the visual pattern that it belongs to."""


@dataclass(frozen=True)
class Factor:
    """One detail that a scene may show in several ways; ``name`` is in PATTERN_OF_FACTOR."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of scene.

    ``subjects`` maps what the caption calls the objects to the main object's label;
    ``draw`` gets a canvas with the setting already on it, the subject and the details.
    ``hides``: (factor, value) -> factors that cannot be seen with it.
    """

    name: str
    subjects: Mapping[str, str]
    settings: tuple[str, ...]
    factors: tuple[Factor, ...]
    draw: Callable[[Canvas, str, Details], None]
    weight: float = 1.0
    hides: Mapping[tuple[str, Value], tuple[str, ...]] = field(default_factory=dict)

    def visible(self, details: Details) -> dict[str, Value]:
        """``details`` without those that another detail makes impossible to see."""
        hidden = {name for item in details.items() for name in self.hides.get(item, ())}
        return {name: value for name, value in details.items() if name not in hidden}
