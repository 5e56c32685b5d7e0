"""Danmaku and exported messages: typed words become cues, names become keyed hashes on the way in."""

from monitor.chat.danmaku import DanmakuEnd, iter_danmaku
from monitor.chat.feed import TypedFeed
from monitor.chat.messages import iter_messages
from monitor.chat.names import HostIdentity, NameHasher, host_identity, load_key

__all__ = [
    "DanmakuEnd",
    "HostIdentity",
    "NameHasher",
    "TypedFeed",
    "host_identity",
    "iter_danmaku",
    "iter_messages",
    "load_key",
]
