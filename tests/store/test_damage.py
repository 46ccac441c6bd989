"""Whatever is wrong with the file is an error of ours that says what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from store_builders import MANIFEST, embed, make_document, stage

from rag.errors import CorpusIndexError
from rag.store.reader import StoreReader
from rag.store.writer import StoreWriter

TEXTS = [f"Sentence {n} about ships and harbours." for n in range(60)]
LARGE = make_document("large.txt", *TEXTS)
Fill = Callable[..., None]


def read_everything(path: Path) -> None:
    with StoreReader.open(path) as store:
        for record in store.files():
            store.document(record.id)
        list(store.all_chunks())
        list(store.chunks_since(0))
        list(store.vectors_since(0))
        store.removed_since(0)
        store.skipped()
        store.derived("x")
        store.counts()


def test_no_file_is_no_index(path: Path) -> None:
    with pytest.raises(CorpusIndexError, match="no index in") as caught:
        StoreReader.open(path)
    assert caught.value.hint == "rag index FOLDER"


def test_an_empty_file_is_no_index_and_can_be_written(path: Path) -> None:
    path.touch()
    with pytest.raises(CorpusIndexError, match="no index in"):
        StoreReader.open(path)
    StoreWriter.open(path).close()


@pytest.mark.parametrize(
    "content", [b"hello", b"x" * 10_000, b"SQLite format 3\x00" + b"\0" * 5000]
)
@pytest.mark.parametrize("kind", [StoreReader, StoreWriter])
def test_something_else_than_a_database_is_damage(
    path: Path, content: bytes, kind: type[StoreReader]
) -> None:
    path.write_bytes(content)
    with pytest.raises(CorpusIndexError, match=r"index\.sqlite3") as caught:
        kind.open(path)
    assert "rag index" in caught.value.hint
    assert path.read_bytes() == content


def test_a_folder_in_the_place_of_the_file_is_named(path: Path) -> None:
    path.mkdir()
    for kind in (StoreReader, StoreWriter):
        with pytest.raises(CorpusIndexError, match="not an index file"):
            kind.open(path)


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE photos (name TEXT)")
    for kind in (StoreReader, StoreWriter):
        with pytest.raises(CorpusIndexError, match="another program"):
            kind.open(path)


@pytest.mark.parametrize(
    ("version", "words", "hint"),
    [(999, "newer rag", "rag index --rebuild"), (1, "old format", "rag index (makes it anew")],
)
def test_another_format_is_named(
    path: Path, fill: Fill, version: int, words: str, hint: str
) -> None:
    fill(LARGE)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(CorpusIndexError, match=words) as caught:
        StoreReader.open(path)
    assert hint in caught.value.hint


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_cut_file_is_damage(path: Path, fill: Fill, share: float) -> None:
    fill(LARGE)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(CorpusIndexError, match="damaged") as caught:
        read_everything(path)
    assert caught.value.hint == "rag index --rebuild FOLDER"


def test_overwritten_stretches_never_raise_anything_else(path: Path, fill: Fill) -> None:
    fill(LARGE)
    sound = path.read_bytes()
    noise = np.random.default_rng(1)
    n_noticed = 0
    for _ in range(60):
        data = bytearray(sound)
        at, n = int(noise.integers(100, len(data) - 600)), int(noise.integers(1, 600))
        data[at : at + n] = noise.bytes(n)
        path.write_bytes(bytes(data))
        try:
            read_everything(path)
        except CorpusIndexError:
            n_noticed += 1
    assert n_noticed > 5  # the rest hit free pages and words: nothing there can be checked


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE chunks SET sentences = 'no json'",
        "UPDATE chunks SET sentences = '[5, 2]'",
        "UPDATE chunks SET sentences = '[1]'",
        "UPDATE chunks SET headings = '7'",
        "UPDATE chunks SET start = 'x'",
        "UPDATE documents SET body = x'00'",
        "UPDATE documents SET meta = '{'",
        "UPDATE vectors SET vector = x'0000'",
        "UPDATE meta SET value = 'many' WHERE name = 'generation'",
        "UPDATE meta SET value = '{' WHERE name = 'roots'",
        "DROP TABLE vectors",
    ],
)
def test_rows_that_make_no_sense_are_damage(path: Path, fill: Fill, change: str) -> None:
    fill(LARGE)
    with sqlite3.connect(path) as connection:
        connection.execute(change)
    with pytest.raises(CorpusIndexError, match="damaged"):
        read_everything(path)


def test_a_full_disk_is_named_and_loses_nothing(path: Path, fill: Fill) -> None:
    fill(LARGE)
    with StoreWriter.open(path) as store:
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        other = make_document("other.txt", *(f"{text} Again {text}" for text in TEXTS * 20))
        with pytest.raises(CorpusIndexError, match="the disk is full"):
            stage(store, [other])
        assert store.counts() == (1, len(TEXTS))
    read_everything(path)


def test_a_writer_that_is_killed_leaves_the_last_publication(path: Path, fill: Fill) -> None:
    fill(LARGE)
    store = StoreWriter.open(path)
    stage(store, [make_document("b.txt", "New text.")])
    embed(store)
    copy = path.parent / "killed" / path.name  # what the disk holds at this moment, WAL included
    copy.parent.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
    store.close()
    with StoreReader.open(copy) as reader:
        assert [r.id for r in reader.files()] == ["large.txt"]
    read_everything(copy)


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Give up root's right to write anything, for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_cannot_be_written_can_be_read() -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "index.sqlite3"
        with StoreWriter.open(path) as store:
            stage(store, [LARGE])
            embed(store)
            store.publish(MANIFEST, drop=[])
        path.chmod(0o444)
        path.parent.chmod(0o555)
        try:
            with ordinary_user():
                read_everything(path)
                with pytest.raises(CorpusIndexError, match="cannot be written"):
                    StoreWriter.open(path)
        finally:
            path.parent.chmod(0o755)
