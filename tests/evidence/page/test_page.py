"""The page of a case: what a stranger reads on it, whatever the data hold."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from case_sample import FLAG, MANIFEST, RULES, case, with_fields

from monitor.evidence.page.html import case_page


class Reading(HTMLParser):
    """What of a page is text, and which elements and attributes it has."""

    def __init__(self, page):
        super().__init__()
        self.words, self.elements, self.attributes, self._hidden = [], [], [], 0
        self.feed(page)
        self.text = re.sub(r"\s+", " ", "".join(self.words))

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs
        self._hidden += tag == "style"
        if tag in ("p", "div", "td", "dd", "dt", "li", "tr", "h1", "h2", "h3"):
            self.words.append(" ")

    def handle_endtag(self, tag):
        self._hidden -= tag == "style"

    def handle_data(self, data):
        if not self._hidden:
            self.words.append(data)


def test_a_stranger_finds_who_when_what_and_by_which_rule():
    """Everything that the brief of a case asks for stands on the page as text."""
    text = Reading(case_page(case())).text
    for said in (
        "疑似违规线索",
        "抖音",
        "kitchen",
        "小棠厨房",
        "返现诱导退款",
        "0e1d72dc37cb1f86",
        "2026-11-20 20:00:00",
        "1:01.2–1:15.9",
        "20:01:01",
        "严重 本巡检台估计，非平台分级",
        "「给你反现三十块」",
        "反现 → 返现 谐音 读音相同 把握高 0.93",
        "拍|下 → 拍下 变体 中间夹了符号 把握高 0.95",
        "片段 0:07.4",
        "切断了日常词「退货」",
        "没有听到 1:10.0–1:12.0 数据损坏，无法解码",
        "缺少截图 整条线索 录像没有画面",
        "livestream-monitor 0.1.0",
        "sha256:1e",
        "ab" * 32,
        "cd" * 32,
        "monitor evidence verify FILE.zip",
        "3fe2a1c0",
        "王审核",
        "未同步（kernel）",
        "2026-11-22 12:00:00+08:00",
        "在复核人员确认之前，不是违规认定",
        "原样保留",
        "同一段话更符合 「先付后抽」",
    ):
        assert said in text, said


def test_hit_words_are_marked_in_what_the_host_said_and_never_in_what_viewers_wrote():
    page = case_page(case())
    assert page.count("给你<mark>反现</mark>三十块") == 2  # in the list of hits and in the transcript
    assert "<mark>拍|下</mark>有礼" in page
    assert "观众弹幕" in page
    assert "反现是真的吗" in page


def test_the_transcript_is_the_flags_context_and_what_only_the_clip_has_in_stream_time():
    text = Reading(case_page(case())).text
    assert text.count("给你反现三十块") == 2
    assert "1:16.0–1:18.0 助播口播 只在片段里的 <话>" in text


def test_an_unverified_rule_never_looks_certain():
    """It has its own badge and frame, is said to be unverified in words, and stands after those that were read."""
    page = case_page(case())
    text = Reading(page).text
    assert '<article class="rule unverified">' in page
    assert "未核实 未核实之规则" in text
    assert "没有可靠来源可核对，不能当作确定的规则引用" in text
    assert text.index("公告 快速过款") < text.index("未核实 未核实之规则")


@pytest.mark.parametrize("state", ["", "certain", None, 7, ["notice"]])
def test_a_state_that_nobody_knows_counts_as_unverified(state):
    rules = {"rules": [{"id": "x", "title": "规则", "clause": "条文", "verification": state}]}
    assert '<span class="badge unverified">' in case_page(case(rules=rules))
    assert '<span class="badge notice">' not in case_page(case(rules=rules))


def test_a_rule_that_binds_others_only_and_no_rule_at_all_are_told():
    aside = {**RULES["rules"][1], "id": "kuaishou.kick", "title": "禁止踢人"}
    flag = with_fields(rules=[], rules_set_aside=[aside], rules_note="没有可引的条款", severity_note="是估计")
    text = Reading(case_page(case(flag, rules={"rules": []}))).text
    assert "没有可引的条款 看过但不约束本直播间的规则 公告 禁止踢人" in text
    assert "是估计" in text


def test_ladder_conditions_and_note_are_shown_where_a_rule_has_them():
    text = Reading(case_page(case())).text
    assert "轻微 警告；限流" in text
    assert "本线索初列" not in text  # the severity is the desk's own
    assert "只约束主营行业属下列 2 个的主播：女装、童装" in text
    assert "购物体验分低于 4.4：不得踢人" in text
    assert "无法判断，需要知道：主营行业" in text
    assert "第 2 次：加重，断播" in text
    assert "按直播当日 2026-11-20（中国时区）的版本" in text
    assert "只见于转述" in text
    from_notice = with_fields(severity="serious", severity_basis="notice")
    text = Reading(case_page(case(from_notice))).text
    assert "严重 平台公布的分级" in text
    assert "严重 ← 本线索初列 扣信用分 4 至 12 分" in text


def test_an_older_bundle_without_rules_file_shows_the_flags_own_rules():
    text = Reading(case_page(case(rules={}))).text
    assert "公告 返现诱导" in text
    assert "不得以返现诱导下单。" in text


@pytest.mark.parametrize("missing", [*FLAG, "everything"])
def test_any_field_may_be_missing(missing):
    flag = {} if missing == "everything" else {name: value for name, value in FLAG.items() if name != missing}
    page = case_page(case(flag, rules={}, manifest={}, transcript="", stills=[], clip=None, by="", key_id=""))
    text = Reading(page).text
    assert "疑似违规线索" in text
    assert "None" not in text
    assert "本案卷没有视频片段" in text


@pytest.mark.parametrize(
    "wrong",
    [None, 7, "text", [], {}, [[]], [None], True, float("nan"), {"a": {"b": [1]}}, 1e15, 1e308, -1e308, 1e999, 10**400],
)
def test_a_field_of_the_wrong_kind_breaks_nothing(wrong):
    for field in FLAG:
        assert "疑似违规线索" in case_page(case(with_fields(**{field: wrong})))
    for name in ("hits", "context", "gaps", "suppressed", "rules"):
        for inner in FLAG[name][0]:
            broken = [{**FLAG[name][0], inner: wrong}]
            assert "疑似违规线索" in case_page(case(with_fields(**{name: broken}), rules={}))
    for field in MANIFEST:
        assert "疑似违规线索" in case_page(case(manifest={**MANIFEST, field: wrong}))
    for name in ("parts", "sources", "pieces", "moments", "omissions"):
        row = dict.fromkeys(MANIFEST[name][0], wrong)
        assert "疑似违规线索" in case_page(case(manifest={**MANIFEST, name: [row]}))
    clock = dict.fromkeys(MANIFEST["clock"], wrong)
    assert "疑似违规线索" in case_page(case(manifest={**MANIFEST, "clock": clock}))
    assert "疑似违规线索" in case_page(
        case(rules={"rules": [{**RULES["rules"][1], "ladder": wrong, "effective": wrong}]})
    )


HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{7*7}}"


def every_text(value, text):
    """The same JSON with each string, names aside, replaced."""
    if isinstance(value, dict):
        return {key: every_text(inner, text) for key, inner in value.items()}
    if isinstance(value, list):
        return [every_text(inner, text) for inner in value]
    return text if isinstance(value, str) else value


def test_markup_in_any_text_stays_text():
    """Every string of flag, manifest and rules is hostile; the page has the elements that it has without."""
    wild = case(
        {**every_text(FLAG, HOSTILE), "wall_start": FLAG["wall_start"]},
        manifest={**every_text(MANIFEST, HOSTILE), "stream": MANIFEST["stream"]},
        rules=every_text(RULES, HOSTILE),
        transcript=f"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n[口播] {HOSTILE}\n",
        stills=[(f"stills/{HOSTILE}.jpg", HOSTILE)],
        clip=HOSTILE,
        by=HOSTILE,
        key_id=HOSTILE,
    )
    page = Reading(case_page(wild))
    assert "script" not in page.elements
    assert page.elements.count("img") == 1
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "{{7*7}}" in page.text
    places = [value for name, value in page.attributes if name in ("src", "href", "poster", "srcset")]
    assert places
    assert not [place for place in places if re.match(r"\w+:|/|\.\.", place)]


@pytest.mark.parametrize("name", ["javascript:alert(1)", "https://example.org/x.jpg", "//example.org/x.jpg", "../../x"])
def test_a_file_name_leads_nowhere_but_beside_the_page(name):
    page = Reading(case_page(case(stills=[(name, "")], clip=name)))
    for attribute, value in page.attributes:
        if attribute in ("src", "poster"):
            assert not re.match(r"[a-z]+:|/|\.", value), value


def test_characters_that_hide_or_reorder_text_are_spelt_out():
    text = "安全\u202e款退\u2066x\u200b返\u200d现\u2069\x07👩\u200d🍳"
    context = [{"channel": "speech", "role": "host", "start_s": 62.0, "end_s": 66.0, "text": text}]
    page = case_page(case(with_fields(creator=text, context=context, hits=[])))
    for character in "\u202e\u2066\u2069\u200b\x07":
        assert character not in page
        assert f"⟨U+{ord(character):04X}⟩" in page
    assert "返⟨U+200D⟩现" in page
    assert "👩\u200d🍳" in page


def test_a_name_that_is_no_utf8_can_be_written():
    page = case_page(case(with_fields(room="room-\udcff"), clip="clip-\udcff.mp4"))
    page.encode("utf-8")
    assert "⟨U+DCFF⟩" in page
    assert "clip-%FF.mp4" in page


def test_ten_thousand_characters_are_cut_round_the_words_that_matter():
    """The hit stays on the page; what is cut is said to be."""
    text = "水" * 5000 + "给你反现三十块" + "火" * 5000
    context = [{"channel": "speech", "role": "host", "start_s": 62.0, "end_s": 66.0, "text": text}]
    page = case_page(case(with_fields(context=context, creator="名" * 10_000), transcript=""))
    assert "水给你<mark>反现</mark>三十块火" in page
    assert len(page) < 60_000
    assert "共 10007 字" in page


def test_a_thousand_hits_and_lines_make_a_page_of_sensible_size():
    hits = [{**FLAG["hits"][0], "start_s": 61 + n / 100, "end_s": 61 + n / 100, "raw": f"反现{n}"} for n in range(1500)]
    context = [{**FLAG["context"][0], "text": f"第{n}句", "start_s": 61 + n / 100} for n in range(1500)]
    page = case_page(case(with_fields(hits=hits, context=context)))
    assert len(page) < 1_000_000
    assert "另有" in page


NAME = "青柠不酸"


def test_no_viewers_name_and_no_hash_is_on_the_page():
    """Neither a field with the sender nor a name within the words: called with @, announced, or greeted."""
    viewer = {"channel": "chat", "role": "viewer", "start_s": 64.0, "end_s": 64.0, "sender": "9f86d081884c7d65"}
    lines = [
        f"@{NAME} 对呀",
        f"{NAME} 来了",
        f"{NAME}进入直播间",
        f"欢迎 {NAME} 来到直播间",
        f"{NAME} 送出了 小心心",
        f"真的吗@{NAME}，我不信",
    ]
    context = [*FLAG["context"], *({**viewer, "text": line} for line in lines)]
    context.append(
        {"channel": "screen", "role": "host", "start_s": 62.0, "end_s": 66.0, "text": f"{NAME} 加入了粉丝团"}
    )
    context.append({"channel": "chat", "role": "host", "start_s": 63.0, "end_s": 64.0, "text": f"@{NAME}拍下给你反现"})
    hits = [*FLAG["hits"], {**FLAG["hits"][0], "channel": "chat"}]
    vtt = "".join(f"00:00:08.000 --> 00:00:09.000\n[观众弹幕] {line}\n\n" for line in lines)
    page = case_page(case(with_fields(context=context, hits=hits), transcript=f"WEBVTT\n\n{vtt}"))
    assert NAME not in page
    assert "9f86d081884c7d65" not in page
    assert "〔观众〕" in page
    assert "@〔观众〕 对呀" in page
    assert "真的吗@〔观众〕，我不信" in page
    assert "<mark>反现</mark>" in page  # what the host typed after a name is evidence


@pytest.mark.parametrize("text", ["福利来了", "加微信 abc@qq.com", "欢迎大家来到直播间", "新款送出了吗"])
def test_what_is_no_name_on_a_board_stays(text):
    context = [{"channel": "screen", "role": "host", "start_s": 62.0, "end_s": 66.0, "text": text}]
    hits = [{**FLAG["hits"][0], "channel": "screen", "raw": text[:2]}]
    assert text in Reading(case_page(case(with_fields(context=context, hits=hits)))).text


def test_a_candidate_and_a_case_without_signature_say_so():
    text = Reading(case_page(case(with_fields(candidate=True), key_id=""))).text
    assert "只列为候选" in text
    assert "本案卷没有签名" in text


@pytest.mark.parametrize("clip", [None, "clip.mp4"])
@pytest.mark.parametrize("stills", [[], [("masked/still-01.jpg", "录像 1:01.7")]])
def test_what_was_masked_and_what_was_not_is_said_of_what_is_there(clip, stills):
    """A clip left at home takes nothing away from what is said of the stills."""
    text = Reading(case_page(case(clip=clip, stills=stills))).text
    assert ("截图已按程序读到的位置遮挡观众的昵称和弹幕" in text) == bool(stills)
    assert ("未作遮挡" in text) == (clip is not None)
    assert text.endswith(
        "线索在复核人员确认之前不是违规认定。"
        + ("片段按录像原样保留。" if clip else "")
        + ("截图遮挡了观众的昵称和弹幕。 " if stills else " ")
    )


def test_a_stretch_that_was_not_heard_is_hatched_in_its_lane():
    page = case_page(case())
    assert page.count('class="gap"') == 1
    assert "数据损坏，无法解码</title>" in page


def test_the_same_case_gives_the_same_page():
    assert case_page(case()) == case_page(case(json.loads(json.dumps(FLAG))))
