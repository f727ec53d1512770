"""Scenes with things on a table: a lamp and books, a cup and a book, flowers in a vase."""

from __future__ import annotations

from embeddings.demo.canvas import Canvas, Colour, darker, lighter, oval, rounded, smooth
from embeddings.demo.factors import Details, Factor, Kind
from embeddings.demo.palette import CREAM, LEAF, LIGHT, NAMED, WOOD
from embeddings.demo.tabletop import ROOMS, TOP, table


def _draw_lamp(canvas: Canvas, subject: str, details: Details) -> None:
    del subject
    table(canvas, "side")
    left = details["position"] == "left"
    lamp, books = (30.0, 68.0) if left else (70.0, 32.0)
    canvas.shadow(50, TOP + 1, 38, 1.6)
    for i in range(int(details["count"])):
        tone = NAMED[("blue", "orange", "green", "purple")[i]]
        low = TOP - 7 * i
        canvas.shape(
            rounded(books - 16 + i % 2 * 2, low - 7, books + 15 + i % 2 * 2, low, 1.2), tone
        )
        canvas.shape(rounded(books + 4, low - 5.4, books + 13, low - 1.6, 0.4), CREAM, shade=0)
    is_on = details["state"] == "on"
    shade = NAMED[str(details["colour"])]
    canvas.shape(oval(lamp, TOP - 2, 11, 2.6), WOOD)
    canvas.stroke([(lamp, TOP - 3), (lamp, TOP - 32)], 2.4, WOOD)
    if is_on:
        canvas.glow(lamp, TOP - 34, 34)
        canvas.veil(
            [(lamp - 13, TOP - 28), (lamp + 13, TOP - 28), (lamp + 25, TOP), (lamp - 25, TOP)],
            LIGHT,
            0.35,
        )
        shade = lighter(shade, 0.45)
    if details["shape"] == "round":
        canvas.dot(lamp, TOP - 40, 15, shade, shade=0.12)
    else:
        canvas.shape(
            [
                (lamp - 9, TOP - 53),
                (lamp + 9, TOP - 53),
                (lamp + 17, TOP - 28),
                (lamp - 17, TOP - 28),
            ],
            shade,
        )
    if details["extra"] == "cup":
        y = TOP - 7 * int(details["count"])
        _cup(canvas.placed(books, y, scale=0.62), NAMED["red"], handle=1)


def _cup(me: Canvas, colour: Colour, *, handle: int) -> None:
    ring = [(13 * handle, -16), (22 * handle, -17), (22 * handle, -7), (12 * handle, -5)]
    me.stroke(ring, 3, darker(colour, 0.12))
    me.shape(smooth([(-15, -22), (15, -22), (13, -6), (8, 0), (-8, 0), (-13, -6)]), colour)
    me.shape(oval(0, -22, 15, 2.8), lighter(colour, 0.4), shade=0.05)
    me.shape(oval(0, -21.8, 12.6, 2), (120, 78, 62), shade=0)


def _draw_cup(canvas: Canvas, subject: str, details: Details) -> None:
    del subject
    table(canvas, "side")
    handle = 1 if details["pointing"] == "right" else -1
    place = str(details["position"])
    x, y = {"left": (25.0, TOP), "right": (75.0, TOP), "on top": (50.0, TOP - 11)}[place]
    book = {"left": 72.0, "right": 28.0, "on top": 50.0}[place]
    canvas.shadow(50, TOP + 1, 38, 1.6)
    canvas.shape(rounded(book - 22, TOP - 11, book + 22, TOP, 1.6), NAMED["purple"])
    canvas.shape(rounded(book - 20, TOP - 8.6, book + 22, TOP - 2.4, 0.6), CREAM)
    scale = 1.0
    me = canvas.placed(x, y, scale=scale)
    if details["extra"] == "spoon":
        me.stroke([(2, -20), (9 * -handle, -36)], 1.8, (190, 192, 204))
        me.shape(oval(9.6 * -handle, -38, 2.6, 3.8, 20), (206, 208, 218))
    _cup(me, NAMED[str(details["colour"])], handle=handle)
    if details["shape"] == "striped":
        for dy in (-15, -8):
            me.shape(rounded(-13.4, dy - 1.6, 13.4, dy + 1.6, 1), CREAM, shade=0.06)
    if details["state"] == "steaming":
        for dx in (-6, 0, 6):
            wisp = [(dx, -27), (dx + 3, -33), (dx - 2, -39), (dx + 2, -46)]
            me.stroke(wisp, 1.6, (255, 255, 255))


def _draw_flowers(canvas: Canvas, subject: str, details: Details) -> None:
    del subject
    table(canvas, "side")
    x = {"left": 30.0, "middle": 50.0, "right": 70.0}[str(details["position"])]
    canvas.shadow(x, TOP + 1, 16, 1.6)
    petals, is_open = NAMED[str(details["colour"])], details["state"] == "open"
    heads = {
        1: ((0, -52),),
        3: ((-13, -46), (0, -55), (13, -47)),
        5: ((-20, -40), (-10, -51), (1, -58), (12, -51), (21, -40)),
    }
    for dx, dy in heads[int(details["count"])]:
        canvas.stroke(
            [(x, TOP - 18), (x + dx * 0.4, TOP - 30), (x + dx, TOP + dy)], 1.4, (98, 156, 88)
        )
        me = canvas.placed(x + dx, TOP + dy)
        if is_open:
            for i in range(6):
                me.shape(oval(0, -4.6, 2.9, 4, 0) if i == 0 else _turned(i), petals, shade=0.1)
            me.dot(0, 0, 3, NAMED["yellow"], shade=0.15)
        else:
            me.shape(smooth([(0, -8), (3.6, -2), (2.2, 3), (-2.2, 3), (-3.6, -2)]), petals)
            me.shape(smooth([(-3, 0), (0, 1.4), (3, 0), (1.6, 4), (-1.6, 4)]), LEAF)
    if details["extra"] == "leaves":
        for side in (-1, 1):
            canvas.shape(oval(x + 9 * side, TOP - 27, 8, 3, -35 * side), LEAF)
    vase = (134, 176, 196)
    if details["shape"] == "round":
        canvas.dot(x, TOP - 13, 13.4, vase, shade=0.18)
        canvas.shape(rounded(x - 7, TOP - 28, x + 7, TOP - 23, 1.6), vase)
    else:
        canvas.shape(
            smooth(
                [
                    (x - 8, TOP - 30),
                    (x + 8, TOP - 30),
                    (x + 6, TOP - 14),
                    (x + 9, TOP),
                    (x - 9, TOP),
                    (x - 6, TOP - 14),
                ]
            ),
            vase,
        )


def _turned(step: int) -> list[tuple[float, float]]:
    """The petal number ``step`` of six around the origin."""
    (tip,) = oval(0, 0, 4.6, 4.6, 60 * step - 90)[:1]
    return oval(tip[0], tip[1], 4, 2.9, 60 * step - 90)


KINDS = (
    Kind(
        "lamp",
        {"a lamp and books": "lamp"},
        ROOMS,
        (
            Factor("state", ("on", "off")),
            Factor("position", ("left", "right")),
            Factor("count", (1, 2, 4)),
            Factor("colour", ("red", "green", "yellow")),
            Factor("shape", ("round", "tapered")),
            Factor("extra", ("nothing", "cup")),
        ),
        _draw_lamp,
        weight=0.8,
    ),
    Kind(
        "cup",
        {"a cup and a book": "cup"},
        ROOMS,
        (
            Factor("pointing", ("left", "right")),
            Factor("position", ("left", "right", "on top")),
            Factor("colour", ("red", "blue", "green", "yellow")),
            Factor("state", ("steaming", "cold")),
            Factor("extra", ("nothing", "spoon")),
            Factor("shape", ("plain", "striped")),
        ),
        _draw_cup,
        weight=0.8,
    ),
    Kind(
        "flowers",
        {"flowers in a vase": "flowers"},
        ROOMS,
        (
            Factor("count", (1, 3, 5)),
            Factor("state", ("open", "closed")),
            Factor("colour", ("pink", "yellow", "purple", "white")),
            Factor("shape", ("round", "slim")),
            Factor("position", ("left", "middle", "right")),
            Factor("extra", ("nothing", "leaves")),
        ),
        _draw_flowers,
        weight=0.8,
    ),
)
