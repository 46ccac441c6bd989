"""Which of the paths that changed on disk could change an index."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from enum import IntEnum
from pathlib import Path

from rag.ingest.ignore import GIT_IGNORE_FILE, IGNORE_FILE, IgnoreRules, Patterns
from rag.ingest.registry import is_supported
from rag.store.schema import FILE_NAME


class Happened(IntEnum):
    """What became of a path, in the numbers of ``watchfiles``."""

    ADDED = 1
    MODIFIED = 2
    DELETED = 3


Event = tuple[int, str]
"""A number of ``Happened`` and an absolute path."""


def relevant(
    events: Collection[Event], roots: Sequence[str], index_dir: str, patterns: Patterns
) -> tuple[str, ...]:
    """The paths among ``events`` for which a sync may find something to do, sorted.

    These are files that can be read, folders that came, whatever has gone and may have been one of
    them, and ignore files; not what is hidden, left out by a pattern or part of the index. In
    doubt a path counts: a sync in vain costs little, a change that is missed is a lie.

    Args:
        roots: absolute, without ``/`` at the end.
    """
    asked = _Asked(roots, index_dir, patterns)
    came = {path for happened, path in events if happened == Happened.ADDED}
    return tuple(sorted({event[1] for event in events if asked.counts(event, came)}))


class _Asked:
    """The rules of each folder, read once for a batch of events."""

    def __init__(self, roots: Sequence[str], index_dir: str, patterns: Patterns) -> None:
        self._roots = roots
        self._own = _identity(index_dir)
        self._patterns = patterns
        self._rules: dict[tuple[str, str], IgnoreRules | None] = {}

    def counts(self, event: Event, came: Collection[str]) -> bool:
        """Whether one event matters, given the paths that came in the same batch."""
        return any(self._counts_under(root, event, came) for root in self._roots)

    def _counts_under(self, root: str, event: Event, came: Collection[str]) -> bool:
        happened, path = event
        if path == root:
            return happened != Happened.MODIFIED or os.path.isfile(path)
        if not _is_within(path, root):
            return False
        folder, name = os.path.split(path)
        rules = self._inside(folder, root)
        if rules is None:
            return False
        if name.startswith("."):
            return name == IGNORE_FILE or (self._patterns.gitignore and name == GIT_IGNORE_FILE)
        below_root = _below(root, path)
        if os.path.isdir(path):
            is_new = happened != Happened.MODIFIED and not self._is_index(path, root)
            return is_new and not rules.ignores(below_root, is_folder=True)
        if is_supported(Path(path)):
            return not rules.ignores(below_root, is_folder=False)
        # What is gone without having come just now may have been a folder of articles.
        is_gone = not os.path.lexists(path) and path not in came
        return is_gone and not rules.ignores(below_root, is_folder=True)

    def _inside(self, folder: str, root: str) -> IgnoreRules | None:
        """The rules in a folder; None if it, or one around it, is left out."""
        unknown = []  # not recursion: a tree may be deeper than Python's stack
        while (root, folder) not in self._rules:
            unknown.append(folder)
            if folder == root:
                break
            folder = os.path.dirname(folder)
        rules = self._rules.get((root, folder))
        for inner in reversed(unknown):
            rules = self._entered(inner, root, rules)
            self._rules[root, inner] = rules
        return rules

    def _entered(self, folder: str, root: str, around: IgnoreRules | None) -> IgnoreRules | None:
        """The rules in a folder, given those in the one around it."""
        below_root = _below(root, folder)
        if folder == root:
            around = IgnoreRules.at_root(root, self._patterns)
        elif around is None or around.ignores(below_root, is_folder=True):
            return None
        is_hidden = folder != root and os.path.basename(folder).startswith(".")
        if is_hidden or self._is_index(folder, root):
            return None
        return around.entering(folder, below_root, (IGNORE_FILE, GIT_IGNORE_FILE))

    def _is_index(self, folder: str, root: str) -> bool:
        """Whether it is the folder of this index, or of another one."""
        is_own = self._own is not None and _identity(folder) == self._own
        return is_own or (folder != root and os.path.exists(os.path.join(folder, FILE_NAME)))


def _is_within(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root.rstrip('/')}/")


def _below(root: str, path: str) -> str:
    return path[len(root.rstrip("/")) + 1 :]


def _identity(folder: str) -> tuple[int, int] | None:
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def absolute(roots: Iterable[Path]) -> list[str]:
    """The roots as ``relevant`` takes them."""
    return [os.path.abspath(root) for root in roots]
