"""A state that does not evaluate the fixed rules of a prompt when their state was kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.generation.llama.backend import Backend
from rag.generation.llama.decode import TokenState
from rag.generation.llama.prefix_store import PrefixStore, state_key
from rag.protocols import Meter


class PrefixedState(TokenState):
    """A ``TokenState`` that was told which beginnings of prompts are always the same.

    Such a beginning is evaluated by itself, kept in the store, and taken from there by the next
    process. It is evaluated by itself without a store too: so the batches, and with them the last
    digits of all scores, are the same whether its state was kept or not.
    """

    def __init__(
        self,
        backend: Backend,
        sequence_id: int,
        *,
        store: PrefixStore | None = None,
        facts: Mapping[str, object] | None = None,
        meter: Meter | None = None,
    ) -> None:
        """Nothing is evaluated or read.

        Args:
            store: where states are kept; None: nowhere.
            facts: all that a state depends on beside its ids.
        """
        super().__init__(backend, sequence_id, meter=meter)
        self._store = store
        self._facts = facts or {}
        self._fixed: list[list[int]] = []
        self._neighbour: TokenState | None = None

    def expect(self, prefix: Sequence[int]) -> None:
        """Take note that prompts may begin with ``prefix``, which holds nothing of a question or an
        article: it may be written to disk."""
        if prefix and list(prefix) not in self._fixed:
            self._fixed.append(list(prefix))

    def share_room(self, neighbour: TokenState) -> None:
        """Take room from ``neighbour``, from its end, where the context has no more."""
        self._neighbour = neighbour

    def become(self, ids: Sequence[int], *, n_behind: int = 0) -> None:
        """As ``TokenState.become``."""
        self._backend.require_open()
        self._n_read = 0
        if self._neighbour is not None:
            self._neighbour.truncate(max(0, self._backend.n_ctx - len(ids)))
        prefix = next((p for p in self._fixed if list(ids[: len(p)]) == p), None)
        if prefix and len(prefix) < len(ids) and not self.holds(prefix):
            with self.interrupt:
                self._begin(prefix, n_behind=len(ids) - len(prefix) + n_behind)
        super().become(ids, n_behind=n_behind)

    def _begin(self, prefix: list[int], *, n_behind: int) -> None:
        """Hold ``prefix``, from the store if it is there; otherwise it gets there. Behind it
        ``n_behind`` tokens follow."""
        key = state_key(self._facts, prefix)
        kept = self._store.load(key, prefix) if self._store else None
        if self._store and kept is not None:
            if self.restore(prefix, kept):
                self._store.detail(f"the state of {len(prefix)} tokens of rules was kept: read")
                return
            self._store.forget(key, "does not fit")
        super().become(prefix, n_behind=n_behind)
        if self._store:
            state = self.export()
            if self._store.save(key, prefix, state):
                n_mb = len(state) / 1e6
                self._store.detail(
                    f"the state of {len(prefix)} tokens of rules is kept ({n_mb:.1f} MB)"
                )
