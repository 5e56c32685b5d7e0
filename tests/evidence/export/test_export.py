"""A case as it is handed out: what goes, what stays, and what its list says of both."""

from __future__ import annotations

import hashlib
import json
import zipfile

import cv2
import numpy as np
import pytest
from exported_cases import RULE, blackened, bundle, case_zip, desk, plain_page, resign

from monitor.errors import IntegrityError, UsageError, WorkspaceError
from monitor.evidence import examine, verify
from monitor.evidence.export.packing import export
from monitor.evidence.masking import masked

OURS = desk(1)
RAW = ["stills/still-01-box.jpg", "stills/still-01.jpg", "stills/still-02-box.jpg", "stills/still-02.jpg"]


@pytest.fixture
def kept(tmp_path):
    return bundle(tmp_path, OURS)


def names(path):
    with zipfile.ZipFile(path) as archive:
        return sorted(archive.namelist())


def listed(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("export.json"))


def test_a_case_goes_with_masked_stills_and_its_raw_ones_stay(kept, tmp_path):
    """Page, masked stills, bundle without raw stills; the manifest is the signed one, and the whole verifies."""
    made = case_zip(kept, tmp_path / "case.zip", OURS)
    assert names(made.path) == sorted(
        [
            "case/clip.mp4",
            "case/flag.json",
            "case/manifest.json",
            "case/manifest.sig",
            "case/rules.json",
            "case/transcript.vtt",
            "export.json",
            "export.sig",
            "index.html",
            *(name.replace("stills/", "masked/") for name in RAW),
        ]
    )
    assert sorted(made.withheld) == RAW
    with zipfile.ZipFile(made.path) as archive:
        assert archive.read("case/manifest.json") == (kept / "manifest.json").read_bytes()
        raw = (kept / "stills/still-01.jpg").read_bytes()
        assert archive.read("masked/still-01.jpg") == blackened(raw, [1])
    assert made.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()
    found = examine(made.path, key=OURS.public_key)
    assert (found.problems, found.signed_by, found.exported_by) == ([], OURS.key_id, OURS.key_id)
    assert sorted(note for note in found.notes) == [f"withheld from the export: {name}" for name in RAW]


def test_the_list_says_what_is_masked_what_is_not_and_what_stayed(kept, tmp_path):
    """Everything in the zip with size and digest, and the clip told to be as it was recorded."""
    told = listed(case_zip(kept, tmp_path / "case.zip", OURS).path)
    assert (told["schema"], told["flag_id"], told["by"], told["key_id"]) == (
        "monitor.export/1",
        "f-1",
        "质检员",
        OURS.key_id,
    )
    with zipfile.ZipFile(tmp_path / "case.zip") as archive:
        for entry in told["files"]:
            content = archive.read(entry["name"])
            assert (entry["bytes"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert {entry["name"] for entry in told["files"]} == set(archive.namelist()) - {"export.json", "export.sig"}
    assert {(each["name"], each["of"], each["boxes"]) for each in told["masked"]} == {
        (name.replace("stills/", "masked/"), name, 1) for name in RAW
    }
    assert sorted(each["name"] for each in told["withheld"]) == [f"case/{name}" for name in RAW]
    assert "case/clip.mp4" in [each["name"] for each in told["not_masked"]]


def test_raw_stills_go_when_asked_for_and_the_list_says_that_they_are_raw(kept, tmp_path):
    """Nothing is withheld then."""
    made = case_zip(kept, tmp_path / "case.zip", OURS, raw_stills=True)
    assert made.withheld == ()
    assert {f"case/{name}" for name in RAW} <= set(names(made.path))
    assert {f"case/{name}" for name in RAW} <= {each["name"] for each in listed(made.path)["not_masked"]}
    assert examine(made.path).notes == []


def test_the_clip_stays_when_asked_for(kept, tmp_path):
    """It is withheld, the page is told that there is none, and the case verifies."""
    made = case_zip(kept, tmp_path / "case.zip", OURS, clip=False)
    assert "clip.mp4" in made.withheld
    with zipfile.ZipFile(made.path) as archive:
        assert b"clip.mp4" not in archive.read("index.html")
    assert verify(made.path) == []


def test_stills_of_which_nobody_knows_where_names_stand_are_not_shown(tmp_path):
    """An older bundle, unsigned and without such places: neither raw nor as it were masked, and still exported."""
    made = case_zip(bundle(tmp_path, None, looked=False), tmp_path / "case.zip", OURS)
    assert not [name for name in names(made.path) if "still" in name]
    found = examine(made.path)
    assert (found.problems, found.signed_by, found.exported_by) == ([], None, OURS.key_id)
    assert any(note.startswith("not signed") for note in found.notes)


@pytest.mark.parametrize("boxes", [[["left", 1, 2, 3]], [[1, 2]], 7, [[0, 0, 10**9, -5]]])
def test_a_manifest_of_another_make_shows_no_still_that_it_cannot_mask(kept, tmp_path, boxes):
    """Signed, but its boxes are no boxes: no masked still, no raw one, and no crash."""
    about = json.loads((kept / "manifest.json").read_bytes())
    for still in about["stills"]:
        still["viewer_boxes"] = boxes
    resign(kept, OURS, about)
    made = case_zip(kept, tmp_path / "case.zip", OURS, mask=masked)
    assert sorted(made.withheld) == RAW
    assert len(listed(made.path)["masked"]) == (4 if boxes == [[0, 0, 10**9, -5]] else 0)


@pytest.mark.parametrize("stills", [7, None, [7], [{"name": ["stills/still-01.jpg"], "viewer_boxes": []}]])
def test_a_list_of_stills_that_is_none_withholds_them_all(kept, tmp_path, stills):
    """Signed, but not by a program that we know: the rest of the case is handed out."""
    about = json.loads((kept / "manifest.json").read_bytes())
    resign(kept, OURS, {**about, "stills": stills})
    made = case_zip(kept, tmp_path / "case.zip", OURS)
    assert sorted(made.withheld) == RAW
    assert listed(made.path)["masked"] == []


def test_a_flag_that_cannot_be_read_makes_a_page_without_it(kept, tmp_path):
    """Signed, but no JSON and no UTF-8: handed out as it is."""
    about = json.loads((kept / "manifest.json").read_bytes())
    for part in about["parts"]:
        if part["name"] in ("flag.json", "transcript.vtt"):
            (kept / part["name"]).write_bytes(b"\xff")
            part |= {"bytes": 1, "sha256": hashlib.sha256(b"\xff").hexdigest()}
    resign(kept, OURS, about)
    seen = []
    made = case_zip(kept, tmp_path / "case.zip", OURS, page=lambda case: seen.append(case) or "")
    assert seen[0].flag == {}
    assert examine(made.path).problems == []


def test_what_a_viewer_wrote_is_painted_over_on_the_masked_still(kept, tmp_path):
    """The row is one grey area, read back from the zip; the raw still is not."""
    case_zip(kept, tmp_path / "case.zip", OURS, mask=masked)
    with zipfile.ZipFile(tmp_path / "case.zip") as case:
        shown = cv2.imdecode(np.frombuffer(case.read("masked/still-01.jpg"), np.uint8), cv2.IMREAD_COLOR)
    raw = cv2.imread(str(kept / "stills/still-01.jpg"))
    assert shown.shape == raw.shape
    row = (slice(30, 40), slice(4, 30))
    assert raw[row].std() > 40
    assert shown[row].std() < 10
    assert shown[80:, 80:].std() > 40


def test_the_page_is_given_the_case(kept, tmp_path):
    """Flag, rules, transcript, one still for each moment (the boxed one), the clip's place, and who exports."""
    seen = []
    made = export(
        kept,
        tmp_path / "case.zip",
        signer=OURS,
        by="质检员",
        page=lambda case: seen.append(case) or plain_page(case),
        mask=blackened,
        software="0.1.0",
    )
    (case,) = seen
    assert case.rules["rules"][0]["clause"] == RULE.clause
    assert case.transcript.startswith("WEBVTT\n\nNOTE\nroom room-1\nflag f-1\n")
    assert case.stills == [("masked/still-01-box.jpg", "录像 1:40.5"), ("masked/still-02-box.jpg", "录像 1:44.5")]
    assert set(dict(case.stills)) <= set(names(made.path))
    assert case.clip == "case/clip.mp4"
    assert case.manifest["flag_id"] == case.flag["flag_id"] == "f-1"


def test_evidence_that_does_not_verify_is_not_handed_out(kept, tmp_path):
    """Each mismatch is named, and there is no zip."""
    (kept / "transcript.vtt").write_text("WEBVTT\n")
    (kept / "extra").write_text("x")
    with pytest.raises(IntegrityError, match=r"does not verify.*transcript\.vtt.*extra"):
        case_zip(kept, tmp_path / "case.zip", OURS)
    assert not (tmp_path / "case.zip").exists()


def test_nothing_is_written_over_or_into_the_evidence(kept, tmp_path):
    """A name that is taken, a place within the bundle, a folder that is not there: said, and nothing is left."""
    (tmp_path / "taken.zip").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        case_zip(kept, tmp_path / "taken.zip", OURS)
    with pytest.raises(UsageError, match="within the evidence"):
        case_zip(kept, kept / "case.zip", OURS)
    with pytest.raises(WorkspaceError, match="cannot be written"):
        case_zip(kept, tmp_path / "nowhere" / "case.zip", OURS)
    assert (tmp_path / "taken.zip").read_text() == "mine"
    assert verify(kept) == []


def test_an_export_is_recorded_before_it_is_there_or_it_is_not_made(kept, tmp_path):
    """Who records sees the whole zip's digest and no zip yet; where recording fails nothing is left."""
    out = tmp_path / "case.zip"
    seen = []
    made = case_zip(kept, out, OURS, record=lambda told: seen.append((told, out.exists())))
    assert seen == [(made, False)]
    assert made.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    before = sorted(tmp_path.iterdir())

    def full(_):
        raise WorkspaceError("the log cannot be written")

    with pytest.raises(WorkspaceError, match="the log"):
        case_zip(kept, tmp_path / "other.zip", OURS, record=full)
    assert sorted(tmp_path.iterdir()) == before
