"""The store gives back what was put in, and shows readers whole publications only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from store_builders import MANIFEST, embed, make_chunks, make_document, stage, vector_of

from rag.errors import CorpusIndexError
from rag.store.reader import StoreReader
from rag.store.records import FileStamp, SkippedFile
from rag.store.writer import StoreWriter

A = make_document("a.txt", "Ships sail.", "Cats sleep all day.")
B = make_document("sub/b.md", "Dogs — “bark” \N{PILE OF POO} at\r\nnight.")
Fill = Callable[..., None]


def test_a_document_comes_back_as_it_was(path: Path, fill: Fill) -> None:
    fill(A, B)
    with StoreReader.open(path) as store:
        assert store.document("a.txt") == A
        assert store.document("sub/b.md") == B
        assert store.document("c.txt") is None


def test_chunks_come_back_as_they_were_in_the_order_of_documents(path: Path, fill: Fill) -> None:
    fill(B, A)
    with StoreReader.open(path) as store:
        assert list(store.all_chunks()) == make_chunks(A) + make_chunks(B)
        assert store.counts() == (2, 3)
        keyed = [pair for batch in store.chunks_since(0) for pair in batch]
        assert store.chunks([keyed[1][0], keyed[0][0], 999]) == dict(keyed[:2])


def test_vectors_come_back_within_half_precision(path: Path, fill: Fill) -> None:
    fill(A)
    with StoreReader.open(path) as store:
        ((keys, rows),) = list(store.vectors_since(0))
        chunks = store.chunks(keys.tolist())
        expected = np.vstack([vector_of(chunks[int(key)].text) for key in keys])
        np.testing.assert_allclose(rows, expected, atol=1e-3)
        assert rows.dtype == np.float32
        some, their_rows = store.vectors([int(keys[1]), 999])
        assert some.tolist() == [keys[1]]
        np.testing.assert_array_equal(their_rows[0], rows[1])


def test_more_keys_than_one_query_takes_are_found(path: Path, fill: Fill) -> None:
    many = make_document("many.txt", *(f"Sentence number {n}." for n in range(1200)))
    fill(many)
    with StoreReader.open(path) as store:
        keys = [key for batch in store.chunks_since(0) for key, _ in batch]
        assert len(store.chunks(keys)) == len(store.vectors(keys)[0]) == 1200


def test_what_is_staged_is_not_seen(path: Path, fill: Fill) -> None:
    fill(A)
    with StoreWriter.open(path) as writer:
        stage(writer, [B])
        embed(writer)
        with StoreReader.open(path) as reader:
            assert reader.counts() == (1, 2)
            assert [r.id for r in reader.files()] == ["a.txt"]
            assert reader.document("sub/b.md") is None
            assert sum(len(batch) for batch in reader.chunks_since(0)) == 2


def test_a_reader_keeps_the_state_it_opened(path: Path, fill: Fill) -> None:
    fill(A)
    with StoreReader.open(path) as reader:
        fill(B, drop=["a.txt"])
        assert list(reader.all_chunks()) == make_chunks(A)
        with StoreReader.open(path) as later:
            assert list(later.all_chunks()) == make_chunks(B)
            assert later.manifest.generation == reader.manifest.generation + 1


def test_an_interrupted_run_leaves_its_vectors_and_nothing_else(path: Path, fill: Fill) -> None:
    fill(A)
    with StoreWriter.open(path) as writer:
        stage(writer, [B])
        assert embed(writer) == 1
    with StoreWriter.open(path) as writer:
        assert writer.counts() == (1, 2)
        assert writer.n_pending() == 0
        stage(writer, [B])
        assert writer.n_pending() == 0  # its vector is there already


def test_equal_text_is_embedded_once(path: Path) -> None:
    with StoreWriter.open(path) as writer:
        stage(writer, [make_document("1.txt", "Same."), make_document("2.txt", "Same.")])
        assert writer.n_pending() == 1
        embed(writer)
        writer.publish(MANIFEST, drop=[])
        ((keys, rows),) = list(writer.vectors_since(0))
        assert len(keys) == 2
        np.testing.assert_array_equal(rows[0], rows[1])


def test_the_same_text_of_another_embedder_is_another_vector(path: Path, fill: Fill) -> None:
    fill(A)
    with StoreWriter.open(path) as writer:
        stage(writer, [A], embedder="other")
        assert writer.n_pending() == 2


def test_nothing_is_published_before_all_is_embedded(path: Path) -> None:
    with StoreWriter.open(path) as writer:
        stage(writer, [A])
        with pytest.raises(ValueError, match="2 texts are not embedded yet"):
            writer.publish(MANIFEST, drop=[])


def test_the_longest_text_is_embedded_first(path: Path) -> None:
    with StoreWriter.open(path) as writer:
        stage(writer, [make_document("1.txt", "Short.", "The longest of all.", "Longer one.")])
        lengths = [len(text) for _, text in writer.next_pending(2)]
        assert lengths == [19, 11]


def test_dropped_documents_take_chunks_and_vectors_with_them(path: Path, fill: Fill) -> None:
    fill(A, B)
    fill(drop=["a.txt"])
    with StoreWriter.open(path) as store:
        assert store.counts() == (1, 1)
        stage(store, [A])
        assert store.n_pending() == 2


def test_removed_chunks_are_remembered_until_they_are_forgotten(path: Path, fill: Fill) -> None:
    fill(A, B)
    with StoreReader.open(path) as store:
        keys = [
            key for batch in store.chunks_since(0) for key, c in batch if c.document_id[0] == "a"
        ]
    fill(drop=["a.txt"])
    with StoreWriter.open(path) as store:
        assert store.removed_since(1) == keys
        assert store.removed_since(2) == []
        store.forget_removed()
        assert store.removed_since(1) is None
        assert store.removed_since(2) == []


def test_chunk_keys_are_never_used_twice(path: Path, fill: Fill) -> None:
    fill(A)
    fill(B, drop=["a.txt"])
    with StoreReader.open(path) as store:
        assert min(key for batch in store.chunks_since(0) for key, _ in batch) > 2


def test_the_index_id_depends_on_content_not_on_history(tmp_path: Path) -> None:
    ids = []
    for number, steps in enumerate(([[A, B]], [[B], [A]], [[A]], [[make_document("a.txt", "x")]])):
        for step in steps:
            with StoreWriter.open(tmp_path / f"{number}.sqlite3") as store:
                stage(store, step)
                embed(store)
                ids.append(store.publish(MANIFEST, drop=[]).index_id)
    whole, _, b_then_a, only_a, other_a = ids
    assert whole == b_then_a
    assert len({whole, only_a, other_a}) == 3


def test_the_manifest_comes_back(path: Path, fill: Fill) -> None:
    fill(A)
    with StoreReader.open(path) as store:
        manifest = store.manifest
    assert (manifest.embedder, manifest.dimension, manifest.chunker) == ("e@1", 4, "c-1")
    assert (manifest.generation, manifest.roots) == (1, ("/articles",))
    assert len(manifest.store_id) == 32


SKIPPED = [SkippedFile("/x", "binary", FileStamp(1, 2, 3)), SkippedFile("/y", "a pipe")]


def test_skipped_files_and_derived_stamps_are_kept(path: Path, fill: Fill) -> None:
    fill(A)
    with StoreWriter.open(path) as store:
        store.set_skipped(SKIPPED)
        store.set_derived("vectors", generation=1, sha256_hex="ab")
    with StoreReader.open(path) as store:
        assert store.skipped() == SKIPPED
        assert store.derived("vectors") == (1, "ab")
        assert store.derived("other") == (0, "")


def test_a_store_that_never_published_is_no_index(path: Path) -> None:
    StoreWriter.open(path).close()
    with pytest.raises(CorpusIndexError, match="no index in") as caught:
        StoreReader.open(path)
    assert caught.value.hint == "rag index FOLDER"


def test_closing_leaves_one_file(path: Path, fill: Fill) -> None:
    fill(A)
    with StoreReader.open(path):
        pass
    assert [p.name for p in path.parent.iterdir()] == ["index.sqlite3"]
