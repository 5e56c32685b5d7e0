"""Platforms' names as people and recorders write them, and our short ids."""

from __future__ import annotations

import unicodedata

# Folder names that DouyinLiveRecorder and StreamCap give (their platform tables, 2025-11) and common spellings, without
# the suffix 直播. Platforms that record no selling are here too, so that their folders are known for what they are.
_IDS = {
    "抖音": "douyin",
    "快手": "kuaishou",
    "淘宝": "taobao",
    "天猫": "taobao",
    "京东": "jd",
    "拼多多": "pinduoduo",
    "小红书": "xiaohongshu",
    "xhs": "xiaohongshu",
    "redbook": "xiaohongshu",
    "视频号": "wechat_channels",
    "微信视频号": "wechat_channels",
    "b站": "bilibili",
    "哔哩哔哩": "bilibili",
    "微博": "weibo",
    "虎牙": "huya",
    "斗鱼": "douyu",
    "yy": "yy",
    "网易cc": "cc",
    "百度": "baidu",
    "知乎": "zhihu",
    "酷狗": "kugou",
    "花椒": "huajiao",
    "映客": "inke",
    "六间房": "6room",
    "猫耳fm": "missevan",
    "音播": "yinbo",
    "look": "look",
    "acfun": "acfun",
    "bigo": "bigo",
    "blued": "blued",
    "tiktok": "tiktok",
    "shopee": "shopee",
    "youtube": "youtube",
    "twitch": "twitch",
    "twitchtv": "twitch",
}

_CUSTOM = "自定义录制直播"  # DouyinLiveRecorder's folder for addresses that it has no name for


def platform_id(name: str) -> str:
    """Our id for a platform's name: `抖音直播` and `Douyin` give `douyin`; an unknown name stays, in lower case."""
    plain = unicodedata.normalize("NFKC", name).strip().lower()
    return _IDS.get(plain.removesuffix("直播"), plain)


def folder_platform(name: str) -> str | None:
    """The id of the platform after which a recorder named a folder; empty for its own `自定义录制直播`, else None."""
    if name == _CUSTOM:
        return ""
    return _IDS.get(unicodedata.normalize("NFKC", name).strip().lower().removesuffix("直播"))
