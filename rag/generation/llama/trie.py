"""Sequences of tokens by their common beginnings: what may follow what has been decoded.

A walk narrows down the sequences that still fit. Where all of them go on alike there is nothing to
decide, and so nothing to ask a model for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rag.errors import EngineError

Sequences = Sequence[tuple[int, ...]]


def distinct(sequences: Sequences) -> list[int]:
    """The places of the sequences that a walk can tell apart: not empty, and not beginning with all
    of another; of equal ones the first."""
    kept: list[int] = []
    for place in sorted(range(len(sequences)), key=lambda at: sequences[at]):
        sequence = sequences[place]
        last = sequences[kept[-1]] if kept else None
        if sequence and (last is None or sequence[: len(last)] != last):
            kept.append(place)
    return sorted(kept)


class TokenTrie:
    """Token sequences that a walk can tell apart."""

    def __init__(self, sequences: Sequences) -> None:
        """Take ``sequences``.

        Raises:
            ValueError: one is empty, or begins with all of another.
        """
        if len(distinct(sequences)) < len(sequences):
            raise ValueError("a sequence is empty, or begins with all of another")
        self._sequences = tuple(sequences)

    def walk(self, members: Collection[int]) -> Walk:
        """A walk from the start, through the sequences with these numbers only."""
        return Walk([(m, self._sequences[m]) for m in members])


class Walk:
    """The way from the common start to one sequence.

    Attributes:
        path: the tokens taken.
    """

    def __init__(self, fitting: Sequence[tuple[int, tuple[int, ...]]]) -> None:
        self._fitting = list(fitting)
        self.path: list[int] = []

    @property
    def member(self) -> int | None:
        """The number of the sequence, as soon as only one fits."""
        return self._fitting[0][0] if len(self._fitting) == 1 else None

    def choices(self) -> list[int]:
        """The tokens that may be taken next, in the order of the sequences that go on with them.

        Raises:
            EngineError: if there are none: nothing may be said here.
        """
        depth = len(self.path)
        found = list(dict.fromkeys(s[depth] for _, s in self._fitting if len(s) > depth))
        if not found:
            raise EngineError("the constraint leaves no token that may be decoded")
        return found

    def take(self, token: int) -> None:
        """Go on with ``token``.

        Raises:
            EngineError: if it is none of the choices.
        """
        if token not in self.choices():
            raise EngineError(f"token {token} was decoded where the constraint forbids it")
        depth = len(self.path)
        self._fitting = [x for x in self._fitting if len(x[1]) > depth and x[1][depth] == token]
        self.path.append(token)
