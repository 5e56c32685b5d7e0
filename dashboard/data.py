"""All that the dashboard knows of the program: the only module here that imports it.

Pages ask `desk()` for what they show and `person()` for who looks. Every write goes through the desk, which asks the
store anew whether this person may.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import streamlit as st

from dashboard.leaving import go_to_login
from monitor.audit import SYSTEM, Act
from monitor.config import Settings
from monitor.errors import DataError, MonitorError, UsageError, WorkspaceError
from monitor.evidence.page.case_rules import CitedRule
from monitor.explaining import Explanation, Fired, FoundWord, Nearest
from monitor.lexicon.policy import china_today
from monitor.records import Channel
from monitor.review.agreement import Alpha
from monitor.review.case_beside import Beside, Event, Missing, Other
from monitor.review.case_records import CaseView
from monitor.review.case_text import term_text
from monitor.review.casework import AppealsAndHolds, CaseAct, CaseStanding
from monitor.review.creators import CreatorList, CreatorOrder, CreatorView, Ladder
from monitor.review.decision_acts import Alike
from monitor.review.desk import Desk
from monitor.review.exporting import ExportError, Form, HandOut
from monitor.review.figures import Overview, Precision, days_until
from monitor.review.gold import GoldReport
from monitor.review.handing_out import MadeFile
from monitor.review.lexicon_bench import BenchLostError
from monitor.review.lexicon_records import LexiconShown, PatternShown, SlotShown, TermShown
from monitor.review.lexicon_trial import MOST_STREAMS as MOST_TRIED
from monitor.review.log_view import Checked, LogEntry, LogState
from monitor.review.lost_words import lost_kind, why_lost
from monitor.review.passwords import made as made_password
from monitor.review.quality import QualityReport
from monitor.review.queue import Claim, Filter, QueuedFlag
from monitor.review.queue import Order as QueueOrder
from monitor.review.rulebook import PlatformRules, RuleShown
from monitor.review.shares import LEAST_DECIDED, Share
from monitor.review.shown_states import STATE_NAMES, ShownState
from monitor.review.streams_view import FlagOnStream, StreamView
from monitor.review.term_change import PROMPTS, TermChange
from monitor.review.term_change import Act as TermAct
from monitor.review.trial_records import Chosen as TrialChosen
from monitor.review.trial_records import FlagChange, Trial, hand_in
from monitor.review.trial_records import Progress as TrialProgress
from monitor.roles import ROLE_NAMES, Person, RefusedError, Right, Role
from monitor.rules import Severity
from monitor.store.accounts import Account, AccountError
from monitor.store.alike import AlikeFlag
from monitor.store.creator_figures import CreatorLine
from monitor.store.figures import Tally
from monitor.store.queue_filter import APPEALED, HELD
from monitor.store.stream_records import Condition, StreamChoice, StreamLine
from monitor.store.stream_records import Order as StreamOrder
from monitor.store.verdicts import (
    DECISION_NAMES,
    REASON_NAMES,
    ROUND_NAMES,
    STAGE_NAMES,
    Decision,
    Reason,
    Stage,
    UnknownFlagError,
)
from monitor.wording import (
    BASIS_NAMES,
    LANE_NAMES,
    METHOD_NAMES,
    PLATFORM_NAMES,
    SCHEME_NAMES,
    SENSE_NAMES,
    SEVERITY_NAMES,
    VERIFICATION_NAMES,
    how_in_chinese,
    reason_in_chinese,
    sureness,
)

__all__ = [
    "APPEALED",
    "BASIS_NAMES",
    "COOKIE",
    "DECISION_NAMES",
    "HELD",
    "LANE_NAMES",
    "LEAST_DECIDED",
    "METHOD_NAMES",
    "MOST_TRIED",
    "PLATFORM_NAMES",
    "PROMPTS",
    "REASON_NAMES",
    "ROLE_NAMES",
    "ROUND_NAMES",
    "SCHEME_NAMES",
    "SENSE_NAMES",
    "SEVERITY_NAMES",
    "STAGE_NAMES",
    "STATE_NAMES",
    "SYSTEM",
    "TOKEN",
    "VERIFICATION_NAMES",
    "Account",
    "AccountError",
    "Act",
    "Alike",
    "AlikeFlag",
    "Alpha",
    "AppealsAndHolds",
    "BenchLostError",
    "Beside",
    "CaseAct",
    "CaseStanding",
    "CaseView",
    "Channel",
    "Checked",
    "CitedRule",
    "Claim",
    "Condition",
    "CreatorLine",
    "CreatorList",
    "CreatorOrder",
    "CreatorView",
    "DataError",
    "Decision",
    "Desk",
    "Event",
    "Explanation",
    "ExportError",
    "Filter",
    "Fired",
    "FlagChange",
    "FlagOnStream",
    "Form",
    "FoundWord",
    "GoldReport",
    "HandOut",
    "Ladder",
    "LexiconShown",
    "LogEntry",
    "LogState",
    "MadeFile",
    "Missing",
    "MonitorError",
    "Nearest",
    "Other",
    "Overview",
    "PatternShown",
    "Person",
    "PlatformRules",
    "Precision",
    "QualityReport",
    "QueueOrder",
    "QueuedFlag",
    "Reason",
    "RefusedError",
    "Right",
    "Role",
    "RuleShown",
    "Settings",
    "Severity",
    "Share",
    "ShownState",
    "SlotShown",
    "Stage",
    "StreamChoice",
    "StreamLine",
    "StreamOrder",
    "StreamView",
    "Tally",
    "TermAct",
    "TermChange",
    "TermShown",
    "Trial",
    "TrialChosen",
    "TrialProgress",
    "UnknownFlagError",
    "UsageError",
    "WorkspaceError",
    "china_today",
    "days_until",
    "desk",
    "hand_in",
    "how_in_chinese",
    "lost_kind",
    "made_password",
    "now",
    "open_desk",
    "person",
    "person_of",
    "reason_in_chinese",
    "session",
    "sureness",
    "term_text",
    "token",
    "use",
    "why_lost",
]

COOKIE = "desk"
"""The cookie that says who is at a browser; no script can read it."""
TOKEN = "_token"
"""Where a page's session keeps what was in the cookie when the page was opened."""

_opened: list[Desk] = []
_opening = threading.Lock()


def use(desk: Desk) -> Desk:
    """Makes it the one that `desk()` gives from now on."""
    with _opening:
        _opened[:] = [desk]
    return desk


def open_desk(settings: Settings) -> Desk:
    """Opens a desk and uses it. Raises like `Desk.of`."""
    return use(Desk.of(settings))


def desk() -> Desk:
    """The process's desk, the same for all. Raises UsageError before `use`."""
    if not _opened:
        raise UsageError("no workspace is open", where="dashboard", todo="start it with `monitor dashboard`")
    return _opened[0]


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def person_of(found: str | None) -> Person | None:
    """Whom a token stands for, asked anew; None for nobody, and for sessions that have ended."""
    return desk().accounts.person(found, at=now()) if found else None


def token() -> str:
    """What the cookie held when this page was opened; empty where there was none.

    Kept in the page's session: whoever logs in as somebody else opens the page anew.
    """
    found: str = st.session_state.setdefault(TOKEN, st.context.cookies.get(COOKIE, ""))
    return found


def person() -> Person:
    """Who looks at this page, asked anew. Nobody, or nobody any more: the browser goes to the login, the run ends."""
    found = person_of(token())
    if found is None:
        go_to_login()
        st.stop()
    return found


def session() -> str:
    """The public id of this person's session, to which media tokens are bound."""
    return desk().accounts.session_of(token())
