"""Whatever happens to a folder between runs, the index ends as one built from nothing would."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from index_builders import write

from rag.chunking.packer import SentenceChunker
from rag.embedding.hashing import HashingEmbedder
from rag.errors import EmbedderError, InputError
from rag.indexing.check import check
from rag.indexing.corpus import CorpusIndex
from rag.indexing.sync import sync

NAMES = st.sampled_from(["a.txt", "b.md", "sub/c.txt", "d.txt", "sub/e.md"])
TEXTS = st.sampled_from(
    ["Ships sail north.", "Cats sleep late.", "Dogs bark.", "\x00", "Bees hum.", ""]
)
TABLES = st.sampled_from(["t.csv", "sub/u.csv"])
ROWS = st.dictionaries(st.sampled_from("xyz"), TEXTS.filter(lambda text: text != "\x00"))


class _Failing(HashingEmbedder):
    """Breaks down after ``n_left`` texts."""

    def __init__(self, n_left: int) -> None:
        super().__init__(16)
        self.n_left = n_left

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        self.n_left -= len(texts)
        if self.n_left < 0:
            raise EmbedderError("out of memory")
        return super().embed_documents(texts)


def _sync(folder: Path, index_dir: Path, embedder: HashingEmbedder | None = None) -> bool:
    """Whether there is an article at all."""
    embedder = embedder or HashingEmbedder(16)
    chunker = SentenceChunker(embedder.count_tokens)
    try:
        sync(index_dir, [folder], embedder=embedder, chunker=chunker)
    except InputError:
        return False
    return True


def _state(index_dir: Path) -> tuple[object, ...]:
    with CorpusIndex.open(index_dir, embedder_name="hashing-16-v1") as index:
        words = [
            sorted(
                (index.chunks([key])[0].id, round(score, 5))
                for key, score in index.lexical.search(word, 99)
            )
            for word in ("ships", "cats sleep", "dogs bees")
        ]
        return index.index_id, list(index.all_chunks()), len(index.vectors), words


class Folder(RuleBasedStateMachine):
    """A folder in which files come, change, move and go, and the index that follows it."""

    @initialize()
    def begin(self) -> None:
        self.base = Path(tempfile.mkdtemp())
        self.folder, self.grown = self.base / "articles", self.base / "grown"
        self.folder.mkdir()
        self.age_s = 100_000.0
        self.in_step = False

    def teardown(self) -> None:
        if hasattr(self, "base"):
            shutil.rmtree(self.base)

    def _write(self, name: str, text: str) -> None:
        self.age_s -= 10
        write(self.folder, name, text, age_s=self.age_s)
        self.in_step = False

    @rule(name=NAMES, text=TEXTS)
    def change(self, name: str, text: str) -> None:
        self._write(name, text + "\n" if text else "")

    @rule(name=TABLES, rows=ROWS)
    def change_table(self, name: str, rows: dict[str, str]) -> None:
        lines = (f"{row},Title {row},{text}" for row, text in rows.items())
        self._write(name, "\n".join(("id,title,text", *lines)) + "\n")

    @rule(name=st.one_of(NAMES, TABLES))
    def delete(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        self.in_step = False

    @rule(old=NAMES, new=NAMES)
    def rename(self, old: str, new: str) -> None:
        if (self.folder / old).exists():
            (self.folder / new).parent.mkdir(exist_ok=True)
            (self.folder / old).rename(self.folder / new)
            self.in_step = False

    @rule(n_left=st.integers(0, 2))
    def run_with_a_machine_that_breaks_down(self, n_left: int) -> None:
        try:
            self.in_step = _sync(self.folder, self.grown, _Failing(n_left)) or self.in_step
        except EmbedderError:
            self.in_step = False

    @rule()
    def run(self) -> None:
        self.in_step = _sync(self.folder, self.grown)

    @precondition(lambda self: self.in_step)
    @rule()
    def compare(self) -> None:
        fresh = self.base / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        assert _sync(self.folder, fresh)
        assert _state(self.grown) == _state(fresh)

    @invariant()
    def the_index_is_sound(self) -> None:
        if self.in_step:
            assert check(self.grown, repair=False).store.faults == ()


Folder.TestCase.settings = settings(max_examples=12, stateful_step_count=14, deadline=None)
test_increments_equal_a_build_from_nothing = Folder.TestCase
