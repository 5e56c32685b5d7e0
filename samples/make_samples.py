"""Make the sample rooms: speech, picture, comments and messages, from the scripts in `scripts/`.

    python -m venv ../samples-venv && ../samples-venv/bin/pip install -r samples/requirements.txt
    ../samples-venv/bin/python samples/make_samples.py                 # all rooms
    ../samples-venv/bin/python samples/make_samples.py s03 s05         # those whose script's name begins so
    ../samples-venv/bin/python samples/make_samples.py --timeline s01  # only say when each line falls

Prints each room's timeline, from which the times of `expected.yaml` are taken by hand, and renews the table of
media files and their SHA-256 in `ORIGIN.md`. Needs the font Noto Sans CJK Bold (or `--font`), and no ffmpeg program.
A rendering may differ in its bytes from one machine to the next; times and words do not.
"""

import argparse
import hashlib
import re
from pathlib import Path

import av
from studio import film, sidecars
from studio.picture import FONT_FILE
from studio.script import Room, perform
from studio.voice import Speaker

SAMPLES = Path(__file__).resolve().parent
MEDIA = (".mp4", ".flv", ".mkv", ".ts")


def main() -> None:
    options = _options()
    speaker = Speaker()
    for script in sorted((SAMPLES / "scripts").glob("*.yaml")):
        if options.rooms and not script.stem.startswith(tuple(options.rooms)):
            continue
        room = perform(script, speaker)
        print_timeline(room)
        if not options.timeline:
            media = film.shoot(room, options.out, options.font)
            for path in [*media, *sidecars.write(room, media[0])]:
                print(f"  {path.stat().st_size:>9}  {path.relative_to(options.out)}")
    if not options.timeline and options.out == SAMPLES:
        renew_table(SAMPLES / "ORIGIN.md")


def print_timeline(room: Room) -> None:
    """Everything in a room that carries words, in the order in which it begins, in seconds."""
    rows = [(line.start_s, line.end_s, "speech", line.text) for line in room.lines]
    rows += [(board.start_s, board.end_s, "screen", board.text) for board in room.boards]
    rows += [(note.time_s, note.time_s, "comment", f"{note.by}：{note.text}") for note in room.comments]
    rows += [(note.time_s, note.time_s, "message", f"{note.by}：{note.text}") for note in room.messages]
    print(f"{room.file}  {room.duration_s:.1f} s" + (f", cut at {room.cut_s:.1f} s" if room.cut_s else ""))
    for start_s, end_s, kind, text in sorted(rows):
        print(f"  {start_s:5.1f} – {end_s:5.1f}  {kind:<8} {text}")


def renew_table(origin: Path) -> None:
    """Write the table of media files between its marks in ORIGIN.md."""
    rows = ["| file | bytes | seconds | SHA-256 |", "| --- | ---: | ---: | --- |"]
    for path in sorted(path for path in SAMPLES.rglob("*") if path.suffix in MEDIA):
        with av.open(str(path)) as container:
            seconds = container.duration / av.time_base
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.append(
            f"| `{path.relative_to(SAMPLES).as_posix()}` | {path.stat().st_size} | {seconds:.1f} | `{digest}` |"
        )
    table = "<!-- media -->\n" + "\n".join(rows) + "\n<!-- /media -->"
    text = origin.read_text(encoding="utf-8")
    renewed = re.sub(r"<!-- media -->.*<!-- /media -->", lambda _: table, text, flags=re.DOTALL)
    origin.write_text(renewed, encoding="utf-8", newline="\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rooms", nargs="*", help="beginnings of script names; all rooms if none are given")
    parser.add_argument("--font", default=FONT_FILE, help="a bold CJK font: its file name or path")
    parser.add_argument("--out", type=Path, default=SAMPLES, help="folder to write to")
    parser.add_argument("--timeline", action="store_true", help="only print when each line falls")
    return parser.parse_args()


if __name__ == "__main__":
    main()
