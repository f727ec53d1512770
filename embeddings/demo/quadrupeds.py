"""Draws the demo's four-legged animals from their species' proportions."""

from __future__ import annotations

from dataclasses import dataclass

from embeddings.demo.canvas import Canvas, Colour, darker, lighter, oval, rounded, smooth
from embeddings.demo.factors import Details
from embeddings.demo.palette import BLUSH, CREAM, INK, NAMED


@dataclass(frozen=True)
class Species:
    """Proportions of a four-legged animal, in the units of its own drawing."""

    half: float
    depth: float
    leg: float
    neck: float
    head: float


SPECIES = {
    "dog": Species(half=15, depth=7.5, leg=11, neck=6, head=7.5),
    "cat": Species(half=13, depth=7, leg=9, neck=5, head=7.5),
    "cow": Species(half=18, depth=10.5, leg=11, neck=2, head=7.5),
    "horse": Species(half=16, depth=8, leg=18, neck=13, head=6.5),
    "sheep": Species(half=15, depth=10, leg=9, neck=0, head=6),
    "rabbit": Species(half=10, depth=8, leg=5, neck=5, head=6.5),
}


def quadruped(canvas: Canvas, name: str, details: Details) -> None:
    """An animal with its feet on the origin, looking to the right unless facing is left."""
    species = SPECIES[name]
    coat = NAMED[str(details["colour"])]
    lying = details.get("state") == "asleep"
    half = species.half * (1.3 if details.get("shape") == "long" else 1.0)
    leg = 0.0 if lying else species.leg
    body_y = -leg - species.depth * 0.9
    canvas.shadow(0, 0, half * 1.3, 3.2)
    me = canvas.placed(0, 0, flip=details.get("facing") == "left")
    _tail(me, name, coat, -half, body_y)
    if not lying:
        _legs(me, half, leg + species.depth * 0.6, coat, name)
    _body(me, name, coat, half, species.depth, body_y)
    if lying:
        for x in (-half * 0.55, half * 0.7):
            me.shape(oval(x, -1.6, 5.5, 2.2), lighter(coat, 0.2), shade=0.1)
    head_x, head_y = half + 1.5, body_y - species.depth * 0.45 - species.neck
    if lying:
        head_y = body_y - species.depth * 0.1
    elif species.neck > 8:
        neck = [
            (half - 8, body_y - 1),
            (half - 2, head_y),
            (half + 5, head_y + 2),
            (half, body_y + 5),
        ]
        me.shape(smooth(neck), coat)
        me.stroke(
            [(half - 8, body_y - 5), (half - 5, head_y), (half, head_y - 6)], 3, darker(coat, 0.5)
        )
    if details.get("extra") == "scarf":
        _scarf(me, half, (head_x + half) / 2 - 2, (head_y + body_y) / 2 + 2)
    _head(me.placed(head_x, head_y, scale=species.head / 7.5), name, coat, asleep=lying)
    if details.get("extra") == "hat":
        _hat(me.placed(head_x - 1, head_y - species.head * 0.8, scale=species.head / 7.5))


def _tail(me: Canvas, name: str, coat: Colour, x: float, y: float) -> None:
    if name == "rabbit":
        me.dot(x - 1, y + 2, 3.4, lighter(coat, 0.6))
    elif name == "dog":
        me.stroke([(x + 3, y - 2), (x - 4, y - 6), (x - 6, y - 13)], 3.2, coat)
    elif name == "cat":
        tail = [(x + 2, y), (x - 7, y + 1), (x - 10, y - 8), (x - 6, y - 15)]
        me.stroke(tail, 2.8, coat)
    elif name == "cow":
        me.stroke([(x + 2, y - 5), (x - 4, y - 3), (x - 5, y + 8)], 1.4, coat)
        me.dot(x - 5, y + 9, 2, darker(coat, 0.5))
    elif name == "horse":
        me.stroke([(x + 2, y - 4), (x - 6, y - 2), (x - 7, y + 12)], 3.6, darker(coat, 0.5))


def _legs(me: Canvas, half: float, height: float, coat: Colour, name: str) -> None:
    near = NAMED["black"] if name == "sheep" else coat
    hoof = darker(near, 0.55) if name in {"cow", "horse"} else lighter(near, 0.35)
    for x, far in (
        (-half * 0.5, True),
        (half * 0.8, True),
        (-half * 0.78, False),
        (half * 0.5, False),
    ):
        tone = darker(near, 0.25) if far else near
        me.shape(rounded(x - 2.5, -height, x + 2.5, 0, 2.2), tone, shade=0.08)
        me.shape(rounded(x - 2.7, -2.6, x + 2.9, 0, 1.3), darker(hoof, 0.15) if far else hoof)


def _body(me: Canvas, name: str, coat: Colour, half: float, depth: float, y: float) -> None:
    if name == "sheep":
        for i in range(9):
            x = -half + i * half / 4
            for dy in (-depth * 0.45, depth * 0.35):
                me.dot(x * 0.92, y + dy, depth * 0.58, coat, shade=0.1)
        me.shape(oval(0, y, half, depth * 0.95), coat, shade=0.1)
        for x, dy in ((-9, -3), (-2, 2), (5, -4), (-6, 4), (8, 3)):
            me.stroke(
                [(x - 1.5, y + dy), (x, y + dy - 1.4), (x + 1.5, y + dy)], 0.7, darker(coat, 0.16)
            )
        return
    top, low = y - depth, y + depth
    outline = [(-half * 1.02, y), (-half * 0.7, top), (half * 0.6, top), (half * 1.05, y - 1)]
    me.shape(smooth([*outline, (half * 0.75, low), (-half * 0.75, low)]), coat)
    me.veil(oval(0, y + depth * 0.55, half * 0.6, depth * 0.4), (255, 250, 240), 0.28)
    if name == "cow":
        patch = lighter(coat, 0.75) if sum(coat) < 520 else darker(coat, 0.75)
        for x, dy, rx, ry in ((-8, -3, 5.5, 4.5), (4, 2, 6, 4), (11, -6, 3.4, 2.6)):
            me.shape(oval(x, y + dy, rx, ry, 15), patch, shade=0.05)
        me.shape(oval(-half * 0.3, low - 1, 4, 2.4), BLUSH)
    elif name == "cat":
        for x in (-half * 0.5, -half * 0.15, half * 0.2):
            me.stroke([(x, top + 1.2), (x + 0.8, y - 1)], 1.6, darker(coat, 0.22))


def _head(me: Canvas, name: str, coat: Colour, *, asleep: bool) -> None:
    face = NAMED["black"] if name == "sheep" else coat
    _ears(me, name, face, coat)
    if name in {"cow", "horse"}:
        me.shape(smooth([(-5, -6), (3, -6), (6, 0), (9, 5), (3, 9), (-4, 5)]), face)
        muzzle = (248, 196, 186) if name == "cow" else lighter(face, 0.35)
        me.shape(oval(5.6, 5, 5, 4.2, 25), muzzle)
        for x in (5.0, 8.0):
            me.dot(x, 4.4, 0.6, INK)
    elif name == "sheep":
        me.shape(oval(2, 1, 5.6, 7, -15), face)
        for x in (-2.5, 0.5, 3.5):
            me.dot(x, -6, 3, coat, shade=0.08)
    else:
        me.shape(oval(0, 0, 7.8, 7.2), face)
        me.shape(oval(4.6, 2.6, 4.4, 3.4), lighter(face, 0.55), shade=0.05)
        me.shape(oval(7.6, 0.9, 1.5, 1.2), INK if name == "dog" else BLUSH, shade=0)
        me.stroke([(7.2, 2), (6, 4), (4, 3.8)], 0.6, INK)
    if name in {"cat", "rabbit"}:
        for dy in (2, 3.6):
            me.stroke([(4, dy + 0.4), (-1.5, dy + 1)], 0.35, lighter(INK, 0.3))
    eye = (255, 250, 240) if name == "sheep" else INK
    if asleep:
        me.stroke([(0.2, -1), (1.8, 0.2), (3.4, -1)], 0.8, eye)
    else:
        me.dot(1.8, -1.4, 1.35, eye)
        me.dot(2.3, -1.9, 0.5, (255, 255, 255) if eye == INK else INK)
    me.veil(oval(-0.4, 2.6, 1.8, 1.2), BLUSH, 0.6)


def _ears(me: Canvas, name: str, face: Colour, coat: Colour) -> None:
    dark = darker(face, 0.3)
    if name == "dog":
        me.shape(oval(3.5, -6, 2.2, 3.2, -10), dark)
        me.shape(oval(-5.6, -0.4, 2.8, 6, 14), dark)
    elif name == "cat":
        for x in (-4.6, 3.2):
            me.shape([(x - 3, -3.6), (x - 0.8, -11.4), (x + 3.2, -5.2)], coat)
            me.shape([(x - 1.5, -5), (x - 0.6, -9.4), (x + 1.6, -5.8)], BLUSH, shade=0)
    elif name == "rabbit":
        for x, lean in ((1.8, 12.0), (-3.0, -8.0)):
            me.shape(oval(x + lean / 8, -12, 2.5, 8, lean), coat)
            me.shape(oval(x + lean / 8, -11.6, 1.2, 6, lean), BLUSH, shade=0)
    elif name == "cow":
        me.shape(oval(-6.6, -3.6, 4, 2, 25), dark)
        for x, lean in ((-2.5, -1.5), (2, 1.5)):
            me.stroke([(x, -5.5), (x + lean, -9.5), (x + lean * 0.4, -12)], 1.7, CREAM)
    elif name == "horse":
        for x in (-3.2, 0.8):
            me.shape([(x - 1.4, -5), (x + 0.2, -11), (x + 1.8, -5)], coat)
    else:
        me.shape(oval(-4, 0, 4, 1.8, 30), dark)


def _scarf(me: Canvas, half: float, x: float, y: float) -> None:
    del half
    red = NAMED["red"]
    me.shape(rounded(x - 2.2, y + 1, x + 1.2, y + 10, 1), darker(red, 0.15))
    me.shape(oval(x, y, 7, 3, 12), red)


def _hat(me: Canvas) -> None:
    blue = NAMED["blue"]
    me.shape([(-5.5, 1.5), (0, -11), (5.5, 1.5)], blue)
    me.stroke([(-3.6, -2.2), (3, -3.4)], 1.2, NAMED["yellow"])
    me.dot(0, -11.5, 2.1, NAMED["yellow"], shade=0.15)
