"""How often retrieval finds the evidence: ``python -m bench.retrieval [--data DIR]``.

Every development set goes through the real pipeline (files, readers, chunker, embedder, FAISS and
tantivy) and is searched by meaning, by words, and by both. A gold span counts as found when a chunk
that overlaps it is among the first k. R@k is the share of gold spans found, MRR@10 looks at the
first hit. Equal passages are given once, and a copy of the gold passage elsewhere is not counted as
found. Nothing here is tuned: the table says what the shipped defaults do.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from bench.devsets import DevSet, Gold, Query, indexed, load_set
from bench.ranking import Ranking, rankings
from bench.ranking import table as ranking_table
from rag.chunking.packer import SentenceChunker
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.indexing.corpus import CorpusIndex
from rag.indexing.sync import sync
from rag.protocols import Embedder, Retriever
from rag.retrieval.dense import DenseRetriever
from rag.retrieval.hybrid import HybridRetriever
from rag.retrieval.lexical import LexicalRetriever
from rag.types import Chunk, Hit, Span

SETS = ("xquad_en", "nq_gold", "qamr_wikinews", "chunkeval")
DEFAULT_DATA = Path("shared/data/retrieval")
DEPTH = 10
HERE = Path(__file__).parent
_PAGE = """# Retrieval on the development sets

Embedder {embedder}, shipped defaults.

{found}
## Ranking the sentences of what was found

Between finding and writing: every sentence of the first hits is embedded and compared with the
question, by a ranker that has seen nothing before, in a process that has.

{ranked}"""


@dataclass(frozen=True)
class Row:
    """One line of the table; measures in [0, 1], times in milliseconds."""

    set: str
    gold: str
    retriever: str
    n_chunks: int
    n_questions: int
    recall_1: float
    recall_5: float
    mrr_10: float
    p50_ms: float


class CachedQueries:
    """An embedder that embeds each question once, however many retrievers ask."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, np.ndarray] = {}
        self.name = embedder.name
        self.count_tokens = embedder.count_tokens
        self.embed_documents = embedder.embed_documents

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    @property
    def max_tokens(self) -> int:
        return self._embedder.max_tokens

    def embed_query(self, text: str) -> np.ndarray:
        if text not in self._known:
            self._known[text] = self._embedder.embed_query(text)
        return self._known[text]


def found(gold: Gold, chunk: Chunk) -> bool:
    """Whether ``chunk`` holds some of the gold evidence."""
    if gold.document_id != chunk.document_id:
        return False
    return gold.span is None or chunk.span.overlaps(gold.span)


def recall(query: Query, hits: Sequence[Hit], k: int) -> float:
    """Share of the gold spans that the first ``k`` hits touch."""
    reached = [any(found(gold, hit.chunk) for hit in hits[:k]) for gold in query.gold]
    return sum(reached) / len(reached)


def reciprocal_rank(query: Query, hits: Sequence[Hit]) -> float:
    """1 / rank of the first hit on any gold span within the first 10; 0 if there is none."""
    ranks = (h.rank for h in hits[:DEPTH] if any(found(g, h.chunk) for g in query.gold))
    return 1.0 / next(ranks, float("inf"))


def measure(queries: Sequence[Query], retriever: Retriever) -> tuple[list[list[Hit]], float]:
    """The hits of every query, and the median time of a query in milliseconds."""
    results, times = [], []
    for query in queries:
        started = time.perf_counter()
        results.append(retriever.retrieve(query.question, DEPTH))
        times.append(1000 * (time.perf_counter() - started))
    return results, float(np.median(times))


def open_index(devset: DevSet, work: Path, embedder: Embedder) -> CorpusIndex:
    """The set's index, kept below ``work`` so that a second run embeds nothing."""
    folder = work / devset.name
    if not folder.exists():
        return indexed(devset, folder, embedder)
    chunker = SentenceChunker(
        embedder.count_tokens, target_tokens=128, max_tokens=embedder.max_tokens
    )
    sync(folder / "index", [folder / "articles"], embedder=embedder, chunker=chunker)
    return CorpusIndex.open(folder / "index", embedder_name=embedder.name)


def gold_paragraphs(data: Path, name: str, queries: Iterable[Query]) -> list[Query] | None:
    """``queries`` with each gold span widened to its paragraph; None if the set has none."""
    documents = [json.loads(line) for line in (data / f"{name}.docs.jsonl").open(encoding="utf-8")]
    if "paras" not in documents[0]:
        return None
    plain = {f"{number:05d}.md": document for number, document in enumerate(documents)}
    files = load_set(data, name).files
    widened = []
    for query in queries:
        golds = []
        for gold in query.gold:
            document = plain[gold.document_id]
            shift = len(files[gold.document_id]) - len(document["text"])
            spans = [Span(a, b).shifted(shift) for a, b in document["paras"]]
            assert gold.span is not None
            inside = next(span for span in spans if span.overlaps(gold.span))
            golds.append(Gold(gold.document_id, inside))
        widened.append(replace(query, gold=tuple(golds)))
    return widened


def measures_of(
    devset: DevSet, data: Path, index: CorpusIndex, embedder: Embedder
) -> tuple[list[Row], list[Ranking]]:
    """The measures of a set, for each retriever and each kind of gold; and what ranking the
    sentences of the last one's hits takes, which is the one that is used."""
    cached = CachedQueries(embedder)
    for query in devset.queries:
        cached.embed_query(query.question)
    retrievers: list[Retriever] = [
        DenseRetriever(index, cached),
        LexicalRetriever(index),
        HybridRetriever(index, cached),
    ]
    golds: dict[str, Sequence[Query]] = {"span": devset.queries}
    if devset.name == "nq_gold":
        golds = {"document": devset.queries}
    paragraphs = gold_paragraphs(data, devset.name, devset.queries)
    if paragraphs is not None:
        golds["paragraph"] = paragraphs
    rows = []
    for retriever in retrievers:
        results, p50_ms = measure(devset.queries, retriever)
        for gold, queries in golds.items():
            rows.append(_row(devset.name, gold, retriever.name, index, queries, results, p50_ms))
    asked = [(q.question, hits) for q, hits in zip(devset.queries, results, strict=True)]
    return rows, rankings(devset.name, index, embedder, asked)


def _row(
    name: str,
    gold: str,
    retriever: str,
    index: CorpusIndex,
    queries: Sequence[Query],
    results: Sequence[Sequence[Hit]],
    p50_ms: float,
) -> Row:
    def mean(score: Callable[[Query, Sequence[Hit]], float]) -> float:
        return float(np.mean([score(q, h) for q, h in zip(queries, results, strict=True)]))

    return Row(
        set=name,
        gold=gold,
        retriever=retriever,
        n_chunks=index.n_chunks,
        n_questions=len(queries),
        recall_1=mean(lambda q, h: recall(q, h, 1)),
        recall_5=mean(lambda q, h: recall(q, h, 5)),
        mrr_10=mean(reciprocal_rank),
        p50_ms=p50_ms,
    )


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| set | gold | chunks | questions | retriever | R@1 | R@5 | MRR@10 | search ms (p50) |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.set} | {r.gold} | {r.n_chunks} | {r.n_questions} | {r.retriever} | {r.recall_1:.3f} "
        f"| {r.recall_5:.3f} | {r.mrr_10:.3f} | {r.p50_ms:.1f} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every set that is there; says which are not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--work", type=Path, default=HERE / "work" / "retrieval")
    parser.add_argument("--out", type=Path, default=HERE / "results")
    parser.add_argument("--only", action="append", choices=SETS, help="a set; repeatable")
    options = parser.parse_args(arguments)
    embedder = SentenceTransformerEmbedder()
    rows: list[Row] = []
    ranked: list[Ranking] = []
    for name in options.only or SETS:
        if not (options.data / f"{name}.docs.jsonl").is_file():
            sys.stderr.write(f"skipped {name}: not in {options.data}\n")
            continue
        devset = load_set(options.data, name)
        with open_index(devset, options.work, embedder) as index:
            measured, timed = measures_of(devset, options.data, index, embedder)
            rows, ranked = rows + measured, ranked + timed
        sys.stderr.write(f"done: {name}\n")
    if not rows:
        return 0
    page = _PAGE.format(embedder=embedder.name, found=table(rows), ranked=ranking_table(ranked))
    sys.stdout.write(page)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "retrieval.md").write_text(page, encoding="utf-8")
    record = {"rows": [asdict(row) for row in rows], "ranking": [asdict(one) for one in ranked]}
    text = json.dumps(record, indent=1) + "\n"
    (options.out / "retrieval.json").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
