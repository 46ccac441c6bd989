"""How the status of an index looks: names and values, wrapped on a terminal, one a line in a pipe.

Every text is made safe here: names of files and folders come from outside.
"""

from __future__ import annotations

import time
from calendar import timegm
from collections.abc import Sequence
from typing import Any

from rich.text import Text

from rag.cli.show.counted import counted
from rag.cli.show.screen import Screen, write
from rag.cli.show.skipped import skipped_lines
from rag.indexing.status import Drift, IndexStatus
from rag.text.terminal import safe
from rag.types import as_json

STATUS_SCHEMA = "rag.status/1"
CORPORA_SCHEMA = "rag.corpora/1"
N_LISTED = 5
"""Files or groups that are listed unless all are asked for."""
_NAME_WIDTH = 13


def show_status(screen: Screen, corpus: str, status: IndexStatus) -> None:
    """Print ``status``; lists in full if the screen is verbose."""
    rows = [("corpus", corpus or "(default)"), ("index", str(status.path))]
    rows += _problem(status) if status.problem else _sound(status, corpus, in_full=screen.verbose)
    for name, value in rows:
        _show_row(screen, name, safe(value))


def show_corpora(screen: Screen, found: Sequence[tuple[str, IndexStatus]]) -> None:
    """Print a line for each corpus: name, what it holds, how it stands, where it is."""
    for name, status in found:
        cells = (name or "(default)", holdings(status), standing(status, name), str(status.path))
        if screen.out.is_terminal:
            first, *rest = (safe(cell) for cell in cells)
            write(screen.out, Text(first, "bold"))
            for cell in rest:
                write(screen.out, Text(cell), indent=2)
        else:
            screen.show("\t".join(safe(cell) for cell in cells))


def status_record(corpus: str, status: IndexStatus) -> dict[str, Any]:
    """The object of ``rag status --json``."""
    return {"schema": STATUS_SCHEMA, **_plain(corpus, status)}


def corpora_record(found: Sequence[tuple[str, IndexStatus]]) -> dict[str, Any]:
    """The object of ``rag status --all --json``."""
    return {"schema": CORPORA_SCHEMA, "corpora": [_plain(name, status) for name, status in found]}


def holdings(status: IndexStatus) -> str:
    """``12 articles in 10 files, 345 chunks``; nothing for an index that cannot be used."""
    if status.problem:
        return "no articles"
    made = status.manifest
    files = f" in {counted(made.n_files, 'file')}" if made.n_files != made.n_documents else ""
    return f"{counted(made.n_documents, 'article')}{files}, {counted(made.n_chunks, 'chunk')}"


def _formats(counts: dict[str, int]) -> str:
    """How many files no reader knows, with the most frequent suffixes."""
    most = [f"{n:,} {suffix or 'without suffix'}" for suffix, n in counts.items()]
    more = ", ..." if len(most) > N_LISTED else ""
    return f"{counted(sum(counts.values()), 'file')}: {', '.join(most[:N_LISTED])}{more}"


def standing(status: IndexStatus, corpus: str = "") -> str:
    """Whether the index can be used and is in step with its folders, in a few words."""
    if status.problem:
        return status.problem
    drift = status.drift
    if drift.missing:
        return f"missing: {', '.join(drift.missing)}"
    if not drift.is_stale:
        return "up to date"
    return (
        f"{len(drift.new)} new, {len(drift.changed)} changed, {len(drift.removed)} removed "
        f"since: rag index{f' -c {corpus}' if corpus else ''}"
    )


def size_text(size_bytes: int) -> str:
    """A size in kB, MB or GB (powers of 1,000)."""
    for unit, power in (("GB", 9), ("MB", 6)):
        if size_bytes >= 10**power:
            return f"{size_bytes / 10**power:.1f} {unit}"
    return f"{max(size_bytes, 1) / 1000:.0f} kB" if size_bytes >= 500 else f"{size_bytes} bytes"


def _problem(status: IndexStatus) -> list[tuple[str, str]]:
    return [("problem", status.problem), *([("try", status.hint)] if status.hint else [])]


def _sound(status: IndexStatus, corpus: str, *, in_full: bool) -> list[tuple[str, str]]:
    made = status.manifest
    rows = [
        ("articles", holdings(status)),
        ("synced", local_time(made.synced_at)),
        *(("folder", root) for root in made.roots),
        ("state", standing(status, corpus)),
        *_drifted(status.drift, in_full=in_full),
        *(("skipped", line) for line in skipped_lines(status.skipped, in_full=in_full)),
    ]
    if status.unsupported:
        rows.append(("unsupported", _formats(status.unsupported)))
    if status.drift.n_ignored:
        rows.append(
            ("ignored", f"{counted(status.drift.n_ignored, 'file')} or folders, by patterns")
        )
    rows += _duplicates(status, in_full=in_full)
    rows += [
        ("embedder", made.embedder),
        ("chunker", made.chunker),
        ("search", f"{status.type}: {status.reason}"),
        ("format", f"{status.format}, generation {made.generation}, written by rag {made.version}"),
        ("on disk", _sizes(status)),
    ]
    return rows


def _drifted(drift: Drift, *, in_full: bool) -> list[tuple[str, str]]:
    rows = []
    for name in ("new", "changed", "removed"):
        items = getattr(drift, name)
        shown = items if in_full else items[:N_LISTED]
        rows += [(name, item) for item in shown]
        if len(items) > len(shown):
            rows.append((name, f"{len(items) - len(shown):,} more (-v lists all)"))
    return rows


def _duplicates(status: IndexStatus, *, in_full: bool) -> list[tuple[str, str]]:
    groups = status.near_duplicates
    shown = groups if in_full else groups[:N_LISTED]
    rows = [("alike", ", ".join(group)) for group in shown]
    if len(groups) > len(shown):
        rows.append(("alike", f"{len(groups) - len(shown):,} more groups (-v lists all)"))
    return rows


def _sizes(status: IndexStatus) -> str:
    total = sum(item.size_bytes for item in status.sizes)
    parts = ", ".join(f"{item.name} {size_text(item.size_bytes)}" for item in status.sizes)
    return f"{size_text(total)} ({parts})"


def local_time(stamp: str) -> str:
    """A UTC stamp in the local time, to the minute; as it is if it is none."""
    try:
        seconds = timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return stamp or "never"
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def _show_row(screen: Screen, name: str, value: str) -> None:
    if screen.out.is_terminal:
        text = Text.assemble((f"{name:<{_NAME_WIDTH}}", "bold"), value)
        write(screen.out, text, hanging=_NAME_WIDTH)
    else:
        screen.show(f"{name}: {value}")


def _plain(corpus: str, status: IndexStatus) -> dict[str, Any]:
    record = as_json(status)
    made = record.pop("manifest")
    is_usable = not status.problem
    return {
        "corpus": corpus,
        "index": str(record.pop("path")),
        "usable": is_usable,
        "stale": status.drift.is_stale if is_usable else None,
        "articles": made["n_documents"] if is_usable else None,
        "files": made["n_files"] if is_usable else None,
        "chunks": made["n_chunks"] if is_usable else None,
        "built": made if is_usable else None,
        **record,
    }
