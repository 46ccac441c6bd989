"""Whether a folder's file system tells of changes, or has to be looked at again and again."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_SILENT = frozenset(
    ("9p", "afs", "ceph", "cifs", "drvfs", "lustre", "nfs", "nfs4", "smb3", "smbfs", "vboxsf")
)
_ESCAPED = re.compile(r"\\([0-7]{3})")


def has_silent(folders: Iterable[str]) -> bool:
    """Whether one of ``folders`` lies on a file system where others can change files unheard:
    a network's, or one that a program serves. False where that cannot be told.
    """
    try:
        table = _MOUNTS.read_text("utf-8", "surrogateescape")
    except OSError:
        return False
    kinds = mounted(table)
    return any(is_silent(kind_of(os.path.realpath(folder), kinds)) for folder in folders)


def is_silent(kind: str) -> bool:
    """Whether file systems of this kind, as the kernel names it, leave changes unsaid."""
    return kind in _SILENT or kind.startswith("fuse.")


def kind_of(folder: str, kinds: dict[str, str]) -> str:
    """The kind of file system that holds ``folder``, an absolute path without links."""
    while folder not in kinds and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    return kinds.get(folder, "")


def mounted(table: str) -> dict[str, str]:
    """Kinds of file systems by where they are mounted; the last mount hides those below it.

    Source: proc_pid_mountinfo(5): the mount point is the fifth field, the kind follows `` - ``.
    """
    kinds = {}
    for line in table.splitlines():
        mount, _, rest = line.partition(" - ")
        fields, kind = mount.split(" "), rest.split(" ")[0]
        if len(fields) > 4 and kind:
            kinds[_ESCAPED.sub(lambda match: chr(int(match[1], 8)), fields[4])] = kind
    return kinds
