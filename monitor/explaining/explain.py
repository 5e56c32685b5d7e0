"""One text judged by itself, and everything told about how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.explaining.nearest import nearest_patterns, shortest_ways
from monitor.explaining.prices import price_gap
from monitor.explaining.records import Explanation, Fired, FoundWord, Nearest, Opinion, PatternTold, Price, SetAside
from monitor.explaining.sentences import (
    METHODS,
    fact_sentence,
    how_sentence,
    pattern_about,
    price_sentence,
    reason_sentence,
    slot_about,
)
from monitor.judge.firing import FLAG_SCORE, Firing
from monitor.judge.learned import LearnedJudge
from monitor.judge.opinion import PATTERN as LEARNED
from monitor.judging import Judgement, Judging, judge_text, spoken_cue
from monitor.lexicon import SCHEMES, Lexicon
from monitor.records import Channel, Hit, Method, Reading, Violation

_WORTH_WORDS = 0.1
"""Certainty from which it is worth saying what made the learned judge think of a scheme."""
_LIKELIEST = 3
"""Schemes named for a text in which nothing was found, where the learned judge can rank them."""


def explain(judge: Judging, text: str, channel: Channel) -> Explanation:
    """What fired in a text, what was set aside and why, and what would have been needed. Any text is explained."""
    lexicon = judge.lexicon
    judgement = judge_text(judge, text, channel)
    reading = judgement.reading
    mind = _Mind(lexicon, text, channel, reading)
    fired = _fired(lexicon, judgement)
    near = _nearest(lexicon, reading, fired, mind)
    opinions = tuple(mind.opinions())
    if not near and not fired:
        likely = tuple(opinion.scheme for opinion in opinions[:_LIKELIEST]) or SCHEMES
        near = shortest_ways(lexicon, likely)
    used = {(hit.slot, hit.chars) for violation in judgement.violations for hit in violation.hits}
    return Explanation(
        text=text,
        channel=channel.value,
        fired=fired,
        set_aside=tuple(
            SetAside(_word(lexicon, s.hit), s.reason, reason_sentence(s.reason, lexicon)) for s in judgement.suppressed
        ),
        unused=tuple(_word(lexicon, hit) for hit in reading.hits if (hit.slot, hit.chars) not in used),
        prices=tuple(Price(c.hit.raw, c.yuan, c.base, c.label, price_sentence(c)) for c in reading.prices),
        nearest=near,
        opinions=opinions,
    )


def _nearest(lexicon: Lexicon, reading: Reading, fired: Sequence[Fired], mind: _Mind) -> tuple[Nearest, ...]:
    """What each scheme lacked that is no flag. A candidate whose pattern is whole has its reason in `fired`."""

    def tell(hit: Hit) -> FoundWord:
        return _word(lexicon, hit)

    flagged = frozenset(one.scheme for one in fired if not one.candidate)
    candidates = {one.scheme for one in fired if one.candidate}
    gap = price_gap(lexicon, reading, tell)
    near = [gap] if gap and gap.scheme not in flagged else []
    priced = {one.scheme for one in near}
    patterns = nearest_patterns(lexicon, reading, flagged=flagged, tell=tell, weigh=mind.weighed)
    near += [one for one in patterns if one.scheme not in priced]
    return tuple(one for one in near if one.scheme not in candidates or one.lacking)


def _fired(lexicon: Lexicon, judgement: Judgement) -> tuple[Fired, ...]:
    surest = sorted(judgement.violations, key=lambda v: (v.candidate, -v.score, v.scheme))
    return tuple(_told(lexicon, violation) for violation in surest)


def _told(lexicon: Lexicon, violation: Violation) -> Fired:
    patterns = tuple(PatternTold(p, pattern_about(lexicon, violation.scheme, p)) for p in violation.patterns)
    abouts = {pattern.about for pattern in patterns}
    return Fired(
        scheme=violation.scheme,
        name=lexicon.schemes[violation.scheme].name,
        candidate=violation.candidate,
        score=violation.score,
        patterns=patterns,
        words=tuple(_word(lexicon, hit) for hit in violation.hits if hit.method != Method.LEARNED),
        weighed=tuple(_word(lexicon, hit) for hit in violation.hits if hit.method == Method.LEARNED),
        facts=tuple(fact_sentence(lexicon, fact) for fact in violation.facts if fact not in abouts),
        why_candidate=_why_candidate(violation),
    )


def _why_candidate(violation: Violation) -> str:
    if not violation.candidate:
        return ""
    if violation.score < FLAG_SCORE:
        return f"得分 {violation.score:.2f}，不到线索线 {FLAG_SCORE:g}"
    if any(fact.startswith("同一段话更符合") for fact in violation.facts):
        return "同一段话用另一种方案解释更好"
    if violation.patterns == (LEARNED,):
        return "只有模型按措辞推测，没有词库里说明这种玩法的词"
    return "这种情形只作提示，不单独成为线索"


def _word(lexicon: Lexicon, hit: Hit) -> FoundWord:
    return FoundWord(
        raw=hit.raw,
        start=hit.chars[0],
        end=hit.chars[1],
        term=hit.term,
        slot=hit.slot,
        slot_about=slot_about(lexicon, hit.slot),
        method=hit.method.value,
        method_name=METHODS[hit.method],
        score=hit.score,
        how=how_sentence(hit),
    )


class _Mind:
    """The learned judge on one text; where none was trained it has no opinion and leaves scores alone."""

    def __init__(self, lexicon: Lexicon, text: str, channel: Channel, reading: Reading) -> None:
        self._lexicon = lexicon
        self._judge = LearnedJudge(lexicon.learned) if lexicon.learned else None
        self._cue = spoken_cue(0, text, channel)
        self._traits = reading.traits
        self._logits = self._judge.weigh([reading.traits]) if self._judge else ()

    def weighed(self, firing: Firing) -> float:
        if self._judge is None:
            return firing.score
        return self._judge.certainty(self._logits, firing.scheme, firing.score)

    def opinions(self) -> Iterator[Opinion]:
        """Every scheme, surest first."""
        if self._judge is None:
            return
        sure = {scheme: self._judge.certainty(self._logits, scheme) for scheme in SCHEMES}
        for scheme in sorted(SCHEMES, key=lambda s: -sure[s]):
            words: tuple[str, ...] = ()
            if sure[scheme] >= _WORTH_WORDS:
                reasons = self._judge.reasons(scheme, {self._cue.cue_id: (self._cue, self._traits)})
                words = tuple(dict.fromkeys(self._cue.text[r.start : r.end] for r in reasons))
            yield Opinion(scheme, self._lexicon.schemes[scheme].name, sure[scheme], words)
