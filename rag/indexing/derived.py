"""The search structures that follow from the store: loaded if they are what was written for it,
otherwise caught up or built again. They are never trusted blindly and losing them loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import CorpusIndexError
from rag.indexing import lexical_files, vector_files
from rag.indexing.index_type import IndexType
from rag.indexing.tantivy_index import TantivyIndex
from rag.store.reader import StoreReader
from rag.store.writer import StoreWriter

if TYPE_CHECKING:
    from rag.indexing.vector_files import Vectors


@dataclass(frozen=True, slots=True)
class Derived:
    """Both search structures, in step with one generation of the store."""

    vectors: Vectors
    lexical: TantivyIndex


def load(store: StoreReader, index_dir: Path) -> Derived | None:
    """The structures by way of the files in ``index_dir``; None if one of these is missing, not
    what was recorded, or too far behind."""
    vectors = vector_files.load(store, index_dir)
    lexical = lexical_files.load(store, index_dir) if vectors is not None else None
    return Derived(vectors, lexical) if vectors is not None and lexical is not None else None


def problems(store: StoreReader, index_dir: Path) -> list[str]:
    """What is wrong with the files that were recorded, every byte looked at; one sentence each.
    A missing one counts; one that lags behind does not."""
    return vector_files.problems(store, index_dir) + lexical_files.problems(store, index_dir)


def build(store: StoreReader) -> Derived:
    """The structures in memory, from the store alone."""
    return Derived(vector_files.build(store), lexical_files.build(store))


def refresh(
    store: StoreWriter,
    index_dir: Path,
    *,
    index_type: IndexType = IndexType.AUTO,
    verify: bool = False,
) -> None:
    """Bring the files in ``index_dir`` so far in step with ``store`` that they can be opened. The
    caller holds the write lock.

    Args:
        verify: whether every byte of files that are in step is looked at; what is damaged is built
            again. Otherwise that is left to those who open them.

    Raises:
        CorpusIndexError: if they cannot be written.
    """
    try:
        vectors_of = vector_files.refresh(store, index_dir, index_type, verify=verify)
        words_of = lexical_files.refresh(store, index_dir, verify=verify)
    except OSError as exc:
        raise CorpusIndexError(
            f"cannot write in the index folder {index_dir}: {exc.strerror}"
        ) from exc
    store.forget_removed(min(vectors_of, words_of))
