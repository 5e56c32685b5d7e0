"""Throws mangled danmaku and message files at the chat's readers, in children with limits, and says what broke.

    python tests/endurance/fuzz_danmaku.py --seconds 600 --seed 7 --keep broken/

Each input is made from a small whole file by a seeded dice: pieces cut, doubled, swapped, blown up or put into another
encoding, numbers spoilt, hostile fragments put in. For each it must hold: nothing is raised, the cues come in time
order under the ids of their places in the file and the same a second time, nobody's name is in anything but the words
that were typed, gaps are one readable line, two seconds of CPU and 150 MB are enough. Exit 1 when something did not.
"""

from __future__ import annotations

import argparse
import mmap
import os
import random
import re
import resource
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from monitor.chat import HostIdentity, NameHasher, TypedFeed, iter_danmaku, iter_messages
from monitor.errors import InputError
from monitor.records import Cue, Role, Stream

MOST_CPU_S = 2.0
MOST_MEMORY_MB = 150
BATCH = 100
NAMES = ("观众赵钱孙", "viewerZQX", "7700112233")
HOST_NAME = "主播"
STARTED = datetime.fromtimestamp(1_795_176_000, UTC)
HASH = NameHasher(b"k" * 32)

XML = """<?xml version="1.0" encoding="utf-8"?>
<?xml-stylesheet type="text/xsl" href="#s"?>
<i>
<!--BililiveRecorder-->
<chatserver>chat.bilibili.com</chatserver><maxlimit>1000</maxlimit>
<BililiveRecorderXmlStyle><z:stylesheet version="1.0" id="s" xmlns:z="http://www.w3.org/1999/XSL/Transform">
<z:output method="html"/></z:stylesheet></BililiveRecorderXmlStyle>
<d p="6.500,1,25,16777215,1795176006,0,7700112233,0" user="viewerZQX" raw="[1,&quot;x&quot;]">晚上好 &amp; &lt;3</d>
<d p="3.000,1,25,16777215,1795170000,0,1001,0" user="主播">欢迎，返现找客服</d>
<d p="4.000,1,25,16777215,1795176004,0,78,0" timestamp="1795176004" uid="7700112233" user="观众赵钱孙">扣1</d>
<gift ts="7.1" user="观众赵钱孙" uid="7700112233" giftname="辣条" giftcount="1" />
<sc ts="8.250" user="viewerZQX" uid="7700112233" price="30" time="60">真的返吗</sc>
<s timestamp="1795176010" uid="7700112233" username="viewerZQX" price="30" type="super_chat">付费的话</s>
<d p="5.123,1,25,16777215,1795176005123,0,a1b2c3d4,99" uid="1001" user="观众赵钱孙">来了</d>
</i>
""".encode()

MESSAGES = """{"time_s": 12.5, "sender": "host", "text": "加微信退你", "name": "主播"}
{"time": "2026-11-20T20:01:00+08:00", "sender": "viewer", "text": "好的", "name": "观众赵钱孙"}
{"time": 1795176010, "sender": "staff", "text": "a\\ud83d\\ude00", "name": "viewerZQX"}
{"time_s": 3, "sender": "viewer", "text": "在吗", "name": "7700112233"}
""".encode()

NUMBERS = [
    b"1e308",
    b"-1e308",
    b"NaN",
    b"inf",
    b"-0",
    b"9" * 400,
    b"0x10",
    b"1_0",
    b"",
    b"-5",
    b"1e-320",
    "１２".encode(),
]
FRAGMENTS = [
    *(
        b"<",
        b">",
        b"</d>",
        b"</i>",
        b"<i>",
        b"<d>",
        b'"',
        b"'",
        b"&",
        b"&lol;",
        b"&#8;",
        b"&#x110000;",
        b"&#55357;",
        b"&#xD83D;&#56832;",
    ),
    *(
        b"]]>",
        b"<![CDATA[",
        b"<!--",
        b"-->",
        b"<?x ",
        b"?>",
        b"<!DOCTYPE i [",
        b"]>",
        b"\0",
        b"\xff\xfe",
        b"\xed\xa0\xbd",
    ),
    *(
        b"\xef\xbb\xbf",
        b"\r",
        b"\n",
        b"\x1b",
        b"\xe2\x80\xa8",
        b'p="1,1"',
        b'xmlns="u"',
        b"a:b:",
        b"\\ud83d",
        b"[" * 3000,
    ),
    *(b'{"a":' * 900, b"<a>" * 3000, b"\xcc\x81" * 3000, b"null", b"true", b"{}", b"[]", b'"text"'),
    b'<!DOCTYPE i [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>',
    b'<d p="1,1,25,1,1,0,7700112233,0" user="viewerZQX">&b;&c;</d>',
]
ENCODINGS = ["gbk", "gb18030", "utf-16", "utf-16-le", "big5", "utf-8-sig", "utf-32"]
DECLARED = [b"gbk", b"utf-16", b"big5", b"zlib", b"rot13", b"hex", b"UTF-7", b"idna", b"utf-8"]


def mangled(dice: random.Random, whole: bytes) -> bytes:
    """`whole` with one to six things done to it, rarely more than 4 MB."""
    data = whole
    for _ in range(dice.choice((1, 1, 2, 2, 3, 6))):
        data = dice.choice(CHANGES)(dice, data)[: 4 << 20]
    return data


def _pieces(data: bytes) -> list[bytes]:
    return re.split(rb"(?=[<\n{,])", data)[:5000]


def _cut(dice: random.Random, data: bytes) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def _without(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + data[at + dice.choice((1, 2, 10, 200)) :]


def _flipped(dice: random.Random, data: bytes) -> bytes:
    spoilt = bytearray(data)
    for _ in range(dice.choice((1, 3, 30)) if data else 0):
        spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
    return bytes(spoilt)


def _shuffled(dice: random.Random, data: bytes) -> bytes:
    pieces = _pieces(data)
    for _ in range(3):
        i, j = dice.randrange(len(pieces)), dice.randrange(len(pieces))
        pieces[i], pieces[j] = pieces[j], pieces[i]
    return b"".join(pieces)


def _doubled(dice: random.Random, data: bytes) -> bytes:
    pieces = _pieces(data)
    at = dice.randrange(len(pieces))
    times = dice.choice((2, 2, 10, 3000))
    pieces[at] *= min(times, (4 << 20) // max(1, len(pieces[at])))
    return b"".join(pieces)


def _blown_up(dice: random.Random, data: bytes) -> bytes:
    at, fill = (
        dice.randrange(len(data) + 1),
        dice.choice((b"x", b"\0", b" ", "返".encode(), b"&a;", b"a='' ", b"<!---->")),
    )
    return data[:at] + fill * dice.choice((100, 10_000, 600_000)) + data[at:]


def _put_in(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + dice.choice(FRAGMENTS) + data[at:]


def _renumbered(dice: random.Random, data: bytes) -> bytes:
    found = list(re.finditer(rb"\d+(?:\.\d+)?", data[:100_000]))
    if not found:
        return data
    number = dice.choice(found)
    return data[: number.start()] + dice.choice(NUMBERS) + data[number.end() :]


def _recoded(dice: random.Random, data: bytes) -> bytes:
    half = dice.choice((0, len(data) // 2))
    return data[:half] + data[half:].decode("utf-8", "replace").encode(dice.choice(ENCODINGS), "replace")


def _declared(dice: random.Random, data: bytes) -> bytes:
    return data.replace(b"utf-8", dice.choice(DECLARED), 1)


def _named(dice: random.Random, data: bytes) -> bytes:
    """Different names without end: the parser never forgets one."""
    kind = dice.choice((b"<n%d/>", b"<d p='1,1' n%d=''>x</d>", b"&n%d;", b"<?n%d?>", b'{"n%d": 1}\n'))
    at = dice.randrange(len(data) + 1)
    return data[:at] + b"".join(kind % n for n in range(dice.choice((10, 20_000)))) + data[at:]


CHANGES = [_cut, _without, _flipped, _shuffled, _doubled, _blown_up, _put_in, _renumbered, _recoded, _declared, _named]


def check(path: Path) -> None:
    """Read a file in every way; raises AssertionError, or whatever else should not have been raised."""
    is_xml = path.suffix == ".xml"
    cues = _read(path, is_xml)
    _check_cues(cues, "chat" if is_xml else "message")
    one, two = (_given(path, is_xml, step_ms) for step_ms in (None, 700))
    assert one == two, "two ways through the same file differ"
    given, gaps = one
    assert [(c.span, c.cue_id) for c in given] == sorted((c.span, c.cue_id) for c in given), "out of order"
    kept = {c.cue_id: c for c in given}
    assert len(kept) == len(given), "an id twice"
    assert all(kept.get(c.cue_id, c) == c for c in cues), "an id means another cue"
    assert {c.cue_id for c in cues if c.role != Role.VIEWER} <= kept.keys(), "the host was dropped"
    if len(cues) <= 2000:
        assert len(given) == len(cues), "cues were lost"
    for gap in gaps:
        assert 0 <= gap.span.start_ms <= gap.span.end_ms, gap
        assert "\n" not in gap.reason, gap
        assert len(gap.reason) < 2000, gap
        assert not any(name in gap.reason for name in NAMES), f"a name in a gap: {gap.reason}"


def _read(path: Path, is_xml: bool) -> list[Cue]:
    if is_xml:
        host = HostIdentity(frozenset({HOST_NAME}))
        reader = iter_danmaku(path, host=host, hash_name=HASH, started_at=STARTED)
    else:
        reader = iter_messages(path, hash_name=HASH, started_at=STARTED)
    try:
        return list(reader)
    except InputError:
        return []


def _given(path: Path, is_xml: bool, step_ms: int | None):
    files = {"danmaku": (path,)} if is_xml else {"messages": (path,)}
    with TypedFeed(Stream("a", (Path("a.mp4"),), started_at=STARTED, **files), HASH) as feed:
        given = []
        for at_ms in range(0, 20_000, step_ms or 20_000):
            given += feed.due(at_ms)
        given += feed.due(None)
        return given, feed.gaps


def _check_cues(cues: list[Cue], kind: str) -> None:
    for place, cue in enumerate(cues):
        assert cue.cue_id == f"{kind}:{place}", "an id is not the cue's place in the file"
        assert re.fullmatch("([0-9a-f]{16})?", cue.sender), "a sender is no hash"
        bare = repr(replace(cue, text="", sender=""))
        assert not any(name in bare for name in NAMES), "a name got through"
        assert cue.text.strip(), "a cue without words"
        cue.text.encode()  # or it could not be stored


def made(seed: int, number: int) -> tuple[str, bytes]:
    """Input `number` of a run: the end of its name and its bytes."""
    dice = random.Random(f"{seed}:{number}")
    if dice.random() < 0.7:
        return ".xml", mangled(dice, XML)
    return ".messages.jsonl", mangled(dice, MESSAGES)


def run_batch(seed: int, first: int, count: int, at: mmap.mmap, until: float) -> None:
    """In a child: check inputs one by one, noting each one's number in `at` before it and its failure after it."""
    free_mb = _resident_mb() + MOST_MEMORY_MB
    room = int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE + (4 * MOST_MEMORY_MB << 20)
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, first + count):
            if time.monotonic() > until:
                return
            at[:8] = struct.pack("q", number)
            ending, data = made(seed, number)
            path = Path(folder) / f"a{ending}"
            path.write_bytes(data)
            signal.setitimer(signal.ITIMER_PROF, 10 * MOST_CPU_S)  # kills what hangs; 10 times: check() reads thrice
            began = time.process_time()
            check(path)
            cpu_s = (time.process_time() - began) / 3
            signal.setitimer(signal.ITIMER_PROF, 0)
            assert cpu_s < MOST_CPU_S, f"took {cpu_s:.1f} s of CPU a reading"
            assert _peak_mb() < free_mb, f"took {_peak_mb() - free_mb + MOST_MEMORY_MB} MB"
            at[8:16] = struct.pack("q", number + 1)


def _resident_mb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE >> 20


def _peak_mb() -> int:
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) >> 10


def fuzz(seconds: float, seed: int, keep: Path | None = None) -> tuple[int, Counter[str]]:
    """Run for so long; how many inputs were checked, and what broke how often."""
    until, number, broken = time.monotonic() + seconds, 0, Counter()
    at = mmap.mmap(-1, 4096)
    while time.monotonic() < until:
        at[:16] = struct.pack("qq", number, number)
        at[16:] = bytes(4080)
        pid = os.fork()
        if pid == 0:
            _child(seed, number, at, until)
        status = os.waitpid(pid, 0)[1]
        current, done = struct.unpack("qq", at[:16])
        if status:
            what = at[16:].rstrip(b"\0").decode("utf-8", "replace") or _how_it_ended(status)
            broken[what] += 1
            if keep:
                keep.mkdir(parents=True, exist_ok=True)
                ending, data = made(seed, current)
                (keep / f"{seed}-{current}{ending}").write_bytes(data)
            done = current + 1
        number = done
    return number, broken


def _child(seed: int, number: int, at: mmap.mmap, until: float) -> None:
    code = 1
    try:
        run_batch(seed, number, BATCH, at, until)
        code = 0
    except BaseException as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        told = (
            f"{type(error).__name__}: {error}".replace("\n", " ")[:300]
            + f" ({Path(place.filename).name}:{place.lineno})"
        )
        at[16 : 16 + len(told.encode())] = told.encode()
    finally:
        os._exit(code)


def _how_it_ended(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return "hung" if code == -signal.SIGPROF else f"ended with {code}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the inputs that broke something")
    given = parser.parse_args()
    checked, broken = fuzz(given.seconds, given.seed, given.keep)
    sys.stdout.write(f"{checked:>8,} inputs checked\n")
    for what, times in broken.most_common():
        sys.stdout.write(f"{times:>8,} {what}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
