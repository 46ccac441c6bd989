"""The files of an index of many chunks: a scan file beside the row file."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from index_builders import write

from rag.chunking.packer import SentenceChunker
from rag.embedding.hashing import HashingEmbedder
from rag.errors import CorpusIndexError
from rag.indexing import derived, faiss_file, vector_files
from rag.indexing.corpus import CorpusIndex
from rag.indexing.index_type import EXACT_CHUNKS, IndexType, choose, n_parts
from rag.indexing.recall import check_recall
from rag.indexing.sync import sync
from rag.indexing.wishes import Wishes
from rag.store.reader import StoreReader

N_ARTICLES = 1_100
QUESTION = "What is said of word7x and word8x?"
EMBEDDER = HashingEmbedder(64)


def _run(folder: Path, index_type: IndexType = IndexType.COMPRESSED) -> None:
    sync(
        folder / "index",
        [folder / "articles"],
        embedder=EMBEDDER,
        chunker=SentenceChunker(EMBEDDER.count_tokens),
        wishes=Wishes(index_type=str(index_type)),
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with articles and a compressed index; the tests copy it."""
    folder = tmp_path_factory.mktemp("compressed")
    for n in range(N_ARTICLES):
        write(folder / "articles", f"{n}.txt", f"Of word{n}x and word{n + 1}x much is said.\n")
    _run(folder)
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A copy of the index, of the same articles."""
    import shutil

    shutil.copytree(built / "index", tmp_path / "index")
    (tmp_path / "articles").symlink_to(built / "articles")
    return tmp_path


def _open(folder: Path) -> CorpusIndex:
    return CorpusIndex.open(folder / "index", embedder_name=EMBEDDER.name)


def _found(index: CorpusIndex) -> list[float]:
    """The best scores: which of equal ones is given may differ."""
    scores, _ = index.vectors.search(EMBEDDER.embed_query(QUESTION), 5)
    return [round(float(score), 5) for score in scores]


def _expected(folder: Path) -> list[float]:
    with StoreReader.open(folder / "index" / "index.sqlite3") as store:
        exact = vector_files.build(store)
    scores, _ = exact.search(EMBEDDER.embed_query(QUESTION), 5)
    return [round(float(score), 5) for score in scores]


def test_it_finds_what_a_full_comparison_finds(folder: Path) -> None:
    with _open(folder) as index:
        assert index.vectors.type is IndexType.COMPRESSED
        assert _found(index) == _expected(folder)
        report = check_recall(index, EMBEDDER, n_queries=40)
        assert report is not None
        assert report.recall >= 0.99


@pytest.mark.parametrize("name", ["vectors.faiss", "rows.f16"])
@pytest.mark.parametrize("harm", ["missing", "flipped", "short", "empty"])
def test_a_harmed_file_is_made_again_and_that_is_said(
    folder: Path, name: str, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = folder / "index" / name
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes({"flipped": bytes(data), "short": data[:-9], "empty": b""}[harm])
    with caplog.at_level(logging.WARNING), _open(folder) as index:
        assert index.vectors.type is IndexType.COMPRESSED
        assert _found(index) == _expected(folder)
        assert name in " ".join(index.repaired)
    assert "built again" in caplog.text
    caplog.clear()
    with _open(folder) as index:
        assert (caplog.text, index.repaired) == ("", ())


def test_a_damaged_row_is_taken_from_the_store_and_the_file_made_again(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    expected = _expected(folder)
    path = folder / "index" / "rows.f16"
    with _open(folder) as index:
        key = index.vectors.search(EMBEDDER.embed_query(QUESTION), 1)[1]
        position = int(np.searchsorted(index.vectors.keys, key[0]))
    data = bytearray(path.read_bytes())
    data[64 + 128 * position + 5] ^= 0x20
    path.write_bytes(bytes(data))
    with caplog.at_level(logging.WARNING), _open(folder) as index:
        assert caplog.text == ""  # nothing has looked at that row yet
        assert _found(index) == expected
        ids, rows = index.vectors.rows(key)
    with StoreReader.open(folder / "index" / "index.sqlite3") as store:
        assert np.array_equal(store.vectors(ids.tolist())[1], rows)
        assert derived.problems(store, folder / "index") != []
    assert "rows.f16 is damaged" in caplog.text
    with _open(folder) as index:
        assert _found(index) == expected
    assert not (folder / "index" / "rows.damaged").exists()
    assert path.read_bytes() != bytes(data)


def test_an_edit_writes_neither_file_and_is_searched(folder: Path) -> None:
    articles = folder / "articles"
    before = [(folder / "index" / n).read_bytes() for n in ("rows.f16", "vectors.faiss")]
    originals = {name: (articles / name).read_text() for name in ("7.txt", "8.txt")}
    try:
        write(articles, "7.txt", "Nothing of the kind.\n")
        (articles / "8.txt").unlink()
        _run(folder)
        after = [(folder / "index" / n).read_bytes() for n in ("rows.f16", "vectors.faiss")]
        assert after == before
        with _open(folder) as index:
            assert len(index.vectors) == index.n_chunks == N_ARTICLES - 1
            assert _found(index) == _expected(folder)
            (key,) = index.vectors.search(EMBEDDER.embed_query("Nothing of the kind."), 1)[1]
            assert index.chunks([int(key)])[0].document_id == "7.txt"
    finally:
        for name, text in originals.items():
            write(articles, name, text)


def test_the_type_follows_the_setting(folder: Path) -> None:
    _run(folder, IndexType.EXACT)
    assert not (folder / "index" / "vectors.faiss").exists()
    with _open(folder) as index:
        assert index.vectors.type is IndexType.EXACT
        exact = _found(index)
    _run(folder)
    with _open(folder) as index:
        assert index.vectors.type is IndexType.COMPRESSED
        assert _found(index) == exact


def test_the_same_vectors_give_the_same_file(folder: Path) -> None:
    before = (folder / "index" / "vectors.faiss").read_bytes()
    (folder / "index" / "vectors.faiss").unlink()
    _run(folder)
    assert (folder / "index" / "vectors.faiss").read_bytes() == before


def test_auto_is_exact_up_to_a_number_and_does_not_flip_about_it() -> None:
    def auto(n_chunks: int, current: IndexType | None) -> IndexType:
        return choose(n_chunks, 384, wanted=IndexType.AUTO, current=current)

    assert auto(EXACT_CHUNKS, None) is IndexType.EXACT
    assert auto(EXACT_CHUNKS + 1, None) is IndexType.COMPRESSED
    assert auto(EXACT_CHUNKS - 1, IndexType.COMPRESSED) is IndexType.COMPRESSED
    assert auto(EXACT_CHUNKS - 1, IndexType.EXACT) is IndexType.EXACT
    assert auto(EXACT_CHUNKS // 2, IndexType.COMPRESSED) is IndexType.EXACT
    assert choose(900, 384, wanted=IndexType.COMPRESSED, current=None) is IndexType.EXACT
    assert choose(10**6, 384, wanted=IndexType.EXACT, current=None) is IndexType.EXACT
    assert choose(10**6, 383, wanted=IndexType.COMPRESSED, current=None) is IndexType.EXACT


@pytest.mark.parametrize(
    ("dimension", "parts"), [(384, 192), (64, 32), (385, 77), (6, 3), (383, None), (1, None)]
)
def test_the_number_of_parts_divides_the_dimension(dimension: int, parts: int | None) -> None:
    assert n_parts(dimension) == parts


def test_a_faiss_file_on_a_full_disk_is_an_error_and_the_old_one_stays(
    folder: Path, tmp_path: Path
) -> None:
    path = folder / "index" / "vectors.faiss"
    before = path.read_bytes()
    with StoreReader.open(folder / "index" / "index.sqlite3") as store:
        digest = store.derived("vectors.faiss")[1]
        scan = faiss_file.load(path, digest=digest, dimension=64, n_vectors=N_ARTICLES)
    (folder / "index" / "vectors.faiss.tmp").symlink_to("/dev/full")
    with pytest.raises(CorpusIndexError, match=r"cannot write .*vectors"):
        faiss_file.save(scan, path)
    assert path.read_bytes() == before


def test_a_faiss_file_of_another_shape_is_refused(folder: Path) -> None:
    path = folder / "index" / "vectors.faiss"
    with StoreReader.open(folder / "index" / "index.sqlite3") as store:
        digest = store.derived("vectors.faiss")[1]
    with pytest.raises(CorpusIndexError, match="does not fit the row file"):
        faiss_file.load(path, digest=digest, dimension=64, n_vectors=5)
