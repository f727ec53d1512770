"""A small picture-book canvas on Pillow: smooth, softly shaded shapes in percent coordinates."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
Point = tuple[float, float]

SUPERSAMPLING = 2


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The colour that is ``share`` (0 to 1) of the way from ``first`` to ``second``."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def lighter(colour: Colour, share: float = 0.25) -> Colour:
    """``colour`` moved towards a warm white."""
    return mix(colour, (255, 252, 244), share)


def darker(colour: Colour, share: float = 0.2) -> Colour:
    """``colour`` moved towards a deep violet, which looks softer than black."""
    return mix(colour, (52, 36, 66), share)


def oval(x: float, y: float, rx: float, ry: float, angle: float = 0.0) -> list[Point]:
    """Outline of an ellipse around (x, y), turned by ``angle`` degrees."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    steps = 40
    turns = (2 * math.pi * step / steps for step in range(steps))
    around = [(rx * math.cos(turn), ry * math.sin(turn)) for turn in turns]
    return [(x + a * cos - b * sin, y + a * sin + b * cos) for a, b in around]


def rounded(x0: float, y0: float, x1: float, y1: float, radius: float = 2.0) -> list[Point]:
    """Outline of a rectangle with rounded corners."""
    radius = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
    corners = [
        (x1 - radius, y0 + radius, -90),
        (x1 - radius, y1 - radius, 0),
        (x0 + radius, y1 - radius, 90),
        (x0 + radius, y0 + radius, 180),
    ]
    points = []
    for x, y, start in corners:
        for step in range(7):
            turn = math.radians(start + 15 * step)
            points.append((x + radius * math.cos(turn), y + radius * math.sin(turn)))
    return points


def smooth(points: Sequence[Point], *, closed: bool = True) -> list[Point]:
    """A Catmull-Rom curve through ``points``."""
    n = len(points)
    curve = []
    for i in range(n if closed else n - 1):
        if closed:
            p0, p1, p2, p3 = (points[(i + k) % n] for k in (-1, 0, 1, 2))
        else:
            p0, p1, p2, p3 = (points[min(max(i + k, 0), n - 1)] for k in (-1, 0, 1, 2))
        for step in range(8):
            t = step / 8
            x, y = (
                0.5
                * (
                    2 * b
                    + (c - a) * t
                    + (2 * a - 5 * b + 4 * c - d) * t * t
                    + (3 * b - a - 3 * c + d) * t**3
                )
                for a, b, c, d in zip(p0, p1, p2, p3, strict=True)
            )
            curve.append((x, y))
    return curve if closed else [*curve, points[-1]]


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


@dataclass(frozen=True)
class Canvas:
    """A square picture, addressed from (0, 0) top left to (100, 100) bottom right.

    ``placed`` gives a view of the same picture in an object's own coordinates.
    """

    image: Image.Image
    pixels: float
    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    flip: bool = False

    @classmethod
    def blank(cls, size: int) -> Canvas:
        """An empty canvas that ``finished`` will bring down to ``size`` pixels."""
        side = size * SUPERSAMPLING
        return cls(Image.new("RGB", (side, side), (255, 255, 255)), side / 100)

    def finished(self, size: int) -> Image.Image:
        """The picture at its final size."""
        return self.image.resize((size, size), Image.Resampling.BOX)

    def placed(self, x: float, y: float, *, scale: float = 1.0, flip: bool = False) -> Canvas:
        """A view whose origin is at (x, y), enlarged by ``scale``, mirrored if ``flip``."""
        (at_x, at_y) = self._units((x, y))
        return replace(self, x=at_x, y=at_y, scale=self.scale * scale, flip=self.flip is not flip)

    def _units(self, point: Point) -> Point:
        side = -self.scale if self.flip else self.scale
        return self.x + side * point[0], self.y + self.scale * point[1]

    def _pixels(self, points: Sequence[Point]) -> list[Point]:
        units = (self._units(point) for point in points)
        return [(x * self.pixels, y * self.pixels) for x, y in units]

    def colour_at(self, x: float, y: float) -> Colour:
        """The colour that is on the canvas at (x, y), clamped to the picture."""
        ((at_x, at_y),) = self._pixels([(x, y)])
        side = self.image.width - 1
        spot = (min(max(int(at_x), 0), side), min(max(int(at_y), 0), side))
        red, green, blue = self.image.crop((*spot, spot[0] + 1, spot[1] + 1)).tobytes()
        return red, green, blue

    def shape(
        self,
        points: Sequence[Point],
        fill: Colour,
        *,
        shade: float = 0.14,
        bottom: Colour | None = None,
    ) -> None:
        """A filled outline, lighter above and darker below (``shade`` 0 for flat)."""
        outline = self._pixels(points)
        if shade == 0 and bottom is None:
            ImageDraw.Draw(self.image).polygon(outline, fill=fill)
            return
        xs, ys = [x for x, _ in outline], [y for _, y in outline]
        left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
        right = min(self.image.width, math.ceil(max(xs)) + 1)
        low = min(self.image.height, math.ceil(max(ys)) + 1)
        if right <= left or low <= top:
            return
        ramp = Image.new("RGB", (1, 2))
        ramp.putpixel((0, 0), fill if bottom else lighter(fill, shade))
        ramp.putpixel((0, 1), bottom or darker(fill, shade))
        area = (right - left, low - top)
        mask = Image.new("L", area)
        inside = [(x - left, y - top) for x, y in outline]
        ImageDraw.Draw(mask).polygon(inside, fill=255)
        column = ramp.resize((1, area[1]), Image.Resampling.BILINEAR)
        self.image.paste(column.resize(area, Image.Resampling.NEAREST), (left, top), mask)

    def veil(self, points: Sequence[Point], colour: Colour, strength: float) -> None:
        """A translucent flat shape; ``strength`` from 0 (nothing) to 1 (opaque)."""
        brush = ImageDraw.Draw(self.image, "RGBA")
        brush.polygon(self._pixels(points), fill=(*colour, round(255 * strength)))

    def stroke(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """A smooth line with round ends."""
        line = self._pixels(smooth(points, closed=False))
        thick = max(1.0, width * self.scale * self.pixels)
        brush = ImageDraw.Draw(self.image)
        brush.line(line, fill=colour, width=round(thick), joint="curve")
        for x, y in (line[0], line[-1]):
            radius = thick / 2
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def dot(self, x: float, y: float, radius: float, colour: Colour, *, shade: float = 0) -> None:
        """A disc."""
        self.shape(oval(x, y, radius, radius), colour, shade=shade)

    def shadow(self, x: float, y: float, rx: float, ry: float) -> None:
        """The soft shadow that an object throws on the ground."""
        for step in range(5):
            grow = 1.12 - 0.13 * step
            self.veil(oval(x, y, rx * grow, ry * grow), (50, 42, 84), 0.06)

    def glow(self, x: float, y: float, radius: float, colour: Colour = (255, 226, 130)) -> None:
        """Light around a lamp or a flame."""
        for step in range(8):
            self.veil(oval(x, y, *(2 * (radius * (1 - step / 8),))), colour, 0.07)

    def text(self, x: float, y: float, words: str, height: float, colour: Colour) -> None:
        """Upright text centred on (x, y); never mirrored. ``height`` is the font's size."""
        ((at_x, at_y),) = self._pixels([(x, y)])
        font = _font(round(height * self.scale * self.pixels))
        brush = ImageDraw.Draw(self.image)
        weight = height * self.scale * self.pixels / 22
        brush.text((at_x, at_y), words, fill=colour, font=font, anchor="mm", stroke_width=weight)
