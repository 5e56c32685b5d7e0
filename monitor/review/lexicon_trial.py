"""A changed term tried on stored streams before anybody saves it: which flags would appear, and which vanish.

Nothing is written, neither to the lexicon nor to the workspace. The trial runs behind the pages, stream by stream.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from monitor.errors import DataError
from monitor.replay import replayable
from monitor.review.accounts import Accounts
from monitor.review.lexicon_bench import BenchLostError, GivenUpError, LexiconBench, Rank
from monitor.review.lexicon_work import Changed, Tried
from monitor.review.term_change import Act, ChangeError, TermChange
from monitor.review.trial_records import MOST_CHANGES, OVER, Chosen, FlagChange, Progress, Trial
from monitor.roles import Person, RefusedError, Right
from monitor.store import Store, StoredStream
from monitor.store.verdicts import Decision

_log = logging.getLogger(__name__)

MOST_STREAMS = 200
"""Tried in one go: some minutes on a small machine."""
WRONG_FILES = "词库文件有错，请先用 monitor lexicon check 查明并改好"


class LexiconTrials:
    """The trials of one dashboard; each person's last one is kept. Every method asks for the right anew."""

    def __init__(self, store: Store, accounts: Accounts, bench: LexiconBench) -> None:
        self._store, self._accounts, self._bench = store, accounts, bench
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._running: dict[str, _Running] = {}

    def begin(self, person: Person, change: TermChange, chosen: Chosen) -> Trial:
        """Starts a trial in the background. Raises RefusedError without the right, and while one's own still runs."""
        person = self._accounts.require(person, Right.LEXICON)
        if not 1 <= chosen.last <= MOST_STREAMS:
            raise RefusedError(f"一次最多试 {MOST_STREAMS} 场录像")
        if change.act is not Act.REMOVE and not change.text.strip():
            raise RefusedError("请写上要试的词")
        with self._lock:
            last = self._running.get(person.name)
            if last is not None and not last.trial.over:
                raise RefusedError("你的上一次试算还没有结束，请先等它结束或取消")
            running = self._running[person.name] = _Running(Trial(change, chosen, datetime.now(UTC)), threading.Event())
        threading.Thread(target=self._run, args=(running,), name="lexicon-trial", daemon=True).start()
        return running.trial

    def mine(self, person: Person) -> Trial | None:
        """The person's last trial as it stands. Raises RefusedError without the right."""
        person = self._accounts.require(person, Right.LEXICON)
        with self._lock:
            running = self._running.get(person.name)
            return None if running is None else running.trial

    def cancel(self, person: Person) -> None:
        """Ends the person's trial; what was found so far stays. Raises RefusedError without the right."""
        person = self._accounts.require(person, Right.LEXICON)
        with self._lock:
            running = self._running.get(person.name)
            if running is not None and not running.trial.over:
                running.cancelled.set()
                running.trial = replace(running.trial, progress=Progress.CANCELLED, ended_at=datetime.now(UTC))

    def _run(self, running: _Running) -> None:
        try:
            with self._turn:
                self._try(running)
        except GivenUpError:
            pass
        except (ChangeError, BenchLostError) as error:
            self._tell(running, progress=Progress.FAILED, problem=error.what)
        except DataError:
            self._tell(running, progress=Progress.FAILED, problem=WRONG_FILES)
        except Exception:
            _log.exception("a changed term could not be tried")
            self._tell(running, progress=Progress.FAILED, problem="试算没能完成，原因在服务的日志里，请告诉管理员")
        finally:
            if not running.trial.over:
                self._tell(running, progress=Progress.DONE)

    def _try(self, running: _Running) -> None:
        given_up = running.cancelled.is_set
        change, chosen = running.trial.change, running.trial.chosen
        self._tell(running, progress=Progress.COMPILING)
        text = self._bench.ask("prepare", change, rank=Rank.WHENEVER, given_up=given_up).result()
        there = replayable(self._store.streams())
        there = [stored for stored in there if not chosen.platform or stored.stream.platform == chosen.platform]
        streams = sorted(there, key=_when, reverse=True)[: chosen.last]
        self._tell(
            running, progress=Progress.RUNNING, there=len(there), streams=len(streams), handed_in=text
        )  # fmt: skip
        for stored in streams:
            if running.cancelled.is_set():
                return
            tried = self._bench.ask("try_stream", change, stored, rank=Rank.WHENEVER, given_up=given_up).result()
            self._add(running, stored, tried)

    def _add(self, running: _Running, stored: StoredStream, tried: Tried) -> None:
        known = (
            {line["flag_id"] for line in self._store.flags(stream_keys=[stored.stream_key])} if tried.changes else ()
        )
        states = self._store.reviews.states([one.flag["flag_id"] for one in tried.changes])
        found = [
            _flag_change(one, stored, one.flag["flag_id"] in known, states[one.flag["flag_id"]].decision)
            for one in tried.changes
        ]
        trial = running.trial
        counts = dict(trial.counts or {})
        for one in found:
            kind = "candidates" if one.candidate else one.change
            counts[kind] = counts.get(kind, 0) + 1
        self._tell(
            running,
            tried=trial.tried + 1,
            tried_ms=trial.tried_ms + stored.end_ms,
            inexact=trial.inexact + (not tried.exact),
            drifted=trial.drifted + tried.drifted,
            changes=(*trial.changes, *found)[:MOST_CHANGES],
            counts=counts,
        )

    def _tell(self, running: _Running, **now: object) -> None:
        """Unless it was cancelled meanwhile: then what is known of it stays as it was."""
        with self._lock:
            if running.trial.over:
                return
            if now.get("progress") in OVER:
                now["ended_at"] = datetime.now(UTC)
            running.trial = replace(running.trial, **now)  # type: ignore[arg-type]


@dataclass(slots=True)
class _Running:
    trial: Trial
    cancelled: threading.Event


def _when(stored: StoredStream) -> datetime:
    at = stored.ended_at or stored.begun_at
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _flag_change(one: Changed, stored: StoredStream, known: bool, decision: Decision | None) -> FlagChange:
    flag = one.flag
    return FlagChange(
        change=one.change,
        flag_id=str(flag["flag_id"]),
        stored=known,
        decision=decision,
        candidate=bool(flag["candidate"]),
        scheme=str(flag["scheme"]),
        score=float(flag["score"]),
        stream_id=stored.stream_id,
        platform=stored.stream.platform,
        creator=stored.stream.creator,
        room=stored.stream.room,
        start_ms=round(flag["start_s"] * 1000),
        end_ms=round(flag["end_s"] * 1000),
        words=_words(flag["hits"]),
        because=one.because,
    )


def _words(hits: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(hit["raw"]) for hit in hits))
