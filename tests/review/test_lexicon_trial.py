"""A changed term is tried on stored streams: what would appear and vanish is told, and nothing is written."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from review.small_lexicon import small_lexicon
from review.trying import KEEP, LOWEST, NEW, SLOT, scan

from monitor.config import Settings
from monitor.lexicon import load_lexicon
from monitor.review.accounts import Accounts
from monitor.review.lexicon_bench import LexiconBench
from monitor.review.lexicon_trial import MOST_STREAMS, LexiconTrials
from monitor.review.lexicon_work import LexiconWork
from monitor.review.term_change import Act, ChangeError, TermChange, changed, handed_in
from monitor.review.trial_records import Chosen, Progress, Trial
from monitor.roles import Person, RefusedError, Right, Role
from monitor.store import Store
from monitor.store.verdicts import Decision, Reason, Verdict

PATIENCE_S = 120.0
OUT = TermChange(Act.REMOVE, SLOT, was=LOWEST)
IN = TermChange(Act.ADD, SLOT, text=NEW)


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    folder = tmp_path_factory.mktemp("trial")
    lexicons = small_lexicon(folder / "lexicons", KEEP)
    return Settings(workspace=folder / "w", keys=folder / "keys", lexicons=lexicons)


@pytest.fixture(scope="module")
def store(settings) -> Store:
    return scan(settings)


@pytest.fixture(scope="module")
def work(settings, store) -> LexiconWork:
    return LexiconWork(settings)


@pytest.fixture(scope="module")
def lexicon(settings):
    return load_lexicon(settings.lexicons)


@pytest.fixture(scope="module")
def accounts(settings, store) -> Accounts:
    accounts = Accounts(store, settings)
    for role in Role:
        accounts.add(role.value, role, by="test", at=datetime.now(UTC))
    return accounts


@pytest.fixture(scope="module")
def bench(settings):
    bench = LexiconBench(settings)
    yield bench
    bench.close()


@pytest.fixture
def trials(store, accounts, bench) -> LexiconTrials:
    return LexiconTrials(store, accounts, bench)


def somebody(role: Role) -> Person:
    return Person(role.value, role.value, role)


def until_over(trials: LexiconTrials, person: Person) -> Trial:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        trial = trials.mine(person)
        assert trial is not None
        if trial.over:
            return trial
        time.sleep(0.05)
    raise AssertionError(f"still {trial.progress} after {PATIENCE_S} s")


def of(store: Store, room: str):
    return next(stored for stored in store.streams() if stored.stream.room == room)


def contents(folder: Path) -> dict[str, str]:
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def test_a_term_taken_away_makes_its_flag_vanish_and_says_why(work, store):
    (was,) = store.flags()

    (change,) = work.try_stream(OUT, of(store, "甲")).changes

    assert (change.change, change.flag["flag_id"]) == ("vanished", was["flag_id"])
    assert any(f"词条「{LOWEST}」已不在词栏" in said for said in change.because)


def test_a_term_put_in_makes_a_flag_appear_where_it_is_said_and_nowhere_else(work, store):
    assert work.try_stream(IN, of(store, "甲")).changes == ()

    (change,) = work.try_stream(IN, of(store, "乙")).changes
    assert (change.change, change.flag["scheme"], change.flag["candidate"]) == (
        "appeared", "fake_price_comparison", False,
    )  # fmt: skip
    assert any(NEW in said for said in change.because)
    assert not any("槽" in said or "今天" in said for said in change.because)


def test_a_term_found_elsewhere_in_its_place_keeps_the_flag(work, store):
    """A rewritten term that still matches changes no flag."""
    change = TermChange(Act.REPLACE, SLOT, text=f"({LOWEST}|{NEW})", was=LOWEST)

    assert work.try_stream(change, of(store, "甲")).changes == ()
    assert [one.change for one in work.try_stream(change, of(store, "乙")).changes] == ["appeared"]


def test_stored_steps_make_it_exact_and_drift_is_told_apart(work, settings, store, tmp_path):
    """A lexicon that moved on since the scan is no doing of the change."""
    tried = work.try_stream(IN, of(store, "甲"))
    assert (tried.exact, tried.drifted) == (True, False)

    path = settings.lexicons / "schemes" / "fake_price_comparison.yaml"
    before = path.read_text("utf-8")
    data = yaml.safe_load(before)
    data["slots"][SLOT]["terms"] = [t for t in data["slots"][SLOT]["terms"] if LOWEST not in str(t)]
    try:
        path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")
        drifted = work.try_stream(IN, of(store, "甲"))
        assert (drifted.changes, drifted.drifted) == ((), True)
        with pytest.raises(ChangeError, match="词库可能刚改过"):
            work.try_stream(OUT, of(store, "甲"))
    finally:
        path.write_text(before, "utf-8")


def test_the_given_lexicon_stays_as_it_is(lexicon):
    """The change lives in the new one alone."""
    digest, terms = lexicon.digest, lexicon.terms

    other = changed(lexicon, IN)

    assert (lexicon.digest, lexicon.terms) == (digest, terms)
    assert other.digest != digest
    assert [term.text for term in other.terms if term not in terms] == [NEW]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (TermChange(Act.ADD, "nowhere", text="词"), "没有叫“nowhere”的词栏"),
        (TermChange(Act.ADD, "trade_words", text="词"), "提示词"),
        (TermChange(Act.ADD, SLOT, text=" "), "请写上要加的词"),
        (TermChange(Act.ADD, SLOT, text=LOWEST), "已经有"),
        (TermChange(Act.ADD, SLOT, text="(词|词)"), "已经有"),
        (TermChange(Act.ADD, SLOT, text="(词"), "括号没有成对"),
        (TermChange(Act.ADD, SLOT, text="词" * 41), "40"),
        (TermChange(Act.ADD, SLOT, text="(一|二)" * 14), "拆开写"),
        (TermChange(Act.ADD, SLOT, text="(词|)"), "可有可无"),
        (TermChange(Act.ADD, SLOT, text="三{n}单"), "只写 {n}"),
        (TermChange(Act.ADD, SLOT, text="全\u200b网"), "看不见的字符"),
        (TermChange(Act.ADD, SLOT, text="词", by=()), "认法"),
        (TermChange(Act.ADD, SLOT, text="词", by=("magic",)), "没有这种认法"),
        (TermChange(Act.ADD, SLOT, text="词", unless=("",)), "排除词"),
        (TermChange(Act.REMOVE, SLOT, was="没有的词"), "词库可能刚改过"),
        (TermChange(Act.REPLACE, SLOT, text=LOWEST, was=LOWEST), "没有改动"),
    ],
)
def test_what_a_lexicon_cannot_take_is_refused_in_chinese(lexicon, change, said):
    with pytest.raises(ChangeError) as refused:
        changed(lexicon, change)
    assert said in refused.value.what


def test_the_last_term_of_a_slot_stays(lexicon):
    lone = lexicon.slots[SLOT].model_copy(update={"terms": lexicon.slots[SLOT].terms[:1]})
    with pytest.raises(ChangeError, match="不能空着"):
        changed(
            replace(lexicon, slots={**lexicon.slots, SLOT: lone}),
            TermChange(Act.REMOVE, SLOT, was=lone.terms[0].text),
        )


@pytest.mark.parametrize(
    "text", ["打车钱我", "返{n}块", "(返|发)({n}块|钱)", "yes", "12", "#价", "每人: 价", "a, b]", "'\""]
)
def test_what_is_handed_in_is_yaml_that_reads_as_the_change(lexicon, text):
    """Whatever was typed, it stays one term."""
    change = TermChange(Act.ADD, SLOT, text=text, unless=("不算", "- 也不算"))

    for given in (change, replace(change, unless=None)):
        (entry,) = yaml.safe_load(handed_in(lexicon, given))["slots"][SLOT]["terms"]
        told = {"text": entry} if isinstance(entry, str) else entry
        assert told == {"text": text, **({"unless": ["不算", "- 也不算"]} if given.unless else {})}


def test_what_goes_stands_in_a_comment(lexicon):
    told = handed_in(lexicon, OUT)

    assert yaml.safe_load(told) == {"slots": {SLOT: {"terms": None}}}
    assert f"# 删去：{LOWEST}" in told
    assert "lexicons/schemes/fake_price_comparison.yaml" in told


@pytest.mark.slow
def test_a_trial_runs_behind_the_page_and_writes_nothing(trials, store, settings, bench):
    """Both rooms in a process of its own; the flag that vanishes bears what reviewers made of it."""
    editor = somebody(Role.EDITOR)
    (flag,) = store.flags()
    store.reviews.decide(
        Verdict(flag["flag_id"], Decision.DISMISSED, "王", datetime.now(UTC), 0, reasons=(Reason.HARMLESS,))
    )
    files, lines, log = contents(settings.lexicons), list(store.flags()), store.audit.state()[0].size

    assert trials.mine(editor) is None
    begun = trials.begin(editor, OUT, Chosen(last=10))
    assert not begun.over
    trial = until_over(trials, editor)

    assert (trial.progress, trial.problem) == (Progress.DONE, "")
    assert (trial.there, trial.streams, trial.tried, trial.tried_ms, trial.inexact) == (2, 2, 2, 120_000, 0)
    (change,) = trial.changes
    assert (change.change, change.flag_id, change.stored) == ("vanished", flag["flag_id"], True)
    assert (change.decision, change.room, change.scheme) == (Decision.DISMISSED, "甲", "fake_price_comparison")
    assert (trial.count("vanished"), trial.count("appeared")) == (1, 0)
    assert LOWEST in trial.handed_in
    assert contents(settings.lexicons) == files
    assert (list(store.flags()), store.audit.state()[0].size) == (lines, log)

    trials.begin(editor, IN, Chosen(last=1))
    last = until_over(trials, editor)
    assert (last.there, last.streams, last.tried) == (2, 1, 1)
    assert [one.change for one in last.changes] == ["appeared"]
    assert not last.changes[0].stored

    trials.begin(editor, IN, Chosen(platform="kuaishou"))
    none = until_over(trials, editor)
    assert (none.progress, none.there, none.tried) == (Progress.DONE, 0, 0)

    trials.begin(editor, TermChange(Act.ADD, SLOT, text=LOWEST), Chosen())
    assert "已经有" in until_over(trials, editor).problem
    assert bench.running


@pytest.mark.slow
def test_a_cancelled_trial_keeps_what_it_has_and_the_next_one_runs(trials):
    editor = somebody(Role.EDITOR)
    trials.begin(editor, OUT, Chosen())
    with pytest.raises(RefusedError, match="还没有结束"):
        trials.begin(editor, IN, Chosen())
    trials.cancel(editor)
    assert trials.mine(editor).progress is Progress.CANCELLED

    trials.begin(editor, IN, Chosen())
    assert until_over(trials, editor).progress is Progress.DONE


def test_only_who_may_try_terms_begins_looks_at_and_cancels_a_trial(trials):
    """By the account as it is now, whatever the page believes."""
    for role in Role:
        if Right.LEXICON in _rights(role):
            continue
        posing = replace(somebody(role), role=Role.EDITOR)
        for act in (
            lambda person: trials.begin(person, OUT, Chosen()),
            trials.mine,
            trials.cancel,
        ):
            for person in (somebody(role), posing):
                with pytest.raises(RefusedError):
                    act(person)


@pytest.mark.parametrize("last", [0, -1, MOST_STREAMS + 1])
def test_streams_are_bounded(trials, last):
    with pytest.raises(RefusedError, match=str(MOST_STREAMS)):
        trials.begin(somebody(Role.EDITOR), OUT, Chosen(last=last))


def _rights(role: Role) -> frozenset[Right]:
    return frozenset(right for right in Right if Person("x", "x", role).may(right))
