"""How the assistant behaves where users may differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """How the assistant behaves where users may differ.

    Attributes:
        n_passages: passages offered to the engine, at most.
        pool: of so many hits those with the best sentences are offered; 0: the first ones found.
        least_share: a hit is not offered whose best sentence is less likely to answer than this
            share of the best one's; 0: every one is.
        retries: how often a sentence that fails its check is written again.
        flag_unsupported: show failed sentences, flagged, instead of dropping them; in an answer of
            quotations, and in a strict one, they are not shown all the same.
        quote: answer with verbatim sentences of the passages only.
        strict: one sentence that fails its check in every try makes the whole answer a refusal;
            nothing is shown before the last one has passed. A citation that was moved to a passage
            that does support its sentence is no failure.
        window_chars: longer chunks are narrowed to what matters of them; 0: none is.
        prefer_newest: of articles that differ, offer and say the newest first.
        movable: whether the engine's sentences do not lean on each other, so that they may change
            places; quotations never do.
    """

    n_passages: int = 5
    pool: int = 0
    least_share: float = 0.0
    retries: int = 2
    flag_unsupported: bool = False
    quote: bool = False
    strict: bool = False
    window_chars: int = 0
    prefer_newest: bool = False
    movable: bool = False

    @property
    def shows_failed(self) -> bool:
        """Whether sentences that failed their check are shown, flagged."""
        return self.flag_unsupported and not self.quote and not self.strict
