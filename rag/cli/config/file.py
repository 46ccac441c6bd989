"""Changing a settings file: one value at a time, comments and order kept, never half written."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from rag.errors import RagError, UsageError
from rag.setting_values import CORPUS_NAME, LIST_KEYS, checked
from rag.settings import (
    CORPORA,
    PATH_KEYS,
    PROJECT_FILE,
    find_project_file,
    parsed_file,
    user_file,
)

_ORIGIN = "command line"
_FILE_SETTINGS = ("model", "embedder", "verifier")
"""Settings that name a file, or something by its name."""


@dataclass(frozen=True, slots=True)
class Target:
    """The settings file that is changed; ``is_private``: nobody else shall read it."""

    path: Path
    is_private: bool


@dataclass(frozen=True, slots=True)
class Name:
    """A setting in a file: its key, and the corpus in whose table it stands (or none)."""

    key: str
    corpus: str = ""

    def __str__(self) -> str:
        return f"{CORPORA}.{self.corpus}.{self.key}" if self.corpus else self.key

    @classmethod
    def parse(cls, text: str, corpus: str | None) -> Name:
        """``engine``, or ``corpora.papers.engine`` as it is shown.

        Raises:
            UsageError: the corpus cannot have this name.
        """
        table, _, key = text.rpartition(".")
        if table.startswith(f"{CORPORA}."):
            text, corpus = key, table.removeprefix(f"{CORPORA}.")
        if corpus is not None and not CORPUS_NAME.fullmatch(corpus):
            checked("corpus", corpus or " ", _ORIGIN)  # says what a name is
        return cls(text, corpus or "")


def target(*, project: bool) -> Target:
    """The user's file; or the nearest ``rag.toml``, in the working folder if there is none.

    Raises:
        UsageError: something else than a file is there.
    """
    if project:
        found = Target(find_project_file(Path.cwd()) or Path.cwd() / PROJECT_FILE, False)
    else:
        found = Target(user_file(), True)
    if found.path.exists() and not found.path.is_file():
        raise UsageError(f"{found.path} is not a file", hint="rag config path")
    return found


def read_text(where: Target) -> str:
    """The text of the file; empty if there is none.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return where.path.read_bytes().decode() if where.path.is_file() else ""
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"cannot read the settings file {where.path}: {exc}") from exc


def set_value(where: Target, name: Name, words: Sequence[str]) -> Any:
    """Write the value that ``words`` say; what was written.

    Raises:
        UsageError: an unknown key, a wrong value, or a file that is not valid with it.
        RagError: the file cannot be written.
    """
    if name.corpus and name.key == "corpus":
        raise UsageError(f"a corpus cannot choose a corpus ({_ORIGIN})")
    is_list = name.key in LIST_KEYS
    if len(words) != 1 and not is_list:
        checked(name.key, words[0], _ORIGIN)
        raise UsageError(
            f"setting {name.key} has one value, not {len(words)}",
            hint=f'words that belong together: rag config set {name} "{" ".join(words)}"',
        )
    value = checked(name.key, list(words) if is_list else words[0], _ORIGIN)
    value = _for_file(name.key, value, where)
    document = _parsed(where)
    _table(document, name.corpus)[name.key] = list(value) if is_list else value
    text = tomlkit.dumps(document)
    parsed_file(where.path, text)
    write_text(where, text)
    return value


def unset_value(where: Target, name: Name) -> None:
    """Take the setting out of the file; a table that is empty then goes too.

    Raises:
        UsageError: it is not set there, or the file is no TOML.
        RagError: the file cannot be written.
    """
    document = _parsed(where)
    corpora: Any = document.get(CORPORA, {})
    table: Any = corpora.get(name.corpus, {}) if name.corpus else document
    if name.key not in table:
        raise UsageError(f"{name} is not set in {where.path}", hint="rag config show")
    del table[name.key]
    if name.corpus and not table:
        del corpora[name.corpus]
    write_text(where, tomlkit.dumps(document))


def write_text(where: Target, text: str) -> None:
    """Put ``text`` into the file: a reader sees the old one or the new one. What a link points to
    is written, the link stays.

    Raises:
        RagError: it cannot be written.
    """
    path = Path(os.path.realpath(where.path))
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_durably(draft, text, mode=0o600 if where.is_private else 0o666)
        if path.exists() and not where.is_private:
            draft.chmod(stat.S_IMODE(path.stat().st_mode))
        draft.replace(path)
    except OSError as exc:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise RagError(f"cannot write {where.path}: {exc.strerror or exc}") from exc


def _write_durably(path: Path, text: str, *, mode: int) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _parsed(where: Target) -> tomlkit.TOMLDocument:
    try:
        document = tomlkit.parse(read_text(where))
    except TOMLKitError as exc:
        option = "" if where.is_private else " --project"
        raise UsageError(
            f"cannot read the settings file {where.path}: {exc}", hint=f"rag config edit{option}"
        ) from exc
    tables: Any = document.get(CORPORA, {})
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        parsed_file(where.path, tomlkit.dumps(document))  # says what is wrong
    return document


def _table(document: tomlkit.TOMLDocument, corpus: str) -> Any:
    """The table of ``corpus``, made if need be; the file itself without one."""
    if not corpus:
        return document
    if CORPORA not in document:
        document[CORPORA] = tomlkit.table(is_super_table=True)
    corpora: Any = document[CORPORA]
    if corpus not in corpora:
        corpora[corpus] = tomlkit.table()
    return corpora[corpus]


def _for_file(key: str, value: Any, where: Target) -> Any:
    """``value`` as it must stand in the file, from where relative paths are read otherwise than
    in the working folder."""
    if key in _FILE_SETTINGS and os.sep in value and Path(value).exists():
        return os.path.abspath(value)
    if key not in PATH_KEYS or not value:
        return value
    return _path(value, where) if isinstance(value, str) else tuple(_path(v, where) for v in value)


def _path(value: str, where: Target) -> str:
    if value.startswith("~"):
        return value
    path, folder = Path(os.path.abspath(value)), Path(os.path.abspath(where.path)).parent
    is_inside = not where.is_private and not os.path.isabs(value) and path.is_relative_to(folder)
    return path.relative_to(folder).as_posix() if is_inside else str(path)
