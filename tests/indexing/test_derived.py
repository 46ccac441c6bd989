"""The files that are derived from the store: used only if they are what was written for it."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from index_builders import Sync, write

from rag.embedding.hashing import HashingEmbedder
from rag.errors import CorpusIndexError
from rag.indexing import derived, lexical_files, vector_files
from rag.indexing.corpus import CorpusIndex
from rag.indexing.index_type import IndexType
from rag.store.reader import StoreReader
from rag.store.writer import StoreWriter


def _finds_ships(index_dir: Path, embedder: HashingEmbedder) -> bool:
    with CorpusIndex.open(index_dir, embedder_name=embedder.name) as index:
        _, near = index.vectors.search(embedder.embed_query("ships sail harbour grain"), 1)
        (by_words, _), *_ = index.lexical.search("harbour", 3)
        (chunk,) = index.chunks(near.tolist())
        return chunk.document_id == "ships.txt" and index.chunks([by_words]) == [chunk]


def _is_sound(index_dir: Path) -> bool:
    with StoreReader.open(index_dir / "index.sqlite3") as store:
        sound = derived.load(store, index_dir) is not None
        assert sound == (derived.problems(store, index_dir) == [])
        return sound


def _flip(path: Path, at: int | None = None) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if at is None else at] ^= 0x40
    path.write_bytes(bytes(data))


def _largest(folder: Path) -> Path:
    return max((p for p in folder.iterdir() if p.is_file()), key=lambda p: p.stat().st_size)


def _shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


HARMS: dict[str, Callable[[Path], object]] = {
    "no rows": lambda d: (d / "rows.f16").unlink(),
    "empty rows": lambda d: (d / "rows.f16").write_bytes(b""),
    "a flipped row": lambda d: _flip(d / "rows.f16"),
    "a flipped sum": lambda d: _flip(d / "rows.f16", -1),
    "another count": lambda d: _flip(d / "rows.f16", 16),
    "a giant count": lambda d: _flip(d / "rows.f16", 23),
    "a short row file": lambda d: _shorten(d / "rows.f16"),
    "no words": lambda d: shutil.rmtree(d / "lexical"),
    "flipped words": lambda d: _flip(_largest(d / "lexical")),
    "another list of segments": lambda d: (d / "lexical" / "meta.json").write_text("{"),
    "other sums": lambda d: _flip(d / "lexical" / "sums"),
    "no sums": lambda d: (d / "lexical" / "sums").unlink(),
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
def test_a_missing_or_harmed_file_is_made_again_and_that_is_said(
    run: Sync,
    index_dir: Path,
    embedder: HashingEmbedder,
    harm: Callable[[Path], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    run()
    harm(index_dir)
    assert not _is_sound(index_dir)
    with caplog.at_level(logging.WARNING):
        assert _finds_ships(index_dir, embedder)
    assert "built again" in caplog.text
    assert _is_sound(index_dir)


def test_a_sound_index_is_opened_without_a_word(
    run: Sync, index_dir: Path, embedder: HashingEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        run()
        assert _finds_ships(index_dir, embedder)
        run()
    assert caplog.text == ""


def test_an_edit_leaves_the_row_file_alone_and_is_searched_all_the_same(
    run: Sync, articles: Path, index_dir: Path, embedder: HashingEmbedder
) -> None:
    run()
    before = (index_dir / "rows.f16").read_bytes()
    write(articles, "new.txt", "Lighthouses shine.\n")
    (articles / "cats.md").unlink()
    run()
    assert (index_dir / "rows.f16").read_bytes() == before
    with CorpusIndex.open(index_dir, embedder_name=None) as index:
        assert (len(index.vectors), len(index.lexical), index.n_chunks) == (3, 3, 3)
        _, near = index.vectors.search(embedder.embed_query("lighthouses shine"), 9)
        assert index.chunks(near.tolist()[:1])[0].document_id == "new.txt"
        assert "cats.md" not in {chunk.document_id for chunk in index.chunks(near.tolist())}


def test_files_of_an_older_generation_are_caught_up(
    run: Sync, articles: Path, index_dir: Path, tmp_path: Path
) -> None:
    run()
    old = tmp_path / "old"
    shutil.copytree(index_dir, old)
    write(articles, "new.txt", "Lighthouses shine.\n")
    (articles / "cats.md").unlink()
    run()
    # As after a crash between publication and the writing of the files.
    shutil.rmtree(index_dir / "lexical")
    shutil.copytree(old / "lexical", index_dir / "lexical")
    with CorpusIndex.open(index_dir, embedder_name=None) as index:
        assert (len(index.vectors), len(index.lexical), index.n_chunks) == (3, 3, 3)
        assert index.lexical.search("cats", 3) == []
        assert len(index.lexical.search("lighthouse", 3)) == 1


def test_rows_too_far_behind_are_written_again(
    run: Sync, articles: Path, index_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The real limit of a thousand chunks would take a second to reach.
    monkeypatch.setattr(vector_files, "_MIN_LAG", 1)
    run()
    sizes = [(index_dir / "rows.f16").stat().st_size]
    for at in range(3):
        write(articles, f"{at}.txt", f"Number {at} is new.\n")
        run()
        sizes.append((index_dir / "rows.f16").stat().st_size)
        assert _is_sound(index_dir)
    row = 2 * 64 + 12
    assert [(size - 64) // row for size in sizes] == [3, 3, 5, 5]


def test_what_was_removed_is_remembered_as_long_as_a_file_still_has_it(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    run()
    for name in ("cats.md", "ships.txt"):
        (articles / name).unlink()
        run()
    with CorpusIndex.open(index_dir, embedder_name=None) as index:
        assert len(index.vectors) == 1
    with StoreReader.open(index_dir / "index.sqlite3") as store:
        assert len(store.removed_since(1) or []) == 2


def test_additions_alone_leave_the_earlier_words_in_place(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    run()
    before = {p.name for p in (index_dir / "lexical").iterdir() if p.suffix == ".idx"}
    write(articles, "new.txt", "Lighthouses shine.\n")
    run()
    after = {p.name for p in (index_dir / "lexical").iterdir() if p.suffix == ".idx"}
    assert before < after


@pytest.mark.parametrize("lost", ["record", "record and sums"])
def test_words_brought_in_step_by_a_run_that_was_killed_are_not_indexed_again(
    run: Sync,
    articles: Path,
    index_dir: Path,
    tmp_path: Path,
    lost: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run()
    old_sums = (index_dir / "lexical" / "sums").read_bytes()
    shutil.copy(index_dir / "index.sqlite3", tmp_path)
    with StoreReader.open(tmp_path / "index.sqlite3") as store:
        record = store.derived("lexical")
    write(articles, "new.txt", "Lighthouses shine.\n")
    run()
    with StoreWriter.open(index_dir / "index.sqlite3") as writer:
        writer.set_derived("lexical", generation=record[0], sha256_hex=record[1])
    if "sums" in lost:
        (index_dir / "lexical" / "sums").write_bytes(old_sums)
    monkeypatch.setattr(lexical_files, "_build_anew", pytest.fail)
    with CorpusIndex.open(index_dir, embedder_name=None) as index:
        assert len(index.lexical.search("lighthouse", 3)) == 1
    assert _is_sound(index_dir)


def test_another_analysis_of_words_makes_the_lexical_index_anew(
    run: Sync, index_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    monkeypatch.setattr("rag.indexing.lexical_files.ANALYSER_VERSION", 99)
    assert not _is_sound(index_dir)
    run()
    assert _is_sound(index_dir)


def test_a_reader_keeps_its_state_while_every_file_is_replaced(
    run: Sync, articles: Path, index_dir: Path, embedder: HashingEmbedder
) -> None:
    run()
    query = embedder.embed_query("cats hunt mice")
    with CorpusIndex.open(index_dir, embedder_name=None) as index:
        before = index.vectors.search(query, 3)[1].tolist(), index.lexical.search("cats", 3)
        (articles / "cats.md").unlink()
        run(rebuild=True)
        after = index.vectors.search(query, 3)[1].tolist(), index.lexical.search("cats", 3)
        assert after == before
        assert len(index.vectors.rows(index.vectors.keys)[0]) == 3


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
        _flip(index_dir / "rows.f16")
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


def test_a_small_index_is_exact_and_has_no_faiss_file(run: Sync, index_dir: Path) -> None:
    run()
    assert not (index_dir / "vectors.faiss").exists()
    with StoreReader.open(index_dir / "index.sqlite3") as store:
        assert vector_files.current_type(store) is IndexType.EXACT


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
