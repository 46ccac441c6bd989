"""A publication costs what changed: no statement of it looks at all that is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from store_builders import MANIFEST, embed, make_document, stage

from rag.store import database, publication
from rag.store.reader import StoreReader
from rag.store.writer import StoreWriter

Fill = Callable[..., None]
A = make_document("a.txt", "Ships sail.", "Cats sleep all day.")
B = make_document("b.txt", "Dogs bark at night.")
LARGE_TABLES = ("chunks", "vectors", "documents", "files", "c", "d", "v", "f")


def statements() -> Iterator[str]:
    yield from publication.COUNTS
    yield from publication.DIGESTS
    yield from publication.DROP
    yield from publication.SHOW
    yield publication.COLLECT


@pytest.fixture
def connection(path: Path, fill: Fill) -> Iterator[sqlite3.Connection]:
    fill(A, B)
    opened = database.open_for_writing(path)
    for statement in publication.SETUP:
        opened.execute(statement)
    yield opened
    opened.close()


def scans(connection: sqlite3.Connection, statement: str) -> list[str]:
    """The steps of the plan that go through a whole table of the index."""
    values = {"generation": 1} if ":generation" in statement else {}
    plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    steps = [str(step) for *_, step in plan]
    return [
        step
        for step in steps
        if step.startswith("SCAN") and step.split()[1] in LARGE_TABLES and "_staged" not in step
    ]


@pytest.mark.parametrize("statement", list(statements()))
def test_no_statement_of_a_publication_scans_a_table(
    connection: sqlite3.Connection, statement: str
) -> None:
    assert scans(connection, statement) == []


def test_a_scan_would_be_noticed(connection: sqlite3.Connection) -> None:
    assert scans(connection, publication.COLLECT_ALL)
    assert scans(connection, "SELECT count(*) FROM chunks WHERE text = 'x'")


def test_what_is_new_is_read_without_looking_at_what_is_old(path: Path, fill: Fill) -> None:
    fill(A)
    fill(B)
    with StoreReader.open(path) as store:
        seen: list[str] = []
        store._connection.set_trace_callback(seen.append)
        assert [c.document_id for batch in store.chunks_since(1) for _, c in batch] == ["b.txt"]
        store._connection.set_trace_callback(None)
        for statement in seen:
            assert scans(store._connection, statement) == []


def test_opening_an_index_counts_nothing(path: Path, fill: Fill) -> None:
    fill(A, B)
    connection = database.open_for_reading(path)
    seen: list[str] = []
    connection.set_trace_callback(seen.append)
    with StoreReader(path, connection) as store:
        assert store.counts() == (2, 3)
    assert not any("count(" in statement for statement in seen)


def test_the_counts_carried_forward_are_those_of_the_tables(path: Path, fill: Fill) -> None:
    fill(A, B)
    fill(make_document("c.txt", "Bees.", "Hum."), drop=["a.txt"])
    fill(A, drop=["b.txt", "c.txt"])
    with StoreReader.open(path) as store:
        counted = [
            store.rows(f"SELECT count(*) FROM {table}")[0][0]
            for table in ("files", "documents", "chunks", "vectors")
        ]
        manifest = store.manifest
        noted = [manifest.n_files, manifest.n_documents, manifest.n_chunks]
    assert counted == [*noted, 2] == [1, 1, 2, 2]


def test_vectors_that_an_interrupted_run_left_go_with_the_next_publication(path: Path) -> None:
    with StoreWriter.open(path) as store:
        stage(store, [A])
        embed(store)
    with StoreWriter.open(path) as store:
        stage(store, [B])
        embed(store)
        store.publish(MANIFEST, drop=[])
        assert store.rows("SELECT count(*) FROM vectors") == [(1,)]


def test_a_vector_that_another_article_uses_stays(path: Path, fill: Fill) -> None:
    twin = make_document("twin.txt", "Dogs bark at night.")
    fill(B, twin)
    fill(drop=["b.txt"])
    with StoreReader.open(path) as store:
        ((keys, _),) = list(store.vectors_since(0))
        assert len(keys) == 1


def test_staged_chunks_are_not_seen_by_key(path: Path, fill: Fill) -> None:
    fill(A)
    with StoreWriter.open(path) as writer:
        stage(writer, [B])
        embed(writer)
        with StoreReader.open(path) as reader:
            assert sorted(reader.chunks([1, 2, 3])) == [1, 2]
            assert reader.vectors([1, 2, 3])[0].tolist() == [1, 2]
