"""What the fields of a flag are called when people read them: Chinese names, and the program's reasons in Chinese.

What has no entry is shown as it stands: a newer program's words are better than none.
"""

from __future__ import annotations

import re

from monitor.rules import SEVERITY_NAMES as SEVERITY_NAMES  # as all names are here that a reader meets

SCHEME_NAMES = {
    "refund_brushing": "刷退款单",
    "cashback_refund": "返现诱导退款",
    "pay_first_draw": "先付后抽",
    "fake_price_comparison": "待核实比价",
    "false_promotion": "虚假促销",
    "irregular_play": "违规玩法",
    "quick_flipping": "快速过款",
    "freight_claim_abuse": "套取运费",
    "viewer_kicking": "违规踢人",
    "misery_selling": "卖惨带货",
}
"""Short names of the schemes; a flag is 线索 until a person confirms it."""

PLATFORM_NAMES = {
    "douyin": "抖音",
    "kuaishou": "快手",
    "taobao": "淘宝",
    "jd": "京东",
    "pinduoduo": "拼多多",
    "xiaohongshu": "小红书",
    "wechat_channels": "微信视频号",
    "bilibili": "哔哩哔哩",
    "weibo": "微博",
}

LANE_NAMES = {"speech": "口播", "screen": "画面", "chat": "弹幕", "message": "私信"}

WHO_NAMES = {"staff": "助播", "viewer": "观众"}
"""Stands before the lane; the host goes without saying."""

METHOD_NAMES = {
    "exact": "字面",
    "variant": "变体",
    "phonetic": "谐音",
    "glyph": "形近",
    "fuzzy": "近似",
    "learned": "模型",
}

METHOD_MEANINGS = {
    "exact": "说出或写出的就是这个词",
    "variant": "夹了符号、字母、表情等，还原后是这个词",
    "phonetic": "语音识别写成了别的字，读音与这个词相同或容易混淆",
    "glyph": "把字拆开或换成形状相近的写法，还原后是这个词",
    "fuzzy": "与这个词只差一个音",
    "learned": "不是词库里的词，是对照样例训练出的模型看重的措辞",
}

BASIS_NAMES = {"notice": "平台公布的分级", "desk": "本巡检台估计，非平台分级"}

VERIFICATION_NAMES = {"notice": "公告", "reprint": "转载", "unverified": "未核实"}

SENSE_NAMES = {
    "heard": "没有听到",
    "seen": "没有看到",
    "chat": "弹幕不全",
    "clip": "没有视频片段",
    "still": "缺少截图",
    "stretch": "片段里略去",
}

CONDITION_NAMES = {
    "industries": "适用行业",
    "industry": "行业",
    "score": "看哪个分数",
    "score_threshold": "分数线",
    "below_threshold": "低于分数线",
    "from_threshold": "达到分数线",
    "order_window_days": "订单统计天数",
}

_HOW = {
    "same sound": "读音相同",
    "near sound": "读音相近",
    "often misheard so": "常被这样误听",
    "one syllable off": "差一个音",
    "a word of its own": "本身也是一个常用词，已降分",
    "inserted symbols": "中间夹了符号",
    "inserted letter": "中间夹了字母",
    "split character": "拆字",
    "initial letter": "用首字母代替",
    "full width": "全角写法",
    "traditional character": "繁体写法",
    "styled letter or digit": "花体字母或数字",
    "accented letter": "带声调的字母",
    "capital numeral": "大写数字",
    "emoji": "表情代字",
    "spelt in letters": "用拼音字母写",
    "提示词": "识别时给过这个词作提示",
    "模型看重的措辞": "",
    "stand-in word": "用别的词代替",
    "look-alike character": "形状相近的字",
    "money word": "钱数的俗写",
    "short for seconds": "秒的简写",
    "written vertically": "竖着写",
    "invisible characters": "夹了看不见的字符",
    "struck-over characters": "字上画了线",
}

_REASONS = {
    "denial": "主播在否认",
    "viewer's question": "在念观众的提问",
    "question refused": "提问后随即拒绝",
    "warning": "在提醒防骗",
    "a button's label": "按钮上的字",
    "no audio track": "录像没有声音",
    "no video track": "录像没有画面",
    "no sound": "录像这一段没有声音数据",
    "no looks": "录像这一段没有可看的画面",
    "not decoded": "没有解码",
    "undecodable": "数据损坏，无法解码",
    "not asked for": "按设置没有处理",
    "the flag is long: its start, its end and its hits are shown": "线索时间长，片段只剪了开头、结尾和命中处",
    "the stream has no media there": "录像里没有这一段",
    "has no picture": "录像没有画面",
}

_REASON_SHAPES = (
    (re.compile(r"inside (.+)"), r"属于固定说法「\1」"),
    (re.compile(r"cuts the word (.+)"), r"切断了日常词「\1」"),
    (re.compile(r"reported\b.*"), "在说别人的做法"),
    (re.compile(r"past\b.*"), "在说过去的事"),
    (re.compile(r"quoted\b.*"), "在念规则或引述"),
    (re.compile(r"warning\b.*"), "在提醒防骗"),
    (re.compile(r"denial\b.*"), "主播在否认"),
    (re.compile(r"decoder stopped: (.+)", re.DOTALL), r"解码中断（\1）"),
    (re.compile(r"([\d,]+) viewers' comments not kept: more than \d+ a second"), r"观众弹幕过密，\1 条没有保留"),
    (re.compile(r"([\d,]+) comments lie after the recording's end"), r"\1 条弹幕在录像结束之后"),
)

_SURE = ((0.9, "高"), (0.75, "较高"), (0.6, "中"), (0.0, "低"))


def reason_in_chinese(reason: str) -> str:
    """A suppression's or gap's reason; as it stands where it is not known."""
    if reason in _REASONS:
        return _REASONS[reason]
    for shape, said in _REASON_SHAPES:
        if match := shape.fullmatch(reason):
            return match.expand(said)
    return reason


def how_in_chinese(how: str, raw: str) -> str:
    """The explanation of a match (`反现 → 返现, same sound`) without the words that it begins with, in Chinese."""
    if how.startswith(f"{raw} → "):
        how = how[len(raw) :].partition(", ")[2] or how
    elif how.startswith((f"{raw}，", f"{raw}：")):
        how = how[len(raw) + 1 :]
    return "，".join(_HOW.get(part, part) for part in re.split(", |，", how))


def sureness(score: float) -> str:
    """A score from 0 to 1 as a word. The bounds are the desk's: at 0.6 lies what rests on a primed word alone."""
    return next((name for least, name in _SURE if score >= least), "低")
