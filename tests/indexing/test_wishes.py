"""What was chosen for an index is read back from its note; nonsense there says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import UsageError
from rag.indexing.index_type import IndexType
from rag.indexing.wishes import WISH_KEYS, Wishes, noted_wishes, wishes_of
from rag.setting_values import KEYS

ALL = Wishes(("*.md",), ("drafts/", "!é"), True, "body", "head", "day", IndexType.EXACT)


@pytest.mark.parametrize("wishes", [Wishes(), ALL, Wishes(ignore=("x",))])
def test_a_note_gives_back_what_was_chosen(wishes: Wishes) -> None:
    assert wishes_of(wishes.as_note()) == wishes


@pytest.mark.parametrize(
    "note", ["", "[]", "7", '{"index_type": "ivf"}', '{"ignore": 7}', '{"later": 1}']
)
def test_a_note_that_makes_no_sense_says_nothing(note: str) -> None:
    assert wishes_of(note) == Wishes()


def test_the_names_are_those_of_settings() -> None:
    assert set(WISH_KEYS) <= set(KEYS)


def test_only_columns_that_are_named_change_what_is_read() -> None:
    assert Wishes(ignore=("x",)).readers == ""
    assert Wishes(text_key="a").readers != Wishes(title_key="a").readers


def test_no_index_has_no_wishes(tmp_path: Path) -> None:
    assert noted_wishes(tmp_path) == Wishes()


def test_a_pattern_that_is_none_is_refused_when_it_is_used() -> None:
    with pytest.raises(UsageError, match="is not a pattern"):
        _ = Wishes(ignore=("a" + "/**/b" * 50,)).patterns
