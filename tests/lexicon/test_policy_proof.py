"""Every rule against the texts that it rests on: nothing is cited that no source says, or as surer than it is."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from monitor.config import lexicon_folder
from monitor.errors import DataError
from monitor.lexicon.policy import Policies, load_policies
from monitor.lexicon.policy_model import PolicyRule
from monitor.lexicon.policy_proof import rule_complaints

FOLDER = lexicon_folder() / "policies"
NOTICES = Path(__file__).resolve().parents[3] / "shared/notices"
POLICIES = load_policies(FOLDER)
RULES = [rule for policy in POLICIES.platforms.values() for rule in policy.rules]
READ_AS_NOTICES = {
    "douyin-2024-03-21-refund-hype",
    "kuaishou-2023-09-21-freight-and-kicking",
    "state-order-117",
}
"""Read as the platform's or the state's own. A reprint does not become one by changing its `kind`."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the policies that a test may spoil."""
    return Path(shutil.copytree(FOLDER, tmp_path / "policies"))


def in_rule(folder: Path, rule_id: str, change: Callable[[str], str]) -> tuple[int, int]:
    """Changes the text of one rule; its first and last line."""
    path = folder / f"{rule_id.partition('.')[0]}.yaml"
    text = path.read_text("utf-8")
    at = text.index(f"  - id: {rule_id}\n")
    end = text.find("\n\n", at)
    changed = change(text[at:end])
    assert changed != text[at:end]
    path.write_text(text[:at] + changed + text[end:], "utf-8")
    first = text[:at].count("\n") + 1
    return first, first + changed.count("\n")


def refusals(folder: Path) -> list[str]:
    with pytest.raises(DataError) as caught:
        load_policies(folder)
    return caught.value.problems


# What is shipped


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_says_what_its_sources_say(rule: PolicyRule) -> None:
    """Clause, measures, rungs, strikes, conditions, days, numbers and article numbers each have their passage."""
    assert list(rule_complaints(rule, POLICIES.sources)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_nothing_is_called_verified_without_a_notice(rule: PolicyRule) -> None:
    """`notice` only for the three texts that were read; penalties and ladders rest on them alone."""
    parts = {"clause", "effective", "measures", "ladder", "conditions"} - set(rule.weaker)
    if rule.verification == "notice":
        assert rule.source_id in READ_AS_NOTICES
        assert rule.verified_on is not None
        for part in parts:
            assert {name.rpartition("/")[0] or rule.source_id for name in rule.support.references(part)} <= (
                READ_AS_NOTICES
            )
    else:
        assert rule.ladder is None


def test_the_notices_are_those_that_were_read() -> None:
    """No other source calls itself one."""
    assert {name for name, source in POLICIES.sources.items() if source.kind == "notice"} == READ_AS_NOTICES


def test_the_states_articles_are_all_there() -> None:
    """Each article that matters here is a rule, and each that a measure cites is among the passages."""
    ids = {rule.id.rsplit(".", 1)[1] for rule in RULES if rule.id.startswith("national.117.")}
    assert ids == {"16", "31", "32", "34", "44", "60", "62"}
    assert {"53", "59", "65", "69"} <= set(POLICIES.sources["state-order-117"].passages)


@pytest.mark.skipif(not NOTICES.is_dir(), reason="the notices are not beside this checkout")
def test_the_law_is_kept_word_for_word() -> None:
    """Each article among the sources stands in the order's text, whole."""
    text = re.sub(r"\s+", "", next(NOTICES.glob("national-*.txt")).read_text("utf-8"))
    for key, passage in POLICIES.sources["state-order-117"].passages.items():
        plain = re.sub(r"\s+", "", passage)
        assert plain in text
        if key.isdigit():  # nothing of the article was left out: the next article or chapter follows
            rest = text[text.index(plain) + len(plain) :]
            assert rest == "" or re.match(r"第.{1,3}[条章]", rest)


@pytest.mark.skipif(not NOTICES.is_dir(), reason="the notices are not beside this checkout")
@pytest.mark.parametrize("name", sorted(READ_AS_NOTICES - {"state-order-117"}))
def test_facts_give_no_number_and_no_industry_that_the_notice_does_not(name: str) -> None:
    """Facts in our own words have no number, day or industry of their own."""
    notice = next(NOTICES.glob(f"{name[:18]}*.md")).read_text("utf-8")
    source = POLICIES.sources[name]
    for key, passage in source.passages.items():
        for number in re.findall(r"\d+(?:[.-]\d+)*", passage):
            assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d])", notice), (key, number)
    if "kicking.industries" in source.passages:
        listed = source.passages["kicking.industries"].split("：")[1].split("、")
        assert len(listed) == 23
        assert " ".join(listed) in notice


# What is planted


PLANTED: list[tuple[str, str, str, str]] = [
    ("douyin.quick-flipping", "from: 2023-10-27", "from: 2023-10-27, basis: reported", "`basis` is `reported`"),
    (
        "kuaishou.kicking",
        "from: 2023-09-21, ",
        "from: 2023-09-21, until: 2024-01-01, ",
        "says 2024-01-01, and no version",
    ),
    # rule, what stands there, what is put there, part of what is told
    ("douyin.quick-flipping", "0.5 至 4 分]", "5 至 4 分]", "no passage gives"),
    (
        "douyin.quick-flipping",
        "ordinary: [扣信用分 0.5 至 4 分]",
        "ordinary: [扣信用分 4 至 12 分]",
        "no passage gives",
    ),
    ("douyin.quick-flipping", "12 分]", "12 分, 永久封禁抖音号]", "no passage gives 永久封禁抖音号"),
    ("douyin.quick-flipping", "      - 限流\n", "      - 限流\n      - 罚款 5000 元\n", "the measure: 罚款 5000 元"),
    ("douyin.quick-flipping", "from: 2023-10-27", "from: 2022-10-27", "says 2022-10-27"),
    ("douyin.quick-flipping", "    weaker: {clause: reprint, effective: reprint}\n", "", "say so in `weaker`"),
    ("douyin.quick-flipping", "slight: flipping.slight,", "slight: flipping.serious,", "no passage gives 警告"),
    ("douyin.refund-hype.2", "返现、礼品等", "返现、抽奖等", "no passage named says the clause"),
    ("douyin.refund-hype.2", "第二种情形", "第三种情形", "does not name number 2"),
    ("douyin.refund-hype.2", "clause: [kind.2]", "clause: [kind.3]", "no passage named says the clause"),
    ("douyin.refund-hype.2", "      - 扣除违约金\n", "      - 扣除违约金 2000 元\n", "the measure: 扣除违约金 2000 元"),
    ("douyin.refund-hype.2", "      - 扣除违约金\n", "      - 扣除违约金\n      - 追究刑事责任\n", "追究刑事责任"),
    (
        "douyin.refund-hype.2",
        "from: 2024-03-21, basis: reported",
        "from: 2024-03-21",
        "no passage named says 2024-03-21 起施行",
    ),
    ("douyin.refund-hype.2", "verified_on: 2026-11-22", "verified_on: 2026-11-23", "verified on 2026-11-23"),
    ("douyin.refund-hype.2", "source_id: douyin-2024-03-21-refund-hype", "source_id: douyin-x", "no source `douyin-x`"),
    ("douyin.refund-hype.2", "effective: [reported]", "effective: [announced]", "no passage `announced`"),
    ("douyin.refund-hype.2", "未公布分级标准", "未公布分级标准，最高扣 12 分", "12 is in no passage"),
    ("douyin.misery-selling", "永久封禁、关闭", "永久封禁抖音号、关闭", "no passage named says the clause"),
    ("douyin.fake-trade.5", "verification: reprint", "verification: notice", "is reprint"),
    ("douyin.fake-trade.5", "第（5）类", "第（4）类", "does not name number 5"),
    ("douyin.creator-cheating", "前两单", "前三单", "no passage named says the clause"),
    ("douyin.serious-marketing.refund-lure", "[永久关闭电商权限]", "[罚款]", "of strike 3: 罚款"),
    ("douyin.serious-marketing.refund-lure", "和田玉, 紫砂", "和田玉, 白酒", "exactly these kinds of goods"),
    ("douyin.serious-marketing.refund-lure", "        - {grade: 情节一般}\n", "", "of strike 1: 情节严重"),
    ("kuaishou.kicking", "低于 4.4 的", "低于 4.5 的", "no passage named says the clause"),
    ("kuaishou.kicking", "score_threshold: 4.4", "score_threshold: 4.5", "no passage says 4.5"),
    ("kuaishou.kicking", "order_window_days: 90", "order_window_days: 30", "no passage says 30"),
    ("kuaishou.kicking", "        - 茗茶\n", "", "lists exactly these industries"),
    ("kuaishou.kicking", "        - 茗茶\n", "        - 茗茶\n        - 女装\n", "lists exactly these industries"),
    ("kuaishou.kicking", "不得踢出任何观众；", "不得踢出观众；", "no passage named says the clause"),
    ("kuaishou.kicking", "measures: []", "measures: [移交司法机关]", "the measure: 移交司法机关"),
    ("kuaishou.freight.1", "      - 涉嫌违法：移交司法机关\n", "      - 移交公安机关\n", "the measure: 移交公安机关"),
    ("national.117.34", "第三十四条\n    source_id", "第三十五条\n    source_id", "does not name number 34"),
    ("national.117.34", "依第六十二条：", "依第六十三条：", "no passage named says the measure"),
    ("national.117.34", "依第六十二条：", "依第六十五条：", "no passage named says the measure"),
    ("national.117.34", "第二十五条第一款", "第二十条第一款", "no passage named says the measure"),
    ("national.117.34", "一万元以上十万元以下", "一万元以上二十万元以下", "no passage named says the measure"),
    ("national.117.34", "广告法》第五十五条", "价格法》第五十五条", "no passage named says the measure"),
    ("national.117.34", "      直播间运营者、直播营销人员不得对", "      直播营销人员不得对", "says the clause"),
    ("national.117.34", "from: 2026-02-01", "from: 2025-12-18", "says 2025-12-18"),
    ("national.117.34", "令第117号，2025年12月18日", "令第117号，2025年11月18日", "11 is in no passage"),
    ("national.117.60", "与第三十二条并引", "与第三十三条并引", "has 第 33 条"),
    ("national.117.62", "违反第三十四条、第四十四条的处罚", "违反第三十四条、第四十五条的处罚", "has 第 45 条"),
    ("national.117.16", "第十六条规定的交易信息", "第十五条规定的交易信息", "no passage named says the measure"),
    ("national.117.16", "不少于三年。", "不少于五年。", "no passage named says the clause"),
    ("national.56.16", "前七日内的最低", "前三十日内的最低", "no passage named says the clause"),
    ("national.56.16", "verification: reprint", "verification: notice", "is reprint"),
    ("national.56.17", "measures: []", "measures: [处五十万元以下罚款]", "处五十万元以下罚款"),
]


@pytest.mark.parametrize(("rule_id", "old", "new", "says"), PLANTED, ids=lambda text: text[:24])
def test_a_planted_error_is_found_at_its_line(folder: Path, rule_id: str, old: str, new: str, says: str) -> None:
    """A number changed, a penalty added, an article altered, a reprint promoted: the loading fails within the rule."""
    first, last = in_rule(folder, rule_id, lambda text: text.replace(old, new, 1))
    told = [problem for problem in refusals(folder) if says in problem]
    assert told
    assert all(first <= int(problem.split(":")[1]) <= last for problem in told)


def digits(text: str) -> Iterator[tuple[int, int]]:
    """Where each number of a text stands, in figures or in characters."""
    for match in re.finditer(r"\d+(?:\.\d+)?|[一二三四五六七八九十百]+(?=[条款项万日年]|种情形)", text):
        yield match.span()


def test_no_number_can_be_changed_unseen() -> None:
    """Every number of every clause, measure, rung and condition, one after the other, changed by one."""
    tried, unseen = 0, []
    for rule in RULES:
        said = [("clause", None, rule.clause)]
        said += [("measures", place, text) for place, text in enumerate(rule.measures)]
        said += [("ladder", severity, texts[0]) for severity, texts in (rule.ladder or {}).items()]
        for part, place, text in said:
            for start, end in digits(text):
                other = "七" if not text[start].isdigit() else "7"
                changed = text[:start] + (text[start:end] + other) + text[end:]
                tried += 1
                if not list(rule_complaints(with_text(rule, part, place, changed), POLICIES.sources)):
                    unseen.append((rule.id, part, changed))
    assert tried > 50
    assert unseen == []


def with_text(rule: PolicyRule, part: str, place: object, text: str) -> PolicyRule:
    if part == "clause":
        return rule.model_copy(update={"clause": text})
    if part == "measures":
        measures = tuple(text if at == place else measure for at, measure in enumerate(rule.measures))
        return rule.model_copy(update={"measures": measures})
    return rule.model_copy(update={"ladder": {**(rule.ladder or {}), place: (text,)}})


def test_a_reprint_does_not_become_a_notice_by_its_kind(folder: Path) -> None:
    """Whoever raises the source too is found by the list of what was read."""
    in_rule(folder, "national.56.16", lambda text: text.replace("verification: reprint", "verification: notice"))
    path = folder / "sources/state-order-56-reprint.yaml"
    path.write_text(path.read_text("utf-8").replace("kind: reprint", "kind: notice"), "utf-8")
    policies: Policies = load_policies(folder)
    assert {name for name, source in policies.sources.items() if source.kind == "notice"} != READ_AS_NOTICES


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("state-order-117", '"34": |-\n    第三十四条', '"34": |-\n    第三十五条', "does not begin with the article"),
        ("state-order-117", "id: state-order-117", "id: state-order-118", "in a file named state-order-117.yaml"),
        ("state-order-117", "read_on: 2026-11-22", "read_on: null", "a day exactly when"),
        ("state-order-117", "form: verbatim", "form: heard", "form"),
        ("douyin-serious-marketing-report", "read_on: null", "read_on: 2026-11-22", "a day exactly when"),
        ("douyin-fake-trade-reprint", "kind: reprint", "kind: hearsay\nowner: me", "unknown field"),
    ],
)
def test_a_wrong_source_is_told_with_its_line(folder: Path, name: str, old: str, new: str, says: str) -> None:
    """A source is checked by itself too; a broken one is told once and not for each rule that rests on it."""
    path = folder / f"sources/{name}.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace(old, new, 1), "utf-8")
    line = text[: text.index(old)].count("\n") + 1
    told = [problem for problem in refusals(folder) if says in problem]
    assert len(told) == 1
    where, number = told[0].split(":")[:2]
    assert where == f"sources/{name}.yaml"
    assert abs(int(number) - line) <= 1


def test_a_claim_that_nothing_is_weaker_must_be_true(folder: Path) -> None:
    """`weaker` for a part that rests on a notice is refused: doubts are as true as claims."""
    in_rule(
        folder,
        "douyin.refund-hype.1",
        lambda text: text.replace("verification: notice", "verification: notice\n    weaker: {clause: reprint}"),
    )
    assert any("clause rests on nothing weaker" in told for told in refusals(folder))


def test_every_passage_is_plain_text() -> None:
    """Sources hold no markup and no line that is only ours to read."""
    for path in (FOLDER / "sources").glob("*.yaml"):
        for passage in yaml.safe_load(path.read_text("utf-8"))["passages"].values():
            assert not set(passage) & set("<>*#`")
