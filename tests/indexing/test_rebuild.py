"""An index is made anew beside the old one and copied in by one transaction."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from index_builders import Sync, write

from rag.embedding.hashing import HashingEmbedder
from rag.errors import CorpusIndexError, EmbedderError
from rag.indexing.changes import is_stale, recorded_roots
from rag.indexing.check import check
from rag.indexing.corpus import CorpusIndex
from rag.indexing.rebuild import BESIDE
from rag.store.reader import StoreReader
from rag.store.schema import FILE_NAME


class Counting(HashingEmbedder):
    """Counts texts, and breaks down after ``n_left`` of them."""

    n_left = 10**9
    n_embedded = 0

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        if self.n_left < len(texts):
            raise EmbedderError("out of memory")
        self.n_left -= len(texts)
        self.n_embedded += len(texts)
        return super().embed_documents(texts)


def many(articles: Path) -> None:
    for n in range(200):
        write(articles, f"more/{n}.txt", f"Article {n} is about the number {n}.\n")


def ids(index_dir: Path) -> list[str]:
    with CorpusIndex.open(index_dir, embedder_name=None) as index:
        return [chunk.id for chunk in index.all_chunks()]


def test_an_interrupted_rebuild_is_gone_on_with(run: Sync, articles: Path, index_dir: Path) -> None:
    run()
    many(articles)
    broken = Counting(64)
    broken.n_left = 130
    with pytest.raises(EmbedderError, match="out of memory"):
        run(rebuild=True, embedder=broken)
    assert len(ids(index_dir)) == 3
    counting = Counting(64)
    assert run(rebuild=True, embedder=counting).n_documents == 203
    assert counting.n_embedded == 203 - 128
    assert not (index_dir / BESIDE).exists()


def test_a_rebuild_by_another_embedder_begins_anew(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    many(articles)
    run()
    broken = Counting(64)
    broken.n_left = 130
    with pytest.raises(EmbedderError, match="out of memory"):
        run(rebuild=True, embedder=broken)
    other = Counting(32)
    run(rebuild=True, embedder=other)
    assert other.n_embedded == 203
    with CorpusIndex.open(index_dir, embedder_name=other.name) as index:
        assert len(index.vectors) == 203


def test_a_reader_keeps_its_state_while_the_index_is_exchanged(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    run()
    with StoreReader.open(index_dir / FILE_NAME) as old:
        write(articles, "new.txt", "Bees hum in the garden.\n")
        (articles / "cats.md").unlink()
        run(rebuild=True)
        before = sorted(c.document_id for c in old.all_chunks())
        with StoreReader.open(index_dir / FILE_NAME) as new:
            after = sorted(c.document_id for c in new.all_chunks())
    assert before == ["cats.md", "deep/dogs.txt", "ships.txt"]
    assert after == ["deep/dogs.txt", "new.txt", "ships.txt"]


def test_a_kill_before_the_exchange_leaves_the_old_index_and_the_work(
    run: Sync, articles: Path, index_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    many(articles)

    def killed(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("rag.indexing.rebuild.take_place", killed)
        with pytest.raises(KeyboardInterrupt):
            run(rebuild=True)
    assert len(ids(index_dir)) == 3
    counting = Counting(64)
    assert run(rebuild=True, embedder=counting).n_documents == 203
    assert counting.n_embedded == 0


def test_a_kill_after_the_exchange_leaves_nothing_to_do(
    run: Sync, index_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()

    def killed(path: Path) -> None:
        if path.exists():
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("rag.indexing.rebuild.delete_store", killed)
        with pytest.raises(KeyboardInterrupt):
            run(rebuild=True)
    assert (index_dir / BESIDE).exists()
    assert len(ids(index_dir)) == 3
    report = run()
    assert (report.unchanged, report.n_embedded) == (3, 0)
    assert not (index_dir / BESIDE).exists()


def test_a_store_in_the_making_that_is_damaged_is_begun_anew(run: Sync, index_dir: Path) -> None:
    run()
    (index_dir / BESIDE).write_bytes(b"garbage" * 1000)
    assert run(rebuild=True).n_embedded == 3


def test_a_database_of_another_program_is_not_replaced(run: Sync, index_dir: Path) -> None:
    index_dir.mkdir()
    with sqlite3.connect(index_dir / FILE_NAME) as other:
        other.execute("CREATE TABLE photos (name TEXT)")
    with pytest.raises(CorpusIndexError, match="another program"):
        run(rebuild=True)
    with sqlite3.connect(index_dir / FILE_NAME) as other:
        assert other.execute("SELECT count(*) FROM photos").fetchone() == (0,)


# -- another embedder ------------------------------------------------------------------------------


def test_another_embedder_takes_over_at_once_and_is_paid_for_once(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    many(articles)
    run()
    before = ids(index_dir)
    broken = Counting(32)
    broken.n_left = 130
    with pytest.raises(EmbedderError, match="out of memory"):
        run(embedder=broken)
    with CorpusIndex.open(index_dir, embedder_name=HashingEmbedder(64).name) as index:
        assert [chunk.id for chunk in index.all_chunks()] == before
        (key, _), *_ = index.lexical.search("number", 3)
        assert index.vectors_of([key])[1].shape == (1, 64)
    other = Counting(32)
    assert run(embedder=other).changed == 203
    assert other.n_embedded == 203 - 128
    with CorpusIndex.open(index_dir, embedder_name=other.name) as index:
        assert len(index.vectors) == 203
        assert index.dimension == 32
    assert check(index_dir).store.n_vectors == 203


# -- an index of an older format -------------------------------------------------------------------


def make_old(index_dir: Path) -> None:
    with sqlite3.connect(index_dir / FILE_NAME) as connection:
        connection.execute("DROP TABLE skipped")
        connection.execute("PRAGMA user_version = 1")


def test_an_index_of_an_older_format_is_made_anew_and_that_is_said(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    run()
    make_old(index_dir)
    assert is_stale(index_dir, [articles])
    assert recorded_roots(index_dir) == [articles]
    report = run()
    assert (report.n_embedded, report.n_documents) == (3, 3)
    assert "older format" in report.notes[0]
    assert len(ids(index_dir)) == 3
    assert run().notes == ()


def test_an_index_of_an_older_format_stays_until_the_new_one_is_complete(
    run: Sync, index_dir: Path, tmp_path: Path
) -> None:
    run()
    make_old(index_dir)
    copy = shutil.copy(index_dir / FILE_NAME, tmp_path / "copy")
    broken = Counting(64)
    broken.n_left = 0
    with pytest.raises(EmbedderError, match="out of memory"):
        run(embedder=broken)
    assert (index_dir / FILE_NAME).read_bytes() == Path(copy).read_bytes()


def test_an_index_of_a_newer_format_is_left_alone(run: Sync, index_dir: Path) -> None:
    run()
    with sqlite3.connect(index_dir / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(CorpusIndexError, match="newer rag"):
        run()
