"""The rule card: one rule in words for a person, in Chinese: what it says, since when, how far that was verified, and
what is not known. The same text on the command line, in the dashboard and in exports.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.lexicon.policy import NATIONAL, Policies
from monitor.rules import SEVERITY_NAMES, Rule, RuleConditions, Severity, Strikes

STATES = {"notice": "已核对公告", "reprint": "转载，未核对原文", "unverified": "未核实，不得引用"}
"""A rule's verification in words."""

_BASES = {"reprint": "据转载，未核对原文", "unverified": "未核实"}
_PARTS = {"clause": "条文", "effective": "生效日", "measures": "措施"}


@dataclass(frozen=True, slots=True)
class RuleCard:
    """What a card says, part by part; every text is plain and may be shown as it is."""

    rule_id: str
    title: str
    state: str
    """`已核对公告`, `转载，未核对原文`, `未核实，不得引用`; with the parts that were verified less."""
    clause: str
    source: str
    source_id: str
    effective: str
    """From when to when, and how that is known."""
    verified: str
    measures: tuple[str, ...]
    """Empty where the source names none; `unknown` says so."""
    ladder: tuple[tuple[str, str], ...]
    """Rung and its measures; empty where none was published."""
    strikes: tuple[str, ...]
    conditions: tuple[str, ...]
    """Whom it binds, and the outcome for this host as the last sentence."""
    chosen: str
    """Why this version: the stream's day, or that it is not known. Empty outside a flag."""
    unknown: tuple[str, ...]
    """What was not verified, and what a reviewer must judge."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The whole card, line by line."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.title}（{self.rule_id}）【{self.state}】"
        for number, line in enumerate(self.clause.splitlines()):
            yield f"条文：{line}" if number == 0 else f"　　　{line}"
        yield f"出处：{self.source}"
        yield f"生效：{self.effective}"
        yield f"核对：{self.verified}"
        if self.chosen:
            yield f"选用：{self.chosen}"
        for name, items in (
            ("措施", self.measures),
            ("分级", tuple(f"{rung}：{measures}" for rung, measures in self.ladder)),
            ("累次", self.strikes),
            ("条件", self.conditions),
            ("未核实或须判断", self.unknown),
        ):
            if items:
                yield f"{name}："
                yield from (f"  - {item}" for item in items)


def state(rule: Rule) -> str:
    """How far the rule was verified, in words, with the parts that were verified less."""
    parts = "、".join(_PARTS[part] for part, basis in rule.weaker if basis == "reprint")
    doubted = "、".join(_PARTS[part] for part, basis in rule.weaker if basis != "reprint")
    return STATES[rule.verification] + (f"，{parts}据转载" if parts else "") + (f"，{doubted}未核实" if doubted else "")


def card(rule: Rule) -> RuleCard:
    """The card of a rule, as a flag carries it or as a policy file states it."""
    return RuleCard(
        rule_id=rule.rule_id,
        title=rule.title,
        state=state(rule),
        clause=rule.clause,
        source=rule.source,
        source_id=rule.source_id,
        effective=_effective(rule),
        verified=_verified(rule),
        measures=rule.measures,
        ladder=tuple((SEVERITY_NAMES[severity], "；".join(measures)) for severity, measures in rule.ladder),
        strikes=tuple(_strikes(rule.strikes, rule.verification)) if rule.strikes else (),
        conditions=tuple(_conditions(rule.conditions)) if rule.conditions else (),
        chosen=_chosen(rule),
        unknown=tuple(_unknown(rule)),
    )


def severity_note(severity: Severity, basis: str) -> str:
    """Whose estimate a flag's severity is."""
    name = SEVERITY_NAMES[severity]
    if basis == "notice":
        return f"“{name}”取自平台公布的分级；落在哪一级由本项目初判，须由审核人确认"
    return f"“{name}”是本项目的估计：没有公布的分级标准可据，不得当作处罚档位引用"


def no_rule_note(
    policies: Policies, scheme_name: str, platform: str, *, set_aside: tuple[Rule, ...] = (), day_known: bool = True
) -> str:
    """Why nothing can be cited against the scheme on the platform, for a flag without rules."""
    if set_aside:
        named = "、".join(f"{rule.title}（{rule.rule_id}）" for rule in set_aside)
        return f"没有可引的条款：{named}的条件不符，理由见卡片。本线索只供人工判断"
    own = policies.platforms.get(platform)
    if own is not None and platform != NATIONAL:
        where = f"所收录的{own.name}规则和全国规定中"
    elif platform and platform != NATIONAL:
        where = f"没有收录平台“{platform}”的规则，所收录的全国规定中"
    else:
        where = "平台未知，只看全国规定，其中"
    when = "在直播当日" if day_known else "按今天的（直播日期不详）"
    return f"没有可引的条款：{where}，{when}没有针对“{scheme_name}”的一条。本线索只供人工判断，不得据以引用任何条款"


def _verified(rule: Rule) -> str:
    if not rule.verified:
        return "没有人读过原文"
    return f"{rule.verified} 读过{'转载' if rule.verification == 'reprint' else '出处'}"


def _effective(rule: Rule) -> str:
    if rule.effective:
        said = f"自 {rule.effective} 起"
        if rule.effective_basis == "reported":
            said += "（取见报日，出处未载生效日）"
    else:
        said = f"生效日不详，最早见于 {rule.seen}" if rule.seen else "生效日不详"
    return said + (f"，至 {rule.until} 止" if rule.until else "")


def _chosen(rule: Rule) -> str:
    if not rule.chosen_for:
        return ""
    if rule.day_known:
        return f"按直播当日 {rule.chosen_for}（中国时区）的版本"
    return f"直播日期不详，按判断当日 {rule.chosen_for} 的规则；直播当日的规则可能不同，引用前须查明日期"


def _strikes(strikes: Strikes, verification: str) -> Iterator[str]:
    doubt = "" if verification == "notice" else f"（{STATES[verification]}）"
    for step in strikes.steps:
        measures = f"，{'；'.join(step.measures)}" if step.measures else ""
        yield f"第 {step.nth} 次：{step.grade}{measures}{doubt}"
    if strikes.industries:
        yield f"只涉及部分类目：{'、'.join(strikes.industries)}{doubt}"
    yield "此前有过几次，从本场直播看不出，须查账号记录"


def _conditions(conditions: RuleConditions) -> Iterator[str]:
    threshold = f"{conditions.score_threshold:g}"
    yield f"只约束主营行业属下列 {len(conditions.industries)} 个的主播：{'、'.join(conditions.industries)}"
    yield f"{conditions.score}低于 {threshold}：{conditions.below_threshold}"
    yield f"不低于 {threshold}：{conditions.from_threshold}"
    if conditions.sentence:
        yield conditions.sentence


def _unknown(rule: Rule) -> Iterator[str]:
    if rule.verification == "unverified":
        yield "条文、生效日、措施都没有核实，只作背景，不得引用"
    elif rule.verification == "reprint":
        yield "条文据转载，没有核对原文，引用前须核对"
    for part, basis in rule.weaker:
        yield f"{_PARTS[part]}{_BASES[basis]}"
    if not rule.effective:
        yield "生效日：没有读到"
    if not rule.measures and not rule.ladder:
        yield "措施：出处没有载明可以核实的"
    if not rule.ladder:
        yield "分级：没有公布或没有读到"
    if rule.note:
        yield rule.note
