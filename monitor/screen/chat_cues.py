"""Comments over time: each is told once, however far it scrolls."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz.distance import Hamming

from monitor.records import Channel, Cue, Role
from monitor.screen.comments import FORGET_MS, Comment
from monitor.screen.lines import numbers, same_text, similarity
from monitor.timeline import Span

# So alike, numbers included, two readings of name and text are one comment however sure each of them was.
SAME_COMMENT = 0.9
SURER_BY = 0.1
NOTE = "drawn into the picture"


@dataclass(slots=True)
class _Seen:
    cue: Cue
    name: str
    last_ms: int


class CommentCues:
    """Turns the column of each look into cues; a comment that stays or scrolls is not told again."""

    def __init__(self, *, is_host: Callable[[str], bool], hash_name: Callable[[str], str], every_ms: int) -> None:
        self._is_host, self._hash_name, self._half_ms = is_host, hash_name, every_ms // 2
        self._hosts: set[str] = set()
        """Names found to be the host's on this stream."""
        self._visible: list[_Seen] = []
        self._told = 0

    def look(self, at_ms: int, comments: list[Comment]) -> list[Cue]:
        """The cues of comments that are new, or were read much better than before (same `cue_id`)."""
        self._visible = [seen for seen in self._visible if at_ms - seen.last_ms <= FORGET_MS]
        cues = []
        place = 0
        for comment, seen in _aligned(comments, self._visible):
            if seen is None:
                self._told += 1
                cue = self._cue(comment, f"comment-{comment.first_ms}-{self._told}", comment.first_ms)
                self._visible.insert(place, _Seen(cue, comment.name, at_ms))
                cues.append(cue)
                place += 1
                continue
            place = next(index for index, other in enumerate(self._visible) if other is seen) + 1
            seen.last_ms = at_ms
            if comment.confidence >= seen.cue.confidence + SURER_BY or _is_longer(comment.text, seen.cue.text):
                seen.name = comment.name
                seen.cue = self._cue(comment, seen.cue.cue_id, seen.cue.span.start_ms)
                cues.append(seen.cue)
        return cues

    def stay(self, at_ms: int, last_look_ms: int) -> None:
        """The picture has not changed since `last_look_ms`: what was visible then is visible still."""
        for seen in self._visible:
            if seen.last_ms == last_look_ms:
                seen.last_ms = at_ms

    def _cue(self, comment: Comment, cue_id: str, first_ms: int) -> Cue:
        return Cue(
            cue_id=cue_id,
            channel=Channel.CHAT,
            span=Span(first_ms, first_ms + self._half_ms),
            text=comment.text,
            confidence=comment.confidence,
            role=Role.HOST if self.is_hosts(comment) else Role.VIEWER,
            box=comment.box,
            sender=self._hash_name(comment.name) if comment.name else "",
            note=NOTE,
        )

    def is_hosts(self, comment: Comment) -> bool:
        """Whether the name is the host's, or one misread character off a longer name already known as the host's.

        What the platform says of someone is nobody's own word.
        """
        name = unicodedata.normalize("NFKC", comment.name).strip()
        if not name or comment.announced:
            return False
        if self._is_host(name):
            self._hosts.add(name)
            return True
        return len(name) >= 3 and any(
            len(host) == len(name) and Hamming.distance(host, name) <= 1 for host in self._hosts
        )


def _aligned(comments: list[Comment], visible: list[_Seen]) -> list[tuple[Comment, _Seen | None]]:
    """Each comment with the one seen before that it is, keeping both columns' order: comments never overtake.

    So the same words below newer comments are a new comment. The alignment with the greatest total similarity.
    """
    alike = [[_alikeness(comment, seen) for seen in visible] for comment in comments]
    best = [[0.0] * (len(visible) + 1) for _ in range(len(comments) + 1)]
    for i in range(len(comments)):
        for j in range(len(visible)):
            together = best[i][j] + alike[i][j] if alike[i][j] else 0.0
            best[i + 1][j + 1] = max(best[i][j + 1], best[i + 1][j], together)
    pairs: list[tuple[Comment, _Seen | None]] = []
    i, j = len(comments), len(visible)
    while i:
        if j and best[i][j] == best[i][j - 1]:
            j -= 1
        elif j and alike[i - 1][j - 1] and best[i][j] == best[i - 1][j - 1] + alike[i - 1][j - 1]:
            i, j = i - 1, j - 1
            pairs.append((comments[i], visible[j]))
        else:
            i -= 1
            pairs.append((comments[i], None))
    return pairs[::-1]


def _alikeness(comment: Comment, seen: _Seen) -> float:
    """0 for two comments, more the more alike two readings of one are."""
    if not _is_same(comment, seen):
        return 0.0
    return 0.1 + similarity(comment.name + comment.text, seen.name + seen.cue.text)


def _is_same(comment: Comment, seen: _Seen) -> bool:
    now, before = f"{comment.name} {comment.text}", f"{seen.name} {seen.cue.text}"
    if same_text(now, comment.confidence, before, seen.cue.confidence):
        return True
    if _is_longer(comment.text, seen.cue.text):
        return same_text(comment.name, comment.confidence, seen.name, seen.cue.confidence)
    return similarity(now, before) >= SAME_COMMENT and numbers(now) == numbers(before)


def _is_longer(text: str, before: str) -> bool:
    return len(before) >= 4 and len(text) > len(before) and text.startswith(before)
