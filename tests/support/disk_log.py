"""What faults.c wrote down: every call that was to change a file, in order."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

_HEAD = struct.Struct("6q")
_PER_RUN = 8
_NAMED_AT_RANDOM = re.compile(r"\.tmp\w+|[0-9a-f]{32}")


class Kind(IntEnum):
    """What a call did, as faults.c numbers it."""

    DATA = 1
    RESIZE = 2
    SYNC = 3
    RENAME = 4
    REMOVE = 5
    FOLDER = 6
    MAKE = 7
    OTHER = 8
    FAILED = 9


@dataclass(frozen=True, slots=True)
class Change:
    """One call.

    Attributes:
        inode: of the file, or of the folder that was synced or made.
        offset: where ``data`` was written; the new length for RESIZE.
        path, path2: relative to the folder that was watched; the second for RENAME.
    """

    kind: Kind
    inode: int
    offset: int
    path: str
    path2: str
    data: bytes


def read_log(log: Path, folder: Path) -> list[Change]:
    """The changes below ``folder``, oldest first."""
    raw, at, changes = log.read_bytes(), 0, []
    while at < len(raw):
        kind, inode, offset, *lengths = _HEAD.unpack_from(raw, at)
        at += _HEAD.size
        parts = []
        for length in lengths:
            parts.append(raw[at : at + length])
            at += length
        names = [_relative(part.decode(), str(folder)) for part in parts[:2]]
        changes.append(Change(Kind(kind), inode, offset, names[0], names[1], parts[2]))
    return changes


def telling_points(changes: Sequence[Change]) -> list[int]:
    """The calls (from 1) to spoil when not every one can be.

    Of a run of writes to one file some, more of the store, where they are many transactions; of
    calls of one kind to files of one sort the first and the last.
    """
    runs: list[list[int]] = []
    for number, change in enumerate(changes, 1):
        last = changes[runs[-1][-1] - 1] if runs else None
        same = last is not None and (last.kind, last.path) == (change.kind, change.path)
        if same and change.kind is Kind.DATA:
            runs[-1].append(number)
        else:
            runs.append([number])
    sorts: dict[tuple[Kind, str], list[list[int]]] = {}
    for run in runs:
        change = changes[run[0] - 1]
        sorts.setdefault((change.kind, _NAMED_AT_RANDOM.sub("*", change.path)), []).append(run)
    kept = [run for alike in sorts.values() for run in (alike[0], alike[-1])]
    in_store = [changes[run[0] - 1].path.startswith("index.sqlite3") for run in kept]
    limits = [_PER_RUN if store else 2 for store in in_store]
    return sorted({n for run, limit in zip(kept, limits, strict=True) for n in spread(run, limit)})


def spread(points: Sequence[int], n: int) -> list[int]:
    """At most ``n`` of the points, the first and the last among them."""
    if len(points) <= n:
        return list(points)
    return sorted({points[round(i * (len(points) - 1) / (n - 1))] for i in range(n)})


def _relative(path: str, folder: str) -> str:
    return path.removesuffix(" (deleted)").removeprefix(folder).lstrip("/")
