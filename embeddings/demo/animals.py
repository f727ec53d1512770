"""Scenes with animals: farm animals and pets, birds and trees, fish, a pet and its box."""

from __future__ import annotations

from embeddings.demo.canvas import Canvas, Colour, darker, lighter, oval, rounded, smooth
from embeddings.demo.factors import Details, Factor, Kind
from embeddings.demo.palette import CREAM, INK, LEAF, NAMED, WOOD
from embeddings.demo.quadrupeds import SPECIES, quadruped

_COUNTED: dict[int, tuple[tuple[float, float, float], ...]] = {
    1: ((50, 87, 1.4),),
    2: ((34, 77, 0.95), (64, 91, 1.05)),
    3: ((24, 74, 0.76), (74, 77, 0.8), (48, 93, 0.9)),
}


def _draw_animals(canvas: Canvas, subject: str, details: Details) -> None:
    far = details["view"] == "far"
    for x, y, scale in _COUNTED[int(details["count"])]:
        if far:
            x, y, scale = 50 + (x - 50) * 0.64, 70 + (y - 70) * 0.5, scale * 0.58
        quadruped(canvas.placed(x, y, scale=scale), subject.removeprefix("a "), details)


def bird(canvas: Canvas, colour: Colour, *, flip: bool, crest: bool) -> None:
    """A round little bird standing on the origin, looking to the right unless flipped."""
    me = canvas.placed(0, 0, flip=flip)
    for x in (-1, 2):
        me.stroke([(x, -3), (x, 0), (x + 1.4, 0)], 0.7, NAMED["orange"])
    me.shape([(-6, -8), (-14, -6), (-13, -11)], darker(colour, 0.25))
    me.shape(smooth([(-8, -8), (-2, -14), (4, -17), (8, -12), (5, -5), (-3, -3)]), colour)
    me.shape(oval(3, -7, 4, 3.6), lighter(colour, 0.6), shade=0.05)
    me.shape(oval(-3, -8.5, 4.4, 2.6, 15), darker(colour, 0.22))
    me.shape([(8, -14), (12.5, -12.4), (8, -11)], NAMED["orange"])
    me.dot(5, -13.4, 1.1, INK)
    if crest:
        for lean in (-3, -0.5, 2):
            me.stroke([(3.5, -16), (3 + lean, -21)], 1.1, NAMED["red"])


def tree(canvas: Canvas, shape: str, leaf: Colour, *, fruit: bool = False) -> None:
    """A tree standing on the origin, about 60 high; ``shape`` is "round" or "pointed"."""
    canvas.shadow(0, 0, 14, 3)
    canvas.shape(smooth([(-3.4, 0), (-2.4, -16), (-2, -30), (2, -30), (2.4, -16), (3.8, 0)]), WOOD)
    if shape == "pointed":
        for y, half in ((-16, 19), (-30, 15.5), (-44, 11)):
            canvas.shape([(-half, y), (0, y - 25), (half, y)], leaf, shade=0.2)
    else:
        for x, y, radius in (
            (-11, -32, 11),
            (11, -32, 11),
            (0, -28, 11),
            (-6, -46, 12),
            (8, -45, 11),
        ):
            canvas.dot(x, y, radius, leaf, shade=0.18)
    if fruit:
        for x, y in ((-11, -28), (2, -33), (11, -29), (-5, -45), (6, -47)):
            canvas.dot(x * 0.85, y, 2.2, NAMED["red"], shade=0.2)


def _draw_bird_and_tree(canvas: Canvas, subject: str, details: Details) -> None:
    del subject
    leaf = NAMED["orange"] if details["colour"] == "orange" else LEAF
    tree(canvas.placed(50, 86, scale=1.2), str(details["shape"]), leaf)
    spots = {
        "left": (20, 86, 1),
        "right": (80, 86, -1),
        "on top": (49, 25 if details["shape"] == "round" else 8.5, 1),
    }
    x, y, step = spots[str(details["position"])]
    y = max(y, 24)
    blue = NAMED["blue"]
    if details["position"] != "on top":
        canvas.shadow(x, y, 9, 2)
    flip = details["facing"] == "left"
    bird(canvas.placed(x, y, scale=1.15), blue, flip=flip, crest=details["extra"] == "crest")
    if int(details["count"]) == 2:
        other = (x + 2 * step, y + 9) if details["position"] != "on top" else (x + 15, y + 12)
        bird(canvas.placed(*other, scale=0.8), blue, flip=flip, crest=details["extra"] == "crest")


def _draw_fish(canvas: Canvas, subject: str, details: Details) -> None:
    del subject
    places = {
        1: ((50, 50, 1.5),),
        2: ((34, 32, 0.95), (62, 64, 1.1)),
        4: ((28, 24, 0.7), (70, 34, 0.75), (30, 58, 0.8), (70, 72, 0.85)),
    }
    colour, flip = NAMED[str(details["colour"])], details["facing"] == "left"
    for x, y, scale in places[int(details["count"])]:
        me = canvas.placed(x, y, scale=scale, flip=flip)
        half, depth = (21, 8) if details["shape"] == "long" else (17, 14)
        me.shape(
            smooth([(-half + 4, 0), (-half - 10, -9), (-half - 7, 0), (-half - 10, 9)]),
            darker(colour, 0.2),
        )
        me.shape(
            smooth([(-6, -depth + 2), (-4, -depth - 6), (6, -depth - 3), (8, -depth + 3)]),
            darker(colour, 0.2),
        )
        me.shape(oval(0, 0, half, depth), colour, shade=0.2)
        if details["extra"] == "stripes":
            for stripe in (-0.45, -0.05, 0.3):
                width = depth * (1 - stripe * stripe) ** 0.5 * 0.86
                me.stroke(
                    [(half * stripe, -width), (half * stripe + 2, 0), (half * stripe, width)],
                    2.6,
                    CREAM,
                )
        me.shape([(-2, 2), (-9, 8), (-1, 7)], darker(colour, 0.25))
        me.dot(half * 0.62, -depth * 0.22, 2.8, (255, 252, 246))
        me.dot(half * 0.66, -depth * 0.22, 1.5, INK)
        me.stroke([(half - 1, 3), (half - 4, 4), (half - 6, 3)], 0.8, darker(colour, 0.5))
        for i in range(3):
            me.veil(oval(half + 6 + 2 * i, -6 - 7 * i, 1.6, 1.6), (255, 255, 255), 0.6)


def _draw_pet_and_box(canvas: Canvas, subject: str, details: Details) -> None:
    name = subject.split()[1]
    position = str(details["position"])
    box_x = {"left": 75, "right": 25}.get(position, 50)
    spot = {"left": (29, 92), "right": (71, 92), "on top": (50, 62), "in front": (50, 96)}[position]
    canvas.shadow(box_x, 90, 24, 4)
    tone = NAMED[str(details["colour"])]
    canvas.shape(rounded(box_x - 20, 62, box_x + 20, 90, 1.5), tone)
    canvas.shape(rounded(box_x - 21.5, 60, box_x + 21.5, 66, 1.5), lighter(tone, 0.2))
    if details["shape"] == "round":
        canvas.dot(box_x, 78, 6, lighter(tone, 0.65), shade=0.08)
    elif details["shape"] == "striped":
        for x in (-14, -7, 0, 7, 14):
            canvas.shape(
                [
                    (box_x + x - 1.4, 66),
                    (box_x + x + 1.4, 66),
                    (box_x + x + 1.4, 89.6),
                    (box_x + x - 1.4, 89.6),
                ],
                lighter(tone, 0.65),
                shade=0.04,
            )
    pet = {
        "colour": "ginger" if name == "cat" else "brown",
        "facing": details["facing"],
        "state": details["state"],
        "extra": details["extra"],
    }
    quadruped(canvas.placed(*spot, scale=1.15), name, pet)


KINDS = (
    Kind(
        "animal",
        {f"a {name}": name for name in SPECIES},
        ("meadow", "mountains", "beach", "snow", "night"),
        (
            Factor("facing", ("left", "right")),
            Factor("count", (1, 2, 3)),
            Factor("colour", ("white", "brown", "black", "golden")),
            Factor("extra", ("nothing", "scarf", "hat")),
            Factor("state", ("awake", "asleep")),
            Factor("shape", ("short", "long")),
            Factor("view", ("close", "far")),
        ),
        _draw_animals,
        weight=3.0,
    ),
    Kind(
        "pet and box",
        {"a cat and a box": "cat", "a dog and a box": "dog"},
        ("kitchen", "parlour", "bedroom"),
        (
            Factor("position", ("left", "right", "on top", "in front")),
            Factor("facing", ("left", "right")),
            Factor("colour", ("red", "blue", "yellow")),
            Factor("state", ("awake", "asleep")),
            Factor("extra", ("nothing", "scarf", "hat")),
            Factor("shape", ("plain", "round", "striped")),
        ),
        _draw_pet_and_box,
        weight=1.2,
    ),
    Kind(
        "bird and tree",
        {"a bird and a tree": "bird"},
        ("meadow", "mountains", "beach", "snow"),
        (
            Factor("position", ("left", "right", "on top")),
            Factor("facing", ("left", "right")),
            Factor("count", (1, 2)),
            Factor("colour", ("green", "orange")),
            Factor("shape", ("round", "pointed")),
            Factor("extra", ("nothing", "crest")),
        ),
        _draw_bird_and_tree,
        weight=0.9,
    ),
    Kind(
        "fish",
        {"fish": "fish"},
        ("underwater", "coral"),
        (
            Factor("facing", ("left", "right")),
            Factor("count", (1, 2, 4)),
            Factor("colour", ("orange", "yellow", "pink")),
            Factor("extra", ("nothing", "stripes")),
            Factor("shape", ("stubby", "long")),
        ),
        _draw_fish,
        weight=0.6,
    ),
)
