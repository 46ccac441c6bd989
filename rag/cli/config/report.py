"""What ``rag config`` shows: every setting, its value, and where that comes from."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from rag.cli.show.screen import Screen, write
from rag.setting_values import KEYS, Settings
from rag.settings import CORPORA, SettingsFile, find_project_file, user_file
from rag.text.terminal import safe
from rag.types import as_json

CONFIG_SCHEMA = "rag.config/1"
DEFAULT = "default"
_MIN_TABLE_WIDTH = 60
"""Columns below which a table would be more rule than text."""


@dataclass(frozen=True, slots=True)
class ConfigRow:
    """A setting (``engine``, ``corpora.papers.engine``), its value and the source of that."""

    name: str
    value: Any
    source: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A settings file that is looked for; no path: there is no project's file."""

    kind: str
    path: Path | None

    @property
    def exists(self) -> bool:
        """Whether it is there."""
        return self.path is not None and self.path.is_file()


def setting_rows(settings: Settings) -> list[ConfigRow]:
    """Every setting in force, in the order in which they are documented."""
    return [
        ConfigRow(key, getattr(settings, key), settings.sources.get(key, DEFAULT)) for key in KEYS
    ]


def corpora_rows(files: Sequence[SettingsFile]) -> list[ConfigRow]:
    """What the tables of corpora say; of two files that set the same, the stronger."""
    rows = {
        (name, key): ConfigRow(f"{CORPORA}.{name}.{key}", value, str(file.path))
        for file in files
        for name, table in file.corpora.items()
        for key, value in table.items()
    }
    return [rows[at] for at in sorted(rows)]


def file_rows() -> list[FileRow]:
    """The files that are looked for, the stronger first."""
    return [FileRow("project", find_project_file(Path.cwd())), FileRow("user", user_file())]


def show_rows(screen: Screen, rows: Sequence[ConfigRow]) -> None:
    """Print ``rows``: a table on a terminal, bold what is set; lines with tabs elsewhere."""
    if not screen.out.is_terminal:
        for row in rows:
            screen.show("\t".join((row.name, value_text(row.value), safe(row.source))))
    elif screen.out.width >= _MIN_TABLE_WIDTH:
        screen.out.print(_table(rows))
    else:
        for row in rows:
            line = Text.assemble((row.name, "bold"), " = ", value_text(row.value))
            write(screen.out, line if row.source != DEFAULT else Text(line.plain, "dim"))
            if row.source != DEFAULT:
                write(screen.out, Text(safe(row.source), "dim"), indent=2)


def show_files(screen: Screen, rows: Sequence[FileRow]) -> None:
    """Print which files are looked for and which are there."""
    for row in rows:
        state = "there" if row.exists else "not there"
        path = safe(str(row.path)) if row.path else "no rag.toml in this folder or above"
        if screen.out.is_terminal:
            seen = f"  {state}" if row.path else ""
            write(screen.out, Text.assemble((f"{row.kind:<9}", "bold"), path, (seen, "dim")))
        else:
            screen.show("\t".join((row.kind, path, state)))


def config_record(
    corpus: str, rows: Sequence[ConfigRow], corpora: Sequence[ConfigRow]
) -> dict[str, Any]:
    """The object of ``rag config show --json``."""
    files = [
        {"kind": row.kind, "path": str(row.path) if row.path else None, "exists": row.exists}
        for row in file_rows()
    ]
    return {
        "schema": CONFIG_SCHEMA,
        "corpus": corpus,
        "settings": as_json(list(rows)),
        "corpora": as_json(list(corpora)),
        "files": files,
    }


def value_text(value: Any) -> str:
    """A value as it is typed: ``on``, ``0.5``, words with blanks between them; made safe."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (list, tuple)):
        return safe(" ".join(shlex.quote(str(item)) for item in value))
    return safe(str(value))


def _table(rows: Sequence[ConfigRow]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("from", overflow="fold")
    for row in rows:
        style = "dim" if row.source == DEFAULT else "bold"
        source = Text(safe(_short(row.source)), "dim")
        table.add_row(Text(row.name, style), Text(value_text(row.value)), source)
    return table


def _short(source: str) -> str:
    """A path with ``~`` for the home folder: a table has few columns."""
    home = os.path.expanduser("~")
    return f"~{source.removeprefix(home)}" if source.startswith(f"{home}{os.sep}") else source
