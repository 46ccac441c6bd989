"""An index as it is searched: one state of the store with its search structures."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from rag.errors import CorpusIndexError
from rag.indexing import derived
from rag.indexing.derived import Derived
from rag.indexing.index_type import IndexType
from rag.indexing.lock import writing
from rag.indexing.tantivy_index import TantivyIndex
from rag.indexing.wishes import NOTE, wishes_of
from rag.store.database import REBUILD_HINT
from rag.store.reader import StoreReader
from rag.store.records import ArticleRecord
from rag.store.schema import FILE_NAME
from rag.store.writer import StoreWriter
from rag.types import Chunk, Document

if TYPE_CHECKING:
    from rag.indexing.vector_files import Vectors

_REPAIR_TIMEOUT_S = 10.0

_log = logging.getLogger(__name__)


class CorpusIndex:
    """One state of an index. What is published later is seen by the next one that is opened.

    Attributes:
        vectors, lexical: search by chunk keys; the other methods turn keys into chunks.
        index_id: equal for equal articles, embedder and chunker.
        roots: the folders and files that were indexed.
        repaired: what was wrong with the files of the search structures, one sentence each; they
            were built again.
    """

    def __init__(
        self, store: StoreReader, structures: Derived, *, repaired: Sequence[str] = ()
    ) -> None:
        self._store = store
        self.repaired = tuple(repaired)
        self.vectors: Vectors = structures.vectors
        self.lexical: TantivyIndex = structures.lexical
        manifest = store.manifest
        self.index_id = manifest.index_id
        self.generation = manifest.generation
        self.embedder_name = manifest.embedder
        self.chunker_name = manifest.chunker
        self.dimension = manifest.dimension
        self.roots = tuple(Path(root) for root in manifest.roots)
        self.n_documents, self.n_chunks = store.counts()

    @classmethod
    def open(cls, index_dir: Path, *, embedder_name: str | None) -> CorpusIndex:
        """The index in ``index_dir``; its search structures are repaired if they are missing,
        stale or damaged, in memory only where the folder cannot be written.

        Args:
            embedder_name: of the embedder that will embed the questions; None to skip the check.

        Raises:
            CorpusIndexError: no index, a damaged one, one of another version or embedder.
        """
        path = index_dir / FILE_NAME
        store = StoreReader.open(path)
        try:
            _require_embedder(store, embedder_name)
            structures = derived.load(store, index_dir)
            if structures is None:
                # A run may have published since the store was opened: then the files are newer.
                store.close()
                store = StoreReader.open(path)
                structures = derived.load(store, index_dir)
            if structures is not None:
                return cls(store, structures)
            faults = derived.problems(store, index_dir)
            store.close()
            repaired = _repair(index_dir)
            store = StoreReader.open(path)
            structures = derived.load(store, index_dir) if repaired else None
            return cls(store, structures or derived.build(store), repaired=faults)
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Give up the files. May be called twice."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def chunks(self, keys: Sequence[int]) -> list[Chunk]:
        """The chunks of ``keys``, in that order.

        Raises:
            CorpusIndexError: if one is not there, which no sound index does.
        """
        found = self._store.chunks(keys)
        try:
            return [found[int(key)] for key in keys]
        except KeyError as exc:
            raise CorpusIndexError(
                f"the index {self._store.path} has no chunk {exc}", hint=REBUILD_HINT
            ) from exc

    def all_chunks(self) -> Iterator[Chunk]:
        """Every chunk, by document id and place in it."""
        return self._store.all_chunks()

    def articles(self) -> list[ArticleRecord]:
        """Every article, by id; no text is read."""
        return self._store.articles()

    def chunk_keys(self, articles: Sequence[int]) -> np.ndarray:
        """The keys of all chunks of the articles with those keys, int64 ``(n,)``, rising."""
        return np.array(self._store.chunk_keys(articles), dtype=np.int64)

    def document(self, document_id: str) -> Document | None:
        """The document with its whole text; None if there is none of that id."""
        return self._store.document(document_id)

    def vectors_of(self, keys: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Keys int64 ``(n,)``, rising, and their stored vectors, float32 ``(n, dimension)``."""
        return self.vectors.rows(np.asarray(keys, dtype=np.int64))

    def vectors_of_chunks(self, chunks: Sequence[Chunk]) -> list[np.ndarray | None]:
        """The stored vector of each chunk, float32 ``(dimension,)``; None for one that the index
        does not hold as it is: a window of a chunk."""
        keys = [self._store.key_of(chunk.document_id, chunk.span) for chunk in chunks]
        found, rows = self.vectors_of([key for key in keys if key is not None])
        by_key = dict(zip(found.tolist(), rows, strict=True))
        return [None if key is None else by_key.get(key) for key in keys]

    def document_frequency(self, term: str) -> int:
        """In how many chunks (title and headings included) ``term`` occurs; ``term`` is a stem,
        as ``rag.text.words.terms`` gives it."""
        return self.lexical.document_frequency(term)


def _require_embedder(store: StoreReader, name: str | None) -> None:
    built_by = store.manifest.embedder
    if name is not None and name != built_by:
        raise CorpusIndexError(
            f"the index {store.path} was built by the embedder {built_by}, but {name} is set",
            hint="rag index (embeds the articles anew), or set the embedder back",
        )


def _repair(index_dir: Path) -> bool:
    """Bring the files of the search structures in step with the store, if that is possible."""
    try:
        with (
            writing(index_dir, timeout_s=_REPAIR_TIMEOUT_S),
            StoreWriter.open(index_dir / FILE_NAME) as store,
        ):
            wanted = IndexType(wishes_of(store.noted(NOTE)).index_type)
            derived.refresh(store, index_dir, index_type=wanted, verify=True)
        return True
    except CorpusIndexError as exc:
        _log.info("the search structures are built in memory: %s", exc)
        return False
