"""What the machine and its limits allow. Pure: figures come from outside."""

from __future__ import annotations

from monitor.doctor.finding import Finding, beware, mend
from monitor.machine import Machine, jobs_borne

FILES_LEAST, FILES_A_WORKER = 64, 4
"""Open files of one process, which the limit is for: a scan's parent and its workers were seen with 10 to 16, and four
times that is wanted; the parent holds a pipe and a process handle or two for each worker."""
ADDRESS_SPACE_MB = 4500
"""Address space of a worker, in MB (10^6 bytes): inference engines map more than they fill (`VmPeak` was 3.7 GB)."""


def jobs(machine: Machine, asked: int) -> Finding:
    """How many rooms at a time; `asked` is the setting, 0 for none."""
    borne = jobs_borne(machine)
    memory = "memory unknown" if machine.memory_mb is None else f"{machine.memory_mb} MB ({machine.memory_from})"
    found = f"{machine.cores:g} cores ({machine.cores_from}), {memory}: {borne.jobs} rooms at a time"
    if borne.short_of_memory:
        return beware("cores and memory", found, f"end other programs or give it more: {borne.reason}")
    if asked > borne.jobs:
        return beware("cores and memory", f"{found}, {asked} asked for", f"`jobs = {borne.jobs}`: {borne.reason}")
    return Finding("cores and memory", found + (f", {asked} asked for" if asked else ""))


def open_files(soft: int | None, workers: int) -> Finding:
    """`soft` is the limit on open files; None for none."""
    needed = FILES_LEAST + FILES_A_WORKER * workers
    if soft is None or soft >= needed:
        return Finding("open files", "no limit" if soft is None else f"{soft} allowed, {needed} needed")
    found, todo = f"{soft} allowed, {needed} needed for {workers} rooms at a time", f"`ulimit -n {max(1024, needed)}`"
    if soft < FILES_LEAST // 2:
        return mend("open files", found, todo)
    return beware("open files", found, f"{todo}, or fewer `jobs`")


def address_space(soft_mb: int | None) -> Finding:
    """`soft_mb` is the limit on address space (`ulimit -v`) in MB; None for none."""
    if soft_mb is None or soft_mb >= ADDRESS_SPACE_MB:
        return Finding("address space", "no limit" if soft_mb is None else f"{soft_mb} MB")
    return mend("address space", f"{soft_mb} MB, the models map up to {ADDRESS_SPACE_MB} MB", "`ulimit -v unlimited`")


def file_size(soft_mb: int | None) -> Finding:
    """`soft_mb` is the limit on the size of a file (`ulimit -f`) in MB; None for none."""
    if soft_mb is None or soft_mb >= 4000:
        return Finding("file size", "no limit" if soft_mb is None else f"{soft_mb} MB")
    return beware("file size", f"{soft_mb} MB", "the database of a large workspace grows beyond: `ulimit -f unlimited`")
