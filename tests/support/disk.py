"""A disk that forgets what was never synced: power loss, simulated from a log of changes.

What is simulated: a file keeps what it held at its last fsync; later writes and changes of length
are lost, kept, or kept in part and out of order, in sectors of 512 bytes. A folder keeps the names
it had at its own last fsync; later names, renames and removals are all lost or all kept. An fsync
of a file says nothing of its name, as POSIX has it. Not simulated: a disk that lies about fsync,
sectors that turn to garbage, and names kept in part.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tests.support.disk_log import Change, Kind

_SECTOR_BYTES = 512


class Survivor(StrEnum):
    """What of the unsynced outlasts the power loss."""

    NOTHING = "nothing"
    NAMES = "names"
    DATA = "data"
    SOME_DATA = "some data"
    LATE_DATA = "late data"


@dataclass(eq=False)
class _File:
    """Bytes on the disk, and what is to be done to them: (offset, bytes), or (length, None)."""

    durable: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def content(self, survivor: Survivor, chance: random.Random) -> bytes:
        """The bytes found after the power loss."""
        if survivor in (Survivor.NOTHING, Survivor.NAMES):
            return self.durable
        data = bytearray(self.durable)
        steps = self.pending
        if survivor is Survivor.LATE_DATA:
            steps = steps[len(steps) // 2 :]
        for at, piece in steps:
            for some_at, some in _sectors(at, piece):
                if survivor is not Survivor.SOME_DATA or chance.random() < 0.5:
                    _apply(data, some_at, some)
        return bytes(data)

    def sync(self) -> None:
        self.durable = self.content(Survivor.DATA, random.Random())
        self.pending.clear()


@dataclass(eq=False)
class _Folder:
    """Names on the disk, and names as programs see them."""

    durable: dict[str, _File | _Folder] = field(default_factory=dict)
    live: dict[str, _File | _Folder] = field(default_factory=dict)

    def sync(self) -> None:
        self.durable = dict(self.live)


class Disk:
    """A folder on a disk, changed step by step.

    Args:
        start: what lies there at first, all of it synced; may be missing.
    """

    def __init__(self, start: Path) -> None:
        self._root = _read(start)
        self._inodes: dict[int, _File] = {}

    def apply(self, change: Change) -> None:
        """Do what the program did."""
        match change.kind:
            case Kind.MAKE:
                self._make(change)
            case Kind.FOLDER:
                folder, name = self._parent(change.path)
                folder.live[name] = _Folder()
            case Kind.DATA | Kind.RESIZE:
                data = change.data if change.kind is Kind.DATA else None
                self._file(change).pending.append((change.offset, data))
            case Kind.SYNC:
                node = self._node(change.path)
                (node if isinstance(node, _Folder) else self._file(change)).sync()
            case Kind.REMOVE:
                folder, name = self._parent(change.path)
                folder.live.pop(name, None)
            case Kind.RENAME:
                source, old = self._parent(change.path)
                target, new = self._parent(change.path2)
                target.live[new] = source.live.pop(old)
            case Kind.OTHER:
                raise NotImplementedError(f"not simulated: {change}")

    def write(self, folder: Path, survivor: Survivor, seed: int = 0) -> None:
        """What is found in ``folder`` after a power loss at this point."""
        names = "durable" if survivor in (Survivor.NOTHING, Survivor.DATA) else "live"
        _write(self._root, folder, names, survivor, random.Random(seed))

    def _make(self, change: Change) -> None:
        folder, name = self._parent(change.path)
        node = folder.live.get(name)
        if isinstance(node, _File):
            node.pending.append((0, None))
        else:
            node = folder.live[name] = _File()
        assert isinstance(node, _File)
        self._inodes[change.inode] = node

    def _file(self, change: Change) -> _File:
        node = self._node(change.path)
        if isinstance(node, _File):
            self._inodes[change.inode] = node
        return self._inodes[change.inode]  # by number where the name is gone already

    def _parent(self, path: str) -> tuple[_Folder, str]:
        head, _, name = path.rpartition("/")
        folder = self._node(head)
        assert isinstance(folder, _Folder), path
        return folder, name

    def _node(self, path: str) -> _File | _Folder | None:
        node: _File | _Folder | None = self._root
        for name in filter(None, path.split("/")):
            node = node.live.get(name) if isinstance(node, _Folder) else None
        return node


def power_losses(
    start: Path, changes: Sequence[Change], points: Sequence[int]
) -> Iterator[tuple[int, Survivor, Disk]]:
    """The disk after each of ``points`` changes, with each way in which the power can go then."""
    disk = Disk(start)
    wanted = set(points)
    for number, change in enumerate(changes, 1):
        disk.apply(change)
        if number in wanted:
            for survivor in Survivor:
                yield number, survivor, disk


def _sectors(at: int, piece: bytes | None) -> Iterator[tuple[int, bytes | None]]:
    if piece is None:
        yield at, None
        return
    first = 0
    while first < len(piece):
        size = _SECTOR_BYTES - (at + first) % _SECTOR_BYTES
        yield at + first, piece[first : first + size]
        first += size


def _apply(data: bytearray, at: int, piece: bytes | None) -> None:
    if piece is None:
        del data[at:]
    end = at + len(piece or b"")
    data.extend(bytes(max(0, end - len(data))))
    data[at:end] = piece or b""


def _read(folder: Path) -> _Folder:
    names: dict[str, _File | _Folder] = {}
    for path in folder.iterdir() if folder.exists() else ():
        names[path.name] = _read(path) if path.is_dir() else _File(path.read_bytes())
    return _Folder(dict(names), dict(names))


def _write(
    node: _Folder, folder: Path, names: str, survivor: Survivor, chance: random.Random
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, child in getattr(node, names).items():
        if isinstance(child, _Folder):
            _write(child, folder / name, names, survivor, chance)
        elif not name.endswith("-shm"):  # SQLite makes it anew from the WAL
            (folder / name).write_bytes(child.content(survivor, chance))
