"""Plots as plain SVG: bars, histograms, a calibration diagram and a curve. No script, no library, text that scales."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from markupsafe import Markup

from monitor.measure.evaluation import Bin, Given, Line

_WIDTH_PX = 560
_ROW_PX = 22
_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 150, 90, 8, 46
_SQUARE_PX = 300


def scheme_bars(lines: Sequence[Line], names: dict[str, str]) -> Markup:
    """Recall above precision for each line, with the counts they rest on."""
    height = _TOP_PX + len(lines) * (_ROW_PX * 2 + 10) + 4
    svg = _canvas(_WIDTH_PX, height, "每种方案的召回率与准确率")
    whole = _WIDTH_PX - _LEFT_PX - _RIGHT_PX
    for place, line in enumerate(lines):
        top = _TOP_PX + place * (_ROW_PX * 2 + 10)
        _text(svg, _LEFT_PX - 8, top + _ROW_PX + 4, names.get(line.name, line.name), anchor="end")
        for row, (share, kind) in enumerate(((line.recall, "recall"), (line.precision, "precision"))):
            y = top + row * _ROW_PX
            _box(svg, _LEFT_PX, y, whole, _ROW_PX - 3, "ground")
            value = share.value
            if value is not None:
                _box(svg, _LEFT_PX, y, whole * value, _ROW_PX - 3, kind)
            said = "–" if value is None else f"{value:.0%}"
            _text(svg, _LEFT_PX + whole + 6, y + _ROW_PX - 7, f"{said} ({share.part}/{share.whole})", small=True)
    return _done(svg)


def score_histogram(given: Sequence[Given], bins: int = 20) -> Markup:
    """How many right and wrong things were said with each score; what lies below the flags are candidates."""
    right, wrong = [0] * bins, [0] * bins
    for one in given:
        held = right if one.right else wrong
        held[min(bins - 1, int(one.score * bins))] += 1
    most = max((*right, *wrong, 1))
    svg, width, height = _axes("得分", "条数", "说对与说错各得多少分")
    step = width / bins
    for place in range(bins):
        for row, (count, kind) in enumerate(((right[place], "right"), (wrong[place], "wrong"))):
            tall = height * count / most
            _box(svg, _LEFT_PX + place * step + row * step / 2, _TOP_PX + height - tall, step / 2 - 1, tall, kind)
    _ticks(svg, width, height, [(n / 5, f"{n / 5:.1f}") for n in range(6)], [(1.0, str(most)), (0.5, f"{most / 2:g}")])
    return _done(svg)


def calibration(bins: Sequence[Bin]) -> Markup:
    """Certainty against the share that was right; each point says how many it stands for. On the line is honest."""
    svg, width, height = _axes("把握", "说对的比例", "把握与实际对错")
    _line(svg, _LEFT_PX, _TOP_PX + height, _LEFT_PX + width, _TOP_PX, "guide")
    points: list[tuple[float, float]] = []
    for one in bins:
        value = one.right.value
        if value is None:
            continue
        x, y = _LEFT_PX + width * one.mean, _TOP_PX + height * (1 - value)
        points.append((x, y))
        Xml.SubElement(
            svg, "circle", cx=_n(x), cy=_n(y), r=_n(3 + min(9, one.right.whole**0.5 / 2)), attrib={"class": "dot"}
        )
        _text(svg, x, max(_TOP_PX + 10, y - 10), str(one.right.whole), anchor="middle", small=True)
    _path(svg, points, "curve")
    _ticks(svg, width, height, _TENTHS, _TENTHS)
    return _done(svg)


def recall_curve(points: Sequence[tuple[float, float]], at: tuple[float, float] | None) -> Markup:
    """Recall over the share of benign material put up, as the threshold falls; `at` is where the flags stand."""
    svg, width, height = _axes("误报率", "召回率", "召回率与误报率")
    reach = max((false for false, _ in points), default=0.0) or 0.01
    _path(
        svg, [(_LEFT_PX + width * false / reach, _TOP_PX + height * (1 - recall)) for false, recall in points], "curve"
    )
    if at:
        x, y = _LEFT_PX + width * min(1.0, at[0] / reach), _TOP_PX + height * (1 - at[1])
        _dot(svg, x, y, 6)
    _ticks(svg, width, height, [(n / 4, f"{reach * n / 4:.1%}") for n in range(5)], _TENTHS)
    return _done(svg)


def standalone(plot: Markup) -> str:
    """The plot as a file of its own, on white, with the colours that the page gives it."""
    svg = Xml.fromstring(str(plot))
    svg.set("xmlns", "http://www.w3.org/2000/svg")
    style = Xml.Element("style")
    style.text = (
        "svg{background:#fff;font:12px sans-serif}text{fill:#1d2430}.small{font-size:10.5px;fill:#667085}"
        ".ground{fill:#f1f3f6}.recall,.right{fill:#0f9d76}.precision,.dot{fill:#2f6feb}.wrong{fill:#d14343}"
        ".axis,.guide{stroke:#667085}.guide{stroke-dasharray:4 4}.curve{fill:none;stroke:#2f6feb;stroke-width:2}"
    )
    svg.insert(1, style)
    return Xml.tostring(svg, encoding="unicode") + "\n"


_TENTHS = [(n / 5, f"{n / 5:.1f}") for n in range(6)]


def _axes(across: str, up: str, about: str) -> tuple[Xml.Element, float, float]:
    """A canvas with named axes; the size of the field in pixels."""
    svg = _canvas(_WIDTH_PX, _TOP_PX + _SQUARE_PX + _BOTTOM_PX, about)
    width, height = _WIDTH_PX - _LEFT_PX - 20, _SQUARE_PX
    _line(svg, _LEFT_PX, _TOP_PX, _LEFT_PX, _TOP_PX + height, "axis")
    _line(svg, _LEFT_PX, _TOP_PX + height, _LEFT_PX + width, _TOP_PX + height, "axis")
    _text(svg, _LEFT_PX + width / 2, _TOP_PX + height + 38, across, anchor="middle")
    _text(svg, _LEFT_PX - 50, _TOP_PX + height / 2, up, anchor="end")
    return svg, float(width), float(height)


def _ticks(
    svg: Xml.Element,
    width: float,
    height: float,
    across: Sequence[tuple[float, str]],
    up: Sequence[tuple[float, str]],
) -> None:
    for share, said in across:
        _text(svg, _LEFT_PX + width * share, _TOP_PX + height + 18, said, anchor="middle", small=True)
    for share, said in up:
        _text(svg, _LEFT_PX - 6, _TOP_PX + height * (1 - share) + 4, said, anchor="end", small=True)


def _canvas(width: float, height: float, about: str) -> Xml.Element:
    svg = Xml.Element("svg", viewBox=f"0 0 {_n(width)} {_n(height)}", role="img", attrib={"class": "plot"})
    Xml.SubElement(svg, "title").text = about
    return svg


def _box(svg: Xml.Element, x: float, y: float, width: float, height: float, kind: str) -> None:
    Xml.SubElement(svg, "rect", x=_n(x), y=_n(y), width=_n(max(0.0, width)), height=_n(height), attrib={"class": kind})


def _dot(svg: Xml.Element, x: float, y: float, radius: float) -> None:
    Xml.SubElement(svg, "circle", cx=_n(x), cy=_n(y), r=_n(radius), attrib={"class": "dot"})


def _line(svg: Xml.Element, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
    Xml.SubElement(svg, "line", x1=_n(x1), y1=_n(y1), x2=_n(x2), y2=_n(y2), attrib={"class": kind})


def _path(svg: Xml.Element, points: Sequence[tuple[float, float]], kind: str) -> None:
    if points:
        Xml.SubElement(svg, "polyline", points=" ".join(f"{_n(x)},{_n(y)}" for x, y in points), attrib={"class": kind})


def _text(svg: Xml.Element, x: float, y: float, said: str, *, anchor: str = "start", small: bool = False) -> None:
    text = Xml.SubElement(svg, "text", {"x": _n(x), "y": _n(y), "text-anchor": anchor})
    if small:
        text.set("class", "small")
    text.text = said


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _done(svg: Xml.Element) -> Markup:
    """Safe to stand in a page: the tree escapes its texts."""
    return Markup(Xml.tostring(svg, encoding="unicode"))
