"""`verdict`, `appeal`, `hold` and `retention` as people call them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from review.desk import after_days, decide, deletions_logged, fill
from sqlalchemy import update
from typer.testing import CliRunner

from monitor.cli import review
from monitor.cli.app import app
from monitor.cli.repair import repair
from monitor.config import Settings
from monitor.errors import MissingComponentError, UsageError, WorkspaceError
from monitor.signing import PRIVATE
from monitor.store import Store
from monitor.store.forgetting import StalePlanError
from monitor.store.tables import StreamRow
from monitor.store.verdicts import Decision, Reason, StaleVerdictError

Say = pytest.CaptureFixture[str]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    workspace = tmp_path / "workspace"
    fill(Store.open(workspace), ["f-1", "f-2"])
    return Settings(workspace=workspace)


def judge(settings: Settings, word: str, **more: object) -> None:
    given = {"reasons": [], "severity": None, "note": "", "by": "王", "seen": None, **more}
    review.decide(settings, "f-1", word, **given)  # type: ignore[arg-type]


def test_a_flag_through_its_review(settings: Settings, capsys: Say) -> None:
    """Undecided, confirmed, appealed, upheld: what stands is told each time, and the history shows it all."""
    review.history(settings, "f-1")
    assert capsys.readouterr().out == "flag f-1: not decided: 线索 (0 decisions)\n"
    judge(settings, "undecided")
    judge(settings, "confirm", severity="slight", note="[b]很清楚[/b]\x1b[31m")
    assert capsys.readouterr().out.splitlines()[-1] == "flag f-1: confirmed, slight, on hold (2 decisions)"
    review.appeal(settings, "f-1", upheld=False, rejected=False, note="商家申诉", by="李")
    assert "an appeal is open, on hold" in capsys.readouterr().out
    review.appeal(settings, "f-1", upheld=True, rejected=False, note="", by="李")
    assert capsys.readouterr().out == "flag f-1: dismissed (4 decisions)\n"
    judge(settings, "dismiss", reasons=["误听", "too_little"])
    review.history(settings, "f-1")
    told = capsys.readouterr().out
    for word in ("appealed", "appeal_upheld", "商家申诉", "误听 · 证据不足", "[b]很清楚[/b]\\x1b[31m", "李"):
        assert word in told
    assert Store.open(settings.workspace).reviews.verdicts("f-1")[-1].reasons == (Reason.MISHEARD, Reason.TOO_LITTLE)


@pytest.mark.parametrize(
    ("word", "more", "said"),
    [
        ("maybe", {}, "no decision: maybe; one of confirm, dismiss, undecided"),
        ("dismiss", {"reasons": ["because"]}, r"no reason: because; one of misheard \(误听\)"),
        ("confirm", {"severity": "huge"}, "no severity: huge; one of slight, ordinary"),
        ("dismiss", {}, "a dismissal needs a reason"),
        ("confirm", {"by": ""}, "a person's name is needed"),
    ],
)
def test_wrong_words_are_told_with_the_right_ones(
    settings: Settings, word: str, more: dict[str, object], said: str
) -> None:
    """Each ends as a wrong argument, and nothing is kept."""
    with pytest.raises(UsageError, match=said):
        judge(settings, word, **more)
    assert Store.open(settings.workspace).reviews.verdicts("f-1") == ()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verdict", "f-1", "--reason", "误听"], "give a decision too"),
        (["verdict", "f-1", "--seen", "0"], "give a decision too"),
        (["hold", "--release", "--why", "已结案"], "give the flag's id too"),
        (["hold", "--why", "法院来函"], "give the flag's id too"),
    ],
)
def test_half_a_command_is_no_look(settings: Settings, words: list[str], said: str) -> None:
    """Whoever forgot the decision or the flag is told, and not shown a list as if all were done."""
    done = CliRunner().invoke(app, [*words, "--workspace", str(settings.workspace)])
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


def test_somebody_else_was_faster(settings: Settings) -> None:
    """Who says how many decisions were known is not overtaken unseen; the exit code is that of a failed check."""
    judge(settings, "confirm", seen=0)
    with pytest.raises(StaleVerdictError, match="1 decisions stand, 0 were known") as caught:
        judge(settings, "dismiss", reasons=["误听"], seen=0)
    assert caught.value.exit_code == 1


def test_who_cannot_sign_does_nothing(settings: Settings, tmp_path: Path, capsys: Say) -> None:
    """A damaged key is told before anything is decided, held, deleted or repaired, not after."""
    keys = tmp_path / "damaged keys"
    keys.mkdir()
    (keys / PRIVATE).write_text("x")
    damaged = settings.model_copy(update={"keys": keys})
    age(settings, 400)
    review.apply_retention(settings, None, by=None)
    plan_id = capsys.readouterr().out.split()[-1]
    (settings.workspace / "evidence/left-over").mkdir()
    for act in (
        lambda: judge(damaged, "confirm"),
        lambda: review.hold(damaged, "f-1", why="x", release=False, by="王"),
        lambda: review.apply_retention(damaged, plan_id, by="王"),
        lambda: repair(damaged),
    ):
        with pytest.raises(MissingComponentError, match="the signing key is damaged"):
            act()
    reviews = Store.open(settings.workspace).reviews
    assert (reviews.verdicts("f-1"), reviews.holds("f-1")) == ((), [])
    left = {path.name for path in (settings.workspace / "evidence").iterdir()}
    assert left == {"f-1", "f-2", "left-over"}


def test_holds_are_listed_put_and_lifted(settings: Settings, capsys: Say) -> None:
    """With a reason each; one is told what is on hold and why."""
    review.hold(settings, "f-2", why="法院来函", release=False, by="李")
    decide(Store.open(settings.workspace).reviews, "f-1", Decision.CONFIRMED)
    review.list_holds(settings)
    told = capsys.readouterr().out
    assert all(word in told for word in ("f-2", "法院来函", "confirmed", "2 flags on hold"))
    review.hold(settings, "f-2", why="已结案", release=True, by="李")
    review.list_holds(settings)
    assert "1 flags on hold" in capsys.readouterr().out
    with pytest.raises(UsageError, match="needs a reason"):
        review.hold(settings, "f-2", why="", release=False, by="李")


def age(settings: Settings, days: int) -> None:
    """As if the scans had ended so long ago."""
    store = Store.open(settings.workspace)
    with store._database.writing() as session:
        session.execute(update(StreamRow).values(ended_at=datetime.now(UTC) - timedelta(days=days)))


def test_retention_is_looked_at_and_then_done(settings: Settings, capsys: Say) -> None:
    """First a table that deletes nothing; then exactly that plan, and no other."""
    store = Store.open(settings.workspace)
    review.apply_retention(settings, None, by=None)
    assert capsys.readouterr().out == "0 due, 0 B; nothing was deleted\n"
    age(settings, 400)
    review.apply_retention(settings, None, by=None)
    told = capsys.readouterr().out
    assert all(word in told for word in ("raw", "clip", "甲房间", "evidence/f-1", "3 due", "nothing was deleted"))
    (plan_id,) = re.findall(r"--plan (\w+)", told)
    assert len(store.evidence_folders()) == 2
    store.reviews.hold("f-2", why="x", by="王", at=after_days(0))
    with pytest.raises(StalePlanError, match=f"plan {plan_id}: not what would be done now: that is (\\w+)") as caught:
        review.apply_retention(settings, plan_id, by="desk")
    assert caught.value.exit_code == 1
    assert len(store.evidence_folders()) == 2
    found = re.search(r"that is (\w+)", str(caught.value))
    assert found
    review.apply_retention(settings, found[1], by="desk")
    assert capsys.readouterr().out.startswith("1 deleted, 1.0 kB; each is in the audit log")
    assert [entry.actor for entry in deletions_logged(store)] == ["desk"]
    review.history(settings, "f-1")
    assert "evidence deleted" in capsys.readouterr().out


def test_what_was_deleted_before_one_that_cannot_be_is_sealed(settings: Settings, capsys: Say) -> None:
    """A plan that ends half-way leaves a signed head over what it did."""
    store = Store.open(settings.workspace)
    age(settings, 400)
    review.apply_retention(settings, None, by=None)
    (plan_id,) = re.findall(r"--plan (\w+)", capsys.readouterr().out)
    (settings.workspace / "evidence" / ".tmp-deleted-3").write_text("in the way")
    with pytest.raises(WorkspaceError, match="cannot be removed"):
        review.apply_retention(settings, plan_id, by="desk")
    assert len(deletions_logged(store)) == 3
    head = store.audit.head()
    assert head is not None
    assert head.head.size == store.audit.size


def test_deletions_that_were_cut_off_are_told_and_ended(settings: Settings, capsys: Say) -> None:
    """A look tells of them; the next plan that is applied ends them, even one that has nothing to do itself."""
    store = Store.open(settings.workspace)
    kept = store.retention.kept_evidence()[0]
    store.retention.forget_evidence(kept, kept_as="clip", why="w", plan="p", size_bytes=1, by="d", at=after_days(0))
    review.apply_retention(settings, None, by=None)
    told = capsys.readouterr().out
    assert "1 earlier deletions were cut off" in told
    assert (settings.workspace / kept.folder).is_dir()
    with pytest.raises(StalePlanError) as caught:
        review.apply_retention(settings, "0", by="desk")
    assert "1 deletions that were cut off are ended" in capsys.readouterr().err
    assert not (settings.workspace / kept.folder).exists()
    assert "with 0 deletions" in str(caught.value)
