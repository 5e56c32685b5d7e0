"""The stylised host: sways, blinks, speaks with the sound and now and then raises a hand."""

import math
from functools import lru_cache

from PIL import Image, ImageColor

from .scenery import BOARD_H, BOARD_W, SMOOTH, Pen, shrunk

_SKIN, _SKIN_SHADE = (244, 208, 182), (226, 178, 150)
Layer = tuple[Image.Image, tuple[int, int]]  # a transparent picture and where its corner goes on the board

_MOUTHS = 3  # shut, half open, open


class Host:
    """Draws the host for a moment of the room."""

    def __init__(self, width_px: int, hair: str, top: str, short: bool = False) -> None:
        self._width_px = width_px
        self._hair, self._top, self._short = hair, top, short
        red, green, blue = ImageColor.getrgb(top)
        self._sleeve = (int(red * 0.93), int(green * 0.93), int(blue * 0.93))
        self._body = lru_cache(maxsize=None)(self._draw_body)
        self._arm = lru_cache(maxsize=None)(self._draw_arm)

    def layers(self, time_s: float, loudness: float) -> tuple[Layer, Layer]:
        """The body, which stands behind the counter, and the arm before it; loudness 0 (silent) to 1.

        Moves by whole pixels of the frame, which costs the encoder next to nothing.
        """
        sway = (round(6 * math.sin(time_s * 0.8)), round(2 * math.sin(time_s * 1.7)))
        blinks = time_s % 3.7 < 0.15
        mouth = min(_MOUTHS - 1, int(loudness * _MOUTHS))
        lift = max(0.0, math.sin(time_s * 0.55)) ** 2 * (0.85 + 0.15 * math.sin(time_s * 5))
        return _moved(self._body(mouth, blinks), sway), _moved(self._arm(round(lift * 10)), sway)

    def _draw_body(self, mouth: int, blinks: bool) -> Layer:
        canvas = _blank()
        pen = Pen(canvas)
        if not self._short:  # long hair falls behind the shoulders
            pen.box((238, 440, 482, 800), self._hair, 110)
        pen.box((318, 640, 402, 780), _SKIN_SHADE, 30)
        pen.box((170, 742, 550, 1240), self._top, 120)
        pen.shape([(310, 738), (410, 738), (360, 812)], _SKIN)
        pen.oval((252, 540, 288, 610), _SKIN_SHADE)
        pen.oval((432, 540, 468, 610), _SKIN_SHADE)
        pen.box((264, 430, 456, 700), _SKIN, 94)
        pen.oval((290, 612, 334, 644), (242, 178, 160))
        pen.oval((386, 612, 430, 644), (242, 178, 160))
        fringe = [(256, 560), (254, 470), (300, 412), (360, 398), (424, 412), (466, 470), (464, 560)]
        fringe += [(446, 500), (400, 484), (350, 500), (300, 492), (276, 510)]
        pen.shape(fringe, self._hair)
        for x in (312, 408):
            pen.arc((x - 26, 534, x + 26, 574), 200, 340, self._hair, 6)
            if blinks:
                pen.stroke([(x - 16, 580), (x + 16, 580)], (60, 44, 40), 5)
            else:
                pen.oval((x - 13, 564, x + 13, 596), (48, 36, 34))
                pen.oval((x - 3, 568, x + 7, 578), (255, 255, 255))
        pen.arc((346, 598, 374, 626), 30, 150, _SKIN_SHADE, 5)
        if mouth == 0:
            pen.arc((328, 630, 392, 664), 20, 160, (176, 76, 76), 7)
        else:
            pen.oval((334, 645, 386, 653 + 14 * mouth), (160, 60, 64))
        return self._shrunk(canvas)

    def _draw_arm(self, lift: int) -> Layer:
        """The arm from the shoulder; lift 0 (the hand rests on the counter) to 10 (hand up)."""
        canvas = _blank()
        pen = Pen(canvas)
        angle = math.radians(20 - lift * 12.5)  # of the forearm: along the counter, then upwards
        shoulder, elbow = (222, 826), (158, 948)
        hand = (elbow[0] + 128 * math.cos(angle), elbow[1] + 128 * math.sin(angle))
        wrist = (elbow[0] + 60 * math.cos(angle), elbow[1] + 60 * math.sin(angle))
        pen.stroke([wrist, hand], _SKIN, 46)
        pen.oval((hand[0] - 34, hand[1] - 34, hand[0] + 34, hand[1] + 34), _SKIN)
        pen.stroke([shoulder, elbow], self._sleeve, 84)
        pen.stroke([elbow, wrist], self._sleeve, 72)
        for x, y, radius in ((*shoulder, 42), (*elbow, 42), (*wrist, 36)):
            pen.oval((x - radius, y - radius, x + radius, y + radius), self._sleeve)
        return self._shrunk(canvas)

    def _shrunk(self, canvas: Image.Image) -> Layer:
        small = shrunk(canvas, self._width_px)
        box = small.getbbox()
        return small.crop(box), (box[0], box[1])


def _moved(layer: Layer, by: tuple[int, int]) -> Layer:
    picture, (x, y) = layer
    return picture, (x + by[0], y + by[1])


def _blank() -> Image.Image:
    return Image.new("RGBA", (BOARD_W * SMOOTH, BOARD_H * SMOOTH), (0, 0, 0, 0))
