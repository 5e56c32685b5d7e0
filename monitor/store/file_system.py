"""What kind of file system a folder lies on, and which kinds share neither locks nor memory reliably."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")

NETWORK = re.compile(
    r"^(nfs\d?|cifs|smb\d?|smbfs|afs|9p|ncpfs|ceph|lustre|glusterfs|gfs2?|ocfs2|beegfs|davfs|virtiofs|vboxsf|prl_fs"
    r"|fuse\.(sshfs|s3fs|glusterfs|davfs2?|rclone|ossfs|cosfs|gcsfuse|juicefs|cephfs|osxfs|grpcfuse|vmhgfs-fuse))$"
)
"""File systems of a network, and folders that a virtual machine shares with its host."""


def kind_of(folder: Path, mounts: str) -> str:
    """File system that holds the folder, from the text of `/proc/self/mountinfo` (proc(5)); the last mount wins."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split()
        if not dash or len(fields) < 5:
            continue
        place = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4]))
        if (folder == place or place in folder.parents) and len(place.parts) >= best:
            best, kind = len(place.parts), after.split()[0]
    return kind


def is_on_network(folder: Path, mounts: str | None = None) -> bool:
    """Whether other machines may write there too; False where nothing tells. `mounts` is as for `kind_of`."""
    if mounts is None:
        try:
            mounts = MOUNTS.read_text("utf-8", "replace")
        except OSError:
            return False
    return NETWORK.match(kind_of(folder.resolve(), mounts)) is not None
