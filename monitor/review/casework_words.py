"""What somebody writes about a hold or an appeal: it must say something, and name no private person. Pure."""

from __future__ import annotations

import re

from monitor.review.decision_rules import MOST_NOTE_CHARS
from monitor.roles import RefusedError

_PHONE = re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)")
"""Mobile numbers in China: eleven digits from 13 to 19, in one or as 3-4-4."""
_IDENTITY = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dXx])")
"""Numbers of identity cards (GB 11643): a place, a day of birth, three digits and a check."""
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[A-Za-z]{2,}")


def check_told(words: str) -> str:
    """The words without blanks round them. Raises RefusedError, in Chinese, for none, too many, and for what looks like
    a person's number or mail address: a name cannot be told from other words."""
    words = words.strip()
    if not words:
        raise RefusedError("请填写理由")
    if len(words) > MOST_NOTE_CHARS:
        raise RefusedError(f"理由过长，最多 {MOST_NOTE_CHARS} 字")
    for pattern, what in ((_PHONE, "手机号"), (_IDENTITY, "身份证号"), (_MAIL, "邮箱地址")):
        if pattern.search(words):
            raise RefusedError(f"理由里像有{what}：请不要写个人信息，删去后再提交")
    return words
