"""Scenes with things that travel: cars, trucks, buses, boats and hot-air balloons."""

from __future__ import annotations

from embeddings.demo.canvas import Canvas, Colour, darker, lighter, mix, oval, rounded, smooth
from embeddings.demo.factors import Details, Factor, Kind
from embeddings.demo.palette import CREAM, GLASS, INK, LIGHT, NAMED, WOOD


def _wheel(canvas: Canvas, x: float, radius: float) -> None:
    canvas.dot(x, -radius, radius, (72, 66, 82), shade=0.08)
    canvas.dot(x, -radius, radius * 0.55, (214, 212, 218), shade=0.12)
    canvas.dot(x, -radius, radius * 0.2, (120, 116, 130))


def _glass(canvas: Canvas, outline: list[tuple[float, float]]) -> None:
    canvas.shape(outline, GLASS, shade=0.2)


def _side(me: Canvas, name: str, paint: Colour, details: Details) -> None:
    """The vehicle seen from its side, driving to the right."""
    me.shadow(0, 0, 38, 3.4)
    long = 6.0 if details["shape"] == "long" else 0.0
    if name == "car":
        me.shape(
            smooth([(-19 - long, -18), (-12 - long, -30), (6 + long, -30), (17 + long, -18)]), paint
        )
        _glass(me, smooth([(-15 - long, -18), (-10 - long, -27), (-3, -27), (-3, -18)]))
        _glass(me, smooth([(0, -18), (0, -27), (5 + long, -27), (12 + long, -18)]))
        me.shape(rounded(-30 - long, -20, 31 + long, -5, 6), paint)
        roof, front = -29.0, 31 + long
    elif name == "bus":
        me.shape(rounded(-34 - long, -38, 33 + long, -5, 5), paint)
        for i in range(4 + int(long > 0)):
            x = -29 - long + 14.5 * i
            _glass(me, rounded(x, -34, x + 11, -22, 2))
        me.shape(rounded(-34 - long, -17, 33 + long, -13.6, 0.5), CREAM, shade=0.05)
        roof, front = -37.5, 33 + long
    else:
        me.shape(rounded(-33 - long, -37, 8, -8, 2), CREAM)
        me.shape(rounded(-31 - long, -35, 6, -12, 1.4), lighter(paint, 0.55), shade=0.08)
        me.shape(smooth([(10, -8), (10, -30), (22, -30), (28, -20), (33, -17), (33, -8)]), paint)
        _glass(me, smooth([(14, -19), (14, -27), (21, -27), (26, -19)]))
        me.shape(rounded(-33 - long, -10, 33, -5, 2), darker(paint, 0.3))
        roof, front = -36.5, 33.0
    for x in (-19 - long, 19 + long):
        _wheel(me, x, 7)
    lit = details["lights"] == "lit"
    if lit:
        me.veil([(front, -13), (front + 26, -22), (front + 26, 0)], (255, 240, 160), 0.5)
        me.glow(front, -13, 7)
    me.dot(front - 1.4, -13, 2.6, LIGHT if lit else (232, 226, 216), shade=0.05)
    if details["extra"] == "luggage":
        _luggage(me, -9, roof)


def _luggage(me: Canvas, x: float, y: float) -> None:
    me.shape(rounded(x - 11, y - 8, x + 5, y, 1.6), NAMED["brown"])
    for dx in (-7, 1):
        me.shape(
            [(x + dx - 1, y - 8), (x + dx + 1, y - 8), (x + dx + 1, y), (x + dx - 1, y)], CREAM
        )
    me.shape(rounded(x + 6.5, y - 5.6, x + 17, y, 1.6), NAMED["green"])


def _front(me: Canvas, name: str, paint: Colour, details: Details) -> None:
    """The vehicle seen from the front."""
    me.shadow(0, 0, 25, 3.4)
    for x in (-15, 15):
        me.shape(rounded(x - 4, -11, x + 4, 0, 2), (72, 66, 82))
    high = {"car": 30, "bus": 40, "truck": 40}[name]
    me.shape(rounded(-17, -high, 17, -14, 5), paint)
    _glass(me, rounded(-13.5, -high + 3.4, 13.5, -19, 3))
    me.shape(rounded(-21, -20, 21, -5, 5), paint)
    me.shape(rounded(-9, -13.6, 9, -8.6, 1.6), darker(paint, 0.45))
    lit = details["lights"] == "lit"
    for x in (-15, 15):
        if lit:
            me.glow(x, -12, 9)
        me.dot(x, -12, 3.6, LIGHT if lit else (232, 226, 216), shade=0.05)
    if details["extra"] == "luggage":
        _luggage(me, -3, -high)


def _above(me: Canvas, name: str, paint: Colour, details: Details) -> None:
    """The vehicle seen from above, driving to the right."""
    long = 6.0 if details["shape"] == "long" else 0.0
    me.veil(rounded(-30 - long, -34, 36 + long, 4, 8), (50, 42, 84), 0.2)
    for x in (-20 - long, 20 + long):
        me.shape(rounded(x - 6, -38, x + 6, 2, 2), (72, 66, 82))
    me.shape(rounded(-33 - long, -36, 33 + long, 0, 9 if name == "car" else 3), paint)
    back = -22 - long if name == "car" else -29 - long
    if name == "truck":
        me.shape(rounded(-32 - long, -35, 10, -1, 1.6), CREAM)
        me.shape(rounded(-29 - long, -32, 7, -4, 1), lighter(paint, 0.55), shade=0.06)
    else:
        _glass(me, rounded(back - 3, -31, back + 4, -5, 2.4))
        me.shape(rounded(back + 6, -31, 9, -5, 4), lighter(paint, 0.25), shade=0.08)
    _glass(me, smooth([(12, -31), (19, -33), (21, -18), (19, -3), (12, -5)]))
    lit = details["lights"] == "lit"
    for y in (-31, -5):
        if lit:
            me.veil([(33 + long, y), (56, y - 7), (56, y + 7)], (255, 240, 160), 0.5)
        me.dot(31.4 + long, y, 2.4, LIGHT if lit else (232, 226, 216))
    if details["extra"] == "luggage":
        _luggage(me, -8, -12)


def _road(canvas: Canvas) -> None:
    """The ground and a road from above, in the colour of the setting's ground."""
    ground = canvas.colour_at(50, 80)
    road = mix(ground, (150, 146, 164), 0.55)
    canvas.shape([(-5, -5), (105, -5), (105, 105), (-5, 105)], lighter(ground, 0.05), shade=0.06)
    canvas.shape([(-5, 20), (105, 20), (105, 80), (-5, 80)], road, shade=0.05)
    for x in (-2, 22, 46, 70, 94):
        canvas.shape(rounded(x, 14.6, x + 14, 17, 1), lighter(ground, 0.5), shade=0)
        canvas.shape(rounded(x, 83, x + 14, 85.4, 1), lighter(ground, 0.5), shade=0)
    for x, y, size in (
        (10, 7, 4),
        (34, 4, 3),
        (72, 6, 4.4),
        (92, 9, 3),
        (20, 94, 4),
        (58, 95, 3.4),
    ):
        canvas.dot(x, y, size, darker(ground, 0.16), shade=0.12)


def _draw_vehicle(canvas: Canvas, subject: str, details: Details) -> None:
    name = subject.removeprefix("a ")
    draw = {"side": _side, "front": _front, "above": _above}[str(details["view"])]
    scale = 1.16 if details["view"] != "front" else 1.35
    if details["view"] == "above":
        _road(canvas)
        scale = 1.05
    me = canvas.placed(
        50, 69 if details["view"] == "above" else 91, scale=scale, flip=details["facing"] == "left"
    )
    draw(me, name, NAMED[str(details["colour"])], details)


def _draw_boat(canvas: Canvas, subject: str, details: Details) -> None:
    del subject
    far = details["view"] == "far"
    me = canvas.placed(
        50, 68 if far else 84, scale=0.5 if far else 1.05, flip=details["facing"] == "left"
    )
    me.veil(oval(0, 1, 36, 3.4), (255, 255, 255), 0.4)
    me.stroke([(0, -10), (0, -70)], 1.8, WOOD)
    paint = NAMED[str(details["colour"])]
    if details["state"] == "sails up":
        if details["shape"] == "square":
            me.shape(
                smooth([(-19, -60), (19, -60), (22, -38), (19, -20), (-19, -20), (-15, -40)]), paint
            )
        else:
            me.shape([(-2.4, -66), (-2.4, -16), (-25, -16), (-16, -42)], lighter(paint, 0.5))
            me.shape([(2, -62), (2, -16), (29, -16), (18, -40)], paint)
    else:
        me.shape(rounded(-22, -19, 24, -13.6, 2.6), paint)
        for x in (-14, -2, 12):
            me.stroke([(x, -20), (x, -13)], 0.8, CREAM)
    if details["extra"] == "flag":
        me.shape(
            smooth([(0.6, -71), (8, -73), (16, -71), (16, -64), (8, -66), (0.6, -64)]),
            NAMED["yellow"],
        )
    me.shape(smooth([(-33, -12), (0, -10), (36, -15), (27, 0), (0, 2.4), (-25, 0)]), (170, 100, 76))
    me.shape(smooth([(-33, -12), (0, -10), (36, -15), (34, -11), (0, -7), (-31, -8.6)]), CREAM)
    for i in range(3):
        me.dot(-13 + 12 * i, -3.6, 1.7, lighter(GLASS, 0.3))
    for i in range(int(details["count"])):
        x, y = ((16, 28), (80, 34), (24, 46))[i]
        for side in (-1, 1):
            wing = [(x, y), (x + 4 * side, y - 4.4), (x + 9 * side, y - 3)]
            canvas.stroke(wing, 1.8, (250, 250, 250))


def _balloon(me: Canvas, paint: Colour, details: Details) -> None:
    """A hot-air balloon whose basket hangs at the origin."""
    wide = 25.0 if details["shape"] == "round" else 17.0
    for x in (-4.6, 4.6):
        me.stroke([(x, -6), (x * 2.2, -20)], 0.6, INK)
    envelope = [(0, -62), (wide * 0.75, -55), (wide, -40), (wide * 0.62, -25), (8, -17)]
    me.shape(smooth([*envelope, *[(-x, y) for x, y in reversed(envelope[1:])]]), paint, shade=0.22)
    if details["extra"] == "stripes":
        for x in (-0.55, 0.0, 0.55):
            mid = wide * x
            band = [(mid * 0.4 - 1, -61), (mid - 3, -42), (mid * 0.6 - 1.6, -18.6)]
            back = [(mid * 0.6 + 1.6, -18.6), (mid + 3, -42), (mid * 0.4 + 1, -61)]
            me.shape(smooth([*band, *back]), CREAM, shade=0.1)
    elif details["extra"] == "star":
        me.text(0, -40, "*", 44, CREAM)
    if details["state"] == "flame on":
        me.glow(0, -15, 9)
        me.shape(smooth([(-3, -12), (0, -20), (3, -12)]), (255, 178, 66), bottom=(255, 226, 120))
    me.shape(rounded(-6, -8, 6, 2, 1.6), WOOD)
    me.stroke([(-5.6, -3), (5.6, -3)], 0.8, darker(WOOD, 0.25))


def _draw_balloons(canvas: Canvas, subject: str, details: Details) -> None:
    del subject
    low = 12 if details["position"] == "low" else 0
    places = {
        1: ((50, 72, 1.05),),
        2: ((27, 62, 0.78), (72, 72, 0.86)),
        3: ((20, 58, 0.58), (80, 54, 0.58), (50, 76, 0.8)),
    }
    for x, y, scale in places[int(details["count"])]:
        canvas.veil(oval(x, 92, 16 * scale, 2.6), (50, 42, 84), 0.14 if low else 0.06)
        _balloon(canvas.placed(x, y + low, scale=scale), NAMED[str(details["colour"])], details)


KINDS = (
    Kind(
        "vehicle",
        {"a car": "car", "a truck": "truck", "a bus": "bus"},
        ("street", "beach", "snow", "mountains", "night"),
        (
            Factor("facing", ("left", "right")),
            Factor("view", ("side", "front", "above")),
            Factor("colour", ("red", "blue", "yellow", "green")),
            Factor("lights", ("lit", "dark")),
            Factor("extra", ("nothing", "luggage")),
            Factor("shape", ("short", "long")),
        ),
        _draw_vehicle,
        weight=1.6,
        hides={("view", "front"): ("facing", "shape")},
    ),
    Kind(
        "boat",
        {"a boat": "boat"},
        ("sea", "moonlit sea", "sunset"),
        (
            Factor("facing", ("left", "right")),
            Factor("state", ("sails up", "sails down")),
            Factor("colour", ("red", "yellow", "white", "blue")),
            Factor("shape", ("triangular", "square")),
            Factor("extra", ("nothing", "flag")),
            Factor("count", (0, 1, 3)),
            Factor("view", ("close", "far")),
        ),
        _draw_boat,
        weight=0.8,
        hides={("state", "sails down"): ("shape",)},
    ),
    Kind(
        "balloon",
        {"hot-air balloons": "balloon"},
        ("meadow", "mountains", "beach", "snow"),
        (
            Factor("count", (1, 2, 3)),
            Factor("colour", ("red", "blue", "purple", "orange")),
            Factor("extra", ("nothing", "stripes", "star")),
            Factor("shape", ("round", "slim")),
            Factor("state", ("flame on", "flame off")),
            Factor("position", ("high", "low")),
        ),
        _draw_balloons,
        weight=0.9,
    ),
)
