"""The places that a scan writes to, and the limits of machine and process."""

from pathlib import Path

import pytest

from monitor.doctor import Grade, bounds, disk
from monitor.machine import PARENT_MB, WORKER_MB, Machine

FINE, BEWARE, MEND = Grade.FINE, Grade.BEWARE, Grade.MEND
MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:5 / /dev rw - devtmpfs devtmpfs rw
30 22 0:40 / /mnt/rec\040ordings rw - nfs4 server:/x rw
31 30 8:2 / /mnt/rec\040ordings/fast rw - xfs /dev/vdb rw
32 22 0:41 / /mnt/over rw - ext4 /dev/vdc rw
33 22 0:42 / /mnt/over rw - cifs //server/share rw
not a mount
"""


@pytest.mark.parametrize(("free_gb", "grade"), [(0.49, MEND), (0.5, BEWARE), (4.9, BEWARE), (5.0, FINE)])
def test_room_on_the_disk(free_gb: float, grade: Grade):
    """Half a GB is the least, below five a long scan may fill it."""
    assert disk.room("disk", free_gb).grade is grade


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/x", "ext4"),
        ("/mnt/rec ordings", "nfs4"),
        ("/mnt/rec ordings/a/b", "nfs4"),
        ("/mnt/rec ordings/fast/b", "xfs"),
        ("/mnt/recordings", "ext4"),
        ("/mnt/over/x", "cifs"),
    ],
)
def test_the_file_system_is_that_of_the_innermost_mount(folder: str, kind: str):
    """Blanks are spelt in octal, a later mount hides an earlier one, whole names count and not their beginnings."""
    assert disk.kind_of(Path(folder), MOUNTS) == kind


@pytest.mark.parametrize(
    ("kind", "grade"),
    [
        ("ext4", FINE), ("xfs", FINE), ("overlay", FINE), ("", FINE), ("nfs", BEWARE), ("nfs4", BEWARE),
        ("cifs", BEWARE), ("smb3", BEWARE), ("9p", BEWARE), ("fuse.sshfs", BEWARE), ("fuse.ossfs", BEWARE),
        ("tmpfs", BEWARE), ("fuse.portal", FINE),
    ],
)  # fmt: skip
def test_network_and_memory_file_systems_are_told(kind: str, grade: Grade):
    """SQLite's locks are not to be trusted over a network; what lies in memory does not stay."""
    assert disk.file_system("workspace is on", kind).grade is grade


def test_the_test_of_writing_leaves_nothing_behind(tmp_path: Path):
    """A megabyte is written, synced, locked and removed."""
    finding = disk.writing("writing", tmp_path)

    assert finding.grade in {FINE, BEWARE}  # a loaded disk may be slow to sync
    assert "synced" in finding.found
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_must_be_mended(tmp_path: Path):
    """Here: one that is not there. The line names it."""
    finding = disk.writing("writing", tmp_path / "gone")

    assert finding.grade is MEND
    assert "gone" in finding.found


@pytest.mark.parametrize(("took_ms", "grade"), [(3, FINE), (251, BEWARE)])
def test_a_disk_that_is_slow_to_sync_is_told(took_ms: float, grade: Grade):
    """Each unit of work is synced."""
    assert disk.synced("writing", took_ms).grade is grade


def test_a_workspace_to_be_is_judged_by_the_folder_above_it(tmp_path: Path):
    """The examination makes no workspace; one that is a file must be changed."""
    findings = list(disk.examine(tmp_path / "a" / "b"))
    assert all(finding.grade is not MEND for finding in findings)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    assert next(iter(disk.examine(tmp_path / "file"))).grade is MEND


def machine(cores: float, memory_mb: int | None) -> Machine:
    return Machine(cores, "processor affinity", memory_mb, "MemAvailable")


def test_cores_and_memory_tell_the_number_of_rooms():
    """More asked for than the machine bears, or too little memory even for one, is told; it stops nothing."""
    assert bounds.jobs(machine(4, 64_000), 0).found.endswith("4 rooms at a time")
    assert bounds.jobs(machine(4, 64_000), 4).grade is FINE
    more = bounds.jobs(machine(4, PARENT_MB + 2 * WORKER_MB), 4)
    assert more.grade is BEWARE
    assert "`jobs = 2`" in more.todo
    assert bounds.jobs(machine(4, 500), 0).grade is BEWARE


@pytest.mark.parametrize(
    ("soft", "workers", "grade"), [(None, 8, FINE), (96, 8, FINE), (95, 8, BEWARE), (32, 1, BEWARE), (31, 1, MEND)]
)
def test_open_files(soft: int | None, workers: int, grade: Grade):
    """Half of what one process wants is the least; the advice is a number that does."""
    finding = bounds.open_files(soft, workers)

    assert finding.grade is grade
    assert ("ulimit -n 1024" in finding.todo) is (grade is not FINE)


@pytest.mark.parametrize(("soft_mb", "grade"), [(None, FINE), (4500, FINE), (4000, MEND)])
def test_address_space(soft_mb: int | None, grade: Grade):
    """Models map more than they fill: under a tight limit they do not load."""
    assert bounds.address_space(soft_mb).grade is grade


@pytest.mark.parametrize(("soft_mb", "grade"), [(None, FINE), (4000, FINE), (100, BEWARE)])
def test_file_size(soft_mb: int | None, grade: Grade):
    """A limit on the size of files is reached by the database some day."""
    assert bounds.file_size(soft_mb).grade is grade
