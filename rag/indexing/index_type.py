"""Which search structure suits how many vectors."""

from __future__ import annotations

from enum import StrEnum

EXACT_CHUNKS = 50_000
"""Up to so many chunks every vector is compared in full: about 3 ms, and nothing is ever missed."""
_RETURN_CHUNKS = 40_000
"""Below so many a compressed index becomes exact again: not at the same number, or an index that
grows and shrinks about it would be made anew each time."""
_MIN_COMPRESSED = 1_000
"""A code book of fewer vectors is worth nothing, whatever the setting says."""


class IndexType(StrEnum):
    """How vectors are searched; ``auto`` chooses by their number."""

    AUTO = "auto"
    EXACT = "exact"
    COMPRESSED = "compressed"


def choose(
    n_chunks: int, dimension: int, *, wanted: IndexType, current: IndexType | None
) -> IndexType:
    """``exact`` or ``compressed`` for ``n_chunks`` vectors.

    Args:
        current: what the index is now; None if there is none.
    """
    if n_chunks < _MIN_COMPRESSED or n_parts(dimension) is None:
        return IndexType.EXACT
    if wanted is not IndexType.AUTO:
        return wanted
    limit = _RETURN_CHUNKS if current is IndexType.COMPRESSED else EXACT_CHUNKS
    return IndexType.COMPRESSED if n_chunks > limit else IndexType.EXACT


def n_parts(dimension: int) -> int | None:
    """Into how many parts a vector is cut, each told by 4 bits: half the dimension, or the next
    number below it that divides the dimension; None if a part would be longer than 8 numbers."""
    for parts in range(dimension // 2, 0, -1):
        if dimension % parts == 0:
            return parts if dimension // parts <= 8 else None
    return None
