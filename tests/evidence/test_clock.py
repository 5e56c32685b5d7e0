"""What the manifest says of the machine's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from monitor.evidence.clock import KERNEL, UNKNOWN, Discipline, Timex, discipline, read_clock, zone_of


def timex(**fields):
    made = Timex()
    for name, value in fields.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("state", "fields", "says"),
    [
        (0, {"esterror": 831, "maxerror": 44_500}, Discipline(KERNEL, True, 831, 44_500)),
        (1, {"esterror": 2, "status": 0x2001}, Discipline(KERNEL, True, 2, 0)),
        (5, {"esterror": 16}, Discipline(KERNEL, False)),
        (0, {"esterror": 16, "status": 0x0040}, Discipline(KERNEL, False)),
        (-1, {"esterror": 16}, Discipline(UNKNOWN)),
    ],
    ids=["steady", "leap second ahead", "error", "unsynchronised", "refused"],
)
def test_what_the_kernel_says_is_taken_at_its_word(state, fields, says):
    """An estimate only of a clock that something keeps right; a refusal is no answer."""
    assert discipline(state, timex(**fields)) == says


def test_the_clock_reads_like_the_time_of_day_and_goes_on():
    """UTC to the microsecond, a zone, and a count that never goes back; plain JSON values."""
    before = datetime.now(UTC)
    first, second = read_clock(), read_clock()
    assert before <= first.utc <= second.utc <= datetime.now(UTC)
    assert first.monotonic_ns <= second.monotonic_ns
    told = first.as_json()
    assert datetime.fromisoformat(told["utc"]) == first.utc
    assert told["source"] in (KERNEL, UNKNOWN)
    assert (told["estimated_error_us"] is None) == (not told["synchronised"])


def test_a_zone_is_its_name_and_its_offset():
    """Names of zones are ambiguous, so the offset stands beside."""
    shanghai = timezone(timedelta(hours=8), "CST")
    assert zone_of(datetime(2026, 11, 22, tzinfo=shanghai)) == "CST +0800"
