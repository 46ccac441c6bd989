"""Whatever happens to a folder between runs, the index ends as one built from nothing would."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from index_builders import write

from rag.chunking.packer import SentenceChunker
from rag.embedding.hashing import HashingEmbedder
from rag.errors import InputError
from rag.indexing.corpus import CorpusIndex
from rag.indexing.sync import sync

NAMES = st.sampled_from(["a.txt", "b.md", "sub/c.txt", "d.txt"])
TEXTS = st.sampled_from(
    ["Ships sail north.", "Cats sleep late.", "Dogs bark.", "\x00", "Bees hum."]
)
STEP = st.lists(st.tuples(NAMES, st.one_of(st.none(), TEXTS)), min_size=1, max_size=3)


def _sync(folder: Path, index_dir: Path) -> bool:
    embedder = HashingEmbedder(16)
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


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(STEP, min_size=2, max_size=4))
def test_increments_equal_a_build_from_nothing(
    steps: list[list[tuple[str, str | None]]],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, grown, fresh = (Path(name) / part for part in ("articles", "grown", "fresh"))
        folder.mkdir()
        done = False
        for at, step in enumerate(steps):
            for file, text in step:
                if text is None:
                    (folder / file).unlink(missing_ok=True)
                else:
                    write(folder, file, text + "\n", age_s=1000 - at)
            done = _sync(folder, grown)
        if done:
            assert _sync(folder, fresh)
            assert _state(grown) == _state(fresh)
