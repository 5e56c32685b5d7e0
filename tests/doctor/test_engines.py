"""Which engines are told about, and which stop a scan."""

import sqlite3
from pathlib import Path

import pytest

from monitor.doctor import Grade, engines
from monitor.store.sqlite import ROLLBACK, WAL

FINE, BEWARE, MEND = Grade.FINE, Grade.BEWARE, Grade.MEND


@pytest.mark.parametrize(
    ("version", "grade"),
    [
        ("7.1.2", BEWARE),
        ("8.1.2", BEWARE),
        ("8.1.3", FINE),
        ("8.2", FINE),
        ("9.0", BEWARE),
        ("9.0.1", BEWARE),
        ("9.0.2", FINE),
        ("n9.1-dev-12", FINE),
        ("10.0", FINE),
    ],
)
def test_a_faulty_ffmpeg_is_told_and_stops_nothing(version: str, grade: Grade):
    """Below 8.1.3 and 9.0.0 to 9.0.1: scans are confined, so it is a warning that names faults and mended versions."""
    finding = engines.ffmpeg(f"PyAV 18.1.0, FFmpeg {version}")

    assert finding.grade is grade
    assert ("CVE-2026-107695" in finding.todo) is (grade is BEWARE)


def test_an_ffmpeg_that_tells_no_version_is_not_passed_as_sound():
    """A build without a number cannot be judged, and that is said."""
    assert engines.ffmpeg("PyAV 19, FFmpeg git").grade is BEWARE


def test_a_sound_sqlite_with_the_log_is_fine():
    """Which SQLite, its version and its journal are told; a file that is still in the other is taken over."""
    for file in ("", WAL, ROLLBACK):
        finding = engines.sqlite("the package pysqlite3", (3, 53, 4), file, WAL)
        assert finding.grade is FINE
        assert finding.found.startswith("3.53.4 of the package pysqlite3, write-ahead log")
        assert ("takes the workspace over" in finding.found) is (file == ROLLBACK)
    assert "network" in engines.sqlite("Python", (3, 53, 4), "", ROLLBACK).found


def test_a_faulty_sqlite_is_told_with_what_to_install():
    """It works, with the rollback journal; where the file is in a write-ahead log, who has it open must leave it."""
    calm = engines.sqlite("Python", (3, 40, 1), ROLLBACK, ROLLBACK)
    assert calm.grade is BEWARE
    assert calm.found.startswith("3.40.1 of Python, rollback journal")
    assert "pysqlite3" in calm.todo
    switched = engines.sqlite("Python", (3, 40, 1), WAL, ROLLBACK)
    assert switched.grade is BEWARE
    assert "end whatever has it open" in switched.todo


@pytest.mark.parametrize(("pragma", "journal"), [("DELETE", ROLLBACK), ("WAL", WAL)])
def test_the_journal_is_read_off_the_file(tmp_path: Path, pragma: str, journal: str):
    """What somebody made of the workspace's database counts, not what this program would choose."""
    file = tmp_path / "monitor.db"
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA journal_mode={pragma}")
        connection.execute("CREATE TABLE t (x)")
    connection.close()

    assert engines.journal_of(file.read_bytes()[:20]) == journal


def test_a_file_that_is_no_database_is_told():
    """An empty file is a database to be; other bytes are not."""
    assert engines.journal_of(b"") == ""
    with pytest.raises(ValueError, match="not an SQLite database"):
        engines.journal_of(b"not a database at all")


def test_decoders_go_by_any_of_their_names():
    """libdav1d decodes AV1, mp3float MP3."""
    known = {"h264", "hevc", "libdav1d", "aac", "mp3float", "opus", "flac", "vp9", "mpeg2video", "pcm_s16le"}

    assert engines.decoders(known).grade is FINE


def test_a_missing_decoder_is_as_bad_as_what_it_keeps_shut():
    """Without H.264 or AAC there is no scan; without AV1 some recordings are not seen."""
    without_av1 = engines.decoders(set(engines.NEEDED_DECODERS) - {"av1"})
    assert without_av1.grade is BEWARE
    assert without_av1.found == "missing: av1"
    assert engines.decoders(set(engines.NEEDED_DECODERS) - {"h264"}).grade is MEND


def test_missing_packages_are_graded_by_what_they_cost():
    """Without OpenVINO text is read slowly, without the dashboard scans go on; without PyAV nothing does."""
    there = dict.fromkeys(engines.PACKAGES, "1.0")

    def grades(**versions: str | None) -> set[Grade]:
        return {f.grade for f in engines.packages(there | {k.replace("_", "-"): v for k, v in versions.items()})}

    assert grades() == {FINE}
    assert grades(openvino=None) == {FINE, BEWARE}
    assert grades(streamlit=None) == {FINE, BEWARE}
    assert MEND in grades(av=None)
    assert MEND in grades(openvino=None, onnxruntime=None)
