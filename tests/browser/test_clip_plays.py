"""A flag's clip opens and plays in a browser, shows the moments its hits name, and has its transcript under it."""

from __future__ import annotations

import json

import pytest
from coded_media import FPS, hit, make_media, violation
from coded_media import kept as cut

from monitor.evidence import TimedPart, verify
from monitor.records import Channel, Cue, Role
from monitor.timeline import Span

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

PAGE = """<!doctype html><meta charset="utf-8"><title>clip</title>
<video id="v" src="clip.mp4" muted preload="auto">
<track id="t" src="transcript.vtt" default kind="subtitles"></video>"""

OPENED = """
const done = arguments[0], v = document.getElementById('v');
const tell = () => done({error: v.error && v.error.message, seconds: v.duration, wide: v.videoWidth});
if (v.readyState >= 1 || v.error) tell();
else { v.addEventListener('loadedmetadata', tell); v.addEventListener('error', tell); }
"""
"""Waits for the file's head."""

LOOK = """
const [at, done] = arguments, v = document.getElementById('v');
v.addEventListener('seeked', () => {
  const c = document.createElement('canvas'), bits = 10;
  c.width = v.videoWidth; c.height = v.videoHeight;
  const g = c.getContext('2d'); g.drawImage(v, 0, 0);
  let number = 0;
  for (let i = 0; i < bits; i++) {
    const p = g.getImageData(Math.floor((i + 0.5) * c.width / bits) - 2, Math.floor(c.height / 6), 5, 5).data;
    let sum = 0;
    for (let k = 0; k < p.length; k += 4) sum += p[k] + p[k + 1] + p[k + 2];
    number = number * 2 + (sum / (p.length / 4) > 384 ? 1 : 0);
  }
  done({number, at: v.currentTime, error: v.error && v.error.message});
}, {once: true});
v.currentTime = at;
"""
"""Seeks and reads the bars (`coded_media.picture`) off the picture then shown."""

PLAY = """
const done = arguments[0], v = document.getElementById('v');
v.muted = true; v.currentTime = 0;
v.play().then(() => setTimeout(() => {
  v.pause();
  const q = v.getVideoPlaybackQuality ? v.getVideoPlaybackQuality().totalVideoFrames : -1;
  done({at: v.currentTime, frames: q, sound: v.webkitAudioDecodedByteCount, error: v.error && v.error.message});
}, 1500), e => done({error: String(e)}));
"""

LINES = """
const done = arguments[0], t = document.getElementById('t');
const line = c => [c.startTime, c.endTime, c.getCueAsHTML().textContent];
const tell = () => done({state: t.readyState, lines: [...(t.track.cues || [])].map(line)});
t.track.mode = 'showing';
if (t.readyState >= 2) tell(); else { t.addEventListener('load', tell); t.addEventListener('error', tell); }
"""

CUES = (
    Cue("v", Channel.SCREEN, Span(20_000, 31_000), "拍下<后>退 & 返"),
    Cue("s", Channel.SPEECH, Span(24_000, 26_000), "给你反现"),
    Cue("c", Channel.CHAT, Span(27_000, 27_000), "真的吗", role=Role.VIEWER),
)
HITS = (
    hit(Channel.SPEECH, 25_000, 25_500),
    hit(Channel.SCREEN, 20_000, 31_000, slot="pay"),
    hit(Channel.SPEECH, 30_300, 30_900, slot="refund"),
)


@pytest.fixture(params=["copy", "encode", "two files"])
def kept(request, tmp_path):
    """Evidence of a violation from 20 s to 31 s in a room of a minute, and the mode that its clip must have."""
    gop_s = 10 if request.param == "encode" else 1
    if request.param == "two files":
        first = make_media(tmp_path / "room-1.mp4", seconds=27, gop_s=gop_s)
        second = make_media(tmp_path / "room-2.mp4", seconds=33, gop_s=gop_s, first=27 * FPS)
        parts = (TimedPart(first, Span(0, 27_000)), TimedPart(second, Span(27_000, 60_000)))
    else:
        room = make_media(tmp_path / "room.mp4", seconds=60, gop_s=gop_s)
        parts = (TimedPart(room, Span(0, 60_000)),)
    return cut(tmp_path / "evidence", parts, violation(20_000, 31_000, *HITS), cues=CUES), request.param


def test_the_clip_plays_and_shows_what_its_hits_name(browser, serve, kept):
    """It opens, plays with picture and sound, and at each hit's moment shows the picture of that moment."""
    evidence, made_as = kept
    assert evidence.problem == ""
    assert verify(evidence.folder) == []
    about = json.loads((evidence.folder / "manifest.json").read_text("utf-8"))
    if made_as in ("copy", "encode"):
        assert about["clip"]["mode"] == made_as
    (evidence.folder / "page.html").write_text(PAGE, "utf-8")
    browser.get(f"{serve(evidence.folder)}/page.html")

    opened = browser.execute_async_script(OPENED)
    assert opened["error"] is None
    assert opened["wide"] == 320
    assert opened["seconds"] == pytest.approx(about["clip"]["duration_s"], abs=0.25)
    assert opened["seconds"] >= 19.5

    for moment in about["moments"]:
        seen = browser.execute_async_script(LOOK, moment["clip_s"])
        assert seen["error"] is None
        assert seen["number"] == pytest.approx(moment["stream_s"] * FPS, abs=2), moment

    played = browser.execute_async_script(PLAY)
    assert played["error"] is None
    assert played["at"] > 0.5
    assert played["frames"] > 5
    assert played["sound"] > 0


def test_the_transcript_is_a_text_track_in_step_with_the_clip(browser, serve, kept):
    """Every cue loads, with its text as it was, at the moment that the clip shows."""
    evidence, _ = kept
    about = json.loads((evidence.folder / "manifest.json").read_text("utf-8"))
    (evidence.folder / "page.html").write_text(PAGE, "utf-8")
    browser.get(f"{serve(evidence.folder)}/page.html")
    track = browser.execute_async_script(LINES)
    assert track["state"] == 2
    first = about["pieces"][0]
    lead_s = 20 - first["stream_start_s"] + first["clip_start_s"]
    (board, word, typed) = track["lines"]
    assert board[2] == "[画面] 拍下<后>退 & 返"
    assert board[0] == pytest.approx(lead_s, abs=0.002)
    assert word[2] == "[口播] 给你反现"
    assert word[0] == pytest.approx(lead_s + 4, abs=0.1)
    assert typed[2] == "[观众弹幕] 真的吗"
