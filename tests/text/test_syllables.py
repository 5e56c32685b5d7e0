import pytest

from monitor.text import Normaliser, read_syllables, sound_class, sound_cost, term_syllables
from monitor.text.syllables import split_pinyin

normalise = Normaliser()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("zhuan", "zuan"),
        ("chou", "cou"),
        ("shan", "san"),
        ("nan", "lan"),
        ("re", "le"),
        ("hua", "fa"),
        ("ying", "yin"),
        ("dang", "dan"),
        ("feng", "fen"),
    ],
)
def test_usual_confusions_share_a_class(left: str, right: str):
    """Syllables that speakers and recognisers confuse are searched as one."""
    assert sound_class(left) == sound_class(right)
    assert 0 < sound_cost(left, right) < 0.15


@pytest.mark.parametrize(("left", "right"), [("pai", "tai"), ("hao", "fou"), ("tui", "tun"), ("dan", "din")])
def test_other_syllables_stay_apart(left: str, right: str):
    """What nobody confuses does not share a class."""
    assert sound_class(left) != sound_class(right)


def test_a_phrase_is_read_as_a_phrase():
    """Polyphones take the reading of their word."""
    assert term_syllables("银行卡") == ("yin", "hang", "ka")
    assert term_syllables("专柜价") == ("zhuan", "gui", "jia")


def test_all_readings_of_a_polyphone_are_kept():
    """A character's other readings stay possible, the likeliest in front."""
    said = read_syllables(normalise("银行"))

    assert said.readings[1][0] == "hang"
    assert "xing" in said.readings[1]


def test_letters_that_spell_syllables_are_read():
    """Pinyin inside hanzi is sound like any other."""
    said = read_syllables(normalise("fan现"))

    assert [r[0] for r in said.readings] == ["fan", "xian"]
    assert said.spelt == (True, False)


@pytest.mark.parametrize(
    ("letters", "syllables"), [("zhuangui", ("zhuan", "gui")), ("mian", ("mian",)), ("usb", ()), ("x", ())]
)
def test_letters_are_split_into_the_fewest_syllables(letters: str, syllables: tuple[str, ...]):
    """Letters that spell nothing spell nothing."""
    assert split_pinyin(letters) == syllables
