"""The files of a folder, in a fixed order, with the reason for each that is left out."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import InputError
from rag.ingest.ignore import IGNORE_FILE, IgnoreRules
from rag.ingest.registry import SUPPORTED_SUFFIXES, is_supported
from rag.text.terminal import safe
from rag.types import Skipped


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read.

    Attributes:
        document_id: path relative to its root, POSIX; with several roots, under the root's name.
        size_bytes, mtime_ns: as listed, to tell whether it changed.
    """

    path: Path
    document_id: str
    size_bytes: int
    mtime_ns: int


@dataclass(slots=True)
class _Walk:
    """What is known while walking: files given already and folders that are open above."""

    seen: set[str] = field(default_factory=set)
    above: list[tuple[int, int]] = field(default_factory=list)


def find_files(roots: Sequence[Path]) -> Iterator[FoundFile | Skipped]:
    """The supported files under ``roots`` (folders or files), and what is skipped and why.

    Names are taken in order, so equal folders give equal lists. Hidden names and what a
    ``.ragignore`` names are passed over in silence. No device, pipe or socket is opened; a file
    that is reached twice is given once.

    Raises:
        InputError: if there is no root, or a root does not exist or cannot be listed.
    """
    if not roots:
        raise InputError("No folder of articles was named.", hint="rag index FOLDER")
    for root in roots:
        _require(root)
    return _found(roots)


def _found(roots: Sequence[Path]) -> Iterator[FoundFile | Skipped]:
    walk = _Walk()
    for root, prefix in zip(roots, _prefixes(roots), strict=True):
        if root.is_dir():
            yield from _in_folder(root, prefix, IgnoreRules(), walk)
        else:
            yield from _as_file(root, prefix or root.name, walk)


def _require(root: Path) -> None:
    name = safe(str(root))
    try:
        mode = root.stat().st_mode
        if stat.S_ISDIR(mode):
            os.scandir(root).close()
    except FileNotFoundError as exc:
        hint = "Name a folder with articles, for example: rag index seeds"
        raise InputError(f"There is no file or folder {name}.", hint=hint) from exc
    except (OSError, ValueError) as exc:
        why = getattr(exc, "strerror", None) or str(exc)
        raise InputError(f"{name} cannot be read: {why}.", hint="Check the path.") from exc


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


def _in_folder(
    folder: Path, prefix: str, rules: IgnoreRules, walk: _Walk
) -> Iterator[FoundFile | Skipped]:
    try:
        key = _key(folder.stat())
        names = sorted(os.listdir(folder))
    except OSError as exc:
        yield _skipped(folder, f"cannot be listed: {exc.strerror}")
        return
    if key in walk.above:
        yield _skipped(folder, "a link that leads back to a folder above it")
        return
    walk.above.append(key)
    rules = rules.entering(folder) if IGNORE_FILE in names else rules
    for name in names:
        if not name.startswith("."):
            yield from _entry(folder / name, f"{prefix}/{name}" if prefix else name, rules, walk)
    walk.above.pop()


def _entry(
    path: Path, document_id: str, rules: IgnoreRules, walk: _Walk
) -> Iterator[FoundFile | Skipped]:
    try:
        is_folder = path.is_dir()
    except OSError:
        is_folder = False
    if rules.ignores(path, is_folder=is_folder):
        return
    if is_folder:
        yield from _in_folder(path, document_id, rules, walk)
    else:
        yield from _as_file(path, document_id, walk)


def _as_file(path: Path, document_id: str, walk: _Walk) -> Iterator[FoundFile | Skipped]:
    if not is_supported(path):
        yield _skipped(
            path,
            f"unsupported format {safe(path.suffix) or '(no suffix)'}; "
            f"supported are {', '.join(SUPPORTED_SUFFIXES)}",
        )
        return
    try:
        status = path.stat()
    except FileNotFoundError:
        yield _skipped(path, "a link to nothing" if path.is_symlink() else "it has vanished")
        return
    except OSError as exc:
        yield _skipped(path, f"cannot be read: {exc.strerror}")
        return
    if reason := _refusal(path, status):
        yield _skipped(path, reason)
    elif (real := os.path.realpath(path)) not in walk.seen:
        walk.seen.add(real)
        yield FoundFile(path, safe(document_id), status.st_size, status.st_mtime_ns)


def _refusal(path: Path, status: os.stat_result) -> str:
    """Why a file is not read; empty if it is."""
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if status.st_size == 0:
        return "empty file"
    if not os.access(path, os.R_OK):
        return f"cannot be read: {os.strerror(13)}"
    return ""


def _key(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _skipped(path: Path, reason: str) -> Skipped:
    return Skipped(safe(str(path)), reason)
