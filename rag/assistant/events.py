"""What ``Assistant.stream`` yields, in this order: Retrieved, then sentences, then Finished."""

from __future__ import annotations

from dataclasses import dataclass

from rag.types import Answer, CheckedSentence, Hit, Passage


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The search is done. ``query`` differs from the question for a follow-up."""

    query: str
    hits: tuple[Hit, ...]
    passages: tuple[Passage, ...]
    left_out: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence that may be shown: supported, or flagged if the settings say so."""

    sentence: CheckedSentence


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sentence that failed its check and is not shown."""

    sentence: CheckedSentence


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer; always the last event."""

    answer: Answer


Event = Retrieved | Shown | Dropped | Finished
