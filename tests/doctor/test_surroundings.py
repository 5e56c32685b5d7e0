"""Clock, zone, encodings and fonts."""

from datetime import UTC, datetime

import pytest

from monitor.doctor import Grade, surroundings

FINE, BEWARE, MEND = Grade.FINE, Grade.BEWARE, Grade.MEND


@pytest.mark.parametrize(
    ("name", "grade"),
    [
        ("Asia/Shanghai", FINE),
        ("UTC", FINE),
        ("Mars/Olympus", MEND),
        ("../etc/passwd", MEND),
        ("", MEND),
        ("Asia", MEND),
    ],
)
def test_the_time_zone_has_to_exist(name: str, grade: Grade):
    """Recorders' file names are read in it."""
    assert surroundings.time_zone(name).grade is grade


@pytest.mark.parametrize(("year", "grade"), [(1970, MEND), (2026, FINE), (2035, FINE), (2106, MEND)])
def test_a_clock_that_cannot_be_right_must_be_set(year: int, grade: Grade):
    """Evidence bears its time."""
    assert surroundings.clock(datetime(year, 12, 1, tzinfo=UTC)).grade is grade


@pytest.mark.parametrize(
    ("stdout", "names", "grade"),
    [
        ("utf-8", "utf-8", FINE), ("UTF8", "utf-8", FINE), ("gbk", "utf-8", MEND), ("ascii", "ascii", MEND),
        ("", "utf-8", MEND),
    ],
)  # fmt: skip
def test_text_and_names_have_to_be_utf_8(stdout: str, names: str, grade: Grade):
    """Elsewhere Chinese names and blocks end a command with an error."""
    assert surroundings.encoding(stdout, names).grade is grade


def test_a_missing_chinese_font_is_told():
    """It takes nothing from a scan."""
    assert surroundings.font(["DejaVuSans.ttf", "NotoSansCJK-Bold.ttc"]).found == "NotoSansCJK-Bold.ttc"
    assert surroundings.font(["DejaVuSans.ttf"]).grade is BEWARE
