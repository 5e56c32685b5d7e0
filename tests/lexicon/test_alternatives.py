import re
import shutil
from pathlib import Path

import pytest

from monitor.config import lexicon_folder
from monitor.errors import DataError
from monitor.lexicon import load_lexicon
from monitor.lexicon.alternatives import MAX_COMBINATIONS, expand


@pytest.mark.parametrize("text", ["返现", "最后{n}单", "拍{w}，发{w}", "V 我", "五四，三二一", "（返）现", "fan现"])
def test_a_term_without_parentheses_stands_for_itself(text: str):
    """Ordinary texts come through unchanged, fullwidth parentheses and placeholders too."""
    assert expand(text) == (text,)


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("(我|咱)(就|才)上", ("我就上", "我才上", "咱就上", "咱才上")),
        ("(给|)你", ("给你", "你")),
        ("没(了|货|)", ("没了", "没货", "没")),
        ("又(加|补){n}(单|件)", ("又加{n}单", "又加{n}件", "又补{n}单", "又补{n}件")),
        ("({n}|两)单", ("{n}单", "两单")),
        ("(上|开)", ("上", "开")),
    ],
)
def test_parentheses_stand_for_every_combination(text: str, texts: tuple[str, ...]):
    """Each combination comes once, in reading order; an alternative may be empty."""
    assert expand(text) == texts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(我|咱", "without its other parenthesis"),
        ("我|咱)", "outside parentheses"),
        ("我)上", "without its other parenthesis"),
        ("((我|咱)上|开)", "parentheses within parentheses"),
        ("我|咱", "outside parentheses"),
        ("(我|)(上|)", "may be empty"),
        ("()", "may be empty"),
        ("", "may be empty"),
        ("(甲|乙)" * 12, "4096 texts"),
    ],
)
def test_what_is_no_alternation_is_refused_in_words(text: str, said: str):
    """A slip of the pen is told, never guessed at."""
    with pytest.raises(ValueError, match=re.escape(said)):
        expand(text)


def test_the_largest_number_of_combinations_is_taken():
    """The limit itself is allowed."""
    half = "|".join(str(i) for i in range(MAX_COMBINATIONS // 2))

    assert len(set(expand(f"({half})(上|开)"))) == MAX_COMBINATIONS


def with_term(tmp_path: Path, term: str) -> Path:
    """A copy of the lexicons with one slot more, its term on the fifth line."""
    folder = tmp_path / "lexicons"
    shutil.copytree(lexicon_folder(), folder)
    path = folder / "slots.yaml"
    before, after = path.read_text(encoding="utf-8").split("slots:\n", 1)
    slot = f"  tried_out:\n    about: a\n    by: [exact]\n    terms:\n      - {term}\n"
    path.write_text(f"slots:\n{slot}{after}", encoding="utf-8")
    assert before.startswith("#")
    return folder


def test_each_combination_is_a_term_with_the_options_of_its_entry(tmp_path: Path):
    """`by` and `unless` are written once and hold for all."""
    folder = with_term(tmp_path, "{text: (我|咱)(上|开), by: [glyph], unless: [上班]}")

    terms = [term for term in load_lexicon(folder).terms if term.slot == "tried_out"]

    assert [term.text for term in terms] == ["我上", "我开", "咱上", "咱开"]
    assert all([m.value for m in term.by] == ["glyph"] and term.unless == ("上班",) for term in terms)


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("(我|咱", "without its other parenthesis"),
        ("(我|)", "may be empty"),
        ("(我|我)上", "stands twice"),
        (f"(我|{'咱' * 41})上", "longer than 40"),
        ("(三|几){n}单", "a numeral beside {n}"),
    ],
)
def test_a_wrong_alternation_is_refused_with_file_and_line(tmp_path: Path, term: str, said: str):
    """What expansion brings to light is named where it is written."""
    with pytest.raises(DataError) as caught:
        load_lexicon(with_term(tmp_path, f'"{term}"'))

    assert caught.value.problems
    assert all("slots.yaml:6:" in problem and said in problem for problem in caught.value.problems)


def test_a_benign_phrase_may_say_alternatives_too(tmp_path: Path):
    """The same notation holds for set phrases, and the same refusals."""
    folder = tmp_path / "lexicons"
    shutil.copytree(lexicon_folder(), folder)
    path = folder / "benign.yaml"
    content = path.read_text(encoding="utf-8")

    path.write_text(content.replace("phrases:", "phrases:\n  - (甲|乙)子丑", 1), encoding="utf-8")
    assert {"甲子丑", "乙子丑"} <= set(load_lexicon(folder).benign)

    path.write_text(content.replace("phrases:", "phrases:\n  - (甲|乙子丑", 1), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_lexicon(folder)
    assert any("benign.yaml:4:" in problem for problem in caught.value.problems)
