"""After a run the index is what the folder is; only what changed was read and embedded again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from index_builders import Sync, write

from rag.chunking.packer import SentenceChunker
from rag.embedding.hashing import HashingEmbedder
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.errors import CorpusIndexError, EmbedderError, InputError
from rag.indexing.changes import Look
from rag.indexing.corpus import CorpusIndex
from rag.indexing.sync import is_stale, sync
from rag.ingest.folder import FoundFile
from rag.store.reader import StoreReader
from rag.store.records import FileRecord
from rag.store.schema import FILE_NAME
from rag.types import Chunk, Document


def _texts(index_dir: Path) -> dict[str, str]:
    with CorpusIndex.open(index_dir, embedder_name=None) as index:
        return {chunk.document_id: chunk.text for chunk in index.all_chunks()}


def test_a_first_run_adds_every_article(run: Sync, index_dir: Path) -> None:
    report = run()
    assert (report.added, report.n_documents, report.n_chunks, report.n_embedded) == (3, 3, 3, 3)
    assert report.skipped == ()
    texts = _texts(index_dir)
    assert sorted(texts) == ["cats.md", "deep/dogs.txt", "ships.txt"]
    assert texts["cats.md"] == "Cats sleep all day. They hunt mice."


class _Renamed(HashingEmbedder):
    """Makes vectors of the kind that the packaged model makes, without it."""

    def __init__(self) -> None:
        super().__init__(384)
        self.name = SentenceTransformerEmbedder().name


def test_a_run_with_nothing_changed_loads_no_model(articles: Path, index_dir: Path) -> None:
    embedder = _Renamed()
    chunker = SentenceChunker(embedder.count_tokens, max_tokens=lambda: 254)
    sync(index_dir, [articles], embedder=embedder, chunker=chunker)
    code = (
        "import sys\n"
        "from rag import upkeep\n"
        "from rag.settings import Settings\n"
        "report = upkeep.sync_index(Settings(index_dir=sys.argv[2], articles=(sys.argv[1],)))\n"
        "names = 'torch', 'sentence_transformers', 'scipy', 'faiss', 'trafilatura'\n"
        "print(report.unchanged, [name for name in names if name in sys.modules])\n"
    )
    for expected in ("3 []", "2 []"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(articles), str(index_dir)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected
        (articles / "cats.md").unlink(missing_ok=True)


class _NeverChunks(SentenceChunker):
    """Fails the test if an article gets as far as being chunked."""

    def chunk(self, document: Document) -> list[Chunk]:
        raise AssertionError(f"{document.id} was read again")


def test_a_second_run_reads_and_embeds_nothing(
    run: Sync, articles: Path, index_dir: Path, embedder: HashingEmbedder
) -> None:
    run()
    chunker = _NeverChunks(embedder.count_tokens, target_tokens=128, max_tokens=embedder.max_tokens)
    report = sync(index_dir, [articles], embedder=embedder, chunker=chunker)
    assert (report.unchanged, report.added, report.changed, report.n_embedded) == (3, 0, 0, 0)
    write(articles, "ships.txt", "Other words.\n", age_s=50)
    with pytest.raises(AssertionError, match=r"ships\.txt was read again"):
        sync(index_dir, [articles], embedder=embedder, chunker=chunker)


def test_only_what_changed_is_embedded_again(run: Sync, articles: Path, index_dir: Path) -> None:
    run()
    write(articles, "ships.txt", "Ships\n\nShips sink in storms.\n", age_s=50)
    report = run()
    assert (report.changed, report.unchanged, report.n_embedded) == (1, 2, 1)
    assert _texts(index_dir)["ships.txt"] == "Ships sink in storms."


def test_a_change_that_keeps_size_and_is_younger_than_the_clock_is_seen(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    path = write(articles, "new.txt", "Grain costs 5 pounds.\n", age_s=0)
    run()
    status = path.stat()
    path.write_text("Grain costs 9 pounds.\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert is_stale(index_dir, [articles])
    assert run().changed == 1
    assert _texts(index_dir)["new.txt"] == "Grain costs 9 pounds."


def test_a_touched_file_is_unchanged_and_not_asked_about_again(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    run()
    os.utime(articles / "ships.txt", (1000, 1000))
    assert is_stale(index_dir, [articles])
    report = run()
    assert (report.unchanged, report.touched) == (3, 1)
    assert not is_stale(index_dir, [articles])
    assert run().touched == 0


def test_a_change_that_puts_size_and_time_back_is_seen(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    path = write(articles, "old.txt", "Grain costs 5 pounds.\n", age_s=5000)
    run()
    status = path.stat()
    path.write_text("Grain costs 9 pounds.\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_mtime_ns == status.st_mtime_ns
    assert is_stale(index_dir, [articles])
    assert run().changed == 1


def test_a_change_that_nothing_outside_shows_is_seen_by_verify(
    run: Sync, articles: Path, index_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(record: FileRecord, found: FoundFile) -> Look:
        return Look.SAME

    path = write(articles, "old.txt", "Grain costs 5 pounds.\n", age_s=5000)
    run()
    path.write_text("Grain costs 9 pounds.\n")
    monkeypatch.setattr("rag.indexing.changes.look_at", forgetful)
    assert run().changed == 0
    report = run(verify=True)
    assert (report.changed, report.unchanged) == (1, 3)
    assert _texts(index_dir)["old.txt"] == "Grain costs 9 pounds."


def test_what_is_gone_is_removed(run: Sync, articles: Path, index_dir: Path) -> None:
    run()
    (articles / "cats.md").unlink()
    report = run()
    assert (report.removed, report.unchanged, report.n_documents) == (1, 2, 2)
    assert "cats.md" not in _texts(index_dir)


def test_a_moved_article_is_not_embedded_again(run: Sync, articles: Path, index_dir: Path) -> None:
    run()
    (articles / "cats.md").rename(articles / "deep" / "felines.md")
    report = run()
    assert (report.moved, report.added, report.removed, report.n_embedded) == (1, 0, 0, 0)
    assert "deep/felines.md" in _texts(index_dir)


def test_a_moved_folder_keeps_its_articles_and_learns_their_place(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    first = run()
    moved = articles.rename(articles.with_name("elsewhere"))
    report = run(moved)
    assert (report.unchanged, report.n_embedded) == (first.n_documents, 0)
    with CorpusIndex.open(index_dir, embedder_name=None) as index:
        assert all(chunk.source.startswith(str(moved)) for chunk in index.all_chunks())
        assert index.roots == (moved,)


def test_increments_end_where_one_run_from_nothing_does(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    run()
    write(articles, "ships.txt", "Ships\n\nOther words about boats.\n", age_s=50)
    (articles / "cats.md").unlink()
    run()
    write(articles, "new.txt", "Entirely new.\n")
    run()
    grown = _state(index_dir)
    run(rebuild=True)
    assert _state(index_dir) == grown


def _state(index_dir: Path) -> tuple[object, ...]:
    with CorpusIndex.open(index_dir, embedder_name=None) as index:
        chunks = list(index.all_chunks())
        keys = {
            index.chunks([key])[0].id: key for key, _ in index.lexical.search("ship dog new", 9)
        }
        found = [
            (index.chunks([key])[0].id, round(score, 4))
            for key, score in index.lexical.search("boat dogs night new words", 9)
        ]
        query = np.ones(index.dimension, dtype=np.float32)
        scores, near = index.vectors.search(query, 9)
        nearest = sorted(c.id for c in index.chunks(near.tolist()))
        return index.index_id, chunks, sorted(found), sorted(keys), nearest, sorted(scores.tolist())


def test_another_embedder_or_chunker_replaces_every_vector(run: Sync, index_dir: Path) -> None:
    run()
    other = HashingEmbedder(32)
    report = run(embedder=other)
    assert (report.changed, report.n_embedded) == (3, 3)
    with CorpusIndex.open(index_dir, embedder_name=other.name) as index:
        assert (index.dimension, index.n_chunks, len(index.vectors)) == (32, 3, 3)
    assert run(embedder=other, target_tokens=8).changed == 3


class _Failing(HashingEmbedder):
    """Breaks down after some texts, as a machine without memory would."""

    n_left = 300

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        self.n_left -= len(texts)
        if self.n_left < 0:
            raise EmbedderError("out of memory")
        return super().embed_documents(texts)


def test_an_interrupted_run_changes_nothing_and_is_not_paid_for_twice(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    run()
    before = _texts(index_dir)
    for n in range(400):
        write(articles, f"more/{n}.txt", f"Article {n} is about the number {n}.\n")
    with pytest.raises(EmbedderError, match="out of memory"):
        run(embedder=_Failing(64))
    assert _texts(index_dir) == before
    report = run()
    assert report.added == 400
    assert report.n_embedded == 400 - 256


def test_equal_articles_are_embedded_once(run: Sync, articles: Path) -> None:
    write(articles, "one.txt", "Twins\n\nSame words here.\n")
    write(articles, "two.txt", "Twins\n\nSame words here.\n")
    report = run()
    assert (report.n_documents, report.n_embedded) == (5, 4)


def test_an_article_that_has_the_name_of_another_is_skipped_and_the_other_stays(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    write(articles, "t.csv", "id,title,text\n7.txt,Bees,Bees hum in the garden.\n")
    assert run().added == 4
    write(articles, "t.csv#7.txt", "Wasps sting.\n")
    report = run()
    assert report.added == 0
    assert "has the name of one in t.csv" in report.skipped[0].reason
    assert _texts(index_dir)["t.csv#7.txt"] == "Bees hum in the garden."
    (articles / "t.csv").unlink()
    run()
    run()
    assert _texts(index_dir)["t.csv#7.txt"] == "Wasps sting."


# -- what cannot be read ---------------------------------------------------------------------------


def test_a_file_that_holds_no_article_is_skipped_with_its_reason(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    (articles / "binary.txt").write_bytes(b"\x00\x01\x02" * 100)
    (articles / "empty.txt").touch()
    report = run()
    skipped = {Path(item.source).name: item.reason for item in report.skipped}
    assert set(skipped) == {"binary.txt", "empty.txt"}
    assert all(skipped.values())
    assert report.n_documents == 3
    assert not is_stale(index_dir, [articles])


def test_what_holds_no_article_is_read_again_only_when_it_changes(
    run: Sync, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = articles / "binary.txt"
    path.write_bytes(b"\x00\x01\x02" * 100)
    os.utime(path, (1000, 1000))
    run()

    def never(_: FoundFile) -> list[Document]:
        raise AssertionError("it was read again")

    with monkeypatch.context() as patch:
        patch.setattr("rag.ingest.read.read_documents", never)
        assert [Path(item.source).name for item in run().skipped] == ["binary.txt"]
    path.write_text("It is an article now.\n")
    assert run().added == 1


def test_what_was_skipped_can_be_told_without_looking_at_the_folder(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    (articles / "binary.txt").write_bytes(b"\x00\x01\x02" * 100)
    (articles / "empty.txt").touch()
    for name in ("a.zip", "b.ZIP", "c.exe"):
        (articles / name).write_bytes(b"PK")
    run()
    with StoreReader.open(index_dir / FILE_NAME) as store:
        reasons = {Path(item.source).name: item.reason for item in store.skipped()}
        assert set(reasons) == {"binary.txt", "empty.txt"}
        assert all(reasons.values())
        assert json.loads(store.noted("unsupported")) == {".zip": 2, ".exe": 1}
        assert store.manifest.synced_at.startswith("20")


def test_an_article_that_becomes_unreadable_leaves_the_index(
    run: Sync, articles: Path, index_dir: Path
) -> None:
    run()
    (articles / "ships.txt").write_bytes(b"\x00\x01\x02" * 100)
    report = run()
    assert (report.removed, len(report.skipped)) == (1, 1)
    assert "ships.txt" not in _texts(index_dir)


@pytest.mark.parametrize("content", [None, b"\x00\x01\x02" * 100])
def test_no_readable_article_is_an_error_that_leaves_the_index_as_it_was(
    run: Sync, tmp_path: Path, index_dir: Path, content: bytes | None
) -> None:
    run()
    before = _texts(index_dir)
    other = tmp_path / "other"
    other.mkdir()
    if content is not None:
        (other / "a.txt").write_bytes(content)
    with pytest.raises(InputError, match=r"no readable article in .*other"):
        run(other)
    assert _texts(index_dir) == before


def test_a_missing_folder_is_an_error_that_leaves_the_index_as_it_was(
    run: Sync, tmp_path: Path, index_dir: Path
) -> None:
    run()
    with pytest.raises(InputError, match="nowhere"):
        run(tmp_path / "nowhere")
    assert len(_texts(index_dir)) == 3


def test_a_file_name_that_is_not_unicode_is_skipped(run: Sync, articles: Path) -> None:
    name = os.fsencode(articles) + b"/caf\xe9.txt"
    with open(name, "wb") as file:
        file.write(b"Some words.")
    report = run()
    assert report.n_documents == 3
    assert "not valid UTF-8" in report.skipped[0].reason


def test_the_index_does_not_index_itself(run: Sync, articles: Path, index_dir: Path) -> None:
    run()
    write(index_dir, "README.md", "About the index. It is not an article.\n")
    report = run(articles.parent)
    assert not any("README" in name for name in _texts(index_dir))
    assert report.n_documents == 3


def test_an_index_folder_that_cannot_be_made_is_named(run: Sync, index_dir: Path) -> None:
    index_dir.write_text("a file")
    with pytest.raises(CorpusIndexError, match="cannot make the index folder"):
        run()


# -- rebuild ---------------------------------------------------------------------------------------


def test_a_damaged_index_is_an_error_and_a_rebuild_mends_it(run: Sync, index_dir: Path) -> None:
    run()
    store = index_dir / "index.sqlite3"
    store.write_bytes(b"garbage" * 1000)
    with pytest.raises(CorpusIndexError, match="damaged") as caught:
        run()
    assert caught.value.hint == "rag index --rebuild FOLDER"
    assert run(rebuild=True).n_documents == 3
    assert len(_texts(index_dir)) == 3


def test_a_rebuild_that_fails_keeps_the_old_index(run: Sync, index_dir: Path) -> None:
    run()
    before = _texts(index_dir)
    broken = _Failing(64)
    broken.n_left = 0
    with pytest.raises(EmbedderError, match="out of memory"):
        run(embedder=broken, rebuild=True)
    assert _texts(index_dir) == before


def test_a_rebuild_takes_nothing_from_the_old_index(run: Sync) -> None:
    run()
    assert run(rebuild=True).n_embedded == 3


def test_a_reader_that_is_open_survives_a_rebuild(run: Sync, index_dir: Path) -> None:
    run()
    with CorpusIndex.open(index_dir, embedder_name=None) as index:
        run(rebuild=True)
        assert len(list(index.all_chunks())) == 3


# -- progress --------------------------------------------------------------------------------------


class _Recorder:
    def __init__(self) -> None:
        self.stages: list[tuple[str, int | None, str]] = []
        self.done: list[int] = []

    def start(self, stage: str, total: int | None, unit: str = "") -> None:
        self.stages.append((stage, total, unit))
        self.done.append(0)

    def advance(self, n: int) -> None:
        self.done[-1] += n

    def finish(self) -> None: ...


def test_progress_tells_each_stage_and_its_steps(run: Sync) -> None:
    recorder = _Recorder()
    run(progress=recorder)
    assert recorder.stages == [
        ("reading articles", 3, "files"),
        ("embedding", 3, "chunks"),
        ("writing the index", None, ""),
    ]
    assert recorder.done[:2] == [3, 3]
