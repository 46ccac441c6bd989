"""BM25 by tantivy, over text analysed by our own analyser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import tantivy

from rag.errors import CorpusIndexError
from rag.text.words import terms

_HEAP_BYTES = 64_000_000
_MAX_TERM_CHARACTERS = 200
"""A longer "word" is a blob (base64, a hash): nobody asks for it, and tantivy refuses it."""


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
        with self._writer() as writer:
            for key, text in zip(ids, texts, strict=True):
                document = tantivy.Document()
                document.add_integer("key", int(key))
                document.add_text("text", " ".join(_terms(text)))
                writer.add_document(document)

    def remove(self, ids: Sequence[int]) -> None:
        """Take texts back; ids that are not there are ignored. Until tantivy merges its segments
        the words of removed texts still count in the statistics that BM25 weighs by."""
        with self._writer() as writer:
            for key in ids:
                writer.delete_documents_by_term("key", int(key))

    def search(self, query: str, k: int) -> list[tuple[int, float]]:
        """At most ``k`` pairs (id, BM25 > 0), best first; equal scores in the order of ids."""
        counts = Counter(_terms(query))
        if not counts or k < 1:
            return []
        with _translated():
            result = self._searcher.search(self._query(counts), limit=k, count=False)
            addresses = [address for _, address in result.hits]
            keys = self._searcher.fast_field_values("key", addresses)
        pairs = [
            (int(key), float(score))
            for key, (score, _) in zip(keys, result.hits, strict=True)
            if key is not None
        ]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def document_frequency(self, term: str) -> int:
        """In how many texts ``term`` (a stem, as ``rag.text.words.terms`` gives it) occurs."""
        with _translated():
            return int(self._searcher.doc_freq("text", term))

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def _query(self, counts: Counter[str]) -> tantivy.Query:
        parts = []
        for term, count in counts.items():
            query = tantivy.Query.term_query(self._schema, "text", term, "freq")
            if count > 1:
                query = tantivy.Query.boost_query(query, float(count))
            parts.append((tantivy.Occur.Should, query))
        return tantivy.Query.boolean_query(parts)

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
