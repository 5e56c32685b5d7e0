"""Whether a rule says no more than its sources do: every clause, measure, rung, number and article number is looked up
in the passages that the rule names, and the rule may not claim to be better verified than they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.lexicon.policy_model import PolicyRule, Source
from monitor.lexicon.yaml_source import Where
from monitor.rules import SEVERITY_NAMES
from monitor.text.numerals import han_number

ELISION = "……"
"""Between two pieces of one passage that are quoted without what stands between them."""

_RANK = {"notice": 2, "reprint": 1, "hearsay": 0, "unverified": 0}
_SENTENCE = frozenset("。；：\n\u3000")
"""Between what is said and what is said next; the last stands behind an article's number."""
_ITEM = {"facts": _SENTENCE | {"、"}, "verbatim": _SENTENCE | {"，"}}
"""Where a measure may be cut out: of a list in our own words, of a sentence of the law after its conditions."""
_PHRASE = _SENTENCE | {"，", "、"}
_ARTICLE = re.compile(r"第[（(]?([一二三四五六七八九十百零]+|\d+)[）)]?(条|款|项|类|种情形)")
_BY_ARTICLE = re.compile(r"依(第[一二三四五六七八九十百零]+条)：(.+)", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PARTS = ("clause", "effective", "measures", "ladder", "conditions", "strikes")

Complaint = tuple[Where, str]
"""The way to the value within the rule, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class _Passage:
    key: str
    text: str
    source: Source


def source_complaints(source: Source) -> Iterator[Complaint]:
    """What is wrong with a source by itself: an article under another's number, a text that nobody read."""
    if (source.kind == "hearsay") != (source.read_on is None):
        yield ("read_on",), "a day exactly when someone read the text itself"
    for key, text in source.passages.items():
        head = _ARTICLE.match(text)
        if key.isdigit() and not (head and _value(head[1]) == int(key)):
            yield ("passages", key), f"passage {key} does not begin with the article of that number"


def rule_complaints(rule: PolicyRule, sources: Mapping[str, Source], *, replaced: bool = False) -> Iterator[Complaint]:
    """Everything that the rule says without support; empty when each word of it has its passage.

    `replaced`: another version begins on the day after its last, which is reason enough for that day.
    """
    if rule.source_id not in sources:
        yield ("source_id",), f"no source `{rule.source_id}` in sources/"
        return
    own = sources[rule.source_id]
    if rule.verified_on is not None and rule.verified_on != own.read_on:
        read = f"last read on {own.read_on}" if own.read_on else "never read"
        yield ("verified_on",), f"{rule.id}: verified on {rule.verified_on}, but `{own.id}` was {read}"
    named: dict[str, list[_Passage]] = {}
    missing = False
    for part in _PARTS:
        named[part] = []
        for reference in rule.support.references(part):
            passage = _look_up(reference, own, sources)
            if passage is None:
                missing = True
                yield ("support", part), f"{rule.id}: no passage `{reference}`"
            else:
                named[part].append(passage)
    if missing:
        return
    yield from _ranks(rule, own, named)
    yield from _days(rule, named["effective"], replaced=replaced)
    yield from _said(rule, named)
    yield from _articles(rule, own, named)


def _look_up(reference: str, own: Source, sources: Mapping[str, Source]) -> _Passage | None:
    name, _, key = reference.rpartition("/")
    source = sources.get(name) if name else own
    return _Passage(key, source.passages[key], source) if source and key in source.passages else None


def _ranks(rule: PolicyRule, own: Source, named: Mapping[str, Sequence[_Passage]]) -> Iterator[Complaint]:
    """A rule is as well verified as the weakest text that it rests on, unless it says of which part it is not."""
    if _RANK[own.kind] < _RANK[rule.verification]:
        yield ("verification",), f"{rule.id}: `{rule.verification}`, but its source `{own.id}` is {own.kind}"
    for part, passages in named.items():
        weaker = rule.weaker.get(part)  # type: ignore[call-overload]  # parts that cannot be weaker are not in it
        for passage in passages:
            if _RANK[passage.source.kind] < _RANK[weaker or rule.verification] and passage.source is not own:
                told = f"{rule.id}: {part} rests on `{passage.source.id}`, which is {passage.source.kind}"
                yield ("support", part), f"{told}; say so in `weaker`"
        if weaker and passages and all(_RANK[p.source.kind] >= _RANK[rule.verification] for p in passages):
            yield ("weaker",), f"{rule.id}: {part} rests on nothing weaker"


def _days(rule: PolicyRule, passages: Sequence[_Passage], *, replaced: bool) -> Iterator[Complaint]:
    """The first day and the last; a day that is said to be in force from then must be called so."""
    effective = rule.effective
    said = [passage.text for passage in passages]
    in_force = [text[: text.rindex("起施行")].rstrip() for text in said if "起施行" in text]
    if effective.from_ and effective.basis == "stated" and not any(map(_says(effective.from_, "$"), in_force)):
        yield ("effective",), f"{rule.id}: no passage named says {effective.from_} 起施行"
    elif effective.first and effective.basis == "reported" and in_force:
        yield ("effective",), f"{rule.id}: `basis` is `reported`, but a passage says from when it is in force"
    elif effective.first and not any(map(_says(effective.first), said)):
        yield ("effective",), f"{rule.id}: no passage named says {effective.first}"
    if effective.until and not replaced and not any(map(_says(effective.until), said)):
        yield ("effective",), f"{rule.id}: no passage named says {effective.until}, and no version follows it"


def _says(day: date, end: str = "") -> Callable[[str], bool]:
    """Whether a text has the day, in figures or as 2026年2月1日; with `$` as the last thing."""
    pattern = re.compile(rf"(?<!\d)({day:%Y-%m-%d}|{day.year}年{day.month}月{day.day}日)(?!\d){end}")
    return lambda text: bool(pattern.search(text))


def _said(rule: PolicyRule, named: Mapping[str, Sequence[_Passage]]) -> Iterator[Complaint]:
    """Each text of the rule against the passages named for it."""
    if not _quoted(rule.clause, named["clause"], _SENTENCE):
        yield ("clause",), f"{rule.id}: no passage named says the clause: {rule.clause}"
    for position, measure in enumerate(rule.measures):
        by_article = _BY_ARTICLE.fullmatch(measure)
        passages = [p for p in named["measures"] if not by_article or p.text.startswith(by_article[1])]
        if not _quoted(by_article[2] if by_article else measure, passages):
            yield ("measures", position), f"{rule.id}: no passage named says the measure: {measure}"
    for severity, measures in (rule.ladder or {}).items():
        rung = [p for p in named["ladder"] if p.text.startswith(f"{SEVERITY_NAMES[severity]}：")]
        for position, measure in enumerate(measures):
            if not _quoted(measure, rung):
                yield ("ladder", severity.value, position), f"{rule.id}: no passage gives {measure} for {severity}"
    yield from _conditions(rule, named["conditions"])
    yield from _strikes(rule, named["strikes"])


def _conditions(rule: PolicyRule, passages: Sequence[_Passage]) -> Iterator[Complaint]:
    held = rule.conditions
    if held is None:
        return
    if not any(_listed(passage.text) == held.industries for passage in passages):
        yield ("conditions", "industries"), f"{rule.id}: no passage lists exactly these industries"
    numbers = {number for passage in passages for number in _NUMBER.findall(passage.text)}
    for name, number in (("score_threshold", held.score_threshold), ("order_window_days", held.order_window_days)):
        if f"{number:g}" not in numbers:
            yield ("conditions", name), f"{rule.id}: no passage says {number:g}"
    for name, text in (
        ("score", held.score),
        ("below_threshold", held.below_threshold),
        ("from_threshold", held.from_threshold),
    ):
        if not _quoted(text, passages, _PHRASE):
            yield ("conditions", name), f"{rule.id}: no passage says: {text}"


def _strikes(rule: PolicyRule, passages: Sequence[_Passage]) -> Iterator[Complaint]:
    if rule.strikes is None:
        return
    if rule.strikes.industries and not any(_listed(p.text) == rule.strikes.industries for p in passages):
        yield ("strikes", "industries"), f"{rule.id}: no passage lists exactly these kinds of goods"
    for position, step in enumerate(rule.strikes.steps):
        nth = [p for p in passages if (head := re.match(r"第(.+?)次：", p.text)) and _value(head[1]) == position + 1]
        for text in (step.grade, *step.measures):
            if not _quoted(text, nth):
                yield ("strikes", "steps", position), f"{rule.id}: no passage says of strike {position + 1}: {text}"


def _articles(rule: PolicyRule, own: Source, named: Mapping[str, Sequence[_Passage]]) -> Iterator[Complaint]:
    """Every article, kind and number that the rule mentions anywhere, and the number that its id ends with."""
    passages = [passage for part in _PARTS for passage in named[part]]
    known = {mention for passage in passages for mention in _mentions(passage.text)}
    texts = [own.title, own.about, str(own.published)]
    for passage in passages:
        texts += [passage.text, passage.source.title, passage.source.about, str(passage.source.published)]
    numbers = {number for text in texts for number in _NUMBER.findall(text)}
    for name in ("title", "source", "note"):
        text = getattr(rule, name) or ""
        for value, unit in _mentions(text):
            if (value, unit) not in known:
                yield (name,), f"{rule.id}: no passage named has 第 {value} {unit}"
        for number in _NUMBER.findall(text):
            if number not in numbers:
                yield (name,), f"{rule.id}: {number} is in no passage named"
    last = rule.id.rsplit(".", 1)[1]
    if last.isdigit():
        if int(last) not in {value for value, _ in _mentions(rule.source)}:
            yield ("source",), f"{rule.id}: does not name number {last}, which its id gives"
        if not any(passage.key.rsplit(".", 1)[-1] == last for passage in named["clause"]):
            yield ("support", "clause"), f"{rule.id}: its clause rests on no passage of number {last}"


def _quoted(text: str, passages: Iterable[_Passage], edges: frozenset[str] | None = None) -> bool:
    """Whether each piece of the text stands in a passage, whole: from one edge to another."""
    wholes = [(passage.text, edges or _ITEM[passage.source.form]) for passage in passages]
    return all(
        any(_stands_in(piece.strip(), whole, cut) for whole, cut in wholes) for piece in text.strip().split(ELISION)
    )


def _stands_in(piece: str, whole: str, edges: frozenset[str]) -> bool:
    at = whole.find(piece)
    while piece and at >= 0:
        end = at + len(piece)
        starts = at == 0 or whole[at - 1] in edges
        if starts and (end == len(whole) or whole[end] in edges or piece[-1] in edges):
            return True
        at = whole.find(piece, at + 1)
    return False


def _listed(text: str) -> tuple[str, ...]:
    """What a passage lists after its last colon."""
    return tuple(item.strip() for item in re.split("[：:]", text)[-1].rstrip("。").split("、"))


def _mentions(text: str) -> set[tuple[int, str]]:
    return {(_value(match[1]), match[2]) for match in _ARTICLE.finditer(text)}


def _value(numeral: str) -> int:
    return int(numeral) if numeral.isdigit() else int(han_number(numeral) or 0)
