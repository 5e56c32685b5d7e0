import pytest

from monitor.errors import DataError
from monitor.text.confusions import LARGEST, LEAST, Confusions, load_confusions, read_confusions, sounds

TABLE = """# how it was made
part\tsaid\theard\tcount\tof_said
initial\tt\tp\t20\t300
initial\tzh\tj\t2\t300
final\tie\tian\t12\t200
syllable\ttui\tpei\t9\t40
syllable\tge\t-\t30\t200
syllable\t-\tyi\t25\t8000
"""


@pytest.fixture
def confusions() -> Confusions:
    return read_confusions(TABLE)


@pytest.mark.parametrize(
    ("syllable", "parts"),
    [
        ("zhuang", ("zh", "uang")),
        ("wei", ("", "uei")),
        ("tui", ("t", "uei")),
        ("bo", ("b", "uo")),
        ("ju", ("j", "v")),
        ("yuan", ("", "van")),
        ("yan", ("", "ian")),
        ("wu", ("", "u")),
        ("yi", ("", "i")),
        ("er", ("", "er")),
    ],
)
def test_syllables_are_told_apart_as_they_sound(syllable: str, parts: tuple[str, str]):
    """Spelling hides that 退 and 为 share a final, and that 波 and 多 do."""
    assert sounds(syllable) == parts


def test_the_commoner_a_confusion_the_less_it_costs(confusions: Confusions):
    """0 for the same; then by how often it was heard; what was never heard costs most."""
    assert confusions.cost("tai", "tai") == 0
    assert LEAST <= confusions.cost("tai", "pai") < confusions.cost("zhe", "je") < LARGEST
    assert confusions.cost("tai", "mai") == LARGEST


def test_confusions_have_a_direction(confusions: Confusions):
    """That `t` is heard as `p` says nothing about `p` heard as `t`."""
    assert confusions.cost("tai", "pai") < confusions.cost("pai", "tai")


def test_two_parts_confused_are_rarer_than_one(confusions: Confusions):
    """Initial and final are taken as independent."""
    assert confusions.chance("tie", "pian") == pytest.approx(
        confusions.chance("tie", "pie") * confusions.chance("tie", "tian")
    )


def test_a_whole_syllable_may_be_likelier_than_its_parts(confusions: Confusions):
    """退 heard as 配 was counted as such."""
    assert confusions.cost("tui", "pei") < confusions.cost("hui", "pei")


def test_lost_and_added_syllables_have_their_own_costs(confusions: Confusions):
    """Little words come and go."""
    assert confusions.lost("ge") < confusions.lost("tui")
    assert confusions.added("yi") < confusions.added("tui")


def test_few_counts_say_little():
    """Heard so once of two times is no likely confusion yet; ten of twenty is."""
    header = "part\tsaid\theard\tcount\tof_said\n"
    once, often = (read_confusions(f"{header}initial\tb\tf\t{n}\t{of}") for n, of in ((1, 2), (10, 20)))
    assert once.cost("ba", "fa") > often.cost("ba", "fa")


def test_without_a_table_everything_is_unlikely():
    """An empty table is no error: costs are the largest."""
    assert not read_confusions("# nothing yet\n")
    assert read_confusions("").cost("tai", "pai") == LARGEST


def test_every_faulty_row_is_named():
    """Path, line, and what a row should hold."""
    with pytest.raises(DataError) as fault:
        read_confusions(TABLE + "tone\ta\tb\t1\t2\ninitial\tb\tp\tmany\t2\n", "here.tsv")
    assert [problem.split(": ")[0] for problem in fault.value.problems] == ["here.tsv:9", "here.tsv:10"]


def test_other_columns_are_refused():
    """A table of something else is not read as this one."""
    with pytest.raises(DataError, match="columns"):
        read_confusions("said\theard\na\tb\n")


def test_a_file_is_read_and_one_that_is_none_is_named(tmp_path):
    """The digest tells whether the rows are the same, whatever the comments say."""
    path = tmp_path / "confusions.tsv"
    path.write_text(TABLE.replace("how it was made", "otherwise"), encoding="utf-8")
    assert load_confusions(path).digest == read_confusions(TABLE).digest
    with pytest.raises(DataError, match=r"missing\.tsv: cannot be read"):
        load_confusions(tmp_path / "missing.tsv")
