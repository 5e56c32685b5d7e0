"""Methods, disguises and reasons in Chinese sentences."""

from __future__ import annotations

from monitor.lexicon import Lexicon
from monitor.records import Hit, Method, PriceClaim

METHODS = {
    Method.EXACT: "原字",
    Method.VARIANT: "变形写法",
    Method.GLYPH: "拆字",
    Method.PHONETIC: "听音",
    Method.FUZZY: "一音之差",
    Method.LEARNED: "模型",
}
_HOW = {
    "same sound": "同音",
    "near sound": "近音",
    "spelt in letters": "拼音写法",
    "one syllable off": "差一个音",
    "a word of its own": "写出来是个日常词，降低把握",
    "emoji": "表情符号",
    "split character": "拆字",
    "initial letter": "首字母",
    "stand-in word": "替代词",
    "look-alike character": "形近字",
    "full width": "全角",
    "traditional character": "繁体",
    "styled letter or digit": "花体字母或数字",
    "accented letter": "带声调的字母",
    "capital numeral": "大写数字",
    "money word": "钱的别称",
    "short for seconds": "秒的简写",
    "written vertically": "竖排",
    "inserted symbols": "中间插了符号",
    "invisible characters": "隐形字符",
    "struck-over characters": "划线字符",
}
_REASONS = {
    "denial": "被否定",
    "viewer's question": "是在复述观众的提问",
    "question refused": "是问句，主播接着回绝了",
    "warning": "是在提醒或警告，说别人的事",
    "a button's label": "画面上只有这个词，是播放器的按钮",
    "quoted": "是在引述规则或别人的话",
    "reported": "是在转述别人的做法",
    "past": "说的是过去的事",
}
_PRICE_SLOTS = {"base_price": "对照价", "live_price": "成交价", "learned": "模型看重的措辞"}
_JUDGE_PATTERNS = {
    "learned": "模型按措辞判断",
    "price-gap": "对照价比成交价高出太多，需要核实",
    "base-price-changed": "同一件东西的对照价前后说法不一",
    "price-borne-out": "商品清单证实了对照价",
    "link-promised-and-held": "答应上链接，却一直拖着要互动",
    "items-rushed": "一样接一样，快得来不及讲解",
    "links-shut-at-once": "链接一开就关",
}


def reason_sentence(reason: str, lexicon: Lexicon | None = None) -> str:
    """Why a word does not count. A reason that has no sentence yet stands as the matcher gave it.

    A frame names itself behind its kind (`reported others_do`): the lexicon says what it is about; without a lexicon
    the kind has a sentence.
    """
    frame = next((f for f in lexicon.denials.frames if f.name == reason.rpartition(" ")[2]), None) if lexicon else None
    if frame:
        return frame.about
    if reason.startswith("inside "):
        return f"是固定说法“{reason.removeprefix('inside ')}”里的字"
    if reason.startswith("cuts the word "):
        return f"切断了日常词“{reason.removeprefix('cuts the word ')}”"
    return _REASONS.get(reason) or _REASONS.get(reason.split(" ", 1)[0]) or f"被排除（{reason}）"


def how_sentence(hit: Hit) -> str:
    """`反现 → 返现，同音`; empty where the term stands as it is."""
    if not hit.how or hit.method == Method.LEARNED:
        return ""
    kinds = hit.how.removeprefix(f"{hit.raw} → {hit.term}, ")
    if kinds == hit.how:  # told in Chinese already: `返项 → 返现，另一种听法：返现`
        return hit.how
    return f"{hit.raw} → {hit.term}，" + "，".join(_HOW.get(kind, kind) for kind in kinds.split(", "))


def slot_about(lexicon: Lexicon, slot: str) -> str:
    """What a slot is about, in the lexicon's words."""
    entry = lexicon.slots.get(slot)
    return entry.about if entry else _PRICE_SLOTS.get(slot, slot)


def pattern_about(lexicon: Lexicon, scheme: str, pattern: str) -> str:
    """What a pattern is about, in the lexicon's words; the judge's own patterns have theirs here."""
    known = (entry.about for entry in lexicon.schemes[scheme].patterns if entry.id == pattern)
    return next(known, _JUDGE_PATTERNS.get(pattern, pattern))


def fact_sentence(lexicon: Lexicon, fact: str) -> str:
    """A fact with the schemes' ids turned into their names."""
    for scheme, entry in lexicon.schemes.items():
        fact = fact.replace(scheme, f"“{entry.name}”")
    return fact


def price_sentence(claim: PriceClaim) -> str:
    role = "对照价" if claim.base else "成交价"
    return f"“{claim.hit.raw}”记作{role} {claim.yuan:g} 元" + (f"（{claim.label}）" if claim.label else "")
