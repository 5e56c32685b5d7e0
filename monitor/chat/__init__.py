"""Danmaku and exported messages: typed words become cues, names become keyed hashes on the way in."""

from monitor.chat.danmaku import DanmakuEnd, DanmakuFile, iter_danmaku, read_danmaku
from monitor.chat.feed import TypedFeed
from monitor.chat.messages import MessageFile, iter_messages, read_messages
from monitor.chat.names import HostIdentity, NameHasher, host_identity, load_key

__all__ = [
    "DanmakuEnd",
    "DanmakuFile",
    "HostIdentity",
    "MessageFile",
    "NameHasher",
    "TypedFeed",
    "host_identity",
    "iter_danmaku",
    "iter_messages",
    "load_key",
    "read_danmaku",
    "read_messages",
]
