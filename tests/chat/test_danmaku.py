"""Danmaku files as three recorders write them, whole, cut, damaged and hostile."""

import itertools
import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from chat.whole_files import read_danmaku

from monitor.chat import HostIdentity, NameHasher, iter_danmaku
from monitor.errors import InputError
from monitor.records import Channel, Role
from monitor.timeline import Span

HOST = HostIdentity(frozenset({"主播", "小鹿"}))
HASH = NameHasher(b"k" * 32)
STARTED = datetime.fromtimestamp(1_795_176_000, UTC)

BILILIVE_RECORDER = """<?xml version="1.0" encoding="utf-8"?>
<?xml-stylesheet type="text/xsl" href="#s"?>
<i>
<!--BililiveRecorder-->
<chatserver>chat.bilibili.com</chatserver><chatid>0</chatid><mission>0</mission><maxlimit>1000</maxlimit>
<BililiveRecorder version="2.11.0" />
<BililiveRecorderRecordInfo roomid="1" shortid="0" name="小鹿" title="夜场"
 start_time="2026-11-20T20:00:00.0000000+08:00" />
<BililiveRecorderXmlStyle><z:stylesheet version="1.0" id="s" xmlns:z="http://www.w3.org/1999/XSL/Transform">
<z:output method="html"/><z:template match="/"><d>no comment</d></z:template></z:stylesheet></BililiveRecorderXmlStyle>
<d p="6.500,1,25,16777215,1795176006,0,1000,0" user="橙子" raw="[1,&quot;x&quot;]">晚上好 &amp; @阿豆 &lt;3</d>
<d p="3.000,1,25,16777215,1795170000,0,1001,0" user="主播">欢迎</d>
<gift ts="7.1" user="橙子" uid="1000" giftname="辣条" giftcount="1" />
<sc ts="8.250" user="阿豆" uid="1002" price="30" time="60">真的返吗</sc>
<guard ts="9" user="阿豆" uid="1002" level="3" count="1" />
</i>
"""

BILIUP = """<?xml version="1.0" encoding="utf-8"?>
<i>
\t<d p="1.000,1,25,16777215,1795176001,0,77,0">只有号</d>
\t<d p="2.000,1,25,16777215,1795176002,0,0,0">谁都不是</d>
\t<d p="4.000,1,25,16777215,1795176004,0,78,0" timestamp="1795176004" uid="78" user="小鹿">福袋来了</d>
\t<s timestamp="1795176010" uid="79" username="小鹿" price="30" type="super_chat" num="1" giftname="x">付费的话</s>
\t<s timestamp="1795176011500" uid="80" username="猫" price="30" type="super_chat">毫秒</s>
\t<s timestamp="1795176012" uid="79" username="豆" price="1" type="gift" num="1" giftname="小花">礼物</s>
\t<o timestamp="1795176013">raw</o>
</i>
"""

BLREC = """<?xml version="1.0" encoding="UTF-8"?>
<i>
  <chatserver>chat.bilibili.com</chatserver>
  <metadata><user_name>小鹿</user_name><room_id>1</room_id><room_title>夜场</room_title></metadata>
  <d p="5.123,1,25,16777215,1795176005123,0,a1b2c3d4,99" uid="1001" user="橙子">来了</d>
  <gift ts="6" uid="1001" user="橙子" giftname="辣条" giftcount="1" cointype="silver" price="100"/>
  <toast ts="6" uid="1001" user="橙子" role="1" toast_msg="开通"/>
  <sc ts="7.5" uid="1003" user="主播" price="30" time="60">置顶</sc>
</i>
"""


def save(path, content, encoding="utf-8"):
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(path, content, encoding="utf-8", **given):
    return read_danmaku(save(path / "a.xml", content, encoding), host=HOST, hash_name=HASH, **given)


def seen(file):
    return [(cue.span.start_ms, cue.text, cue.role, cue.sender) for cue in file.cues]


def comment(at_s, text="好", user="橙子"):
    return f'<d p="{at_s:.3f},1,25,16777215,1795176000,0,1000,0" user="{user}">{text}</d>\n'


def test_bililive_recorder(tmp_path):
    """Comments and paid comments come by time with their words as typed; gifts, guards and the style sheet do not."""
    file = read(tmp_path, BILILIVE_RECORDER)
    assert file.problem == ""
    assert seen(file) == [
        (3000, "欢迎", Role.HOST, HASH("主播")),
        (6500, "晚上好 & @阿豆 <3", Role.VIEWER, HASH("橙子")),
        (8250, "真的返吗", Role.VIEWER, HASH("阿豆")),
    ]
    first = file.cues[0]
    assert (first.channel, first.span, first.confidence) == (Channel.CHAT, Span(3000, 4000), 1.0)


def test_biliup(tmp_path):
    """Comments with and without names; paid ones, which carry a clock time alone, are placed by the start."""
    file = read(tmp_path, BILIUP, started_at=STARTED)
    assert file.problem == ""
    assert seen(file) == [
        (1000, "只有号", Role.VIEWER, HASH("77")),
        (2000, "谁都不是", Role.VIEWER, ""),
        (4000, "福袋来了", Role.HOST, HASH("小鹿")),
        (10_000, "付费的话", Role.HOST, HASH("小鹿")),
        (11_500, "毫秒", Role.VIEWER, HASH("猫")),
    ]


def test_biliup_without_a_start(tmp_path):
    """Paid comments that cannot be placed are left out, and that is said."""
    file = read(tmp_path, BILIUP)
    assert [cue.text for cue in file.cues] == ["只有号", "谁都不是", "福袋来了"]
    assert file.problem == "2 paid comments skipped, since the recording's start is not known"


def test_blrec(tmp_path):
    """Names are read from the attributes, whatever stands in the seventh field."""
    file = read(tmp_path, BLREC)
    assert file.problem == ""
    assert seen(file) == [(5123, "来了", Role.VIEWER, HASH("橙子")), (7500, "置顶", Role.HOST, HASH("主播"))]


def test_no_name_gets_through(tmp_path):
    """Nothing that is handed on holds a viewer's name or number, save what somebody typed."""
    for content in (BILILIVE_RECORDER, BILIUP, BLREC):
        for cue in read(tmp_path, content, started_at=STARTED).cues:
            assert cue.sender == "" or (len(cue.sender) == 16 and int(cue.sender, 16))
            bare = repr(replace(cue, text=""))
            assert not any(name in bare for name in ("橙子", "阿豆", "小鹿", "主播", "猫"))


def test_the_host_by_number(tmp_path):
    """A host account given as a number is recognised by it."""
    file = read_danmaku(save(tmp_path / "a.xml", BILIUP), host=HostIdentity(frozenset({"77"})), hash_name=HASH)
    assert [cue.role for cue in file.cues] == [Role.HOST, Role.VIEWER, Role.VIEWER]


def test_offset_and_numbering(tmp_path):
    """The offset moves every comment, none before the start; numbers follow the file and can go on from another."""
    moved = read(tmp_path, BILILIVE_RECORDER, offset_ms=-4000, first_id=10)
    assert [(cue.cue_id, cue.span.start_ms) for cue in moved.cues] == [
        ("chat:11", 0),
        ("chat:10", 2500),
        ("chat:12", 4250),
    ]
    assert [cue.span.start_ms for cue in read(tmp_path, BILILIVE_RECORDER, offset_ms=500).cues] == [3500, 7000, 8750]


WHOLE = "<i>\n" + comment(1) + comment(2) + comment(3) + "</i>\n"


@pytest.mark.parametrize("cut", range(WHOLE.index("</i>") - 1, 3, -7))
def test_a_file_cut_anywhere(tmp_path, cut):
    """Wherever a recorder died, every comment before that is kept, and the cut is said."""
    kept = WHOLE.encode()[:cut]
    file = read(tmp_path, kept)
    complete = kept.count(b"</d>")
    assert complete <= len(file.cues) <= complete + 1
    assert all(cue.text == "好" for cue in file.cues[:complete])
    assert file.problem == f"cut off after {len(file.cues):,} comments"


def test_many_comments_before_the_cut(tmp_path):
    """The count is written for people."""
    file = read(tmp_path, "<i>" + "".join(comment(n) for n in range(1234)) + '<d p="5.0,1,2')
    assert (len(file.cues), file.problem) == (1234, "cut off after 1,234 comments")


def test_every_cut_within_a_character(tmp_path):
    """A cut between the bytes of one character is a cut like any other."""
    whole = ("<i>\n" + comment(1) + comment(2, "返现")).encode()
    for cut in range(whole.index("返".encode()), len(whole) - 6):
        assert read(tmp_path, whole[:cut]).problem.startswith("cut off after ")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b" \n\0\0", "empty"),
        (b"hello", "not a danmaku file"),
        (bytes(range(256)) * 40, "not a danmaku file"),
        (b"<html><body><d p='1'>x</d></body></html>", "not a danmaku file"),
        (b"<i></i>", ""),
        (b"<i/>", ""),
        (b"<i>", "cut off after 0 comments"),
    ],
)
def test_files_without_comments(tmp_path, content, problem):
    """A quiet room is no problem; a file that is something else is."""
    file = read(tmp_path, content)
    assert (file.cues, file.problem) == ((), problem)


def test_broken_comments_are_counted(tmp_path):
    """A comment without a time that makes sense is left out and counted; one without words is nothing."""
    wrong = [
        "<d>x</d>",
        '<d p="">x</d>',
        '<d p=",1">x</d>',
        '<d p="soon,1">x</d>',
        '<d p="nan,1">x</d>',
        '<d p="1e300,1">x</d>',
    ]
    file = read(tmp_path, "<i>" + comment(1) + "".join(wrong) + comment(2, "") + comment(2, "  ") + "</i>")
    assert (len(file.cues), file.problem) == (1, "4 comments without a time skipped")


@pytest.mark.parametrize("bad", [b"\x08", b"\x00", b"\xff\xfe", b"&#8;", b"&foo;"])
def test_broken_characters_lose_nothing_else(tmp_path, bad):
    """A character that XML or UTF-8 does not allow costs at most itself."""
    data = ("<i>" + comment(1) + comment(2, "返@现") + comment(3) * 20 + "</i>").encode().replace(b"@", bad)
    file = read(tmp_path, data)
    assert (len(file.cues), file.problem) == (22, "")
    assert file.cues[1].text[0] + file.cues[1].text[-1] == "返现"


def test_damage_is_said(tmp_path):
    """Where the parser loses its way, the place and the number of comments read so far are said."""
    file = read(tmp_path, "<i>\n" + comment(1) + comment(2, "我 <3 你") + comment(3) + "</i>")
    assert len(file.cues) >= 1
    assert file.problem.startswith("damaged at line 3 (")


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", ""),
        ("utf-8-sig", '<?xml version="1.0" encoding="utf-8"?>'),
        ("gbk", '<?xml version="1.0" encoding="gbk"?>'),
        ("gbk", '<?xml version="1.0" encoding="utf-8"?>'),
        ("gb18030", ""),
        ("utf-16", '<?xml version="1.0" encoding="utf-16"?>'),
        ("big5", '<?xml version="1.0" encoding="big5"?>'),
    ],
)
def test_encodings(tmp_path, encoding, declared):
    """UTF-8 with and without a mark, UTF-16, and GBK declared, undeclared or declared wrongly give the same words."""
    text = declared + "<i>\n" + comment(1, "主播晚上好") + comment(2, "退了", "主播") * 3 + "</i>"
    file = read(tmp_path, text, encoding)
    assert file.problem == ""
    assert [(cue.text, cue.role) for cue in file.cues] == [("主播晚上好", Role.VIEWER)] + [("退了", Role.HOST)] * 3


def laughs(depth):
    more = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, depth + 1))
    return f'<!DOCTYPE i [<!ENTITY a0 "lol">{more}]>'


@pytest.mark.parametrize("place", ["text", "attribute", "both"])
@pytest.mark.parametrize("depth", [1, 3, 9])
def test_entities_are_never_expanded(tmp_path, place, depth):
    """A file that defines entities is refused before any of them grows, in little time and memory."""
    entity = f"&a{depth};"
    text, user = (entity if place != "attribute" else "x"), (entity if place != "text" else "u")
    content = laughs(depth) + "<i>" + comment(1, text, user) * 50 + "</i>"
    tracemalloc.start()
    began = time.monotonic()
    file = read(tmp_path, content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not any("lol" in cue.text for cue in file.cues)
    assert "document type" in file.problem
    assert time.monotonic() - began < 2
    assert peak < 4_000_000


def test_no_other_file_is_read(tmp_path):
    """An entity that points to a file of ours brings nothing of it in."""
    secret = tmp_path / "secret.txt"
    secret.write_text("very secret")
    content = f'<!DOCTYPE i [<!ENTITY a SYSTEM "{secret.as_uri()}">]><i>{comment(1, "&a;", "&a;")}</i>'
    file = read(tmp_path, content)
    assert "secret" not in repr(file.cues)
    assert "document type" in file.problem


def test_hostile_depth_ends(tmp_path):
    """A hundred thousand open tags end as a problem, not as a crash."""
    file = read(tmp_path, "<i>" + comment(1) + "<a>" * 100_000)
    assert len(file.cues) <= 1
    assert file.problem


def test_a_file_that_does_not_open(tmp_path):
    """A missing file is an error of this input that says where."""
    for path in (tmp_path / "none.xml", tmp_path):
        with pytest.raises(InputError, match="cannot be read") as refused:
            read_danmaku(path, host=HOST, hash_name=HASH)
        assert refused.value.where == path


@pytest.mark.parametrize("filler", ["", '<gift ts="1" user="u" giftname="g"/>', "<o>raw</o>", "&bad;\x08"])
def test_memory_does_not_grow_with_the_file(tmp_path, filler):
    """Two hundred thousand comments, and whatever stands between them, are read in flat memory."""
    line = comment(1, "主播晚上好") + filler
    path = tmp_path / "long.xml"
    with path.open("w") as file:
        file.write("<i>")
        for _ in range(200):
            file.write(line * 1000)
        file.write("</i>")
    reader = iter_danmaku(path, host=HOST, hash_name=lambda name: "")
    count = sum(1 for _ in itertools.islice(reader, 20_000))
    early_kb = resident_kb()
    count += sum(1 for _ in itertools.islice(reader, 160_000))
    tracemalloc.start()  # late, since it slows everything down
    count += sum(1 for _ in reader)
    grown = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 200_000
    assert grown < 500_000
    assert resident_kb() - early_kb < 20_000, "the parser's own memory, which Python does not see"


def resident_kb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4
