"""Whether a rule that binds some hosts only binds this one, as far as the operator's table says who the host is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from monitor.rules import Outcome, RuleConditions


def examined(conditions: RuleConditions, industry: str = "", shop_score: float | None = None) -> RuleConditions:
    """The conditions with their outcome for a host: a Chinese sentence says why, or what would have to be known.

    `industry` is as an operator writes it, `shop_score` in the platform's points; empty and None when not known.
    """
    outcome, sentence = _outcome(conditions, industry.strip(), shop_score)
    return replace(conditions, outcome=outcome, sentence=sentence)


def _outcome(conditions: RuleConditions, industry: str, score: float | None) -> tuple[Outcome, str]:
    count = len(conditions.industries)
    if not industry:
        wanted = f"主播的主营行业是否在公告所列 {count} 个行业之内"
        return Outcome.CANNOT_TELL, f"无法判断，需要知道：{wanted}；{_by_score(conditions, score)}"
    listed = industry_listed(industry, conditions.industries)
    if listed is None:
        near = "、".join(near_industries(industry, conditions.industries))
        if near:
            told = f"主营行业“{industry}”不是公告所用的名称，与其中的{near}相近"
            return Outcome.CANNOT_TELL, f"无法判断，需要知道：{told}，是否属于所列 {count} 个行业"
        told = f"主营行业“{industry}”不在公告所列 {count} 个行业之内"
        return Outcome.DOES_NOT_APPLY, f"不适用：{told}，不据此条认定违规"
    inside = f"主营行业“{listed}”在公告所列 {count} 个行业之内"
    if score is not None and score < conditions.score_threshold:
        told = f"适用：{inside}；{_by_score(conditions, score)}"
        return Outcome.APPLIES, f"{told}。是否挂车、是否真的踢出了观众，由审核人核对"
    return Outcome.CANNOT_TELL, f"无法判断：{inside}；{_by_score(conditions, score)}"


def _by_score(conditions: RuleConditions, score: float | None) -> str:
    threshold = f"{conditions.score_threshold:g}"
    orders = f"被踢的观众近 {conditions.order_window_days} 天内是否下过单（从直播内容永远看不出，须查订单）"
    if score is None:
        return f"还需要知道：{conditions.score}是否低于 {threshold}；若不低于，还有{orders}"
    if score < conditions.score_threshold:
        return f"分数 {score:g} 低于 {threshold}，{conditions.below_threshold}"
    return f"分数 {score:g} 不低于 {threshold}，{conditions.from_threshold}；还需要知道：{orders}"


def industry_listed(industry: str, industries: Sequence[str]) -> str | None:
    """The industry as the notice names it, or None when it is not among them; width, case and spaces do not matter."""
    return next((name for name in industries if _plain(name) == _plain(industry)), None)


def near_industries(industry: str, industries: Sequence[str]) -> tuple[str, ...]:
    """Listed industries that may be meant: one name within the other, or two characters in a row shared."""
    asked = _plain(industry)
    runs = {asked[i : i + 2] for i in range(len(asked) - 1)}
    return tuple(
        name
        for name in industries
        if asked in _plain(name) or _plain(name) in asked or any(run in _plain(name) for run in runs)
    )


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
