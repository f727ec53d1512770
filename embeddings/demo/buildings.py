"""Scenes with things people build: houses, shops, signs and snowmen."""

from __future__ import annotations

from embeddings.demo.animals import bird, tree
from embeddings.demo.canvas import Canvas, Colour, darker, lighter, oval, rounded, smooth
from embeddings.demo.factors import Details, Factor, Kind
from embeddings.demo.palette import CREAM, GLASS, INK, LEAF, LIGHT, NAMED, WOOD


def _pane(canvas: Canvas, x: float, y: float, shape: str, *, lit: bool) -> None:
    if lit:
        canvas.glow(x, y, 8)
    glass = LIGHT if lit else (104, 128, 160)
    if shape == "round":
        canvas.dot(x, y, 5, CREAM, shade=0.1)
        canvas.dot(x, y, 4, glass, shade=0.12)
    else:
        canvas.shape(rounded(x - 4.6, y - 4.8, x + 4.6, y + 4.8, 0.8), CREAM)
        canvas.shape(rounded(x - 3.6, y - 3.8, x + 3.6, y + 3.8, 0.5), glass, shade=0.12)
    canvas.stroke([(x, y - 4), (x, y + 4)], 0.8, CREAM)
    canvas.stroke([(x - 4, y), (x + 4, y)], 0.8, CREAM)


def _door(canvas: Canvas, x: float, y: float, colour: Colour, *, is_open: bool) -> None:
    canvas.shape(rounded(x - 6, y - 19, x + 6, y, 1.4), CREAM)
    if is_open:
        canvas.shape(rounded(x - 5, y - 18, x + 5, y, 1), (70, 52, 62), bottom=(120, 84, 70))
        leaf = [(x + 5, y - 18), (x + 12, y - 15.5), (x + 12, y + 3), (x + 5, y)]
        canvas.shape(leaf, colour)
        canvas.dot(x + 10.6, y - 6, 0.9, NAMED["yellow"])
    else:
        canvas.shape(rounded(x - 5, y - 18, x + 5, y, 1), colour)
        canvas.shape(rounded(x - 3.2, y - 16, x + 3.2, y - 10, 0.6), lighter(colour, 0.25))
        canvas.dot(x + 3.2, y - 7.6, 0.9, NAMED["yellow"])


def _draw_house(canvas: Canvas, subject: str, details: Details) -> None:
    del subject
    far = details["view"] == "far"
    ground = canvas.placed(50, 76 if far else 90, scale=0.52 if far else 1.0)
    left = details["position"] == "left"
    ground.shadow(0, 0, 44, 4)
    tree(ground.placed(-33 if left else 33, -1, scale=0.95), "round", LEAF)
    house = ground.placed(12 if left else -12, 0)
    roof = NAMED[str(details["colour"])]
    if details["extra"] == "chimney":
        house.shape(rounded(10, -67, 18, -44, 0.8), (196, 120, 104))
        house.shape(rounded(9, -69, 19, -65.5, 0.8), (170, 100, 92))
        for dx, dy, radius in ((15, -73, 2.4), (18, -77, 3.2), (22, -82, 4)):
            house.veil(oval(dx, dy, radius, radius), (255, 255, 255), 0.75)
    house.shape(rounded(-24, -42, 24, 0, 1), (250, 234, 206))
    house.shape([(-24, -42), (24, -42), (24, -37.5), (-24, -37.5)], (226, 200, 176), shade=0.05)
    if details["shape"] == "flat":
        house.shape(rounded(-28, -50, 28, -40, 2), roof)
    else:
        house.shape(_gable(), roof)
        house.dot(0, -50, 3.6, CREAM, shade=0.1)
    lit = details["lights"] == "lit"
    spots = {1: ((13, -26),), 2: ((-14, -26), (14, -26)), 3: ((-16, -30), (0, -30), (16, -30))}
    panes = spots[int(details["count"])]
    door_x = -10.0 if len(panes) == 1 else 0.0
    _door(house, door_x, 0, (126, 160, 178), is_open=details["state"] == "open")
    for x, y in panes:
        _pane(house, x, y, "square", lit=lit)
    for x in (-20, 20):
        house.dot(x, -2, 3.4, (130, 176, 110), shade=0.15)
        house.dot(x - 1, -3.4, 1, NAMED["pink"])


def _gable() -> list[tuple[float, float]]:
    return smooth([(-30, -39), (-16, -54), (0, -68), (16, -54), (30, -39), (0, -41)])


def _draw_shop(canvas: Canvas, subject: str, details: Details) -> None:
    del subject
    tone = NAMED[str(details["colour"])]
    canvas.shadow(50, 90, 42, 4)
    canvas.shape(rounded(12, 16, 88, 90, 1.5), (248, 230, 204))
    canvas.shape(rounded(15, 20, 85, 36, 2.5), darker(tone, 0.35))
    canvas.text(50, 28, str(details["word"]), 14, CREAM)
    left = details["position"] == "left"
    door_x, glass_x = (29, 62) if left else (71, 38)
    canvas.shape(rounded(glass_x - 20, 50, glass_x + 20, 82, 1), WOOD)
    glow = details["lights"] == "lit"
    if glow:
        canvas.glow(glass_x, 66, 26)
    canvas.shape(
        rounded(glass_x - 18, 52, glass_x + 18, 80, 1), LIGHT if glow else lighter(GLASS, 0.1)
    )
    for i in range(int(details["count"])):
        x = glass_x - 12 + 12 * i
        canvas.shape(rounded(x - 4, 72, x + 4, 80, 1.4), (206, 128, 96))
        canvas.dot(x, 68, 5, LEAF, shade=0.15)
        canvas.dot(x - 1.6, 66, 1.7, NAMED["pink"])
        canvas.dot(x + 2, 68.6, 1.7, NAMED["yellow"])
    _door(
        canvas.placed(door_x, 90, scale=1.6),
        0,
        0,
        darker(tone, 0.1),
        is_open=details["state"] == "open",
    )
    for i in range(8):
        x = 10 + 10 * i
        stripe = tone if i % 2 == 0 else CREAM
        edge = [(x, 40), (x + 10, 40), (x + 10, 48), (x + 5, 51.5), (x, 48)]
        canvas.shape(edge, stripe, shade=0.08)


def _draw_sign(canvas: Canvas, subject: str, details: Details) -> None:
    del subject
    far = details["view"] == "far"
    me = canvas.placed(50, 74 if far else 92, scale=0.55 if far else 1.0)
    tone = NAMED[str(details["colour"])]
    me.shadow(0, 0, 14, 3)
    me.shape(rounded(-3, -40, 3, 0, 1), WOOD)
    shape, side = str(details["shape"]), 1 if details["pointing"] == "right" else -1
    if shape == "round":
        me.dot(0, -48, 29, CREAM, shade=0.06)
        me.dot(0, -48, 26.5, tone, shade=0.12)
    elif shape == "arrow":
        tip = [
            (-32 * side, -63),
            (20 * side, -63),
            (38 * side, -48),
            (20 * side, -33),
            (-32 * side, -33),
        ]
        me.shape(tip, CREAM, shade=0.06)
        inner = [
            (-29 * side, -60.4),
            (19 * side, -60.4),
            (34 * side, -48),
            (19 * side, -35.6),
            (-29 * side, -35.6),
        ]
        me.shape(inner, tone)
    else:
        me.shape(rounded(-34, -68, 34, -30, 3), CREAM, shade=0.06)
        me.shape(rounded(-31.5, -65.5, 31.5, -32.5, 2), tone)
    me.text(0, -49.5 if shape != "arrow" else -48, str(details["word"]), 19, CREAM)
    pointer = me.placed(0, -21, flip=side < 0)
    pointer.shape([(-9, -2.4), (5, -2.4), (5, -5.4), (12, 0), (5, 5.4), (5, 2.4), (-9, 2.4)], CREAM)
    if details["extra"] == "bird":
        top = {"round": -77.0, "arrow": -63.0}.get(shape, -68.0)
        bird(me.placed(0, top, scale=0.85), NAMED["blue"], flip=side < 0, crest=False)
    for i in range(int(details["count"])):
        x = (-16, 17, 26)[i]
        me.stroke([(x, 1), (x + 0.6, -10)], 1.1, (92, 150, 84))
        for dx, dy in ((-2.4, 0), (2.4, 0), (0, -2.4), (0, 2.4)):
            me.dot(x + 0.6 + dx, -12 + dy, 2.2, NAMED["pink"], shade=0.1)
        me.dot(x + 0.6, -12, 1.6, NAMED["yellow"])


def _draw_snowman(canvas: Canvas, subject: str, details: Details) -> None:
    del subject
    white = (250, 251, 255)
    me = canvas.placed(50, 92, scale=1.02)
    me.shadow(0, 0, 26, 4)
    side = 1 if details["facing"] == "right" else -1
    tall = details["shape"] == "tall"
    balls = ((-17, 20), (-44, 15), (-65, 11)) if tall else ((-21, 25), (-54, 16))
    _broom(me, details)
    for y, radius in balls:
        me.dot(0, y, radius, white, shade=0.16)
    head_y, head = balls[-1]
    waist = -44 if tall else -24
    for i in range(int(details["count"])):
        me.dot(3 * side, waist - 6 + 7 * i, 1.7, INK)
    for arm in (-1, 1):
        raised = details["state"] == "waving" and arm == side
        x = 13.0 * arm if tall else 15.0 * arm
        y = -46 if tall else -38
        hand = (x + 16 * arm, y - 17) if raised else (x + 15 * arm, y + 8)
        me.stroke([(x, y), ((x + hand[0]) / 2, (y + hand[1]) / 2), hand], 1.8, WOOD)
        me.stroke([hand, (hand[0] + 3 * arm, hand[1] - 3)], 1.2, WOOD)
    scarf = NAMED[str(details["colour"])]
    neck = head_y + head * 0.85
    me.shape(rounded(-8 * side - 3, neck, -8 * side + 3, neck + 15, 1.4), darker(scarf, 0.15))
    me.shape(oval(0, neck, head * 0.95, 3.4), scarf)
    for x in (2, 7) if side > 0 else (-2, -7):
        me.dot(x, head_y - 2, 1.5, INK)
    nose = [(5 * side, head_y + 0.5), (19 * side, head_y + 3), (5 * side, head_y + 4.5)]
    me.shape(nose, NAMED["orange"])
    if details["extra"] == "hat":
        rim = head_y - head * 0.75
        me.shape(rounded(-11, rim - 2, 11, rim + 1.6, 1.4), NAMED["black"])
        me.shape(rounded(-7.4, rim - 15, 7.4, rim, 1.4), NAMED["black"])
        me.shape([(-7.4, rim - 5), (7.4, rim - 5), (7.4, rim - 2), (-7.4, rim - 2)], scarf, shade=0)


def _broom(me: Canvas, details: Details) -> None:
    x = {"left": -34.0, "right": 34.0}[str(details["position"])]
    me.stroke([(x, 0), (x * 1.04, -50)], 1.8, WOOD)
    me.shape([(x - 3, -48), (x + 3.4, -48), (x + 7, -66), (x - 6, -66)], NAMED["golden"], shade=0.2)


KINDS = (
    Kind(
        "house",
        {"a house and a tree": "house"},
        ("meadow", "mountains", "snow", "beach", "night"),
        (
            Factor("state", ("open", "shut")),
            Factor("lights", ("lit", "dark")),
            Factor("count", (1, 2, 3)),
            Factor("extra", ("nothing", "chimney")),
            Factor("colour", ("red", "blue", "purple", "green")),
            Factor("shape", ("pointed", "flat")),
            Factor("position", ("left", "right")),
            Factor("view", ("close", "far")),
        ),
        _draw_house,
        weight=1.2,
    ),
    Kind(
        "shop",
        {"a shop": "shop"},
        ("street",),
        (
            Factor("word", ("CAFE", "BOOKS", "TOYS", "BREAD")),
            Factor("state", ("open", "shut")),
            Factor("lights", ("lit", "dark")),
            Factor("count", (1, 2, 3)),
            Factor("colour", ("red", "blue", "green", "purple")),
            Factor("position", ("left", "right")),
        ),
        _draw_shop,
        weight=0.5,
    ),
    Kind(
        "sign",
        {"a sign": "sign"},
        ("meadow", "mountains", "beach", "snow", "street"),
        (
            Factor("word", ("STOP", "ZOO", "FARM", "HELLO")),
            Factor("pointing", ("left", "right")),
            Factor("shape", ("square", "round", "arrow")),
            Factor("colour", ("red", "blue", "green")),
            Factor("extra", ("nothing", "bird")),
            Factor("count", (0, 1, 3)),
            Factor("view", ("close", "far")),
        ),
        _draw_sign,
        weight=1.1,
    ),
    Kind(
        "snowman",
        {"a snowman": "snowman"},
        ("snow", "night", "street"),
        (
            Factor("facing", ("left", "right")),
            Factor("extra", ("nothing", "hat")),
            Factor("count", (1, 2, 3)),
            Factor("state", ("waving", "resting")),
            Factor("shape", ("tall", "stubby")),
            Factor("position", ("left", "right")),
            Factor("colour", ("red", "green", "yellow")),
        ),
        _draw_snowman,
        weight=0.8,
    ),
)
