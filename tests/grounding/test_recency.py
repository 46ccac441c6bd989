"""Which of several articles is the newest, where that can be told."""

from __future__ import annotations

import pytest

from rag.grounding.recency import is_newest_first, newest_first
from rag.text.dates import period


@pytest.mark.parametrize(
    ("date", "days"),
    [
        ("2024", ("2024-01-01", "2024-12-31")),
        ("2024-02", ("2024-02-01", "2024-02-29")),
        ("2023-02", ("2023-02-01", "2023-02-28")),
        ("2024-04-25", ("2024-04-25", "2024-04-25")),
        ("", None),
        ("2023-02-29", None),
        ("2024-13", None),
        ("2024-00", None),
        ("0000", None),
        ("2024-04-25T10:00", None),
        ("spring", None),
    ],
)
def test_a_date_covers_the_days_it_names(date: str, days: tuple[str, str] | None) -> None:
    assert period(date) == days


@pytest.mark.parametrize(
    ("given", "ordered"),
    [
        (("2021", "2023-05", "2022-01-31"), ("2023-05", "2022-01-31", "2021")),
        (("", "2021", "2022"), ("2022", "2021", "")),
        (("2021", "x", "2022"), ("2022", "2021", "x")),
        (("2021", "2021"), ("2021", "2021")),
        (("2021", "2021-06"), ("2021", "2021-06")),
        (("2020", "2021-06", "2021"), ("2020", "2021-06", "2021")),
        (("", "2021"), ("", "2021")),
        ((), ()),
    ],
)
def test_the_newest_comes_first_where_dates_tell(
    given: tuple[str, ...], ordered: tuple[str, ...]
) -> None:
    assert newest_first(given, str) == ordered


def test_only_dates_that_lie_wholly_apart_are_in_order() -> None:
    assert is_newest_first(["2024-02", "2024-01-31", "2023"])
    assert not is_newest_first(["2024", "2024-01"])
    assert not is_newest_first(["2024", ""])
    assert not is_newest_first(["2023", "2024"])
    assert not is_newest_first(["2024"])
