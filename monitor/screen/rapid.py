"""RapidOCR: the text reader that comes with the program, models and all."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.config import Settings
from monitor.errors import MissingComponentError
from monitor.records import Box
from monitor.screen.columns import whole_columns
from monitor.screen.lines import Line, height_px, width_px
from monitor.screen.memory import LineMemory, Reading
from monitor.screen.stroke import crossed_out, struck, struck_stretch

DETECTOR = "PP-OCRv6_det_small.onnx"
RECOGNISER = "PP-OCRv6_rec_small.onnx"
# Crops are widened to multiples of twice their height: OpenVINO compiles anew for each width it has not met.
WIDTH_STEP = 2
# Boxes so many times higher than wide are columns of characters; the engine lays their crops on their side.
ON_ITS_SIDE = 1.5
# Parts of a line narrower than this share of its height hold no character.
LEAST_PIECE = 0.4
_DIGIT = re.compile(r"\d")
# Halves of a line cut by a stroke: overlap by width and by height, and height together in heights of the higher one.
HALVES_ACROSS, HALVES_DOWN, HALVES_TOGETHER = 0.8, 0.35, 1.7


def _installed(package: str) -> bool:
    return find_spec(package) is not None


def load(settings: Settings, *, installed: Callable[[str], bool] = _installed) -> RapidTextReader:
    """The reader on OpenVINO, or on ONNX Runtime where `openvino` is missing (four times slower).

    Uses the two models inside the wheel; nothing is ever downloaded. Raises MissingComponentError when RapidOCR, its
    models, or both engines are missing.
    """
    if not installed("rapidocr"):
        raise MissingComponentError("the text reader is missing", where="rapidocr", todo="run `make setup`")
    import rapidocr  # seconds: only those who read pictures pay

    models = Path(rapidocr.__file__).parent / "models"
    for model in (DETECTOR, RECOGNISER):
        if not (models / model).is_file():
            raise MissingComponentError("model is missing", where=models / model, todo="reinstall `rapidocr`")
    if installed("openvino"):
        name, engine = "openvino", rapidocr.EngineType.OPENVINO
    elif installed("onnxruntime"):
        name, engine = "onnxruntime", rapidocr.EngineType.ONNXRUNTIME
    else:
        raise MissingComponentError(
            "neither `openvino` nor `onnxruntime` is installed", where="rapidocr", todo="run `make setup`"
        )
    threads = settings.screen_threads
    engine_room = rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Det.engine_type": engine,
            "Rec.engine_type": engine,
            "Det.model_path": str(models / DETECTOR),
            "Rec.model_path": str(models / RECOGNISER),
            "EngineConfig.openvino.inference_num_threads": threads,
            "EngineConfig.openvino.num_streams": 1,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    return RapidTextReader(
        engine_room, name=f"rapidocr {version('rapidocr')} PP-OCRv6 small, {name}", side_px=settings.screen_side_px
    )


class RapidTextReader:
    """Detects lines on the whole picture, recognises only those whose pixels it has not read before.

    Not to be shared between threads: the engines hold one request each.
    """

    def __init__(self, engine: Any, *, name: str, side_px: int) -> None:
        """`engine` is a `rapidocr.RapidOCR`; pictures are shrunk to `side_px` on their longer side for detection."""
        self.name = name
        self._side_px = side_px
        self._crop = engine.crop_text_regions
        self._detector = engine._load_det_model()
        self._recognise = engine._load_rec_model()
        self._memory = LineMemory()

    def read(self, image: NDArray[np.uint8]) -> list[Line]:
        """The lines on `image` (uint8, (height, width, 3), BGR), from top to bottom."""
        found = self._detected(image)
        luma = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        lines = []
        for corners in whole_columns(_whole_lines(found)):
            box = _upright(corners, image)
            reading = self._memory.recall(luma, box)
            if reading is None:
                reading = self._recognised(image, corners, box)
                self._memory.keep(luma, box, reading)
            lines += [Line(part.text, place, part.confidence, part.struck) for part, place in _parts(reading, box)]
        return lines

    def _detected(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Corners of each line (float32, (n, 4, 2), clockwise from the upper left), from top to bottom."""
        height, width = image.shape[:2]
        scale = min(1.0, self._side_px / max(height, width))
        size = tuple(max(32, round(side * scale / 32) * 32) for side in (width, height))
        # What the detector's own preparation computes, bit for bit nearly, in a quarter of its time.
        scaled = cv2.dnn.blobFromImage(image, 1 / 127.5, size, (127.5, 127.5, 127.5))
        boxes, _ = self._detector.postprocess_op(self._detector.session(scaled), (height, width))
        return np.asarray(self._detector.sorted_boxes(boxes) if len(boxes) else np.zeros((0, 4, 2)), dtype=np.float32)

    def _recognised(self, image: NDArray[np.uint8], corners: NDArray[np.float32], box: Box) -> Reading:
        (crop,) = self._crop(image, corners[np.newaxis])
        text, confidence = self._text(crop)
        if height_px(box) >= ON_ITS_SIDE * width_px(box):
            return Reading(text, confidence, struck=False)
        # Detection tilts some boxes a little: the stroke is level in the crop or in the picture.
        upright = image[box.top_px : box.bottom_px, box.left_px : box.right_px]
        if struck(crop) or struck(upright):
            return Reading(text, confidence, struck=True)
        if not _DIGIT.search(text):
            return Reading(text, confidence, struck=False)
        if crossed_out(crop):
            return Reading(text, confidence, struck=True)
        return Reading(text, confidence, struck=False, pieces=self._struck_apart(crop, text))

    def _struck_apart(self, crop: NDArray[np.uint8], whole: str) -> tuple[tuple[float, float, Reading], ...]:
        """The line cut at the ends of a stroke through a price in it; nothing when there is none.

        Nor when the pieces say other numbers than the `whole`: then a character was cut.
        """
        stretch = struck_stretch(crop)
        if stretch is None:
            return ()
        height, width = crop.shape[:2]
        pieces: list[tuple[float, float, Reading]] = []
        for start, end in ((0, stretch[0]), stretch, (stretch[1], width)):
            if end - start >= LEAST_PIECE * height:
                text, confidence = self._text(np.ascontiguousarray(crop[:, start:end]))
                text = _without_remnants(text, whole)
                pieces.append((start / width, end / width, Reading(text, confidence, (start, end) == stretch)))
        said = "".join(reading.text for _, _, reading in pieces)
        priced = any(reading.struck and _DIGIT.search(reading.text) for _, _, reading in pieces)
        return tuple(pieces) if priced and _DIGIT.findall(said) == _DIGIT.findall(whole) else ()

    def _text(self, crop: NDArray[np.uint8]) -> tuple[str, float]:
        """What a level crop says, and how sure the recogniser is."""
        from rapidocr.ch_ppocr_rec import TextRecInput

        height, width = crop.shape[:2]
        step = WIDTH_STEP * height
        padding = -width % step
        # Mid grey is zero to the model, as its own padding is.
        wide = cv2.copyMakeBorder(crop, 0, 0, 0, padding, cv2.BORDER_CONSTANT, value=(127, 127, 127))
        result = self._recognise(TextRecInput(img=[wide]))
        return result.txts[0].strip(), float(result.scores[0])


def _without_remnants(text: str, whole: str) -> str:
    """A piece's text without the bar or hook that a neighbour cut in two left at its ends and the whole line lacks."""
    shorter = (text, text[1:], text[:-1], text[1:-1])
    return next((kept for kept in shorter if kept and kept in whole), text)


def _parts(reading: Reading, box: Box) -> list[tuple[Reading, Box]]:
    """The reading, or its pieces, each with its place; without what says nothing."""
    parts = [(reading, box)]
    if reading.pieces:
        left, width = box.left_px, width_px(box)
        parts = [
            (piece, Box(left + round(start * width), box.top_px, left + round(end * width), box.bottom_px))
            for start, end, piece in reading.pieces
        ]
    return [(part, place) for part, place in parts if part.text]


def _whole_lines(found: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The detected quadrilaterals, with the halves of lines put together that a stroke through them cut in two.

    The halves overlap by more than neighbouring lines ever do, and together are lower than two lines.
    """
    whole: list[NDArray[np.float32]] = []
    for corners in found:
        for index, other in enumerate(whole):
            if _halves(corners, other):
                both = np.concatenate((corners, other))
                (left, top), (right, bottom) = both.min(axis=0), both.max(axis=0)
                whole[index] = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float32)
                break
        else:
            whole.append(corners)
    return whole


def _halves(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
    (a_left, a_top), (a_right, a_bottom) = a.min(axis=0), a.max(axis=0)
    (b_left, b_top), (b_right, b_bottom) = b.min(axis=0), b.max(axis=0)
    across = min(a_right, b_right) - max(a_left, b_left)
    down = min(a_bottom, b_bottom) - max(a_top, b_top)
    low, high = sorted((a_bottom - a_top, b_bottom - b_top))
    together = max(a_bottom, b_bottom) - min(a_top, b_top)
    return bool(
        across >= HALVES_ACROSS * min(a_right - a_left, b_right - b_left)
        and down >= HALVES_DOWN * low
        and together <= HALVES_TOGETHER * high
    )


def _upright(corners: NDArray[np.float32], image: NDArray[np.uint8]) -> Box:
    height, width = image.shape[:2]
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return Box(
        max(0, round(float(left))),
        max(0, round(float(top))),
        min(width, round(float(right))),
        min(height, round(float(bottom))),
    )
