"""Dates of articles: ISO dates, or a year or month where no more is said."""

from __future__ import annotations

import calendar
import re

_DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?")

Period = tuple[str, str]
"""The first and the last day, as ISO dates."""


def period(date: str) -> Period | None:
    """What ``date`` covers: ``2024-02`` is all of February; None if it is no date."""
    match = _DATE.fullmatch(date)
    if match is None or match["year"] == "0000":
        return None
    year, month, day = int(match["year"]), int(match["month"] or 1), int(match["day"] or 1)
    last_month = month if match["month"] else 12
    if not 1 <= month <= 12:
        return None
    n_days = calendar.monthrange(year, last_month)[1]
    if not 1 <= day <= n_days:
        return None
    last_day = day if match["day"] else n_days
    return f"{year:04}-{month:02}-{day:02}", f"{year:04}-{last_month:02}-{last_day:02}"
