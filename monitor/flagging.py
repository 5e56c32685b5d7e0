"""What a stream is judged with and what its flags cite: the same whether it is scanned or replayed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from monitor.engine import Engine
from monitor.judge.products import Products
from monitor.lexicon import SCHEMES, Lexicon
from monitor.lexicon.policy import CHINA, Policies
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
            severities={scheme: self.policies.severity(scheme, stream.platform) for scheme in SCHEMES},
            products=products,
        )

    def flag(
        self, violation: Violation, stream: Stream, *, models: Mapping[str, str], gaps: Iterable[Gap], around: Span
    ) -> Flag:
        """The flag without evidence, citing the rules of the stream's day; of `gaps` those that `around` overlaps."""
        at = stream.started_at and stream.started_at + timedelta(milliseconds=violation.span.start_ms)
        day = at.astimezone(CHINA).date() if at else None
        return Flag(
            flag_id=violation.violation_id,
            stream=stream,
            violation=violation,
            rules=self.policies.rules_for(violation.scheme, stream.platform, day),
            evidence=None,
            lexicon=self.lexicon.digest,
            policy=self.policies.digest,
            models=dict(models),
            gaps=tuple(gap for gap in gaps if gap.span.overlaps(around)),
        )
