"""The FAISS file and the lexical index: used only if they are the store's very image."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from index_builders import Sync, write

from rag.embedding.hashing import HashingEmbedder
from rag.errors import CorpusIndexError
from rag.indexing import derived
from rag.indexing.corpus import CorpusIndex
from rag.indexing.faiss_index import FaissIndex
from rag.store.reader import StoreReader


def _finds_ships(index_dir: Path, embedder: HashingEmbedder) -> bool:
    with CorpusIndex.open(index_dir, embedder_name=embedder.name) as index:
        _, near = index.vectors.search(embedder.embed_query("ships sail harbour grain"), 1)
        (by_words, _), *_ = index.lexical.search("harbour", 3)
        (chunk,) = index.chunks(near.tolist())
        return chunk.document_id == "ships.txt" and index.chunks([by_words]) == [chunk]


def _is_sound(index_dir: Path) -> bool:
    with StoreReader.open(index_dir / "index.sqlite3") as store:
        return derived.load(store, index_dir) is not None


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x40
    path.write_bytes(bytes(data))


def _largest(folder: Path) -> Path:
    return max((p for p in folder.iterdir() if p.is_file()), key=lambda p: p.stat().st_size)


@pytest.mark.parametrize(
    "harm",
    [
        lambda d: (d / "vectors.faiss").unlink(),
        lambda d: (d / "vectors.faiss").write_bytes(b""),
        lambda d: _flip(d / "vectors.faiss"),
        lambda d: shutil.rmtree(d / "lexical"),
        lambda d: _flip(_largest(d / "lexical")),
        lambda d: (d / "lexical" / "meta.json").write_text("{"),
        lambda d: (d / "lexical" / "stranger").write_text("x"),
    ],
)
def test_a_missing_or_harmed_file_is_made_again(
    run: Sync, index_dir: Path, embedder: HashingEmbedder, harm: Callable[[Path], object]
) -> None:
    run()
    harm(index_dir)
    assert not _is_sound(index_dir)
    assert _finds_ships(index_dir, embedder)
    assert _is_sound(index_dir)


def test_files_of_an_older_generation_are_caught_up(
    run: Sync, articles: Path, index_dir: Path, embedder: HashingEmbedder, tmp_path: Path
) -> None:
    run()
    old = tmp_path / "old"
    shutil.copytree(index_dir, old)
    write(articles, "new.txt", "Lighthouses shine.\n")
    (articles / "cats.md").unlink()
    run()
    # As after a crash between publication and the writing of the files.
    shutil.copy(old / "vectors.faiss", index_dir / "vectors.faiss")
    shutil.rmtree(index_dir / "lexical")
    shutil.copytree(old / "lexical", index_dir / "lexical")
    with CorpusIndex.open(index_dir, embedder_name=None) as index:
        assert (len(index.vectors), len(index.lexical), index.n_chunks) == (3, 3, 3)
        assert index.lexical.search("cats", 3) == []
        assert len(index.lexical.search("lighthouse", 3)) == 1


def test_additions_alone_leave_the_earlier_words_in_place(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    run()
    before = {p.name for p in (index_dir / "lexical").iterdir() if p.suffix == ".idx"}
    write(articles, "new.txt", "Lighthouses shine.\n")
    run()
    after = {p.name for p in (index_dir / "lexical").iterdir() if p.suffix == ".idx"}
    assert before < after


@contextmanager
def _ordinary_user() -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("harmed", [False, True])
def test_an_index_in_a_folder_that_cannot_be_written_is_searched(
    run: Sync, index_dir: Path, embedder: HashingEmbedder, harmed: bool
) -> None:
    run()
    if harmed:
        _flip(index_dir / "vectors.faiss")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "index"
        shutil.copytree(index_dir, folder)
        (folder / "lock").unlink()
        for path in (*folder.rglob("*"), folder):
            path.chmod(0o555 if path.is_dir() else 0o444)
        Path(name).chmod(0o755)
        with _ordinary_user():
            assert _finds_ships(folder, embedder)
        for path in (folder, folder / "lexical"):
            path.chmod(0o755)


def test_an_index_of_another_embedder_is_refused_by_name(run: Sync, index_dir: Path) -> None:
    run()
    with pytest.raises(CorpusIndexError, match=r"built by .*hashing-64-v1, but other@1 is set"):
        CorpusIndex.open(index_dir, embedder_name="other@1")


def test_a_faiss_file_on_a_full_disk_is_an_error_and_the_old_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "vectors.faiss"
    path.write_bytes(b"old")
    index = FaissIndex(4)
    index.add(np.arange(3, dtype=np.int64), np.eye(4, dtype=np.float32)[:3])
    (tmp_path / "vectors.faiss.tmp").symlink_to("/dev/full")
    with pytest.raises(CorpusIndexError, match=r"cannot write .*vectors"):
        index.save(path)
    assert path.read_bytes() == b"old"


def test_corpus_gives_documents_terms_and_chunks(run: Sync, index_dir: Path) -> None:
    run()
    with CorpusIndex.open(index_dir, embedder_name=None) as index:
        document = index.document("cats.md")
        assert document is not None
        assert (document.title, document.date) == ("On cats", "2024-01-02")
        for chunk in index.all_chunks():
            of = index.document(chunk.document_id)
            assert of is not None
            assert chunk.span.of(of.text) == chunk.text
        assert index.document_frequency("cat") == 1
        assert index.document_frequency("night") == 1
        assert index.document_frequency("zebra") == 0
        assert (index.n_documents, index.n_chunks) == (3, 3)
        with pytest.raises(CorpusIndexError, match="has no chunk 999"):
            index.chunks([999])
