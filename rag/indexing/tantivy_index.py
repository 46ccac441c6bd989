"""BM25 by tantivy, over text analysed by our own analyser."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tantivy

from rag.errors import CorpusIndexError
from rag.text.words import terms

_HEAP_BYTES = 64_000_000
_MAX_TERM_CHARACTERS = 200
"""A longer "word" is a blob (base64, a hash): nobody asks for it, and tantivy refuses it."""
_FEW_KEYS = 2_000
"""Among so few texts tantivy is told which; a longer list would take it longer than the search."""


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("key", indexed=True, fast=True)
    builder.add_text_field("text", tokenizer_name="terms", index_option="freq")
    return builder.build()


class TantivyIndex:
    """An inverted index of chunk texts under the store's chunk keys.

    Texts and queries pass the same analyser (``rag.text.words``); a query is a bag of words, no
    sign in it is an operator.

    Args:
        path: an empty folder, or one that holds such an index; None keeps it in memory.

    Raises:
        CorpusIndexError: if the folder holds something else or cannot be used.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._schema = _schema()
        with _translated():
            self._index = tantivy.Index(self._schema, path=None if path is None else str(path))
            analyser = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            self._index.register_tokenizer("terms", analyser)
            # By default a thread watches the folder and follows other processes' commits.
            self._index.config_reader(reload_policy="manual")
            self._index.reload()
            self._searcher = self._index.searcher()

    def add(self, ids: Sequence[int], texts: Sequence[str]) -> None:
        """Index ``texts`` under ``ids``, not yet in use."""
        self.update([], [(ids, texts)])

    def remove(self, ids: Sequence[int]) -> None:
        """Take texts back; ids that are not there are ignored. Until tantivy merges its segments
        the words of removed texts still count in the statistics that BM25 weighs by."""
        self.update(ids, [])

    def update(
        self, removed: Sequence[int], added: Iterable[tuple[Sequence[int], Sequence[str]]]
    ) -> None:
        """Remove and add at one stroke: the files hold all of it or nothing.

        Args:
            added: batches of ids and texts.
        """
        with self._writer() as writer:
            for key in removed:
                writer.delete_documents_by_term("key", int(key))
            for ids, texts in added:
                for key, text in zip(ids, texts, strict=True):
                    document = tantivy.Document()
                    document.add_integer("key", int(key))
                    document.add_text("text", " ".join(_terms(text)))
                    writer.add_document(document)

    def search(
        self, query: str, k: int, *, among: np.ndarray | None = None
    ) -> list[tuple[int, float]]:
        """At most ``k`` pairs (id, BM25 > 0), best first; equal scores in the order of ids.

        Args:
            among: the only ids that may be found, int64; None for all.
        """
        ids, scores = self.ranked(query, k, among=among)
        return list(zip(ids.tolist(), scores.tolist(), strict=True))

    def ranked(
        self, query: str, k: int, *, among: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """As ``search``: ids int64 and scores float64, both ``(m,)``."""
        counts = Counter(_terms(query))
        if not counts or k < 1 or not (among is None or len(among)):
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        with _translated():
            words = self._query(counts)
            if among is None:
                return self._run(words, k)
            if len(among) <= _FEW_KEYS:
                return self._run(self._restricted(words, among), k)
            return self._run_deeper(words, k, among)

    def document_frequency(self, term: str) -> int:
        """In how many texts ``term`` (a stem, as ``rag.text.words.terms`` gives it) occurs."""
        with _translated():
            return int(self._searcher.doc_freq("text", term))

    def keys(self) -> np.ndarray:
        """The ids in use, int64 ``(n,)``, rising."""
        with _translated():
            ids, _ = self._run(tantivy.Query.all_query(), max(1, len(self)))
        return np.sort(ids)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    # -- searching -----------------------------------------------------------------------------

    def _run(self, query: tantivy.Query, k: int) -> tuple[np.ndarray, np.ndarray]:
        found = self._searcher.search(query, limit=k, count=False).hits
        keys = self._searcher.fast_field_values("key", [address for _, address in found])
        if None in keys:
            raise ValueError("a text has lost its key")
        ids = np.array(keys, dtype=np.int64)
        scores = np.array([score for score, _ in found], dtype=np.float64)
        order = np.lexsort((ids, -scores))
        return ids[order], scores[order]

    def _run_deeper(
        self, query: tantivy.Query, k: int, among: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Search deeper and deeper until ``k`` of what is found is wanted, or nothing is left."""
        depth = 2 * k * max(1, len(self) // len(among))
        while True:
            # tantivy makes room for as many as it is asked for.
            ids, scores = self._run(query, min(depth, len(self)))
            wanted = np.isin(ids, among)
            if np.count_nonzero(wanted) >= k or len(ids) < depth:
                return ids[wanted][:k], scores[wanted][:k]
            depth *= 4

    def _query(self, counts: Counter[str]) -> tantivy.Query:
        parts = []
        for term, count in counts.items():
            query = tantivy.Query.term_query(self._schema, "text", term, "freq")
            if count > 1:
                query = tantivy.Query.boost_query(query, float(count))
            parts.append((tantivy.Occur.Should, query))
        return tantivy.Query.boolean_query(parts)

    def _restricted(self, words: tantivy.Query, among: np.ndarray) -> tantivy.Query:
        keys = tantivy.Query.term_set_query(self._schema, "key", among.tolist())
        silent = tantivy.Query.const_score_query(keys, 0.0)
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, words), (tantivy.Occur.Must, silent)]
        )

    @contextmanager
    def _writer(self) -> Iterator[tantivy.IndexWriter]:
        with _translated():
            # One thread gives one segment and so the same order of equal scores each time.
            writer = self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)
            try:
                yield writer
                writer.commit()
            finally:
                writer.wait_merging_threads()
            self._index.reload()
            self._searcher = self._index.searcher()


def removed_share(folder: Path) -> tuple[int, int]:
    """How many texts lie in the index in ``folder``, and how many of them were removed but still
    count in its statistics.

    Raises:
        CorpusIndexError: if its list of segments makes no sense.
    """
    try:
        segments: list[dict[str, Any]] = json.loads((folder / "meta.json").read_bytes())["segments"]
        removed = sum((s["deletes"] or {}).get("num_deleted_docs", 0) for s in segments)
        return sum(s["max_doc"] for s in segments), removed
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise CorpusIndexError(f"{folder} has no readable list of segments") from exc


def _terms(text: str) -> list[str]:
    return [term for term in terms(text) if len(term) <= _MAX_TERM_CHARACTERS]


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError, RuntimeError) as exc:
        raise CorpusIndexError(
            f"the lexical index cannot be used: {str(exc)[:200]}", hint="rag index"
        ) from exc
    except BaseException as exc:
        # A panic in tantivy reaches Python as a BaseException of a module of its own.
        if type(exc).__name__ != "PanicException":
            raise
        raise CorpusIndexError(
            f"the lexical index cannot be used: {str(exc)[:200]}", hint="rag index"
        ) from exc
