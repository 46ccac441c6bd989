"""Which of two articles is the newer one, and when that can be told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

from rag.text.dates import period

Item = TypeVar("Item")


def newest_first(items: Sequence[Item], date_of: Callable[[Item], str]) -> tuple[Item, ...]:
    """``items`` by falling date, those without one last; in the order given where fewer than two
    are dated or two dates cannot be told apart (``2024`` is neither before nor after ``2024-05``).
    """
    dated = sorted(
        (item for item in items if period(date_of(item))), key=lambda i: date_of(i), reverse=True
    )
    if len(dated) < 2 or not _fall([date_of(item) for item in dated]):
        return tuple(items)
    return (*dated, *(item for item in items if not period(date_of(item))))


def is_newest_first(dates: Sequence[str]) -> bool:
    """Whether each of two or more is a date that lies wholly before the one in front of it."""
    return len(dates) > 1 and _fall(dates)


def _fall(dates: Sequence[str]) -> bool:
    periods = [period(date) for date in dates]
    return all(a is not None and b is not None and b[1] < a[0] for a, b in pairwise(periods))
