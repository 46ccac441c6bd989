"""Which names of a folder are left out: ``.ragignore`` files, ``.gitignore`` files, settings.

Patterns mean what they mean to git (https://git-scm.com/docs/gitignore), and are asked about one
name at a time on the way down: a folder that is left out is not entered, so nothing in it can be
brought back. What is nearer has the last word: settings before files, deeper files before those
above, ``.ragignore`` before ``.gitignore``.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import UsageError
from rag.text.terminal import safe

if TYPE_CHECKING:
    from rag.ingest.glob import Glob

IGNORE_FILE = ".ragignore"
GIT_IGNORE_FILE = ".gitignore"
_MAX_BYTES = 1_000_000
_MAX_LINES = 5_000


@dataclass(frozen=True, slots=True)
class Patterns:
    """What a user says about the names under each folder, as lines of a gitignore file.

    Attributes:
        include: if there are any, only files that these match are taken; they bring in no format
            that cannot be read.
        ignore: what is left out besides; ``!name`` takes what an ignore file would leave out.
        gitignore: whether ``.gitignore`` files count too. They say what does not belong into a
            repository, often just the private notes that are to be searched: so it is asked for.

    Raises:
        UsageError: if a pattern is not one.
    """

    include: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    gitignore: bool = False

    def __post_init__(self) -> None:
        for line in (*self.include, *self.ignore):
            _require(line)


@dataclass(frozen=True, slots=True)
class _Source:
    """Patterns of one place, and how a path relative to the root is seen from there."""

    globs: tuple[Glob, ...]
    n_stripped: int = 0
    above: str = ""

    def says(self, path: str, *, is_folder: bool) -> bool | None:
        """Whether ``path`` is named (True) or taken back (False); None if nothing is said."""
        seen = self.above + path[self.n_stripped :]
        for glob in reversed(self.globs):
            if (is_folder or not glob.folders_only) and glob.matches(seen):
                return not glob.negated
        return None


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The patterns in force in a folder, those with the last word first.

    Paths are relative to the root that ``at_root`` was called for, with ``/`` between names.
    """

    _settings: tuple[_Source, ...] = ()
    _files: tuple[_Source, ...] = ()
    _include: _Source | None = None
    _gitignore: bool = False

    @staticmethod
    def at_root(root: str, patterns: Patterns) -> IgnoreRules:
        """The rules above the root's own ignore files, which ``entering`` adds."""
        return IgnoreRules(
            _sources(patterns.ignore),
            _of_repository(root) if patterns.gitignore else (),
            next(iter(_sources(patterns.include)), None),
            patterns.gitignore,
        )

    def entering(self, folder: str, path: str, hidden: Iterable[str]) -> IgnoreRules:
        """The rules inside ``folder``, given the hidden names there; ``path`` is "" for the root.

        An ignore file that cannot be read adds nothing.
        """
        names = [name for name in self._file_names() if name in hidden]
        n_stripped = len(path) + 1 if path else 0
        sources = [_source_of(os.path.join(folder, name), n_stripped) for name in names]
        own = tuple(source for source in sources if source is not None)
        if not own:
            return self
        return IgnoreRules(self._settings, (*own, *self._files), self._include, self._gitignore)

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Whether a file or folder is left out, if the folder around it is not."""
        if not (self._settings or self._files or self._include):
            return False
        seen = comparable(path)
        sources = (*self._settings, *self._files)
        said = (source.says(seen, is_folder=is_folder) for source in sources)
        if next((says for says in said if says is not None), False):
            return True
        return self._is_not_included(seen, is_folder)

    def _is_not_included(self, path: str, is_folder: bool) -> bool:
        """Whether include patterns are given and none takes the file or a folder around it, or
        one takes either back."""
        if self._include is None or is_folder:
            return False
        names = path.split("/")
        around = ("/".join(names[:n_names]) for n_names in range(1, len(names)))
        said = {self._include.says(folder, is_folder=True) for folder in around}
        said.add(self._include.says(path, is_folder=False))
        return True not in said or False in said

    def _file_names(self) -> tuple[str, ...]:
        return (IGNORE_FILE, GIT_IGNORE_FILE) if self._gitignore else (IGNORE_FILE,)


def comparable(path: str) -> str:
    """``path`` as patterns see it: composed characters, as most keyboards type them (a Mac may
    store them decomposed), and no line break, at which a regular expression would stop."""
    composed = path if path.isascii() else unicodedata.normalize("NFC", path)
    return composed.replace("\n", "\0")


def _require(line: str) -> None:
    from rag.ingest.glob import Glob

    try:
        Glob.of(line)
    except ValueError as exc:
        raise UsageError(
            f"{safe(line)!r} is not a pattern: {exc}.",
            hint="Patterns are lines as in a .gitignore file, for example: drafts/ or *.log",
        ) from exc


def _sources(lines: Sequence[str], n_stripped: int = 0, above: str = "") -> tuple[_Source, ...]:
    """The patterns of one place: one source, or none if no line says anything."""
    if not lines:
        return ()
    from rag.ingest.glob import Glob

    globs = []
    for line in lines:
        try:
            glob = Glob.of(line)
        except ValueError:
            continue  # as git does: a line that is no pattern matches nothing
        if glob is not None:
            globs.append(glob)
    return (_Source(tuple(globs), n_stripped, above),) if globs else ()


def _source_of(file: str, n_stripped: int, above: str = "") -> _Source | None:
    """What an ignore file says; None for nothing, or if it cannot be read."""
    if not os.path.isfile(file):  # a pipe of that name would never end
        return None
    try:
        with open(file, "rb") as stream:
            text = stream.read(_MAX_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return None
    lines = text.split("\n", _MAX_LINES)[:_MAX_LINES]
    return next(iter(_sources(lines, n_stripped, above)), None)


def _of_repository(root: str) -> tuple[_Source, ...]:
    """The ``.gitignore`` files above ``root``, up to the top of the repository that holds it."""
    folder = Path(os.path.realpath(root))
    if (folder / ".git").exists():
        return ()
    above, sources = "", []
    for parent in folder.parents:
        above = f"{folder.relative_to(parent).as_posix()}/"
        source = _source_of(str(parent / GIT_IGNORE_FILE), 0, comparable(above))
        sources.extend([source] if source else [])
        if (parent / ".git").exists():
            return tuple(sources)
    return ()
