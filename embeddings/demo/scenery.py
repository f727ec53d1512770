"""The settings of the demo's scenes: the ground, the sky or the room behind the objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from embeddings.demo.canvas import Canvas, Colour, darker, lighter, oval, rounded, smooth
from embeddings.demo.palette import CREAM, GLASS, LEAF, LIGHT, NAMED, WOOD

_EVERYWHERE = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]


@dataclass(frozen=True)
class Sway:
    """The small differences between two drawings of one setting; each from -1 to 1."""

    ground: float = 0.0
    cloud: float = 0.0


def _sky(canvas: Canvas, top: Colour, bottom: Colour) -> None:
    canvas.shape(_EVERYWHERE, top, bottom=bottom)


def _ground(canvas: Canvas, heights: list[float], colour: Colour, bottom: Colour) -> None:
    step = 100 / (len(heights) - 1)
    ridge = smooth([(i * step, height) for i, height in enumerate(heights)], closed=False)
    canvas.shape([(0, 101), *ridge, (100, 101)], colour, bottom=bottom)


def _cloud(canvas: Canvas, x: float, y: float, scale: float = 1.0) -> None:
    spot = canvas.placed(x, y, scale=scale)
    for dx, dy, radius in ((-8, 1, 4.5), (-2, -2, 6.5), (5, -0.5, 5.5), (11, 2, 3.5)):
        spot.veil(oval(dx, dy, radius * 1.15, radius), (255, 255, 255), 0.9)
    spot.veil(rounded(-13, 0.5, 14.5, 5.5, 3), (255, 255, 255), 0.95)


def _sun(canvas: Canvas, x: float, y: float) -> None:
    canvas.glow(x, y, 15, (255, 240, 180))
    canvas.dot(x, y, 6, (255, 222, 120), shade=0.1)


def _tuft(canvas: Canvas, x: float, y: float, colour: Colour) -> None:
    for lean in (-1.4, 0, 1.4):
        canvas.stroke([(x, y), (x + lean, y - 3 + abs(lean) / 2)], 0.7, colour)


def _meadow(canvas: Canvas, sway: Sway) -> None:
    _sky(canvas, (158, 208, 236), (236, 244, 236))
    _sun(canvas, 85, 14)
    _cloud(canvas, 24 + 3 * sway.cloud, 16)
    low = 1.5 * sway.ground
    _ground(canvas, [54 + low, 48 + low, 53, 58, 51 + low, 55], (176, 212, 146), (140, 190, 116))
    _ground(canvas, [64, 62 + low, 66, 63, 62 + low, 65], (150, 200, 118), (104, 166, 92))
    for x, y, tone in ((8, 88, "white"), (20, 95, "pink"), (88, 90, "yellow"), (76, 96, "white")):
        _tuft(canvas, x, y, (92, 150, 84))
        canvas.dot(x, y - 3.6, 1.2, NAMED[tone])
    for x, y in ((38, 94), (60, 92), (95, 80), (5, 76)):
        _tuft(canvas, x, y, (92, 150, 84))


def _hills(canvas: Canvas, sway: Sway) -> None:
    _sky(canvas, (246, 206, 176), (250, 236, 212))
    _sun(canvas, 18, 24)
    peak = 2 * sway.ground
    for x, top, half, tone in (
        (28, 26 + peak, 34, (176, 168, 200)),
        (74, 20 - peak, 40, (158, 152, 190)),
    ):
        canvas.shape([(x - half, 66), (x, top), (x + half, 66)], tone, shade=0.2)
        cap = [(x, top), (x + 6, top + 9), (x + 1, top + 7), (x - 5, top + 9)]
        canvas.shape(cap, (250, 248, 250), shade=0)
    _ground(canvas, [62, 58, 62 + peak, 57, 60], (190, 196, 136), (164, 178, 116))
    _ground(canvas, [70, 66, 64 + peak, 66, 68], (204, 190, 124), (172, 152, 98))
    for x, y in ((7, 84), (16, 93), (90, 88), (80, 95), (50, 95)):
        _tuft(canvas, x, y, (146, 130, 82))


def _beach(canvas: Canvas, sway: Sway) -> None:
    _sky(canvas, (142, 208, 232), (226, 244, 246))
    _sun(canvas, 16, 14)
    _cloud(canvas, 72 + 3 * sway.cloud, 14, 0.9)
    shore = 1.2 * sway.ground
    canvas.shape([(0, 42), (100, 42), (100, 70), (0, 70)], (94, 178, 206), bottom=(150, 216, 220))
    for y, left in ((47, 20), (51, 58), (55, 8), (54, 80)):
        canvas.stroke([(left, y), (left + 4, y - 0.8), (left + 8, y)], 0.6, (206, 238, 242))
    _ground(canvas, [60 + shore, 62, 59 - shore, 61, 58], (240, 250, 246), (240, 250, 246))
    _ground(canvas, [62 + shore, 64, 61 - shore, 63, 60], (246, 226, 176), (232, 200, 142))
    for x, y in ((10, 90), (88, 94), (80, 84), (30, 96)):
        canvas.shape(oval(x, y, 1.8, 1.2, 20), (240, 168, 150), shade=0.1)


def _snow(canvas: Canvas, sway: Sway) -> None:
    _sky(canvas, (178, 200, 224), (232, 238, 246))
    low = 1.5 * sway.ground
    _ground(canvas, [56, 50 + low, 54, 48 - low, 53], (222, 232, 244), (206, 220, 238))
    for x, y, size in ((9, 58, 1.0), (18, 57, 0.75), (90, 56, 1.05), (80, 55, 0.7)):
        pine(canvas.placed(x, y, scale=size), (118, 158, 150), snowy=True)
    _ground(canvas, [66, 64 + low, 67, 63, 66], (248, 250, 253), (212, 224, 242))
    for i in range(26):
        flake = ((i * 37 + 6 * sway.cloud) % 100, (i * 53 + 11) % 62)
        canvas.dot(*flake, 0.55 + 0.25 * (i % 3), (255, 255, 255))


def _night(canvas: Canvas, sway: Sway) -> None:
    _sky(canvas, (44, 54, 110), (116, 118, 172))
    canvas.glow(82, 16, 15, (240, 236, 200))
    canvas.dot(82, 16, 7, (250, 240, 200), shade=0.1)
    canvas.dot(85.5, 14, 6.2, (62, 70, 124))
    for i in range(22):
        x, y = (i * 41 + 3 + 4 * sway.cloud) % 100, (i * 29 + 5) % 46
        canvas.dot(x, y, 0.35 + 0.2 * (i % 3), (255, 246, 210))
    low = 1.5 * sway.ground
    _ground(canvas, [54, 50 + low, 55, 58, 52], (74, 92, 130), (62, 84, 118))
    _ground(canvas, [65, 62 + low, 66, 63, 65], (80, 112, 124), (52, 80, 100))
    for x, y in ((8, 86), (22, 95), (88, 88), (62, 95)):
        _tuft(canvas, x, y, (56, 92, 98))


def _street(canvas: Canvas, sway: Sway) -> None:
    _sky(canvas, (196, 220, 236), (250, 238, 220))
    _cloud(canvas, 50 + 4 * sway.cloud, 12, 0.8)
    tones = ((236, 190, 166), (190, 206, 190), (244, 216, 160), (196, 190, 216))
    for i, (tone, top) in enumerate(zip(tones, (28, 34, 25, 31), strict=True)):
        left = 25 * i + 0.6 * sway.ground
        canvas.shape([(left, 66), (left, top), (left + 25, top), (left + 25, 66)], tone, shade=0.08)
        canvas.shape(rounded(left - 0.5, top - 2, left + 25.5, top + 1, 1), darker(tone, 0.3))
        for x in (left + 4, left + 15):
            for y in (top + 6, top + 17):
                canvas.shape(rounded(x, y, x + 6, y + 7, 1), lighter(GLASS, 0.2), shade=0.08)
    canvas.shape([(0, 64), (100, 64), (100, 72), (0, 72)], (222, 212, 204), shade=0.05)
    canvas.shape([(0, 72), (100, 72), (100, 101), (0, 101)], (170, 168, 182), shade=0.08)
    for x in (4, 30, 56, 82):
        canvas.shape(rounded(x, 90, x + 14, 91.6, 0.8), (244, 238, 224), shade=0)


def _room(canvas: Canvas, wall: Colour, floor: Colour, sway: Sway) -> None:
    canvas.shape(_EVERYWHERE, lighter(wall, 0.2), bottom=wall)
    for i in range(13):
        x = 4 + 8 * i
        canvas.veil([(x, 0), (x + 2.4, 0), (x + 2.4, 70), (x, 70)], (255, 255, 255), 0.16)
    top = 70 + 0.8 * sway.ground
    canvas.shape([(0, top), (100, top), (100, 101), (0, 101)], floor, shade=0.12)
    canvas.shape([(0, top - 2), (100, top - 2), (100, top), (0, top)], CREAM, shade=0.04)
    for y in (78, 87, 96):
        canvas.stroke([(0, y), (100, y)], 0.35, darker(floor, 0.12))


def _window(canvas: Canvas, x: float, y: float) -> None:
    canvas.shape(rounded(x - 11, y - 12, x + 11, y + 12, 1.5), CREAM, shade=0.06)
    canvas.shape(rounded(x - 9, y - 10, x + 9, y + 10, 1), (168, 212, 238), bottom=(224, 242, 240))
    canvas.shape(
        [(x - 9, y + 10), (x - 9, y + 5), (x, y + 3), (x + 9, y + 6), (x + 9, y + 10)], LEAF
    )
    canvas.stroke([(x, y - 10), (x, y + 10)], 1.2, CREAM)
    canvas.stroke([(x - 9, y), (x + 9, y)], 1.2, CREAM)
    canvas.shape(rounded(x - 13, y + 11, x + 13, y + 13.5, 1), WOOD)


def _kitchen(canvas: Canvas, sway: Sway) -> None:
    _room(canvas, (246, 222, 164), (206, 160, 120), sway)
    _window(canvas, 20 + sway.cloud, 24)
    canvas.shape(rounded(58, 16, 94, 18.6, 1), WOOD)
    for x, tone in ((63, "red"), (71, "blue"), (79, "green"), (87, "white")):
        canvas.shape(rounded(x - 2.6, 9.5, x + 2.6, 16, 1.6), lighter(NAMED[tone], 0.25))


def _parlour(canvas: Canvas, sway: Sway) -> None:
    _room(canvas, (180, 208, 196), (178, 130, 104), sway)
    canvas.shape(rounded(66, 10, 90, 28, 1), WOOD)
    canvas.shape(rounded(68, 12, 88, 26, 0.5), (250, 226, 190), bottom=(196, 214, 196))
    canvas.dot(74 + sway.cloud, 17, 2.2, (250, 200, 110))
    canvas.shape(oval(50, 86, 44, 10), (214, 128, 116), shade=0.06)
    canvas.shape(oval(50, 86, 38, 7.6), (232, 168, 146), shade=0.04)


def _bedroom(canvas: Canvas, sway: Sway) -> None:
    _room(canvas, (206, 196, 226), (196, 168, 156), sway)
    _window(canvas, 78 + sway.cloud, 24)
    for i in range(9):
        x = 4 + 6 * i
        canvas.stroke([(x, 5), (x + 6, 5)], 0.4, (150, 136, 170))
        canvas.shape(
            [(x + 1, 5.3), (x + 5, 5.3), (x + 3, 10)], NAMED[("pink", "yellow", "blue")[i % 3]]
        )


def _sea(canvas: Canvas, sway: Sway) -> None:
    _sky(canvas, (150, 206, 238), (238, 244, 240))
    _sun(canvas, 84, 13)
    _cloud(canvas, 24 + 3 * sway.cloud, 15)
    _waves(canvas, (98, 176, 210), (58, 128, 180), sway)


def _moonlit_sea(canvas: Canvas, sway: Sway) -> None:
    _sky(canvas, (40, 50, 108), (130, 122, 172))
    canvas.glow(20, 16, 16, (240, 236, 200))
    canvas.dot(20, 16, 7, (250, 240, 200), shade=0.1)
    for i in range(18):
        canvas.dot((i * 41 + 30 + 3 * sway.cloud) % 100, (i * 29 + 5) % 50, 0.5, (255, 246, 210))
    _waves(canvas, (78, 100, 160), (40, 56, 112), sway)


def _sunset_sea(canvas: Canvas, sway: Sway) -> None:
    _sky(canvas, (236, 150, 136), (252, 214, 150))
    canvas.glow(50, 56, 26, (255, 236, 170))
    canvas.dot(50, 57, 10, (255, 226, 130), shade=0)
    _waves(canvas, (196, 140, 160), (116, 96, 150), sway)


def _waves(canvas: Canvas, near: Colour, deep: Colour, sway: Sway) -> None:
    low = sway.ground
    _ground(canvas, [60, 59 + low, 60, 59, 60 - low, 59], near, deep)
    for y, start in ((66, 6), (70, 60), (76, 30), (82, 74), (88, 10), (94, 52), (95, 88)):
        left = start + 2 * sway.cloud
        arc = [(left, y), (left + 4, y - 1.2), (left + 8, y)]
        canvas.stroke(arc, 0.7, lighter(near, 0.45))


def _underwater(canvas: Canvas, sway: Sway) -> None:
    _sky(canvas, (132, 212, 224), (44, 118, 168))
    for x in (20, 46, 74):
        ray = [(x, 0), (x + 10, 0), (x - 6, 90), (x - 22, 90)]
        canvas.veil(ray, (255, 255, 255), 0.09)
    _ground(canvas, [86, 84 + sway.ground, 88, 85, 87], (240, 218, 164), (214, 182, 126))
    for x, height in ((8, 26), (14, 18), (90, 30), (84, 20)):
        bend = 1.5 * sway.cloud
        weed = [(x, 90), (x + 2, 90 - height / 2), (x - 2 + bend, 90 - height)]
        canvas.stroke(weed, 2, (84, 158, 122))


def _lilac_sea(canvas: Canvas, sway: Sway) -> None:
    _sky(canvas, (150, 132, 196), (64, 66, 132))
    _ground(canvas, [84, 88 + sway.ground, 84, 87, 85], (150, 140, 178), (104, 100, 150))
    for x, size, tone in ((10, 1.2, "pink"), (88, 1.4, "orange"), (80, 0.8, "pink")):
        for lean in (-4, 0, 4):
            branch = [(x, 90), (x + lean * size, 84 - 9 * size + abs(lean) + sway.cloud)]
            canvas.stroke(branch, 2.2, NAMED[tone])


def pine(canvas: Canvas, colour: Colour, *, snowy: bool = False) -> None:
    """A fir standing on the origin, about 30 high."""
    canvas.shape([(-1.4, 0), (1.4, 0), (1.4, -6), (-1.4, -6)], WOOD)
    for y, half in ((-4, 9), (-11, 7.4), (-18, 5.4)):
        canvas.shape([(-half, y), (0, y - 12), (half, y)], colour, shade=0.18)
        if snowy:
            canvas.shape(
                [(-half * 0.45, y - 6.5), (0, y - 12), (half * 0.45, y - 6.5)], (250, 252, 255)
            )


SETTINGS: dict[str, tuple[str, Callable[[Canvas, Sway], None]]] = {
    "meadow": ("in a meadow", _meadow),
    "mountains": ("in the mountains", _hills),
    "beach": ("on a beach", _beach),
    "snow": ("in the snow", _snow),
    "night": ("at night", _night),
    "street": ("on a street", _street),
    "kitchen": ("in a kitchen", _kitchen),
    "parlour": ("in a living room", _parlour),
    "bedroom": ("in a bedroom", _bedroom),
    "sea": ("on the sea", _sea),
    "moonlit sea": ("on the sea in moonlight", _moonlit_sea),
    "sunset": ("on the sea at sunset", _sunset_sea),
    "underwater": ("under water", _underwater),
    "coral": ("among corals", _lilac_sea),
}
"""Setting -> (the words that a caption uses for it, what draws it)."""

LAMPLIGHT = LIGHT
