"""The files of a folder, in a fixed order, with the reason for each that is left out."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import attrgetter
from pathlib import Path

from rag.errors import InputError
from rag.ingest.ignore import IgnoreRules, Patterns
from rag.ingest.registry import SUPPORTED_SUFFIXES, advice_for, is_supported
from rag.text.terminal import safe
from rag.types import Skipped


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read.

    Attributes:
        document_id: path relative to its root, POSIX; with several roots, under the root's name.
            As the file system spells it: two names that only look alike stay two files.
        size_bytes, mtime_ns, ctime_ns, inode: as listed, to tell whether it changed.
    """

    path: Path
    document_id: str
    size_bytes: int
    mtime_ns: int
    ctime_ns: int = 0
    inode: int = 0


_Key = tuple[int, int | str]


@dataclass(slots=True)
class _Level:
    """A folder that is being walked, and what is left of it.

    Attributes:
        path: from the root; id_prefix: of the ids of its files; both end with ``/`` or are empty.
        real: without links, to know a file that is reached twice.
    """

    path: str
    id_prefix: str
    real: str
    key: _Key
    rules: IgnoreRules
    entries: Iterator[os.DirEntry[str]]


def find_files(
    roots: Sequence[Path],
    patterns: Patterns | None = None,
    *,
    apart_from: Sequence[Path] = (),
    marker: str = "",
) -> FileWalk:
    """The supported files under ``roots`` (folders or files), and what is skipped and why.

    Names are taken in order, so equal folders give equal lists. Hidden names are passed over in
    silence, what a pattern leaves out is counted, the folders ``apart_from`` are not entered, nor
    any below the roots that holds a file named ``marker`` (the index of another corpus). No
    device, pipe or socket is opened; a file or folder that is reached twice is given once. A file
    that is itself a root is given whatever the patterns say.

    Raises:
        InputError: if there is no root, or a root does not exist or cannot be listed.
    """
    if not roots:
        raise InputError("no folder of articles was named", hint="rag index FOLDER")
    for root in roots:
        _require(root)
    return FileWalk(roots, patterns or Patterns(), apart_from, marker)


class FileWalk(Iterator[FoundFile | Skipped]):
    """Files one by one, folders opened as they come: what is not asked for is not listed.

    Attributes:
        n_ignored: files and folders that patterns left out so far; a folder counts as one.
    """

    def __init__(
        self, roots: Sequence[Path], patterns: Patterns, apart_from: Sequence[Path], marker: str
    ) -> None:
        self.n_ignored = 0
        self._marker = marker
        self._patterns = patterns
        self._files: set[str] = set()
        self._ids: set[str] = set()
        self._told: set[str] = set()
        self._apart = {key for path in apart_from if (key := _key_of(str(path)))}
        self._folders: set[_Key] = set()
        self._items = self._walk(roots)

    def __next__(self) -> FoundFile | Skipped:
        for item in self._items:
            if isinstance(item, FoundFile):
                return item
            if item.source not in self._told:
                self._told.add(item.source)
                return item
        raise StopIteration

    def _walk(self, roots: Sequence[Path]) -> Iterator[FoundFile | Skipped]:
        for root, prefix in zip(roots, _prefixes(roots), strict=True):
            path = os.fspath(root)
            if os.path.isdir(path):
                yield from self._in_root(path, f"{prefix}/" if prefix else "")
            else:
                real = os.path.realpath(path)
                yield from self._as_file(path, prefix or root.name, real, partial(os.stat, path))

    def _in_root(self, root: str, id_prefix: str) -> Iterator[FoundFile | Skipped]:
        rules = IgnoreRules.at_root(root, self._patterns)
        # Below a root a folder is entered once, or links could make a small tree endless.
        self._folders = set(self._apart)
        above: list[_Level] = []  # not recursion: a tree may be deeper than Python's stack
        yield from self._enter(root, os.path.realpath(root), "", id_prefix, rules, above)
        while above:
            level = above[-1]
            entry = next(level.entries, None)
            if entry is None:
                above.pop()
                continue
            name = level.path + entry.name
            is_folder = _is_folder(entry)
            if level.rules.ignores(name, is_folder=is_folder):
                self.n_ignored += 1
                continue
            real = (
                os.path.realpath(entry.path) if entry.is_symlink() else f"{level.real}/{entry.name}"
            )
            document_id = level.id_prefix + entry.name
            if is_folder:
                yield from self._enter(
                    entry.path, real, f"{name}/", f"{document_id}/", level.rules, above
                )
            else:
                yield from self._as_file(entry.path, document_id, real, entry.stat)

    def _enter(
        self,
        folder: str,
        real: str,
        path: str,
        id_prefix: str,
        rules: IgnoreRules,
        above: list[_Level],
    ) -> Iterator[Skipped]:
        """Put a folder on top of ``above``, or say why not."""
        try:
            key = _key(os.stat(folder), real)
            if key in self._folders:
                if any(level.key == key for level in above):
                    yield _skipped(folder, "a link that leads back to a folder above it")
                return
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=attrgetter("name"))
        except OSError as exc:
            yield _skipped(folder, f"cannot be listed: {exc.strerror}")
            return
        self._folders.add(key)
        if path and self._marker and any(entry.name == self._marker for entry in entries):
            return
        hidden = {entry.name for entry in entries if entry.name.startswith(".")}
        shown = iter([entry for entry in entries if entry.name not in hidden])
        if hidden:
            rules = rules.entering(folder, path.removesuffix("/"), hidden)
        above.append(_Level(path, id_prefix, real, key, rules, shown))

    def _as_file(
        self, name: str, document_id: str, real: str, stat_of: Callable[[], os.stat_result]
    ) -> Iterator[FoundFile | Skipped]:
        path = Path(name)
        if not is_supported(path):
            yield _skipped(name, _unsupported(path.suffix))
            return
        try:
            status = stat_of()
        except FileNotFoundError:
            yield _skipped(name, "a link to nothing" if path.is_symlink() else "it has vanished")
            return
        except OSError as exc:
            yield _skipped(name, f"cannot be read: {exc.strerror}")
            return
        document_id = safe(document_id)
        if reason := _refusal(name, status):
            yield _skipped(name, reason)
        elif real not in self._files and document_id in self._ids:
            yield _skipped(name, "its name is shown like that of another file; rename it")
        elif real not in self._files:
            self._files.add(real)
            self._ids.add(document_id)
            size, mtime, ctime = status.st_size, status.st_mtime_ns, status.st_ctime_ns
            yield FoundFile(path, document_id, size, mtime, ctime, status.st_ino)


def _require(root: Path) -> None:
    name = safe(str(root))
    try:
        mode = root.stat().st_mode
        if stat.S_ISDIR(mode):
            os.scandir(root).close()
    except FileNotFoundError as exc:
        raise InputError(f"there is no file or folder {name}", hint=_near(root)) from exc
    except (OSError, ValueError) as exc:
        why = getattr(exc, "strerror", None) or str(exc)
        raise InputError(f"{name} cannot be read: {why}", hint="ls -ld shows whose it is") from exc


def _near(root: Path) -> str:
    """What may have been meant: a name beside it, or how far the path is right."""
    there = next(folder for folder in root.absolute().parents if folder.is_dir())
    missing = root.absolute().relative_to(there).parts[0]
    try:
        near = difflib.get_close_matches(missing, os.listdir(there), n=1)
    except OSError:
        near = []
    if near:
        return f"did you mean {safe(str(there / near[0]))}?"
    return f"{safe(str(there))} is there, but nothing in it is called {safe(missing)!r}"


def _prefixes(roots: Sequence[Path]) -> list[str]:
    """What document ids of each root begin with: nothing for one root, else unique names."""
    if len(roots) == 1:
        return [""]
    names: list[str] = []
    for root in roots:
        base = root.resolve().name or "root"
        name, count = base, 1
        while name in names:
            count += 1
            name = f"{base}-{count}"
        names.append(name)
    return names


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


@lru_cache(maxsize=64)  # one text for the many files it is said of
def _unsupported(suffix: str) -> str:
    if advice := advice_for(suffix):
        return f"unsupported format {safe(suffix)}: {advice}"
    supported = ", ".join(SUPPORTED_SUFFIXES)
    return f"unsupported format {safe(suffix) or '(no suffix)'}; supported are {supported}"


def _refusal(path: str, status: os.stat_result) -> str:
    """Why a file is not read; empty if it is."""
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if status.st_size == 0:
        return "empty file"
    if not os.access(path, os.R_OK):
        return f"cannot be read: {os.strerror(13)}"
    return ""


def _key_of(folder: str) -> _Key | None:
    try:
        return _key(os.stat(folder), os.path.realpath(folder))
    except OSError:
        return None


def _key(status: os.stat_result, real: str) -> _Key:
    """What tells a folder from others; some file systems number none of them."""
    return (status.st_dev, status.st_ino) if status.st_ino else (0, real)


def _skipped(path: str, reason: str) -> Skipped:
    return Skipped(safe(path), reason)
