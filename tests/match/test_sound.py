from collections.abc import Iterable

from monitor.match.finding import Finding
from monitor.match.sound import SAME_SOUND, SoundFinder
from monitor.records import Method
from monitor.text import Normaliser, read_syllables
from monitor.text.confusions import Confusions, read_confusions

HEADER = "part\tsaid\theard\tcount\tof_said\n"
TIE_AS_TIAN = read_confusions(HEADER + "final\tie\tian\t30\t300\n")
normalise = Normaliser()


def find(
    text: str, phonetic: Iterable[str] = (), fuzzy: Iterable[str] = (), confusions: Confusions | None = None
) -> list[Finding]:
    normal = normalise(text)
    return [*SoundFinder(phonetic, fuzzy, confusions).find(normal, read_syllables(normal))]


def best(findings: list[Finding]) -> Finding:
    return max(findings, key=lambda finding: finding.score)


def test_the_same_sound_written_otherwise_is_found():
    """反现 is 返现."""
    [found] = find("我给你反现", ["返现"])
    assert (found.start, found.end, found.score, found.how) == (3, 5, SAME_SOUND, "same sound")


def test_a_usual_confusion_costs_a_little():
    """装柜 for 专柜 is in the same class."""
    [found] = find("装柜价", ["专柜价"])
    assert SAME_SOUND - 0.1 < found.score < SAME_SOUND


def test_without_a_table_other_sounds_are_not_found():
    """老天粉丝群 is not 老铁粉丝群 for who knows nothing of the recogniser."""
    assert find("老天粉丝群", ["老铁粉丝群"]) == []


def test_what_the_recogniser_is_known_to_confuse_is_found():
    """With `ie` often heard as `ian`, it is."""
    [found] = find("都进老天粉丝群", ["老铁粉丝群"], confusions=TIE_AS_TIAN)
    assert (found.start, found.end, found.method) == (2, 7, Method.PHONETIC)
    assert 0.7 < found.score < SAME_SOUND - 0.05


def test_confusions_go_one_way():
    """`ian` heard as `ie` was never counted."""
    assert find("免费体业课", ["免费体验课"], confusions=TIE_AS_TIAN) == []


def test_short_terms_take_no_confusion_beyond_their_class():
    """Of three syllables one more would be any word."""
    assert find("老天群", ["老铁群"], confusions=TIE_AS_TIAN) == []


def test_one_likely_confusion_a_term():
    """Two of them are another phrase."""
    assert find("老天老天群", ["老铁老铁群"], confusions=TIE_AS_TIAN) == []


def test_a_negation_is_not_misheard_away():
    """`bu` heard for `pu` would turn a refusal round."""
    bu = read_confusions(HEADER + "initial\tp\tb\t90\t300\n")
    assert find("不通拍一单", ["普通拍一单"], confusions=bu) == []
    assert find("布通拍一单", ["普通拍一单"], confusions=bu) != []


def test_a_likely_slip_scores_above_an_arbitrary_one():
    """Both terms allow one slip; the table knows the first."""
    likely = best(find("老天粉丝群", fuzzy=["老铁粉丝群"], confusions=TIE_AS_TIAN))
    arbitrary = best(find("老妈粉丝群", fuzzy=["老铁粉丝群"], confusions=TIE_AS_TIAN))
    assert likely.method == arbitrary.method == Method.FUZZY
    assert likely.score > arbitrary.score + 0.05


def test_a_syllable_that_is_often_lost_scores_above_another():
    """抽十个免单 heard as 抽十免单."""
    ge = read_confusions(HEADER + "syllable\tge\t-\t60\t200\n")
    lost = best(find("再抽一次免单", fuzzy=["再抽一次个免单"], confusions=ge))
    other = best(find("再抽一次个单", fuzzy=["再抽一次个免单"], confusions=ge))
    assert lost.score > other.score


def test_a_term_beside_a_confusion_is_found_once():
    """What needs no slip is not found again in the stretch that was tried for its neighbour."""
    [found] = find("老天先进老铁粉丝群", ["老铁粉丝群"], confusions=TIE_AS_TIAN)
    assert found.how == "same sound"
