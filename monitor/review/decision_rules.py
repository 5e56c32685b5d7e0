"""What the desk asks of a decision beyond its rounds, and which are looked at twice."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from monitor.config import Settings
from monitor.errors import UsageError
from monitor.review.secret_keys import secret_key
from monitor.roles import RefusedError
from monitor.rules import Severity
from monitor.store.verdicts import (
    REASON_NAMES,
    VERDICTS,
    Decision,
    Reason,
    StaleVerdictError,
    UnknownFlagError,
)

MOST_NOTE_CHARS = 2_000
"""A page of text."""
OVERTAKEN = "此线索刚刚已有新的判定，您的操作未保存，请重新查看"
_KEY = "second_review.key"


class OvertakenError(RefusedError):
    """Somebody else decided after the person had looked. Nothing was kept."""


@dataclass(frozen=True, slots=True)
class SecondReviews:
    """Which flags a second reviewer must look at."""

    percent: int
    key: bytes

    @classmethod
    def of(cls, settings: Settings) -> SecondReviews:
        """The key is made on first use. Raises MissingComponentError when it cannot be read or made."""
        return cls(settings.second_review_percent, secret_key(settings.keys, _KEY))

    def due(self, flag_id: str, severities: Collection[Severity | None]) -> bool:
        """Always where one of the severities, as computed or in the reviewer's view, is the gravest; else for a share
        of flags that nobody can tell beforehand without the key. Of one flag it is the same however often one asks."""
        if Severity.VERY_SERIOUS in severities:
            return True
        drawn = hmac.digest(self.key, b"livestream-monitor second review\0" + flag_id.encode(), "sha256")
        return int.from_bytes(drawn[:8]) * 100 < self.percent << 64


def check_words(decision: Decision, reasons: Sequence[Reason], note: str, severity: Severity | None) -> None:
    """Raises RefusedError, in Chinese, for a decision that lacks what it needs or says too much."""
    if decision not in VERDICTS:
        raise RefusedError("不能这样判定")
    if decision is not Decision.CONFIRMED and not reasons and not note:
        raise RefusedError("请选择原因或填写说明")
    if decision is Decision.DISMISSED and not reasons:
        raise RefusedError("请选择误报原因")
    if decision is Decision.CONFIRMED and reasons:
        raise RefusedError("“违规成立”不需要选择原因")
    if Reason.OTHER in reasons and not note:
        raise RefusedError(f"选择“{REASON_NAMES[Reason.OTHER]}”时请填写说明")
    if severity is not None and decision is not Decision.CONFIRMED:
        raise RefusedError("只有“违规成立”可以选择严重程度")
    if len(note) > MOST_NOTE_CHARS:
        raise RefusedError(f"说明过长，最多 {MOST_NOTE_CHARS} 字")


@contextmanager
def in_chinese() -> Iterator[None]:
    """What the store refuses after all, because something changed since it was looked at."""
    try:
        yield
    except StaleVerdictError as error:
        raise OvertakenError(OVERTAKEN) from error
    except UnknownFlagError as error:
        raise RefusedError("没有这条线索") from error
    except UsageError as error:
        raise RefusedError("此线索的状态不允许这样判定，请重新查看") from error
