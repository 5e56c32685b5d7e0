"""What a case comes from: programs, models, rule and word lists, settings, the clock, the recording. Pure."""

from __future__ import annotations

from monitor.evidence.page.case_json import Json, inner, lines_of, number_of, text_of


def versions(flag: Json, manifest: Json) -> list[tuple[str, str]]:
    """Name and words of whatever it takes to come to the same flag again, as far as it was recorded."""
    made_with, models = inner(manifest, "made_with"), inner(manifest, "models") or inner(flag, "models")
    told = [
        ("软件", text_of(made_with.get("software"))),
        ("解码", text_of(made_with.get("decoder"))),
        ("语音模型", text_of(models.get("speech"))),
        ("文字识别模型", text_of(models.get("screen"))),
        ("词库版本", text_of(flag.get("lexicon")) or text_of(manifest.get("lexicon"))),
        ("规则库版本", text_of(flag.get("policy")) or text_of(manifest.get("policy"))),
        ("设置", "，".join(f"{name}={text_of(value)}" for name, value in inner(manifest, "settings").items())),
        ("取证时钟", _clock_of(inner(manifest, "clock"))),
        ("命中的判定式", "、".join(lines_of(flag.get("patterns")))),
    ]
    return [(name, said) for name, said in told if said]


def _clock_of(told: Json) -> str:
    """The machine's clock when the evidence was made, and who says that it was right."""
    synchronised = told.get("synchronised")
    right = "已同步" if synchronised is True else "未同步" if synchronised is False else "是否同步不知"
    error_us = number_of(told.get("largest_error_us"))
    error = "" if error_us is None else f"，误差至多 {error_us / 1000:.0f} 毫秒"
    said = [
        text_of(told.get("utc")),
        f"时区 {text_of(told.get('zone'))}",
        f"{right}（{text_of(told.get('source'))}）{error}",
    ]
    return "，".join(said) if told else ""


def media_facts(media: Json) -> str:
    """What a recording's container declares of itself: the `media` of one of a manifest's `sources`."""
    wide, high = number_of(media.get("width_px")), number_of(media.get("height_px"))
    size = f"{wide:.0f}×{high:.0f}" if wide and high else ""
    said = [text_of(media.get(name)) for name in ("container", "video_codec", "audio_codec")]
    return "，".join(part for part in [*said, size] if part)
