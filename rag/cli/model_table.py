"""How the list of models looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from rag.cli.screen import Screen
from rag.models import catalogue, files
from rag.models.catalogue import CatalogueEntry
from rag.text.terminal import safe
from rag.types import as_json


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model as listed. ``entry`` is None for a file that was chosen by its path."""

    name: str
    entry: CatalogueEntry | None
    is_installed: bool
    is_in_use: bool

    def as_record(self) -> dict[str, Any]:
        """The row as JSON values."""
        return {
            "name": self.name,
            "installed": self.is_installed,
            "in_use": self.is_in_use,
            "pin": as_json(self.entry),
        }


def model_rows() -> list[ModelRow]:
    """The models known by name, and the file in use if it is another one."""
    active, installed = files.active(), files.installed()
    rows = [
        ModelRow(entry.name, entry, entry in installed, entry.name == active)
        for entry in catalogue.CATALOGUE
    ]
    if active is not None and not any(row.is_in_use for row in rows):
        rows.append(ModelRow(active, None, True, True))
    return rows


def show_models(screen: Screen, rows: Sequence[ModelRow]) -> None:
    """Print ``rows``: a table on a terminal, lines with tabs elsewhere."""
    if not screen.out.is_terminal:
        for row in rows:
            screen.show("\t".join(_cells(row)))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("model", "size", "licence", "installed", "in use", "memory"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*_cells(row))
    screen.out.print(table)


def _cells(row: ModelRow) -> tuple[str, ...]:
    entry = row.entry
    return (
        safe(row.name),
        size_text(entry.size_bytes) if entry else "-",
        entry.licence if entry else "-",
        "yes" if row.is_installed else "no",
        "yes" if row.is_in_use else "-",
        entry.ram_note if entry else "a file of yours",
    )


def size_text(size_bytes: int) -> str:
    """A size in GB (10^9 bytes), as disks and hubs give it."""
    return f"{size_bytes / 1e9:.2f} GB"
