"""A cited source that was found as the copy of a better passage is still found."""

from __future__ import annotations

from dataclasses import replace

from rag.assistant.cited import CitedSources
from rag.assistant.listed import ListedSource
from rag.types import Hit
from tests.support.passages import passage

HIT = Hit(passage(1, "The bridge opened in May.").chunk, 1.0, 1, "found")
COPIED = replace(HIT, copies=("news/harbour.md",))


class Finds:
    """Finds the same passage for every query."""

    name = "found"

    def __init__(self, hit: Hit) -> None:
        self.hit = hit

    def retrieve(self, query: str, k: int) -> list[Hit]:
        return [self.hit]


def test_a_source_that_is_named_as_a_copy_is_in_the_index() -> None:
    source = ListedSource(1, "news/harbour.md")
    assert CitedSources([source], Finds(COPIED)).is_indexed(1)
    assert not CitedSources([source], Finds(HIT)).is_indexed(1)


def test_the_passage_speaks_for_the_article_that_is_a_copy_of_it() -> None:
    cited = CitedSources([ListedSource(1, "news/harbour.md")], Finds(COPIED))
    assert cited.chunks(1, [COPIED]) == [HIT.chunk]
    assert cited.chunks(1, [HIT]) == []
