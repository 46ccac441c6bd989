"""What is embedded: the text whole, the context as far as it fits."""

from __future__ import annotations

from chunk_builders import count_words

from rag.chunking.embedding_text import embedding_text, embedding_texts
from rag.types import Chunk, Span


def chunk(text: str, title: str = "One two three", headings: tuple[str, ...] = ()) -> Chunk:
    return Chunk(
        id="0", document_id="a", span=Span(0, len(text)), text=text, sentences=(),
        headings=headings, title=title, source="", date="",
    )  # fmt: skip


def test_all_of_the_context_stands_in_front() -> None:
    assert embedding_text(chunk("Text.", headings=("H",)), count_words, 20) == (
        "One two three | H\nText."
    )


def test_outer_headings_go_first() -> None:
    found = embedding_text(chunk("Text.", headings=("Outer one", "In")), count_words, 7)
    assert found == "One two three | In\nText."


def test_the_title_is_cut_after_a_word() -> None:
    assert embedding_text(chunk("Text.", headings=("H",)), count_words, 4) == "One two\nText."


def test_a_text_that_fills_the_limit_stands_alone() -> None:
    assert embedding_text(chunk("a b c d."), count_words, 5) == "a b c d."


def test_many_chunks_give_what_each_gives_alone() -> None:
    chunks = [chunk(f"{'word ' * (n % 9)}end.", headings=("H", f"In {n}")) for n in range(150)]
    alone = [embedding_text(each, count_words, 9) for each in chunks]
    assert list(embedding_texts(chunks, count_words, 9)) == alone
    assert len({text.count("|") for text in alone}) > 1  # some did not fit whole
