"""Opening a file with FFmpeg so that it can only ever be the kind of file it looks like.

The demuxer is chosen from the first bytes, not from the name, and passed on as a whitelist: playlists and concat
scripts open other files or never end, whatever their name is. Runs in the child only.
"""

from __future__ import annotations

import errno
import stat
from pathlib import Path
from typing import BinaryIO

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from monitor.errors import InputError
from monitor.media.wire import LARGEST_PICTURE_PX

ENGINE = f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}"
DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,flv,live_flv,mpegts,matroska,webm,mp3,wav,aac,ogg,flac"
CODECS = (
    "h264,hevc,av1,libdav1d,vp8,vp9,mpeg4,mpeg2video,aac,aac_latm,mp3,mp3float,mp2,mp2float,ac3,eac3,opus,vorbis,flac,"
    "alac,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s32le,pcm_f32le,pcm_u8,pcm_alaw,pcm_mulaw,speex,libspeex"
)
"""Decoders that live recordings need; every other one stays shut."""
MOST_STREAMS = 32
"""In one container; recorders write two or three."""
_OPTIONS = {
    "format_whitelist": DEMUXERS,
    "protocol_whitelist": "file",
    "codec_whitelist": CODECS,
    "max_streams": str(MOST_STREAMS),
    "probesize": "5000000",
    "max_probe_packets": "2500",
}
"""The bounds of probing are FFmpeg's own defaults (`libavformat/options_table.h`), written down so that they stay;
`analyzeduration` is not, as its default differs with the container."""
SNIFFED_BYTES = 64 * 1024
_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"moof", b"sidx", b"pnot")
_TS_PACKET = 188
_PLAYLISTS = ((b"#EXTM3U", "an HLS playlist"), (b"ffconcat version", "a concat script"), (b"[playlist]", "a playlist"))


def decoders() -> list[str]:
    """Those of `CODECS` that this build of the engine has."""
    return [name for name in CODECS.split(",") if _is_there(name)]


def _is_there(name: str) -> bool:
    try:
        av.Codec(name, "r")
    except (av.FFmpegError, ValueError):
        return False
    return True


def demuxer(head: bytes) -> str | None:
    """The demuxer for a file that starts with `head`; None when the bytes are of no known kind."""
    if head[4:8] in _BOXES:
        return "mov"
    if head.startswith(b"FLV"):
        return "flv"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "wav"
    if head.startswith(b"OggS"):
        return "ogg"
    if head.startswith(b"fLaC"):
        return "flac"
    for start in range(min(_TS_PACKET, len(head))):
        marks = head[start : start + _TS_PACKET * 5 : _TS_PACKET]
        if len(marks) >= 2 and set(marks) == {0x47}:
            return "mpegts"
    if head.startswith(b"ID3") and len(head) > 10:
        tag = (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | (head[9] & 127)
        return "aac" if _adts(head[10 + tag :]) else "mp3"
    if _adts(head):
        return "aac"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06:
        return "mp3"
    return None


def _adts(head: bytes) -> bool:
    return len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0


def open_container(path: Path, instead: BinaryIO | None = None) -> InputContainer:
    """Opens a file, or what is to be read `instead` of its bytes.

    Raises InputError: which file, what is wrong, what to do.
    """
    try:
        regular = stat.S_ISREG(path.stat().st_mode) or path.is_dir()  # opening a pipe may last for ever
        head = _head(path) if regular else b""
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror or error}", where=path, todo="check the path and rights"
        ) from error
    if not regular:
        raise InputError("a pipe, socket or device, not a file", where=path, todo="give the recording itself")
    if not head:
        raise InputError("empty file", where=path, todo="record or copy it again")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for mark, name in _PLAYLISTS:
        if text.startswith(mark):
            raise InputError(f"{name}, not media", where=path, todo="give the media files it lists")
    kind = demuxer(head)
    if kind is None:
        raise InputError("not a media file of a known kind", where=path, todo="give mp4, flv, ts, mkv, m4a, mp3 or wav")
    try:
        container = av.open(
            instead or f"file:{path.resolve()}",
            "r",
            format=kind,
            options=_OPTIONS,
            metadata_errors="replace",  # titles in GBK, or damaged, are no reason to refuse a recording
        )
    except (av.FFmpegError, ValueError, UnicodeError) as error:
        why = str(getattr(error, "strerror", None) or error)
        if kind == "mov" and b"moov" not in head:
            why = "no index (moov): the recording was not finished"
        elif getattr(error, "errno", None) == errno.ENOMEM:
            why = f"more than {MOST_STREAMS} streams, or tables beyond all bounds"
        raise InputError(f"cannot be opened as {kind}: {why}", where=path, todo="recover or record it again") from error
    return container


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SNIFFED_BYTES)


def pick_video(container: InputContainer) -> VideoStream | None:
    """The picture, cover art left out; None when there is none that may be decoded."""
    shown = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic and _known(s)]
    best = container.streams.best("video")
    stream = next((s for s in shown if s is best), shown[0] if shown else None)
    if stream is not None and stream.codec_context.width * stream.codec_context.height > LARGEST_PICTURE_PX:
        raise InputError("picture larger than 8192x4320 pixels", where=container.name, todo="scale it down first")
    return stream


def pick_audio(container: InputContainer) -> AudioStream | None:
    """The sound; None when there is none that may be decoded."""
    known = [s for s in container.streams.audio if _known(s)]
    best = container.streams.best("audio")
    return next((s for s in known if s is best), known[0] if known else None)


def _known(stream: VideoStream | AudioStream) -> bool:
    context = stream.codec_context
    return context is not None and context.name in CODECS.split(",")
