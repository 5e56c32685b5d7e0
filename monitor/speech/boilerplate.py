"""What Whisper says over silence and music, learnt from the credits of subtitled films. Data, with a version."""

from __future__ import annotations

VERSION = 1

ALWAYS = (
    "请不吝点赞订阅转发打赏支持明镜与点点栏目",
    "打赏支持明镜与点点栏目",
    "明镜与点点栏目",
    "字幕由amaraorg社区提供",
    "中文字幕由amaraorg社区提供",
    "字幕志愿者",
    "优优独播剧场",
    "yoyotelevisionseriesexclusive",
    "本字幕由",
    "字幕制作贝尔",
    "字幕by索兰娅",
    "中文字幕志愿者",
    "由amaraorg社群提供的字幕",
)
"""Nobody says these in a live room. Letters and digits only, simplified, lower case. Reported in the trackers of
openai/whisper (PR 1838), pyvideotrans (896) and mpv-sub-fastwhisper (9)."""

OVER_SILENCE = (
    "谢谢观看",
    "谢谢大家观看",
    "感谢观看",
    "感谢您的观看",
    "谢谢收看",
    "感谢收看",
    "谢谢大家",
    "请订阅我的频道",
    "下期再见",
    "我们下期再见",
    "字幕",
    "未完待续",
)
"""Hosts do say these: not believed only where the model or the voice detector doubts that anyone spoke."""
