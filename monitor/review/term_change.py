"""One term changed: what it makes of a lexicon in memory, and the text to hand to those who keep the files."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import yaml
from pydantic import ValidationError

from monitor.errors import UsageError
from monitor.lexicon import Lexicon, Term
from monitor.lexicon.alternatives import MAX_COMBINATIONS, expand
from monitor.lexicon.model import MAX_WORD_CHARS, SlotEntry, TermEntry
from monitor.lexicon.play import mark_entries
from monitor.review.lexicon_records import file_of, scheme_of

PROMPTS = "trade_words"
"""The slot that only helps the recogniser: a replay hears nothing anew."""
_UNSEEN = ("Cc", "Cf", "Co", "Zl", "Zp")
"""Unicode categories that the files may not hold (`monitor.lexicon.yaml_source`)."""
_NUMERAL_BESIDE_NUMBER = re.compile(
    r"[0-9零一二两三四五六七八九十百千万几]\{n\}|\{n\}[0-9零一二两三四五六七八九十百千万几]"
)
_WIDE = 10_000


class Act(StrEnum):
    """What is done to a slot's terms."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class TermChange:
    """A change of one entry of one slot."""

    act: Act
    slot: str
    text: str = ""
    """The entry as it is to be; empty when one is taken out."""
    was: str = ""
    """The entry as its file has it; empty when one is put in."""
    by: tuple[str, ...] | None = None
    """Methods that may find it; None: the old entry's, else the slot's."""
    unless: tuple[str, ...] | None = None
    """Words that undo it; None: the old entry's, else none."""


class ChangeError(UsageError):
    """A change that the lexicon cannot take; `what` is Chinese, for whoever wrote it."""


def changed(lexicon: Lexicon, change: TermChange) -> Lexicon:
    """The lexicon with the change in it; the one given stays as it is. Raises ChangeError."""
    slot = lexicon.slots.get(change.slot)
    if slot is None:
        raise ChangeError(f"没有叫“{change.slot}”的词栏，词库可能刚改过")
    if change.slot == PROMPTS:
        raise ChangeError("这一栏只是给语音识别的提示词，不参与判定，试算看不出差别")
    old = _old_entry(slot, change)
    new = _new_entry(old, change)
    entries = list(slot.terms)
    if old is None:
        assert new is not None
        entries.append(new)
    else:
        at = entries.index(old)
        entries[at : at + 1] = [] if new is None else [new]
    if not entries:
        raise ChangeError("词栏里只剩这一个词，不能空着")
    gone = frozenset(expand(old.text)) if old else frozenset()
    come = _spellings(new) if new else ()
    kept = [term for term in lexicon.terms if term.slot != change.slot or term.text not in gone]
    _check_marks(lexicon, change.slot, gone - frozenset(come))
    _check_twice(kept, change.slot, come)
    return replace(
        lexicon,
        terms=(*kept, *(_as_terms(slot, new, change.slot, come) if new else ())),
        slots={**lexicon.slots, change.slot: slot.model_copy(update={"terms": tuple(entries)})},
        digest="sha256:" + hashlib.sha256(f"{lexicon.digest} {change!r}".encode()).hexdigest(),
    )


def handed_in(lexicon: Lexicon, change: TermChange) -> str:
    """YAML to paste into a lexicon's file: the entry under its slot; what goes is a comment. Ends with a newline.

    Raises ChangeError like `changed`.
    """
    slot = lexicon.slots[change.slot]
    new = _new_entry(_old_entry(slot, change), change)
    lines = [f"# 改在 {file_of(scheme_of(lexicon, change.slot))}", "slots:", f"  {change.slot}:", "    terms:"]
    if change.act is not Act.ADD:
        lines.append(f"      # 删去：{one_line(change.was)}")
    if new is not None:
        lines.append(f"      - {_flow(new)}")
    return "\n".join(lines) + "\n"


def _old_entry(slot: SlotEntry, change: TermChange) -> TermEntry | None:
    if change.act is Act.ADD:
        return None
    found = next((term for term in slot.terms if term.text == change.was), None)
    if found is None:
        raise ChangeError(f"词栏里没有“{one_line(change.was)}”，词库可能刚改过")
    return found


def _new_entry(old: TermEntry | None, change: TermChange) -> TermEntry | None:
    if change.act is Act.REMOVE:
        return None
    text = change.text.strip()
    if not text:
        raise ChangeError("请写上要加的词")
    words = (text, *(change.unless or ()))
    if any(unicodedata.category(c) in _UNSEEN for word in words for c in word):
        raise ChangeError("词里有看不见的字符，请重新输入")
    fields = old.model_dump() if old else {}
    fields["text"] = text
    if change.by is not None:
        fields["by"] = change.by
    if change.unless is not None:
        fields["unless"] = change.unless
    try:
        new = TermEntry.model_validate(fields)
    except ValidationError as error:
        part = error.errors()[0]["loc"][0]
        raise ChangeError(_WRONG.get(str(part), "这个词写得不对")) from error
    if change.by is not None and not change.by:
        raise ChangeError("至少选一种认法")
    if new == old:
        raise ChangeError("和原来的写法一样，没有改动")
    return new


_WRONG = {
    "text": "词太长了",
    "by": "没有这种认法",
    "unless": f"排除词不能空着，也不能超过 {MAX_WORD_CHARS} 个字",
}


def _spellings(entry: TermEntry) -> tuple[str, ...]:
    try:
        texts = expand(entry.text)
    except ValueError as fault:
        if "stands for" in str(fault):
            raise ChangeError(f"合写的说法太多，最多 {MAX_COMBINATIONS:,} 种，请拆开写") from None
        if "may be empty" in str(fault):
            raise ChangeError("各部分不能都可有可无") from None
        raise ChangeError("括号没有成对，或“|”写在了括号外；合写要像 (我|咱)上 这样") from None
    if any(len(text) > MAX_WORD_CHARS for text in texts):
        raise ChangeError(f"词不能超过 {MAX_WORD_CHARS} 个字")
    if any(_NUMERAL_BESIDE_NUMBER.search(text) for text in texts):
        raise ChangeError("{n} 旁边的数字已经算在 {n} 里，请只写 {n}")
    return texts


def _check_marks(lexicon: Lexicon, slot: str, gone: frozenset[str]) -> None:
    for _, mark in mark_entries(lexicon.play) if lexicon.play else ():
        named = gone.intersection(mark.slots.get(slot, ()))
        if named:
            raise ChangeError(f"lexicons/play.yaml 里“{mark.about}”点名用了“{min(named)}”，要先在那里改")


def _check_twice(kept: Sequence[Term], slot: str, come: Sequence[str]) -> None:
    known = {term.text for term in kept if term.slot == slot}
    seen: set[str] = set()
    for text in come:
        if text in known or text in seen:
            raise ChangeError(f"词栏里已经有“{text}”")
        seen.add(text)


def _as_terms(slot: SlotEntry, entry: TermEntry, name: str, texts: Sequence[str]) -> Iterator[Term]:
    by = frozenset(entry.by or slot.by)
    for text in texts:
        yield Term(text, name, by, entry.unless, entry.source or slot.source, entry.common or slot.common)


def _flow(entry: TermEntry) -> str:
    """In one line, quoted wherever YAML would read it as something else."""
    fields = entry.model_dump(mode="json", exclude_defaults=True)
    told: str = yaml.safe_dump(fields, allow_unicode=True, default_flow_style=True, width=_WIDE, sort_keys=False)
    told = told.strip()
    return told.removeprefix("{text: ").removesuffix("}") if len(fields) == 1 else told


def one_line(text: str) -> str:
    """Without anything that would end a comment or cannot be seen."""
    return "".join(" " if unicodedata.category(c) in _UNSEEN else c for c in text)[:400]
