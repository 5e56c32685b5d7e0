"""What a stream is judged with and what its flags cite: the same whether it is scanned or replayed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from monitor.engine import Engine
from monitor.judge.products import Products
from monitor.lexicon import SCHEMES, Lexicon
from monitor.lexicon.policy import CHINA, Policies
from monitor.lexicon.rule_card import no_rule_note, severity_note
from monitor.match import Matcher
from monitor.records import Flag, Gap, Stream, Violation
from monitor.timeline import Span


@dataclass(frozen=True, slots=True)
class Desk:
    """Lexicon, its matcher, and the policies: loaded once, for many streams."""

    lexicon: Lexicon
    matcher: Matcher
    policies: Policies

    def engine(self, stream: Stream, media_key: str, products: Products | None = None) -> Engine:
        """A fresh engine for a stream. `media_key` names the recording's content; violations' ids are made of it.

        `products` is the shop's list as it stands beside the recording.
        """
        return Engine(
            self.lexicon,
            self.matcher,
            stream_key=f"{stream.room}:{media_key}",
            severities={scheme: self.policies.severity(scheme, stream.platform, _day(stream, 0)) for scheme in SCHEMES},
            products=products,
        )

    def flag(
        self, violation: Violation, stream: Stream, *, models: Mapping[str, str], gaps: Iterable[Gap], around: Span
    ) -> Flag:
        """The flag without evidence, citing the rules of the stream's day as far as they bind this host.

        Without a known day the rules are today's, and each says so. Of `gaps` those that `around` overlaps.
        """
        scheme, platform, day = violation.scheme, stream.platform, _day(stream, violation.span.start_ms)
        cited = self.policies.cite(scheme, platform, day, industry=stream.industry, shop_score=stream.shop_score)
        name = self.lexicon.schemes[scheme].name if scheme in self.lexicon.schemes else scheme
        note = ""
        if not cited.rules:
            note = no_rule_note(self.policies, name, platform, set_aside=cited.set_aside, day_known=day is not None)
        return Flag(
            flag_id=violation.violation_id,
            stream=stream,
            violation=violation,
            rules=cited.rules,
            evidence=None,
            lexicon=self.lexicon.digest,
            policy=self.policies.digest,
            models=dict(models),
            gaps=tuple(gap for gap in gaps if gap.span.overlaps(around)),
            rules_set_aside=cited.set_aside,
            rules_note=note,
            severity_note=severity_note(violation.severity, violation.severity_basis),
        )


def _day(stream: Stream, at_ms: int) -> date | None:
    """The day in China on which that moment of the stream was broadcast; None when the stream's start is not known."""
    at = stream.started_at and stream.started_at + timedelta(milliseconds=at_ms)
    return at.astimezone(CHINA).date() if at else None
