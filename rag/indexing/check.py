"""Looking at every byte of an index: is each what was written. What follows from the store is made
again where it is not; what the store itself lost is named, and only the articles can bring it back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import DamagedIndexError
from rag.indexing import derived
from rag.indexing.index_type import IndexType
from rag.indexing.lock import writing
from rag.store.check import StoreCheck, check_store
from rag.store.reader import StoreReader
from rag.store.schema import FILE_NAME
from rag.store.writer import StoreWriter


@dataclass(frozen=True, slots=True)
class IndexCheck:
    """What was looked at, and what is wrong with it.

    Attributes:
        store: of the store; its faults are mended by ``rag index --rebuild`` only.
        derived: faults of the search structures, one sentence each.
        repaired: whether those were built again.
    """

    store: StoreCheck = field(default_factory=StoreCheck)
    derived: tuple[str, ...] = ()
    repaired: bool = False

    @property
    def is_sound(self) -> bool:
        """Whether the index is what was written, now."""
        return not self.store.faults and (not self.derived or self.repaired)


def check(
    index_dir: Path,
    *,
    repair: bool = True,
    index_type: IndexType = IndexType.AUTO,
    lock_timeout_s: float = 10.0,
) -> IndexCheck:
    """The index in ``index_dir``, every byte of it looked at.

    Raises:
        CorpusIndexError: no index, one of another version, or the repair cannot be written.
    """
    path = index_dir / FILE_NAME
    try:
        with StoreReader.open(path) as store:
            of_store = check_store(store)
            faults = tuple(derived.problems(store, index_dir))
    except DamagedIndexError as exc:
        return IndexCheck(StoreCheck(faults=(exc.message,)))
    if not faults or of_store.faults or not repair:
        return IndexCheck(of_store, faults)
    with writing(index_dir, timeout_s=lock_timeout_s), StoreWriter.open(path) as writer:
        derived.refresh(writer, index_dir, index_type=index_type, verify=True)
    return IndexCheck(of_store, faults, repaired=True)
