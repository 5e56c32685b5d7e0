"""A real scan, replayed: what the pipeline keeps is what a replay needs."""

from datetime import UTC, datetime
from pathlib import Path

from rooms import Kept, room, tools

from monitor.flagging import Desk
from monitor.pipeline import scan_stream
from monitor.records import Stream
from monitor.replay import Replayer
from monitor.store import Store, Unit

CHAT = [
    (2.0, "主播", "老粉拍完等九点统一退，别提前退"),
    (5.0, "路人", "好的"),
    (8.0, "主播", "付完款的我来抽，抽五个免单"),
]


def test_a_scanned_room_replays_to_the_stored_flags(tmp_path: Path):
    """Boards that grow, chat and the end of the stream: the same flag lines, evidence aside."""
    path = room(tmp_path / "in", seconds=40, danmaku=CHAT)
    stream = Stream(path.stem, (path,), "douyin", host_account="主播", danmaku=(path.with_suffix(".xml"),))
    used, kept = tools(tmp_path / "ws", "全网最低价 随便比"), Kept()
    outcome = scan_stream(stream, used, kept, evidence=None, media_key="m")
    store = Store.open(tmp_path / "ws")
    run = store.begin_run(command="scan", settings={}, versions={}, at=datetime.now(UTC))
    stream_id = store.begin_stream(run, "k", "f", stream, media_key="m")
    store.add(stream_id, Unit(steps=kept.steps, gaps=kept.all_gaps, flags=kept.flags))
    ended = {"heard_ms": 0, "seen_ms": 0, "state": "done", "problem": "", "wall_s": 1.0}
    store.end_stream(stream_id, end_ms=outcome.end_ms, **ended)

    (stored,) = store.streams()
    settings = used.settings
    desk = Desk(used.lexicon, used.matcher, used.policies)
    replayer = Replayer(store, desk, lead_in_ms=settings.lead_in_ms, lead_out_ms=settings.lead_out_ms)
    today, then = replayer.replay(stored), list(store.flags())

    assert {line["scheme"] for line in then} >= {"fake_price_comparison", "refund_brushing", "pay_first_draw"}
    assert [{**line, "gaps": []} for line in today] == [{**line, "gaps": []} for line in then]
