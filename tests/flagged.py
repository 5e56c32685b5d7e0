"""A flag of a scheme as the desk makes it, for tests of what it cites."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from monitor.config import lexicon_folder
from monitor.flagging import Desk
from monitor.lexicon import load_rules
from monitor.match import Matcher
from monitor.records import Channel, Flag, Hit, Method, State, Stream, Violation
from monitor.rules import Severity
from monitor.timeline import Span

STREAM = Stream("a", (Path("a.mp4"),))
_HIT = Hit("词", "slot", "c", Channel.SPEECH, Span(1_000, 2_000), (0, 1), "词", Method.EXACT, 1.0)


@cache
def desk() -> Desk:
    lexicon, policies = load_rules(lexicon_folder())
    return Desk(lexicon, Matcher(lexicon), policies)


def flag_of(scheme: str, stream: Stream = STREAM, severity: Severity = Severity.SERIOUS, basis: str = "desk") -> Flag:
    """The flag of an event one second into the stream."""
    span = Span(1_000, 2_000)
    violation = Violation("v", scheme, span, (_HIT,), ("p",), 0.9, False, severity, basis, State.CLOSED)
    return desk().flag(violation, stream, models={}, gaps=(), around=span)
