"""QR codes on the picture: where one is, and to whose service it leads.

Payloads are personal: a payment code or a friend's card holds an account's id. Only the scheme and, for web addresses,
the host are ever kept; what follows them is dropped here.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.records import Box
from monitor.screen.lines import Line, height_px, width_px

LABEL = "[二维码]"
# A code stays for seconds. Looking for one at this longer side costs 7 ms and finds codes of 110 px on 1280; OpenCV's
# other detector takes 16 ms for the same, and neither finds them at 640.
EVERY_MS = 5000
FIND_SIDE_PX = 960
# Smaller than this nobody's phone reads it off a phone's screen; and a code is about square.
LEAST_SIDE_PX = 48
MOST_OBLONG = 1.4
# An area that holds a code is half dark, half light, and changes between them often.
DARK_SHARE = (0.25, 0.75)
LEAST_CHANGES = 4

_SERVICES = {
    "work.weixin.qq.com": "企业微信",
    "weixin.qq.com": "微信",
    "u.wechat.com": "微信",
    "wechat.com": "微信",
    "payapp.weixin.qq.com": "微信收款",
    "wxp": "微信收款",
    "weixin": "微信",
    "qr.alipay.com": "支付宝",
    "alipay.com": "支付宝",
    "alipays": "支付宝",
    "alipayqr": "支付宝",
    "qm.qq.com": "QQ",
    "jq.qq.com": "QQ",
    "mqqapi": "QQ",
    "douyin.com": "抖音",
    "snssdk1128": "抖音",
    "kuaishou.com": "快手",
    "chenzhongtech.com": "快手",
    "kwai": "快手",
    "taobao.com": "淘宝",
    "tb.cn": "淘宝",
    "jd.com": "京东",
}
"""Host (or what it ends in) or scheme → service, from the services' own pages and open-platform documents."""


class CodeWatch:
    """Looks for codes every few seconds; between two searches a code is taken to stay. Not to be shared."""

    def __init__(self, *, every_ms: int = EVERY_MS) -> None:
        self._every_ms = every_ms
        self._searched_ms: int | None = None
        self._finder = cv2.QRCodeDetectorAruco()
        self._decoders = (cv2.QRCodeDetector(), self._finder)
        self._codes: list[Line] = []

    def look(self, at_ms: int, image: NDArray[np.uint8]) -> list[Line]:
        """The codes on `image` (uint8, (height, width, 3), BGR) as lines whose text says where they lead."""
        if self._searched_ms is None or at_ms - self._searched_ms >= self._every_ms:
            self._searched_ms = at_ms
            self._codes = self._found(image)
        return list(self._codes)

    def _found(self, image: NDArray[np.uint8]) -> list[Line]:
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        height, width = grey.shape
        scale = min(1.0, FIND_SIDE_PX / max(height, width))
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
        if min(small.shape) < LEAST_SIDE_PX:
            return []
        seen, corners = self._finder.detect(small)
        if not seen or corners is None:
            return []
        box = _box(corners.reshape(-1, 2) / scale, width, height)
        if not _is_code(grey, box):
            return []
        return [self._read(grey, box)]

    def _read(self, grey: NDArray[np.uint8], box: Box) -> Line:
        """The code at `box`; one that was read before and is still there keeps what it said."""
        rim = round(0.15 * width_px(box))
        crop = grey[max(0, box.top_px - rim) : box.bottom_px + rim, max(0, box.left_px - rim) : box.right_px + rim]
        larger = np.asarray(cv2.resize(crop, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
        tries = (_decoded(decoder, view) for view in (crop, larger) for decoder in self._decoders)
        payload = next(filter(None, tries), "")
        if not payload:
            before = next((code for code in self._codes if _covers(code.box, box)), None)
            if before is not None:
                return Line(before.text, box, 1.0)
        return Line(" ".join(filter(None, (LABEL, described(payload)))), box, 1.0)


def _decoded(decoder: cv2.QRCodeDetector | cv2.QRCodeDetectorAruco, view: NDArray[np.uint8]) -> str:
    """The payload; empty for one that cannot be read, or that is damaged or made so that decoding fails."""
    try:
        return str(decoder.detectAndDecode(view)[0])
    except (cv2.error, UnicodeDecodeError):
        return ""


def described(payload: str) -> str:
    """Service and address of a payload without anything personal: `微信 https://u.wechat.com`; empty for nothing."""
    if not payload:
        return ""
    try:
        address = urlsplit(payload.strip())
        host = address.hostname or ""
    except ValueError:
        return "文字"
    scheme = address.scheme.lower()
    if not scheme or not (address.netloc or scheme in _SERVICES):
        return "文字"
    if scheme not in ("http", "https"):
        return f"{_SERVICES.get(scheme, '')} {scheme}".strip()
    return f"{_service(host)} {scheme}://{host}".strip()


def _service(host: str) -> str:
    names = host.split(".")
    return next((s for i in range(len(names)) if (s := _SERVICES.get(".".join(names[i:])))), "")


def within(line: Line, code: Line) -> bool:
    """Whether a line was read out of a code's pattern."""
    across = min(line.box.right_px, code.box.right_px) - max(line.box.left_px, code.box.left_px)
    down = min(line.box.bottom_px, code.box.bottom_px) - max(line.box.top_px, code.box.top_px)
    return across > 0 and down > 0 and across * down >= 0.6 * width_px(line.box) * height_px(line.box)


def _box(corners: NDArray[np.float32], width: int, height: int) -> Box:
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return Box(
        max(0, round(float(left))),
        max(0, round(float(top))),
        min(width, round(float(right))),
        min(height, round(float(bottom))),
    )


def _is_code(grey: NDArray[np.uint8], box: Box) -> bool:
    """Whether the detector's find looks like one: square, two shades, many changes along rows and columns."""
    short, long = sorted((width_px(box), height_px(box)))
    if short < LEAST_SIDE_PX or long > MOST_OBLONG * short:
        return False
    inside = grey[box.top_px : box.bottom_px, box.left_px : box.right_px]
    _, dark = cv2.threshold(inside, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    if not DARK_SHARE[0] <= float(dark.mean()) <= DARK_SHARE[1]:
        return False
    middle = dark[short // 4 : -short // 4, short // 4 : -short // 4].astype(np.int8)
    changes = [float(np.median((np.diff(middle, axis=axis) != 0).sum(axis=axis))) for axis in (0, 1)]
    return min(changes) >= LEAST_CHANGES


def _covers(a: Box, b: Box) -> bool:
    across = min(a.right_px, b.right_px) - max(a.left_px, b.left_px)
    down = min(a.bottom_px, b.bottom_px) - max(a.top_px, b.top_px)
    return across > 0 and down > 0 and across * down >= 0.5 * width_px(b) * height_px(b)
