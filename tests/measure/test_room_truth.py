"""Flags held against what was really said and shown in a room."""

import json
from pathlib import Path

import pytest
from rooms import LEXICON

from monitor.errors import InputError, UsageError
from monitor.measure.rooms import evaluate_rooms, is_right, read_flags, read_truth


def truth_file(folder: Path, room: str, *items: tuple[float, float, str, str], duration_s: float = 360) -> Path:
    path = folder / f"{room}.truth.json"
    violations = [{"start": s, "end": e, "scheme": scheme, "channel": c, "text": "…"} for s, e, scheme, c in items]
    path.write_text(json.dumps({"room": room, "duration_s": duration_s, "violations": violations}), "utf-8")
    return path


def flag(room: str, scheme: str, start_s: float, end_s: float, **more) -> dict:
    hit = {"raw": "抽免单", "slot": "draw_prize", "method": "exact", "score": 1.0}
    return {"room": room, "scheme": scheme, "start_s": start_s, "end_s": end_s, "score": 0.9, "candidate": False,
            "channels": ["speech"], "hits": [hit], **more}  # fmt: skip


@pytest.fixture
def truths(tmp_path: Path):
    one = truth_file(
        tmp_path, "r", (10, 12, "pay_first_draw", "speech"), (31, 33, "pay_first_draw", "danmaku"),
        (60, 62, "pay_first_draw", "speech"), (50, 51, "misery_selling", "screen"),
    )  # fmt: skip
    return [read_truth(one), read_truth(truth_file(tmp_path, "q"))]


def test_items_within_twenty_seconds_are_one_episode(truths):
    """Of one scheme: 12 to 31 s are 19 s apart, 33 to 60 s are 27."""
    assert [(e.scheme, e.start_s, e.end_s, e.channels) for e in truths[0].episodes] == [
        ("pay_first_draw", 10, 33, ("chat", "speech")),
        ("misery_selling", 50, 51, ("screen",)),
        ("pay_first_draw", 60, 62, ("speech",)),
    ]


def test_a_flag_meets_what_it_misses_by_five_seconds_and_is_right_within_ten(truths):
    """The edges: 5 s before is met, more is not; 10 s beyond is right, more is wide."""
    episodes = truths[0].episodes

    assert is_right(flag("r", "misery_selling", 40, 45), episodes)
    assert not is_right(flag("r", "misery_selling", 40, 44.9), episodes)
    assert is_right(flag("r", "misery_selling", 50, 61), episodes)
    assert not is_right(flag("r", "misery_selling", 50, 61.1), episodes)
    assert not is_right(flag("r", "pay_first_draw", 50, 51), episodes)
    assert is_right(flag("r", "pay_first_draw", 8, 65), episodes)


def test_the_figures_of_rooms(truths):
    """One found of three, one flag wide, one false in a benign room; a candidate accuses nobody."""
    flags = [
        flag("r", "pay_first_draw", 11, 30),
        flag("r", "misery_selling", 0, 100),
        flag("q", "misery_selling", 1, 2),
        flag("r", "pay_first_draw", 60, 61, candidate=True, score=0.5),
        flag("elsewhere", "pay_first_draw", 1, 2),
    ]
    one = evaluate_rooms(LEXICON, truths, flags, lambda room, start_s, end_s: [f"{room} {start_s:g}"])

    assert (one.recall.part, one.recall.whole) == (2, 3)
    assert (one.precision.part, one.precision.whole) == (1, 3)
    assert (one.false_positives.part, one.false_positives.whole) == (1, 1)
    assert dict(one.facts)["benign_hours"] == "0.100"
    (missed,) = [case for case in one.violations if not case.found]
    assert any("只是候选" in why for why in missed.why)
    assert "识别：r 60" in missed.why
    wide = next(g for g in one.flags if g.scheme == "misery_selling" and not g.right)
    assert "超出" in wide.why[0]


def test_what_is_no_truth_and_what_are_no_flags_is_refused(tmp_path: Path):
    """One line that names the file."""
    wrong = tmp_path / "x.truth.json"
    wrong.write_text("{}", "utf-8")
    with pytest.raises(InputError, match=r"x\.truth\.json"):
        read_truth(wrong)
    with pytest.raises(InputError, match="no scheme"):
        read_truth(truth_file(tmp_path, "r", (1, 2, "cheating", "speech")))
    with pytest.raises(UsageError, match=r"x\.truth\.json"):
        read_flags(wrong)
