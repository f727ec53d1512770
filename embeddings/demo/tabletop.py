"""The table of the indoor scenes, and what is eaten from it: apples and a cake."""

from __future__ import annotations

from embeddings.demo.canvas import Canvas, Colour, darker, lighter, oval, rounded, smooth
from embeddings.demo.factors import Details, Factor, Kind
from embeddings.demo.palette import CREAM, FLAME, LEAF, LIGHT, NAMED, WOOD

TOP = 72.0


def table(canvas: Canvas, view: str) -> None:
    """A table, its top at height TOP; ``view`` is "side" or "above"."""
    if view == "above":
        _tiles(canvas)
        canvas.veil(oval(50, 60, 47, 38), (50, 42, 84), 0.2)
        canvas.shape(oval(50, 56, 45, 37), (206, 150, 104), shade=0.1)
        canvas.shape(oval(50, 56, 40, 32), (226, 178, 130), shade=0.06)
        return
    for x in (14, 80):
        canvas.shape([(x, TOP), (x + 6, TOP), (x + 5, 101), (x + 1, 101)], darker(WOOD, 0.15))
    canvas.shape(rounded(4, TOP, 96, TOP + 6, 2), (206, 150, 104))
    canvas.shape([(8, TOP + 6), (92, TOP + 6), (92, TOP + 11), (8, TOP + 11)], WOOD)


def _tiles(canvas: Canvas) -> None:
    """The room's floor from above, in the colour of its wall."""
    wall = canvas.colour_at(2, 50)
    for row in range(7):
        for column in range(7):
            x, y = 16 * column - 6, 16 * row - 6
            tone = lighter(wall, 0.35) if (row + column) % 2 else darker(wall, 0.06)
            canvas.shape([(x, y), (x + 16, y), (x + 16, y + 16), (x, y + 16)], tone, shade=0)


def _fruit(canvas: Canvas, x: float, y: float, radius: float, colour: Colour) -> None:
    me = canvas.placed(x, y, scale=radius / 7)
    me.shape(
        smooth([(0, -6), (5, -7.6), (8, -2), (5, 6), (0, 5.4), (-5, 6), (-8, -2), (-5, -7.6)]),
        colour,
        shade=0.2,
    )
    me.veil(oval(-3.4, -2.6, 1.5, 2.4, 25), (255, 255, 255), 0.5)
    me.stroke([(0, -5.6), (1, -9.6)], 1, WOOD)
    me.shape(oval(4, -9, 3, 1.4, -20), LEAF, shade=0.1)


def _basket(canvas: Canvas, x: float, y: float, shape: str) -> None:
    if shape == "with handle":
        canvas.stroke(
            [(x - 15, y - 14), (x - 12, y - 36), (x, y - 43), (x + 12, y - 36), (x + 15, y - 14)],
            2.4,
            WOOD,
        )
    canvas.shape(
        smooth([(x - 19, y - 17), (x + 19, y - 17), (x + 14, y), (x - 14, y)]), NAMED["golden"]
    )
    for dy in (-12, -7):
        canvas.stroke(
            [(x - 17, y + dy), (x, y + dy + 1), (x + 17, y + dy)], 1, darker(NAMED["golden"], 0.2)
        )
    canvas.shape(rounded(x - 20, y - 19, x + 20, y - 14.6, 2.2), lighter(WOOD, 0.15))


def _draw_apples(canvas: Canvas, subject: str, details: Details) -> None:
    del subject
    view, place = str(details["view"]), str(details["position"])
    table(canvas, view)
    colour, count = NAMED[str(details["colour"])], int(details["count"])
    above = view == "above"
    x = {"left": 70.0, "right": 30.0, "inside": 50.0}[place]
    if above:
        canvas.dot(x, 56, 20, NAMED["golden"], shade=0.12)
        canvas.dot(x, 56, 16.5, darker(NAMED["golden"], 0.3))
        if details["shape"] == "with handle":
            canvas.stroke([(x, 35), (x, 77)], 3, WOOD)
        at = {"left": 26.0, "right": 74.0, "inside": 50.0}[place]
        for dx, dy in ((-7, -6), (7, -2), (-4, 8))[:count]:
            _fruit(canvas, at + dx, 56 + dy, 7, colour)
        return
    if place == "inside":
        for dx, dy in ((0, -21), (-11, -20), (11, -20))[:count]:
            _fruit(canvas, x + dx, TOP + dy, 7.5, colour)
        _basket(canvas, x, TOP, str(details["shape"]))
        return
    canvas.shadow(50, TOP + 1, 40, 1.6)
    _basket(canvas, x, TOP, str(details["shape"]))
    at = {"left": 28.0, "right": 72.0}[place]
    for dx, dy in ((-8, -6), (7, -6), (0, -17))[:count]:
        _fruit(canvas, at + dx, TOP + dy, 7.5, colour)


def _draw_cake(canvas: Canvas, subject: str, details: Details) -> None:
    del subject
    view = str(details["view"])
    table(canvas, view)
    icing, count = NAMED[str(details["colour"])], int(details["count"])
    lit = details["state"] == "lit"
    candles = {1: (0.0,), 2: (-9.0, 9.0), 4: (-15.0, -5.0, 5.0, 15.0)}[count]
    if view == "above":
        canvas.dot(50, 56, 29, CREAM, shade=0.06)
        canvas.dot(50, 56, 24, icing, shade=0.1)
        canvas.dot(50, 56, 18, lighter(icing, 0.35), shade=0.05)
        if details["extra"] == "berries":
            for dx, dy in ((-20, -6), (20, -6), (0, 21), (-13, 16), (13, 16), (0, -21)):
                canvas.dot(50 + dx, 56 + dy, 3.2, NAMED["red"], shade=0.15)
        for at in candles:
            _flame(canvas, 50 + at, 54, lit=lit)
            canvas.dot(50 + at, 56, 1.9, NAMED["blue"], shade=0.1)
        return
    canvas.shadow(50, TOP + 1, 30, 1.8)
    canvas.shape(rounded(20, TOP - 2.6, 80, TOP, 1.2), CREAM)
    layers = 2 if details["shape"] == "tall" else 1
    top = TOP - 2.6
    for half in (25.0, 19.0)[:layers]:
        canvas.shape(rounded(50 - half, top - 18, 50 + half, top, 3), (236, 196, 146))
        canvas.shape(rounded(50 - half, top - 18, 50 + half, top - 10, 3), icing)
        for i in range(5):
            x = 50 - half * 0.8 + i * half * 0.4
            canvas.shape(oval(x, top - 10, half * 0.16, 3 + i % 2 * 1.6), icing, shade=0.04)
        top -= 17.4
    half = 25.0 if layers == 1 else 19.0
    if details["extra"] == "berries":
        for i in range(5):
            canvas.dot(50 - half * 0.84 + i * half * 0.42, top - 1, 2.9, NAMED["red"], shade=0.2)
    for at in candles:
        canvas.shape(rounded(50 + at - 1.5, top - 12, 50 + at + 1.5, top, 0.8), NAMED["blue"])
        _flame(canvas, 50 + at, top - 14, lit=lit)


def _flame(canvas: Canvas, x: float, y: float, *, lit: bool) -> None:
    canvas.stroke([(x, y + 2), (x, y)], 0.6, (80, 70, 80))
    if lit:
        canvas.glow(x, y - 1.6, 8)
        canvas.shape(
            smooth([(x, y - 6.4), (x + 2.2, y - 1), (x, y + 1), (x - 2.2, y - 1)]),
            FLAME,
            bottom=LIGHT,
        )


ROOMS = ("kitchen", "parlour", "bedroom")

KINDS = (
    Kind(
        "apples",
        {"apples and a basket": "apples"},
        ROOMS,
        (
            Factor("count", (1, 2, 3)),
            Factor("position", ("left", "right", "inside")),
            Factor("colour", ("red", "green", "yellow")),
            Factor("shape", ("with handle", "without handle")),
            Factor("view", ("side", "above")),
        ),
        _draw_apples,
        weight=0.8,
    ),
    Kind(
        "cake",
        {"a cake": "cake"},
        ROOMS,
        (
            Factor("count", (1, 2, 4)),
            Factor("state", ("lit", "unlit")),
            Factor("colour", ("pink", "white", "brown", "green")),
            Factor("shape", ("tall", "low")),
            Factor("extra", ("nothing", "berries")),
            Factor("view", ("side", "above")),
        ),
        _draw_cake,
        weight=0.8,
        hides={("view", "above"): ("shape",)},
    ),
)
