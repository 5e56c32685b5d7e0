"""The scripts beside the corpus that measure and imitate mishearing."""

import importlib
import random
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from monitor.text.confusions import read_confusions
from monitor.text.syllables import character_readings

CORPUS = Path(__file__).parents[2] / "lexicons" / "corpus"
LINE = "家人们，这款果汁拍完不用收货，直接点仅退款，我私下给你返现三十块，懂的都懂？"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator:
    monkeypatch.syspath_prepend(str(CORPUS))
    return importlib.import_module


def hanzi(text: str) -> list[str]:
    return [c for c in text if "一" <= c <= "鿿"]


def sounds(text: str) -> list[str]:
    return [character_readings(c)[0] for c in hanzi(text)]


@pytest.mark.parametrize("rate", [0.05, 0.15, 0.3])
def test_about_the_asked_share_of_characters_is_misheard(script, rate: float):
    """Over many draws; a lost character counts as one."""
    mishear = script("mishear").mishear
    rng = random.Random(3)
    wrong = sum(Levenshtein.distance(hanzi(LINE), hanzi(mishear(LINE, rng, rate))) for _ in range(300))
    assert wrong / 300 / len(hanzi(LINE)) == pytest.approx(rate, rel=0.2)


def test_most_of_what_is_misheard_sounds_the_same(script):
    """Fewer syllables are wrong than characters: about half."""
    mishear = script("mishear").mishear
    rng = random.Random(4)
    heard = [mishear(LINE, rng) for _ in range(300)]
    characters = sum(Levenshtein.distance(hanzi(LINE), hanzi(text)) for text in heard)
    syllables = sum(Levenshtein.distance(sounds(LINE), sounds(text)) for text in heard)
    assert 0.3 < syllables / characters < 0.75


def test_the_same_seed_mishears_the_same(script):
    """Training data can be made again."""
    mishear = script("mishear").mishear
    assert mishear(LINE, random.Random(5)) == mishear(LINE, random.Random(5))
    assert len({mishear(LINE, random.Random(seed)) for seed in range(20)}) > 15


def test_nothing_is_misheard_at_no_rate_but_marks(script):
    """Marks are lost whatever the rate; letters, digits and hanzi stay."""
    mishear = script("mishear").mishear
    text = "加V信 abc123，拍2单"
    assert {mishear(text, random.Random(seed), 0.0).replace("，", "") for seed in range(9)} == {"加V信 abc123拍2单"}


def test_confusions_are_counted_by_their_sounds(script):
    """退 heard as 配 counts for the initial and the syllable, another reading of one character for nothing."""
    made = script("make_confusions")
    counts = made.Counts()
    counts.add("直接退款就行", "直接配款就行")
    assert counts.heard_as["syllable", "tui", "pei"] == 1
    assert counts.heard_as["initial", "t", "p"] == 1
    assert (counts.syllables, counts.wrong) == (6, 1)


def test_numbers_are_compared_as_they_are_spoken(script):
    """39 is 三十九."""
    made = script("make_confusions")
    counts = made.Counts()
    counts.add("只要三十九块", "只要39块")
    assert counts.wrong == 0


def test_lost_and_added_syllables_are_counted(script):
    """Alone between right ones; beside another wrong one nobody can tell which is which."""
    made = script("make_confusions")
    counts = made.Counts()
    counts.add("抽十个免单", "抽十免单")
    counts.add("小助理记一下", "小助理记忆一下")
    assert counts.heard_as["syllable", "ge", "-"] == 1
    assert counts.heard_as["syllable", "-", "yi"] == 1


def test_a_hopeless_place_is_no_confusion(script):
    """Four wrong syllables in a row are left out and told."""
    made = script("make_confusions")
    counts = made.Counts()
    counts.add("我们今天直播间", "我们老虎咬苹果")
    assert counts.astray >= 4
    assert not counts.heard_as


def test_a_phrase_that_comes_again_and_again_counts_a_few_times(script):
    """Carriers would else outweigh the terms."""
    made = script("make_confusions")
    counts = made.Counts()
    for _ in range(50):
        counts.add("直播间的", "去播间的")
    assert counts.heard_as["syllable", "zhi", "qu"] == made.OFTEN


def test_the_written_table_reads_back(script):
    """What was counted is what the program will think likely."""
    made = script("make_confusions")
    counts = made.Counts()
    counts.add("直接退款就行", "直接配款就行")
    counts.add("慢慢退款就行", "慢慢配款就行")
    confusions = read_confusions(made.table(counts, ["a note"]))
    assert confusions.cost("tui", "pei") < confusions.cost("tui", "mei")


def test_a_bed_lies_as_far_under_the_voice_as_asked(script):
    """Measured over the voiced part."""
    beds = script("sound_beds")
    rng = np.random.default_rng(1)
    voice = (0.3 * np.sin(np.arange(32_000) / 9)).astype(np.float32)
    for bed in (beds.hiss(32_000, rng), beds.music(32_000, rng, 16_000), beds.crowd(32_000, rng, [voice[:9000]])):
        under = beds.mixed(voice, bed, 20) - voice
        ratio_db = 20 * np.log10(np.sqrt(np.mean(voice**2)) / np.sqrt(np.mean(under**2)))
        assert ratio_db == pytest.approx(20, abs=0.7)


def test_resampling_keeps_a_tone(script):
    """1 kHz stays 1 kHz, as loud as it was."""
    beds: ModuleType = script("sound_beds")
    tone = np.sin(2 * np.pi * 1000 * np.arange(24_000) / 24_000).astype(np.float32)
    wanted = np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000)
    assert np.abs(beds.resampled(tone, 24_000, 16_000) - wanted).max() < 0.01


def test_what_the_hour_speaks_is_held_out(script, tmp_path: Path):
    """Harmless spoken lines of the fifth that no model is trained on, with as many look-alikes as asked."""
    hour = script("make_benign_hour")
    rows = [f"none\tspeech\tnear:cashback_refund\t我们不返现第{i}次" for i in range(40)]
    rows += [f"none\tspeech\tordinary\t这件衣服第{i}个颜色" for i in range(40)]
    rows += [f"cashback_refund\tspeech\tplain\t拍完返你{i}块" for i in range(40)]
    rows += [f"none\tscreen\tordinary\t屏幕上的字{i}" for i in range(40)]
    (tmp_path / "a.tsv").write_text("label\tchannel\tnote\ttext\n" + "\n".join(rows) + "\n", encoding="utf-8")
    near, plain = hour.lines(tmp_path)
    assert 2 <= len(near) <= 20
    assert 2 <= len(plain) <= 20
    assert all(hour.held_out(text) and "不返现" in text for text in near)
    assert all(hour.held_out(text) and "衣服" in text for text in plain)
    rooms = hour.plan(2, 10, 1, tmp_path, 3)
    assert rooms == hour.plan(2, 10, 1, tmp_path, 3)
    assert all(("返现" in text) == (i % 3 == 2) for room in rooms for i, text in enumerate(room["texts"]))


def test_carriers_and_ordinary_lines_are_heard_by_turns(script):
    """By windows, so that a recording that is stopped early has both."""
    made = script("make_confusions")
    lines = made.by_turns([f"a{i}" for i in range(9)], [f"b{i}" for i in range(3)])
    assert [line[0] for line in lines] == [*"aaabbbaaaaaa"]
