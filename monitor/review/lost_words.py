"""Why something was not heard, seen or scanned, in few Chinese words that can be counted: scans say it in many."""

from __future__ import annotations

import re

from monitor.wording import reason_in_chinese

OTHER = "其他原因"

_LONGEST = 20
"""What is longer has particulars in it."""
_FOREIGN = re.compile(r"[A-Za-z]{2}")
"""A word of the program's or of a library's."""

_KINDS = (
    (re.compile(r"no audio track"), "录像没有声音"),
    (re.compile(r"no video track|has no picture"), "录像没有画面"),
    (re.compile(r"no sound"), "一段没有声音数据"),
    (re.compile(r"no looks"), "一段没有可看的画面"),
    (re.compile(r"not decoded"), "没有解码"),
    (re.compile(r"undecodable\b.*"), "数据损坏，无法解码"),
    (re.compile(r"not asked for"), "按设置没有处理"),
    (re.compile(r"decoder stopped\b.*|.*\bkilled\b.*"), "解码中断"),
    (re.compile(r".+ not kept: more than \d+ a second"), "弹幕过密，部分没有保留"),
    (re.compile(r".+ lie after the recording's end"), "弹幕在录像结束之后"),
    (re.compile(r".*file ends before the recording"), "弹幕文件比录像先结束"),
    (re.compile(r".+; its length is not known, what follows counts on"), "有分段打不开，时长不详"),
    (
        re.compile(r".*\b(not a media file|not media|empty file|cannot be opened|holds neither)\b.*"),
        "文件不是可用的录像",
    ),
    (re.compile(r".*\bneither sound nor picture\b.*"), "录像里没有可解码的声音和画面"),
    (re.compile(r"interrupted\b.*"), "扫描被人中断"),
    (re.compile(r"what was kept is not what is found now\b.*"), "录像或设置变了，重新开始"),
    (re.compile(r".*\b(silent|died|lost|exit(ed)?)\b.*"), "扫描进程意外结束"),
)


def why_lost(reason: str) -> str:
    """The reason in Chinese with its particulars, where these are Chinese too; else its kind."""
    said = reason_in_chinese(reason)
    return lost_kind(reason) if _FOREIGN.search(said) else said


def lost_kind(reason: str) -> str:
    """The kind of a gap's reason, or of what went wrong with a scan; `OTHER` for what is not known."""
    for shape, kind in _KINDS:
        if shape.fullmatch(" ".join(reason.split())):
            return kind
    said = reason_in_chinese(reason)
    return OTHER if _FOREIGN.search(said) or len(said) > _LONGEST else said
