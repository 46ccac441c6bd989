"""What the commands are run over: the sample articles among others, indexed, and a tiny model."""

from __future__ import annotations

import random
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from bench.cold_start.process import program, run
from rag.resources import data_dir

_SAMPLE_CHUNKS = 260
"""About what the sample articles give."""
_CHUNKS_PER_ARTICLE = 10
_SENTENCES_PER_CHUNK, _WORDS_PER_SENTENCE = 8, 12


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder of articles, its index, and a model file of the least size that answers nonsense."""

    articles: Path
    index: Path
    model: Path

    def change_one(self, number: int) -> None:
        """Make one article another one, so that it has to be indexed anew."""
        path = sorted(self.articles.glob("other-*.md"))[0]
        head = path.read_text("utf-8").split("\n\nThis is state ")[0]
        path.write_text(f"{head}\n\nThis is state {number} of the article.\n", "utf-8")

    @property
    def n_chunks(self) -> int:
        """How many chunks the index holds."""
        from rag.store.reader import StoreReader
        from rag.store.schema import FILE_NAME

        with StoreReader.open(self.index / FILE_NAME) as store:
            return store.manifest.n_chunks


def corpus_in(folder: Path, n_chunks: int) -> Corpus:
    """About ``n_chunks`` chunks below ``folder``, made unless they are there, up to date.

    Beside the sample articles there are some of random words of theirs: the questions are answered
    from the former, and an index of a usual size has to be searched.
    """
    corpus = Corpus(folder / "articles", folder / "index", folder / "tiny.gguf")
    if not corpus.articles.is_dir():
        shutil.copytree(data_dir("seeds"), corpus.articles)
        _add_articles(corpus.articles, max(1, n_chunks - _SAMPLE_CHUNKS) // _CHUNKS_PER_ARTICLE + 1)
    if not corpus.model.is_file():
        from tests.support.gguf import random_gguf

        random_gguf(corpus.model, n_ctx=4096)
    run(program("index", str(corpus.articles), "--index", str(corpus.index)))
    return corpus


def _add_articles(folder: Path, n_articles: int) -> None:
    rng = random.Random(7)
    texts = [path.read_text("utf-8") for path in sorted(folder.glob("*.md"))]
    words = sorted(set(re.findall(r"\b[a-z]{3,}\b", " ".join(texts))))
    for number in range(n_articles):
        sentences = [
            " ".join(rng.choices(words, k=_WORDS_PER_SENTENCE)).capitalize() + "."
            for _ in range(_CHUNKS_PER_ARTICLE * _SENTENCES_PER_CHUNK)
        ]
        text = f"# Other matters {number}\n\n{' '.join(sentences)}\n"
        (folder / f"other-{number:03d}.md").write_text(text, "utf-8")
