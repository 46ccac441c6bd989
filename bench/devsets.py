"""Question sets (``NAME.docs.jsonl``, ``NAME.queries.jsonl``), indexed by the real pipeline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.chunking.packer import SentenceChunker
from rag.indexing.corpus import CorpusIndex
from rag.indexing.sync import sync
from rag.protocols import Embedder
from rag.types import Chunk, Span


@dataclass(frozen=True)
class Gold:
    """Where the answer is: a span of the file as indexed; the whole of it if ``span`` is None."""

    document_id: str
    span: Span | None


@dataclass(frozen=True)
class Query:
    """A question with its gold evidence, the answers' wordings and the gold documents' titles."""

    question: str
    gold: tuple[Gold, ...]
    answers: tuple[str, ...]
    titles: frozenset[str]

    def answered_by(self, chunk: Chunk, sentence: Span | None = None) -> bool:
        """Whether ``chunk`` (or that sentence of it) overlaps gold evidence; where gold is a whole
        document, whether it holds an answer's wording (a whole chunk always does)."""
        for gold in self.gold:
            if gold.document_id != chunk.document_id:
                continue
            if gold.span is None:
                text = sentence.of(chunk.text).lower() if sentence else ""
                if sentence is None or any(a.lower() in text for a in self.answers):
                    return True
            else:
                place = sentence.shifted(chunk.span.start) if sentence else chunk.span
                if place.overlaps(gold.span):
                    return True
        return False


@dataclass(frozen=True)
class DevSet:
    """A set: file name -> file text, and its questions."""

    name: str
    files: dict[str, str]
    queries: tuple[Query, ...]


def load_set(folder: Path, name: str) -> DevSet:
    """Read a set. Each document becomes a Markdown-free text file with its title as header."""
    documents = [json.loads(line) for line in _lines(folder / f"{name}.docs.jsonl")]
    names = {d["id"]: f"{number:05d}.md" for number, d in enumerate(documents)}
    titles = {d["id"]: (d.get("title") or "").strip() for d in documents}
    heads = {i: f"---\ntitle: {json.dumps(t)}\n---\n" if t else "" for i, t in titles.items()}
    files = {names[d["id"]]: heads[d["id"]] + d["text"] for d in documents}
    queries = []
    for line in _lines(folder / f"{name}.queries.jsonl"):
        record = json.loads(line)
        gold = tuple(
            Gold(names[g["doc"]], _span(g, len(heads[g["doc"]]), name)) for g in record["gold"]
        )
        of = frozenset(titles[g["doc"]] or names[g["doc"]] for g in record["gold"])
        queries.append(Query(record["question"], gold, tuple(record["answers"]), of))
    return DevSet(name, files, tuple(queries))


def _span(gold: dict[str, int], shift: int, name: str) -> Span | None:
    if name == "nq_gold" or "start" not in gold:
        return None
    return Span(gold["start"], gold["end"]).shifted(shift)


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def indexed(devset: DevSet, folder: Path, embedder: Embedder) -> CorpusIndex:
    """Write the set's files below ``folder``, index them, open the index."""
    articles, index_dir = folder / "articles", folder / "index"
    articles.mkdir(parents=True)
    for name, text in devset.files.items():
        (articles / name).write_text(text, encoding="utf-8")
    chunker = SentenceChunker(
        embedder.count_tokens, target_tokens=128, max_tokens=embedder.max_tokens
    )
    sync(index_dir, [articles], embedder=embedder, chunker=chunker)
    return CorpusIndex.open(index_dir, embedder_name=embedder.name)


class RememberingEmbedder:
    """An embedder that embeds every text once and takes questions in batches beforehand.

    Only for models without prompts (the packaged one): a question is embedded as a document is.
    """

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._vectors: dict[str, np.ndarray] = {}
        self.name = inner.name
        self.dimension = inner.dimension
        self.max_tokens = inner.max_tokens
        self.count_tokens = inner.count_tokens

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        """As the inner one, each text once."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        self._vectors.update(zip(new, self._inner.embed_documents(new), strict=True))
        return (
            np.stack([self._vectors[t] for t in texts]) if texts else np.zeros((0, self.dimension))
        )

    def embed_sentences(self, texts: Sequence[str]) -> np.ndarray:
        """As documents."""
        return self.embed_documents(texts)

    def embed_query(self, text: str) -> np.ndarray:
        """As a document."""
        return self.embed_documents([text])[0]
