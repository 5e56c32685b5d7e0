"""What stands still: the studio behind the host, the counter and the goods. Drawn on a board 720 wide, 1280 high."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

BOARD_W, BOARD_H = 720, 1280
SMOOTH = 2  # everything is drawn this much larger and scaled down, so that edges are smooth

_SKIES = {  # top and bottom colour of the wall, colour of the counter
    "kitchen": ((255, 232, 200), (232, 170, 120), (150, 96, 62)),
    "street": ((196, 222, 232), (110, 150, 170), (70, 78, 88)),
    "rose": ((255, 226, 236), (222, 150, 182), (150, 80, 112)),
    "garden": ((226, 240, 214), (140, 180, 130), (116, 88, 58)),
    "bedroom": ((226, 226, 246), (158, 156, 206), (104, 92, 130)),
    "library": ((240, 226, 204), (176, 140, 104), (92, 64, 46)),
}


def backdrop(studio: str, product: str, width_px: int) -> tuple[Image.Image, Image.Image]:
    """Two layers: the wall with its light and props, behind the host; the counter with the goods, before the host."""
    top, bottom, counter = _SKIES[studio]
    canvas = _light(_gradient(top, bottom))
    draw = Pen(canvas)
    _PROPS[studio](draw)
    canvas = canvas.filter(ImageFilter.GaussianBlur(5))  # the wall is out of focus
    return shrunk(canvas, width_px), shrunk(_counter(product, counter), width_px)


def _counter(product: str, counter: tuple[int, int, int]) -> Image.Image:
    canvas = Image.new("RGBA", (BOARD_W * SMOOTH, BOARD_H * SMOOTH), (0, 0, 0, 0))
    draw = Pen(canvas)
    draw.box((-20, 985, 740, 1300), counter, 30)
    draw.box((-20, 985, 740, 1003), tuple(min(255, c + 45) for c in counter), 8)
    _GOODS[product](draw)
    return canvas


def shrunk(canvas: Image.Image, width_px: int) -> Image.Image:
    """A drawing in the size of the frame."""
    return canvas.resize((width_px, round(width_px * BOARD_H / BOARD_W)), Image.Resampling.LANCZOS)


class Pen:
    """ImageDraw in the coordinates of the drawing board."""

    def __init__(self, canvas: Image.Image) -> None:
        self._draw = ImageDraw.Draw(canvas)

    def box(self, where: tuple[float, ...], colour: object, radius: float = 0) -> None:
        self._draw.rounded_rectangle([v * SMOOTH for v in where], radius * SMOOTH, fill=colour)

    def oval(self, where: tuple[float, ...], colour: object) -> None:
        self._draw.ellipse([v * SMOOTH for v in where], fill=colour)

    def shape(self, points: list[tuple[float, float]], colour: object) -> None:
        self._draw.polygon([(x * SMOOTH, y * SMOOTH) for x, y in points], fill=colour)

    def stroke(self, points: list[tuple[float, float]], colour: object, width: float) -> None:
        self._draw.line([(x * SMOOTH, y * SMOOTH) for x, y in points], colour, int(width * SMOOTH), joint="curve")

    def arc(self, where: tuple[float, ...], begin: float, end: float, colour: object, width: float) -> None:
        self._draw.arc([v * SMOOTH for v in where], begin, end, colour, int(width * SMOOTH))


def _gradient(top: tuple[int, ...], bottom: tuple[int, ...]) -> Image.Image:
    ramp = np.linspace(0, 1, BOARD_H * SMOOTH)[:, None, None]
    wall = np.array(top) * (1 - ramp) + np.array(bottom) * ramp
    return Image.fromarray(np.repeat(wall, BOARD_W * SMOOTH, 1).astype(np.uint8))


def _light(wall: Image.Image) -> Image.Image:
    """A lamp above the host brightens the middle; the corners fall off."""
    y, x = np.mgrid[0 : wall.height, 0 : wall.width].astype(np.float32)
    far = np.hypot((x / wall.width - 0.5) / 0.75, (y / wall.height - 0.38) / 0.7)
    shade = np.clip(1.1 - 0.35 * far**2, 0.6, 1.1)[..., None]
    return Image.fromarray(np.clip(np.asarray(wall) * shade, 0, 255).astype(np.uint8))


def _kitchen(pen: Pen) -> None:
    for row in range(4):
        for column in range(7):
            pen.box((column * 108 - 20, 400 + row * 108, column * 108 + 82, 502 + row * 108), (250, 226, 196), 8)
    pen.box((20, 470, 210, 484), (140, 90, 60), 4)
    for k, colour in enumerate(((190, 70, 60), (110, 140, 90), (220, 170, 70))):
        pen.box((36 + k * 58, 410, 80 + k * 58, 470), colour, 8)
    pen.stroke([(560, 400), (560, 520)], (110, 80, 60), 6)
    pen.oval((530, 500, 590, 560), (120, 120, 126))


def _street(pen: Pen) -> None:
    for k in range(3):
        pen.box((-10, 500 + k * 150, 190, 512 + k * 150), (84, 96, 108), 4)
        pen.box((540, 500 + k * 150, 730, 512 + k * 150), (84, 96, 108), 4)
        for left, colour in ((30, (214, 92, 70)), (570, (70, 110, 160))):
            pen.shape(
                [(left, 500 + k * 150), (left, 462 + k * 150), (left + 40, 470 + k * 150), (left + 110, 500 + k * 150)],
                colour,
            )


def _rose(pen: Pen) -> None:
    for k in range(9):
        pen.box((k * 90 - 30, 0, k * 90 + 14, 1280), (246, 206, 222), 20)
    pen.arc((120, 380, 600, 860), 0, 360, (255, 250, 244), 26)


def _garden(pen: Pen) -> None:
    for k, colour in enumerate(((168, 200, 150), (138, 178, 120), (104, 150, 92))):
        top = 560 + 130 * k
        pen.oval((-320 + 90 * k, top, 520 + 60 * k, top + 700), colour)
        pen.oval((300 - 60 * k, top + 40, 1080, top + 760), colour)
    pen.oval((540, 400, 640, 500), (255, 244, 206))


def _bedroom(pen: Pen) -> None:
    pen.box((-30, 640, 750, 1000), (126, 120, 168), 40)
    for k in range(6):
        pen.oval((20 + k * 120, 720, 60 + k * 120, 760), (146, 140, 190))
    pen.shape([(560, 430), (660, 430), (690, 540), (530, 540)], (255, 240, 206))
    pen.box((604, 540, 616, 650), (110, 96, 84))


def _library(pen: Pen) -> None:
    colours = ((150, 70, 60), (70, 96, 130), (190, 150, 80), (90, 120, 90), (120, 84, 120))
    for shelf in range(4):
        floor = 520 + shelf * 150
        pen.box((0, floor, 720, floor + 12), (110, 78, 52))
        for k in range(24):
            height = 84 + (k * 37 + shelf * 53) % 40
            pen.box((k * 30 + 2, floor - height, k * 30 + 26, floor), colours[(k * 3 + shelf) % 5], 3)


def _pan(pen: Pen) -> None:
    pen.box((610, 935, 740, 961), (58, 50, 50), 12)
    pen.oval((430, 905, 640, 1010), (74, 74, 80))
    pen.oval((446, 914, 624, 990), (48, 48, 54))


def _shoe(pen: Pen) -> None:
    pen.shape([(450, 985), (446, 900), (500, 905), (560, 940), (660, 960), (680, 990)], (232, 96, 70))
    pen.box((442, 978, 690, 1004), (248, 248, 248), 12)
    for k in range(3):
        pen.stroke([(516 + k * 26, 912 + k * 12), (500 + k * 26, 944 + k * 10)], (255, 255, 255), 6)


def _box(pen: Pen) -> None:
    pen.box((490, 850, 640, 1004), (250, 250, 252), 12)
    pen.box((490, 850, 640, 892), (200, 110, 150), 12)
    pen.oval((530, 908, 600, 986), (226, 190, 208))


def _tin(pen: Pen) -> None:
    pen.box((500, 860, 620, 1004), (58, 104, 66), 18)
    pen.oval((500, 842, 620, 884), (84, 134, 90))
    pen.oval((526, 900, 594, 968), (236, 222, 170))


def _quilt(pen: Pen) -> None:
    for k, colour in enumerate(((214, 206, 230), (240, 234, 224), (186, 190, 214))):
        pen.box((430, 900 + k * 36, 690, 936 + k * 36), colour, 16)


def _books(pen: Pen) -> None:
    for k, colour in enumerate(((226, 110, 90), (90, 150, 190), (240, 196, 90))):
        pen.box((440 + k * 12, 900 + k * 36, 670 - k * 8, 934 + k * 36), colour, 6)
        pen.box((452 + k * 12, 906 + k * 36, 470 + k * 12, 928 + k * 36), (250, 246, 236), 3)


_PROPS: dict[str, Callable[[Pen], None]] = {
    "kitchen": _kitchen,
    "street": _street,
    "rose": _rose,
    "garden": _garden,
    "bedroom": _bedroom,
    "library": _library,
}
_GOODS: dict[str, Callable[[Pen], None]] = {
    "pan": _pan,
    "shoe": _shoe,
    "box": _box,
    "tin": _tin,
    "quilt": _quilt,
    "books": _books,
}
