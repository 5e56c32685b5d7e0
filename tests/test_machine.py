"""How many rooms a machine bears: the rule on numbers, and the reading of them from small trees of /proc and /sys."""

from pathlib import Path

import pytest

from monitor.machine import PARENT_MB, WORKER_MB, Machine, jobs_borne, look

ROOMY_KB = 64_000_000


def machine(cores: float, memory_mb: int | None) -> Machine:
    return Machine(cores, "processor affinity", memory_mb, "MemAvailable")


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in ({"proc/meminfo": f"MemTotal: 1 kB\nMemAvailable:   {ROOMY_KB} kB\n"} | files).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(
    ("cores", "memory_mb", "jobs"),
    [
        (8, 100_000, 8),
        (8, PARENT_MB + 3 * WORKER_MB, 3),
        (8, PARENT_MB + 3 * WORKER_MB - 1, 2),
        (2.9, 100_000, 2),
        (0.5, 100_000, 1),
        (4, 100, 1),
        (4, 0, 1),
        (4, None, 4),
    ],
)
def test_the_scarcer_of_cores_and_memory_decides_and_one_always_runs(cores: float, memory_mb: int | None, jobs: int):
    """As many workers as whole cores, and no more than fit into memory beside the parent."""
    assert jobs_borne(machine(cores, memory_mb)).jobs == jobs


def test_the_reason_names_what_decided():
    """The summary says why so many: cores, or memory with its figures."""
    assert jobs_borne(machine(8, 100_000)).reason == "8 cores (processor affinity)"
    scarce = jobs_borne(machine(8, 4000))
    assert "4000 MB available (MemAvailable)" in scarce.reason
    assert f"{WORKER_MB} MB" in scarce.reason


def test_only_too_little_for_one_counts_as_short():
    """One worker that fits is fewer than cores, and no shortage."""
    assert not jobs_borne(machine(8, PARENT_MB + WORKER_MB)).short_of_memory
    assert jobs_borne(machine(8, PARENT_MB + WORKER_MB - 1)).short_of_memory


def test_a_larger_model_makes_fewer_workers():
    """A worker's size can be given."""
    assert jobs_borne(machine(8, PARENT_MB + 9000), worker_mb=3000).jobs == 3


def test_without_limits_affinity_and_available_memory_count(tmp_path: Path):
    """`max` in a control group bounds nothing."""
    root = tree(
        tmp_path,
        {
            "proc/self/cgroup": "0::/\n",
            "sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
            "sys/fs/cgroup/cpu.max": "max 100000\n",
            "sys/fs/cgroup/memory.max": "max\n",
            "sys/fs/cgroup/memory.current": "5\n",
        },
    )

    assert look(root, affinity=6) == Machine(6, "processor affinity", ROOMY_KB * 1024 // 1_000_000, "MemAvailable")


def test_limits_of_any_group_above_count(tmp_path: Path):
    """Version 2: the lowest limit on the way from the process's group to the mount binds; droppable files are free."""
    root = tree(
        tmp_path,
        {
            "proc/self/cgroup": "0::/desk/job\n",
            "sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
            "sys/fs/cgroup/desk/cpu.max": "150000 100000\n",
            "sys/fs/cgroup/desk/job/cpu.max": "max 100000\n",
            "sys/fs/cgroup/desk/memory.max": "4000000000\n",
            "sys/fs/cgroup/desk/memory.current": "1500000000\n",
            "sys/fs/cgroup/desk/memory.stat": "anon 500000000\ninactive_file 1000000000\n",
        },
    )

    assert look(root, affinity=6) == Machine(1.5, "the container's limit", 3500, "the container's limit")


def test_a_container_that_sees_its_group_as_the_mount(tmp_path: Path):
    """The path is the host's, the files are at the mount; version 1 names are understood."""
    root = tree(
        tmp_path,
        {
            "proc/self/cgroup": "5:memory:/host/abc\n4:cpu,cpuacct:/host/abc\n0::/\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "2000000000\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": "700000000\n",
            "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 100000000\n",
        },
    )

    assert look(root, affinity=6) == Machine(2, "the container's limit", 1400, "the container's limit")


def test_an_unbound_version_1_group_is_no_limit(tmp_path: Path):
    """-1 and the largest number of pages stand for none."""
    root = tree(
        tmp_path,
        {
            "proc/self/cgroup": "5:memory:/\n4:cpu:/\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": "700000000\n",
        },
    )

    assert look(root, affinity=6).cores == 6
    assert look(root, affinity=6).memory_from == "MemAvailable"


def test_a_machine_without_proc_goes_by_its_cores(tmp_path: Path):
    """Where nothing tells about memory it does not bound."""
    assert look(tmp_path, affinity=3) == Machine(3, "processor affinity", None, "MemAvailable")
    assert jobs_borne(look(tmp_path, affinity=3)).jobs == 3


def test_what_makes_no_sense_does_not_limit(tmp_path: Path):
    """A garbled group file is as if it were not there."""
    root = tree(tmp_path, {"proc/self/cgroup": "nonsense\n0::/\n", "sys/fs/cgroup/cpu.max": "x y z\n"})

    assert look(root, affinity=2).cores == 2
