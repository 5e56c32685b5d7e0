"""Whoever changes a case is found out: bits, bytes, files, keys, and the zip round them."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import zipfile
from pathlib import Path

import pytest
from exported_cases import bundle, case_zip, desk, resign

from monitor.evidence import examine, verify
from monitor.evidence.export.archive import write_zip
from monitor.evidence.export.container import DIRECTORY, Container
from monitor.evidence.export.opened import Under, opened

OURS, THEIRS = desk(1), desk(2)
PLACES_IN_ZIPS, PLACES_IN_FOLDERS = 500, 200


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return bundle(tmp_path_factory.mktemp("w"), OURS)


@pytest.fixture(scope="module")
def zips(kept, tmp_path_factory):
    """As exported by default, with all that can be in it, and with as little as can be."""
    out = tmp_path_factory.mktemp("zips")
    return [
        case_zip(kept, out / "case.zip", OURS).path,
        case_zip(kept, out / "raw.zip", OURS, raw_stills=True).path,
        case_zip(kept, out / "small.zip", OURS, clip=False).path,
    ]


def parts_of(path: Path) -> list[tuple[int, int, str]]:
    """First byte, byte after the last, and name of each file of a zip with its header; the directory's last."""
    with path.open("rb") as file:
        members = list(Container(file).members)
    end = path.stat().st_size
    return [(each.offset, each.end, each.name) for each in members] + [(members[-1].end, end, DIRECTORY)]


def flipped(data: bytes, at: int, bit: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1 << bit
    return bytes(changed)


def test_a_bit_flipped_anywhere_in_an_exported_zip_is_found_and_its_file_named(zips, tmp_path):
    """500 places: evenly over the bytes, and again over files, headers and directory, however small they are."""
    chance = random.Random(20261122)
    missed = []
    hit = set()
    for number in range(PLACES_IN_ZIPS):
        path = zips[number % len(zips)]
        parts = parts_of(path)
        whole = path.read_bytes()
        at = chance.randrange(len(whole))
        if number % 2:
            first, after, _ = chance.choice(parts)
            at = chance.randrange(first, min(after, first + 300)) if number % 4 == 1 else chance.randrange(first, after)
        name = next(name for first, after, name in parts if first <= at < after)
        hit.add(name)
        changed = tmp_path / "changed.zip"
        changed.write_bytes(flipped(whole, at, chance.randrange(8)))
        named = {problem.part for problem in verify(changed)}
        if named != {changed.name if name == DIRECTORY else name}:
            missed.append((path.name, at, name, named))
    assert missed == []
    assert {"case/manifest.json", "case/manifest.sig", "export.json", "export.sig", "index.html", DIRECTORY} <= hit


def test_a_bit_flipped_anywhere_in_a_folder_is_found_and_its_file_named(kept, tmp_path):
    """200 places; of a manifest and its signature that do not match both are named, as nothing tells which it was."""
    chance = random.Random(7)
    files = sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file())
    folder = tmp_path / "f-1"
    shutil.copytree(kept, folder)
    missed = []
    for number in range(PLACES_IN_FOLDERS):
        name = files[number % len(files)]
        whole = (kept / name).read_bytes()
        at = chance.randrange(len(whole))
        (folder / name).write_bytes(flipped(whole, at, chance.randrange(8)))
        found = verify(folder)
        if not found or name not in str(found[0]):
            missed.append((name, at, [str(problem) for problem in found]))
        (folder / name).write_bytes(whole)
    assert missed == []
    assert verify(folder) == []


def test_zips_cut_short_or_made_longer_are_found(zips, tmp_path):
    """A byte or many, at either end or in between: never good, and never a crash."""
    chance = random.Random(11)
    whole = zips[0].read_bytes()
    changed = tmp_path / "changed.zip"
    others = [
        whole[:-1],
        whole[: len(whole) // 2],
        whole[1:],
        whole + b"\0",
        whole + whole,
        b"\0" * 9 + whole,
        whole[:3],
    ]
    for _ in range(40):
        at, n_bytes = chance.randrange(len(whole)), chance.choice([1, 2, 30, 5000])
        others.append(whole[:at] + whole[at + n_bytes :])
        others.append(whole[:at] + bytes(n_bytes) + whole[at:])
    for other in others:
        changed.write_bytes(other)
        assert verify(changed), len(other)


def repacked(
    path: Path, out: Path, *, how: int = zipfile.ZIP_DEFLATED, top: str = "", without: str = "", more=()
) -> Path:
    """As another program packs what it unpacked."""
    with zipfile.ZipFile(path) as case, zipfile.ZipFile(out, "w", how) as other:
        for name in case.namelist():
            if name != without:
                other.writestr(top + name, case.read(name))
        for name, content in more:
            other.writestr(top + name, content)
    return out


def mangled(data: bytes, chance: random.Random) -> bytes:
    """A few bytes overwritten, taken out or put in, most of them near the end, where a zip is most easily confused."""
    changed = bytearray(data)
    for _ in range(chance.choice([1, 2, 3, 10])):
        at = chance.choice([chance.randrange(len(changed)), len(changed) - 1 - chance.randrange(900)])
        what = chance.randrange(4)
        if what == 0:
            changed[at] ^= chance.randrange(1, 256)
        elif what == 1:
            changed[at : at + 4] = chance.choice([b"\xff" * 4, b"\0" * 4, b"PK\5\6", b"PK\1\2", b"PK\3\4"])
        elif what == 2:
            del changed[at : at + chance.randrange(1, 40)]
        else:
            changed[at:at] = chance.randbytes(chance.randrange(1, 40))
    return bytes(changed)


def test_whatever_is_done_to_a_zip_it_is_found_and_never_a_crash(zips, tmp_path):
    """Ours mangled is never good; one packed by others may be, where nothing of its contents was touched."""
    chance = random.Random(99)
    foreign = repacked(zips[2], tmp_path / "foreign.zip", top="x/").read_bytes()
    ours = zips[2].read_bytes()
    path = tmp_path / "mangled.zip"
    for _ in range(400):
        path.write_bytes(mangled(ours, chance))
        assert verify(path) or path.read_bytes() == ours
        path.write_bytes(mangled(foreign, chance))
        verify(path)


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize("top", ["", "案卷/"])
def test_a_zip_packed_anew_is_proven_by_its_contents(zips, tmp_path, how, top):
    """Good, and said not to be the zip that was written; what is missing in it, added or changed is found."""
    out = tmp_path / "again.zip"
    found = examine(repacked(zips[0], out, how=how, top=top), key=OURS.public_key)
    assert (found.problems, found.signed_by) == ([], OURS.key_id)
    assert any("packed anew" in note for note in found.notes)
    out.unlink()
    assert {each.part for each in verify(repacked(zips[0], out, how=how, top=top, without="index.html"))} == {
        "index.html"
    }
    added = repacked(zips[0], out, how=how, top=top, more=[("case/extra.txt", b"x")])
    assert {each.part for each in verify(added)} == {"case/extra.txt"}


def test_an_unpacked_export_verifies_as_a_folder(zips, tmp_path):
    """Unpacked it is the same case; a still that was withheld is noted, one that was taken away is missing."""
    with zipfile.ZipFile(zips[1]) as case:
        case.extractall(tmp_path / "raw")
    assert examine(tmp_path / "raw").problems == []
    (tmp_path / "raw/case/stills/still-01.jpg").unlink()
    assert [str(each) for each in verify(tmp_path / "raw")] == ["case/stills/still-01.jpg: is missing"]


def test_a_case_signed_anew_by_somebody_else_is_found_by_the_desks_key(zips, kept, tmp_path):
    """All of it forged and rightly signed: only the key tells, and without one its id is told."""
    forged = tmp_path / "f-1"
    shutil.copytree(kept, forged)
    (forged / "transcript.vtt").write_text("WEBVTT\n")
    about = json.loads((forged / "manifest.json").read_bytes())
    for part in about["parts"]:
        data = (forged / part["name"]).read_bytes()
        part["sha256"], part["bytes"] = hashlib.sha256(data).hexdigest(), len(data)
    resign(forged, THEIRS, about)
    out = case_zip(forged, tmp_path / "case.zip", THEIRS).path
    for path in (forged, out):
        found = examine(path)
        assert (found.problems, found.signed_by) == ([], THEIRS.key_id)
        assert any(THEIRS.key_id in str(problem) for problem in verify(path, key=OURS.public_key))
    assert verify(kept, key=OURS.public_key) == []
    assert verify(zips[0], key=OURS.public_key) == []
    assert verify(zips[0], key=THEIRS.public_key) != []


def test_an_export_signed_anew_over_evidence_of_ours_is_found(kept, tmp_path):
    """The evidence is ours, the page round it is not."""
    out = case_zip(kept, tmp_path / "case.zip", THEIRS).path
    found = examine(out)
    assert (found.problems, found.signed_by, found.exported_by) == ([], OURS.key_id, THEIRS.key_id)
    assert {problem.part for problem in verify(out, key=OURS.public_key)} == {"export.sig"}


def test_a_signature_cannot_be_left_out_or_taken_from_elsewhere(kept, zips, tmp_path):
    """Without it, with another bundle's, or with another key's over the same manifest: found, the signature named."""
    folder = tmp_path / "f-1"
    shutil.copytree(kept, folder)
    signature = (folder / "manifest.sig").read_bytes()
    manifest = (folder / "manifest.json").read_bytes()
    (folder / "manifest.sig").unlink()
    assert [str(problem) for problem in verify(folder)] == ["manifest.sig: is missing"]
    (folder / "manifest.sig").write_bytes(THEIRS.sign("evidence", manifest).to_json())
    assert [problem.part for problem in verify(folder)] == ["manifest.sig"]
    (folder / "manifest.sig").write_bytes(OURS.sign("export", manifest).to_json())
    assert "manifest.sig" in str(verify(folder)[0])
    (folder / "manifest.sig").write_bytes(signature + b"\n")
    assert [problem.part for problem in verify(folder)] == ["manifest.sig"]
    (folder / "manifest.sig").write_bytes(signature)
    assert verify(folder) == []


def test_what_was_withheld_cannot_stand_for_what_was_changed(kept, tmp_path):
    """A list that withholds a part under another digest than the manifest's: the part is missing."""
    out = case_zip(kept, tmp_path / "case.zip", OURS).path
    with zipfile.ZipFile(out) as case:
        files = {name: case.read(name) for name in case.namelist()}
    told = json.loads(files["export.json"])
    told["withheld"][0]["sha256"] = "0" * 64
    files["export.json"] = json.dumps(told).encode()
    files["export.sig"] = OURS.sign("export", files["export.json"]).to_json()
    out.unlink()
    write_zip(out, files)
    assert [str(problem) for problem in verify(out)] == ["case/stills/still-01-box.jpg: is missing"]


def test_older_evidence_without_a_signature_is_noted_and_no_proof_of_a_desk(tmp_path):
    """Good by itself; whoever asks for a key is told that nobody signed."""
    folder = bundle(tmp_path, None)
    found = examine(folder)
    assert (found.problems, found.signed_by) == ([], None)
    assert [note.partition(":")[0] for note in found.notes] == ["not signed"]
    assert [str(each) for each in verify(folder, key=OURS.public_key)] == [
        "manifest.sig: is missing: nobody signed this evidence"
    ]


def test_signed_evidence_tells_its_key_and_its_clock(tmp_path):
    """The manifest names the key that signs it, the machine's clock, and who says that the clock is right."""
    about = json.loads((bundle(tmp_path, OURS) / "manifest.json").read_bytes())
    assert (about["schema"], about["key_id"]) == ("monitor.evidence/2", OURS.key_id)
    assert about["clock"]["utc"][:19] == about["made_at"][:19]
    assert {"monotonic_ns", "zone", "source", "synchronised", "estimated_error_us"} <= set(about["clock"])
    assert [(each["name"], each["stream_s"], each["boxed"]) for each in about["stills"]][:2] == [
        ("stills/still-01.jpg", 100.5, False),
        ("stills/still-01-box.jpg", 100.5, True),
    ]
    assert about["clip"]["asked"] == [{"source": 0, "start_s": 95.0, "end_s": 117.0}]


def test_what_is_gone_by_is_what_was_checked(kept, tmp_path):
    """A manifest exchanged while a case is open cannot be read as one thing and checked as another."""
    folder = Path(shutil.copytree(kept, tmp_path / "case" / kept.name))
    whole = (folder / "manifest.json").read_bytes()
    with opened(folder.parent) as files:
        case = Under(files, f"{kept.name}/")
        assert case.text("manifest.json") == whole
        (folder / "manifest.json").write_bytes(b"{}")
        assert case.text("manifest.json") == whole
