"""Pictures drawn like a live room's: a coloured scene, outlined text, columns, strokes and codes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from monitor.records import Box

CHINESE = next(
    (
        path
        for folder in (Path("/usr/share/fonts"), Path.home() / ".fonts")
        for path in sorted(folder.rglob("NotoSansCJK-Bold.ttc")) + sorted(folder.rglob("NotoSansCJK*.ttc"))
    ),
    None,
)


def scene() -> NDArray[np.uint8]:
    rows, columns = np.mgrid[0:1280, 0:720]
    return np.stack([rows // 12 + 60, columns // 8 + 40, (rows + columns) // 20 + 30], axis=2).astype(np.uint8)


def write(image: NDArray[np.uint8], text: str, at: tuple[int, int], *, high: int = 44, stroke: bool = False) -> Box:
    """Draws outlined text with its upper left corner at `at`, struck through if wanted, and gives its box."""
    x, y = at
    if CHINESE:
        canvas = Image.fromarray(image)
        font = ImageFont.truetype(str(CHINESE), high)
        draw = ImageDraw.Draw(canvas)
        draw.text(at, text, font=font, fill=(0, 230, 255), stroke_width=2, stroke_fill=(0, 0, 120))
        left, top, right, bottom = (int(side) for side in draw.textbbox(at, text, font=font, stroke_width=2))
        image[:] = np.asarray(canvas)
    else:
        scale, face = high / 30, cv2.FONT_HERSHEY_DUPLEX
        (width, height), base = cv2.getTextSize(text, face, scale, 4)
        cv2.putText(image, text, (x, y + height), face, scale, (0, 0, 120), 8)
        cv2.putText(image, text, (x, y + height), face, scale, (0, 230, 255), 3)
        left, top, right, bottom = x, y, x + width, y + height + base
    if stroke:
        middle = (top + bottom) // 2
        cv2.line(image, (left, middle), (right, middle), (255, 255, 255), 4)
    return Box(left, top, right, bottom)


def write_column(image: NDArray[np.uint8], text: str, at: tuple[int, int], *, high: int = 44, gap: int = 4) -> None:
    """Draws characters one under the other, the first with its upper left corner at `at`."""
    canvas = Image.fromarray(image)
    font, draw = ImageFont.truetype(str(CHINESE), high), ImageDraw.Draw(canvas)
    for row, character in enumerate(text):
        place = at[0], at[1] + row * (high + gap)
        draw.text(place, character, font=font, fill=(0, 230, 255), stroke_width=2, stroke_fill=(0, 0, 120))
    image[:] = np.asarray(canvas)


def draw_code(image: NDArray[np.uint8], payload: str, at: tuple[int, int], side: int) -> Box:
    """Draws a QR code with its quiet zone; the box is the code's without it."""
    modules = cv2.QRCodeEncoder.create().encode(payload)
    code = cv2.resize(modules, (side, side), interpolation=cv2.INTER_NEAREST)
    (x, y), rim = at, side // 8
    image[y - rim : y + side + rim, x - rim : x + side + rim] = 255
    image[y : y + side, x : x + side] = code[..., np.newaxis]
    return Box(x, y, x + side, y + side)


def compressed(image: NDArray[np.uint8], quality: int = 75) -> NDArray[np.uint8]:
    """The picture after a codec went over it."""
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
