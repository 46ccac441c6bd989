"""A check looks at every row, and names the article that is not what was written."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from store_builders import make_document

from rag.errors import CorpusIndexError
from rag.store.check import StoreCheck, check_store
from rag.store.reader import StoreReader

A = make_document("a.txt", "Ships sail.", "Cats sleep all day.")
B = make_document("deep/b.txt", "Dogs bark at night.")
Fill = Callable[..., None]


def checked(path: Path) -> StoreCheck:
    with StoreReader.open(path) as store:
        return check_store(store)


def change(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)


def test_a_sound_store_has_no_faults(path: Path, fill: Fill) -> None:
    fill(A, B)
    fill(make_document("c.txt", "Bees hum."), drop=["a.txt"])
    found = checked(path)
    assert found.faults == ()
    assert (found.n_files, found.n_documents, found.n_chunks, found.n_vectors) == (2, 2, 2, 2)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "UPDATE chunks SET text = 'Dogs bark at noon.' WHERE text LIKE 'Dogs%'",
            "a passage of the article deep/b.txt is not what was written",
        ),
        (
            "UPDATE documents SET title = 'Another' WHERE id = 'deep/b.txt'",
            "the article deep/b.txt is not what was written",
        ),
        (
            "UPDATE documents SET body = x'00' WHERE id = 'deep/b.txt'",
            "the article deep/b.txt cannot be read",
        ),
        (
            "UPDATE vectors SET vector = x'0000000000000000' WHERE content = "
            "(SELECT content FROM chunks WHERE text LIKE 'Dogs%')",
            "a vector of the article deep/b.txt is not what was written",
        ),
        (
            "DELETE FROM vectors WHERE content = "
            "(SELECT content FROM chunks WHERE text LIKE 'Dogs%')",
            "the article deep/b.txt lacks a vector",
        ),
        ("DELETE FROM chunks WHERE text LIKE 'Dogs%'", "the article deep/b.txt has no passages"),
        ("DELETE FROM files WHERE id = 'deep/b.txt'", "the article deep/b.txt belongs to no file"),
        (
            "UPDATE meta SET value = '7' WHERE name = 'n_chunks'",
            "it holds 2 files, 2 articles, 3 passages, and says that it holds "
            "2 files, 2 articles, 7 passages",
        ),
        (
            "UPDATE meta SET value = 'other' WHERE name = 'index_id'",
            "its id is not that of its articles",
        ),
    ],
)
def test_what_is_wrong_is_named(path: Path, fill: Fill, statement: str, fault: str) -> None:
    fill(A, B)
    change(path, statement)
    assert fault in checked(path).faults


def test_a_page_that_was_overwritten_is_found(path: Path, fill: Fill) -> None:
    fill(make_document("large.txt", *(f"Sentence {n} about ships." for n in range(400))))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = b"\xff" * 4096
    path.write_bytes(bytes(data))
    assert checked(path).faults


def test_names_in_faults_do_what_no_terminal_obeys(path: Path, fill: Fill) -> None:
    fill(make_document("\x1b[31mred.txt", "Dogs bark."))
    change(path, "UPDATE chunks SET text = 'Dogs'")
    assert not any("\x1b" in fault for fault in checked(path).faults)


# -- what a reader meets -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE chunks SET text = 'Dogs bark at noon.' WHERE text LIKE 'Dogs%'",
            "a passage of the article deep/b.txt is not what was written",
        ),
        (
            "UPDATE documents SET date = '1999' WHERE id = 'deep/b.txt'",
            "a passage of the article deep/b.txt is not what was written",
        ),
    ],
)
def test_a_changed_passage_is_never_given_out(
    path: Path, fill: Fill, statement: str, words: str
) -> None:
    fill(A, B)
    change(path, statement)
    with StoreReader.open(path) as store, pytest.raises(CorpusIndexError, match=words):
        store.chunks([1, 2, 3])


def test_a_changed_vector_is_never_given_out(path: Path, fill: Fill) -> None:
    fill(A, B)
    change(path, "UPDATE vectors SET vector = x'0000000000000000'")
    with (
        StoreReader.open(path) as store,
        pytest.raises(CorpusIndexError, match=r"a vector of the article a\.txt is not what was"),
    ):
        store.vectors([1])


def test_a_vector_in_the_place_of_another_is_noticed(path: Path, fill: Fill) -> None:
    fill(A, B)
    change(
        path,
        "UPDATE vectors SET (crc, vector) = (SELECT crc, vector FROM vectors WHERE key = 1) "
        "WHERE key = 2",
    )
    assert any("vector of the article" in fault for fault in checked(path).faults)


def test_a_changed_article_is_never_given_out(path: Path, fill: Fill) -> None:
    fill(A, B)
    change(path, "UPDATE documents SET meta = '{}' WHERE id = 'a.txt'")
    with (
        StoreReader.open(path) as store,
        pytest.raises(CorpusIndexError, match=r"the article a\.txt is not what was written"),
    ):
        store.document("a.txt")
