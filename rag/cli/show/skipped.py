"""Files that were left out, as a user wants to hear of them: by reason, or one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol

from rag.text.paths import shown_path

N_NAMED = 3
"""Files that are named of those that share a reason."""
N_REASONS = 10


class LeftOut(Protocol):
    """A file, and why it was left out (one sentence)."""

    @property
    def source(self) -> str: ...

    @property
    def reason(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Group:
    """The files that share a reason, in the order they were found."""

    reason: str
    sources: tuple[str, ...]


def grouped(items: Sequence[LeftOut]) -> list[Group]:
    """``items`` by reason, the most frequent first. What a reason says after a semicolon is
    advice, and not told apart."""
    groups: dict[str, list[LeftOut]] = {}
    for item in items:
        groups.setdefault(item.reason.partition(";")[0], []).append(item)
    found = [
        Group(same[0].reason if len(same) == 1 else reason, tuple(item.source for item in same))
        for reason, same in groups.items()
    ]
    return sorted(found, key=lambda group: -len(group.sources))


def skipped_lines(items: Sequence[LeftOut], *, in_full: bool) -> list[str]:
    """One line for each reason with some of its files; one for each file if ``in_full``."""
    if in_full:
        return [f"{shown_path(item.source)}: {item.reason}" for item in items]
    groups = grouped(items)
    lines = [_line(group) for group in groups[:N_REASONS]]
    if n_more := sum(len(group.sources) for group in groups[N_REASONS:]):
        lines.append(f"{n_more} more files for other reasons (-v lists all)")
    return lines


def _line(group: Group) -> str:
    if len(group.sources) == 1:
        return f"{shown_path(group.sources[0])}: {group.reason}"
    names = ", ".join(PurePath(source).name for source in group.sources[:N_NAMED])
    more = ", ..." if len(group.sources) > N_NAMED else ""
    return f"{len(group.sources)} files: {group.reason} ({names}{more})"
