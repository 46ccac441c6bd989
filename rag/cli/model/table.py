"""How the list of models looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from rag.cli.show.screen import Screen, write
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
    """Print ``rows``: two lines each on a terminal, one with tabs elsewhere."""
    for row in rows:
        cells = _cells(row)
        if screen.out.is_terminal:
            _show_block(screen, row, cells)
        else:
            screen.show("\t".join(cells))


def _show_block(screen: Screen, row: ModelRow, cells: tuple[str, ...]) -> None:
    name, size, licence, _, _, memory = cells
    state = "in use" if row.is_in_use else "installed" if row.is_installed else "not here"
    style = "green" if row.is_installed else "dim"
    write(screen.out, Text.assemble((f"{name:<14}", "bold"), f"{size:>9}  ", (state, style)))
    write(screen.out, Text(f"{licence}; {memory}", "dim"), indent=2)


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
