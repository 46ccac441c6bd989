"""What becomes of checked sentences: shown, flagged, dropped, or held back to the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rag.assistant.events import Dropped, Event, Shown
from rag.assistant.policy import Policy
from rag.assistant.refusal import UNSUPPORTED, not_all, otherwise, within
from rag.generation.prompting import REFUSAL
from rag.grounding.check import flagged
from rag.types import Answer, CheckedSentence, Verdict


class Outcome:
    """The sentences of one answer.

    Attributes:
        shown: those that are, or, in a strict answer, will be unless one fails.
        dropped: those that failed and are not shown.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._all: list[CheckedSentence] = []
        self.shown: list[CheckedSentence] = []
        self.dropped: list[CheckedSentence] = []

    def take(self, sentence: CheckedSentence) -> Iterator[Event]:
        """What can be said of a further sentence at once."""
        self._all.append(sentence)
        supported = sentence.verdict is Verdict.SUPPORTED
        if not supported and not self._policy.shows_failed:
            self.dropped.append(sentence)
            yield Dropped(sentence)
            return
        self.shown.append(sentence if supported else flagged(sentence))
        if not self._policy.strict:
            yield Shown(self.shown[-1])

    def end(self, more: Iterable[CheckedSentence]) -> Iterator[Event]:
        """Show ``more`` behind all others; of a strict answer in which none failed, everything."""
        further = list(more)
        self.shown += further
        if not self._policy.strict:
            yield from map(Shown, further)
        elif not self.fails_strictly:
            yield from map(Shown, self.shown)

    @property
    def fails_strictly(self) -> bool:
        """Whether a strict answer is refused for one of its sentences."""
        return self._policy.strict and bool(self.dropped)

    def concluded(self, answer: Answer) -> Answer:
        """``answer`` with what was shown; a refusal if nothing was supported, or, of a strict one,
        not everything. Then no sentence is shown, and all of them are among the dropped."""
        if self.fails_strictly:
            reason = not_all(len(self.dropped), len(self._all))
            refusal = replace(answer, dropped=tuple(self._all), conflicts=())
            return replace(refusal, refused=True, reason=self._why(answer, reason))
        answer = replace(answer, dropped=tuple(self.dropped))
        if not self._supports:
            reason = UNSUPPORTED if self.dropped else REFUSAL
            return replace(answer, refused=True, reason=self._why(answer, reason))
        return replace(answer, sentences=tuple(self.shown))

    @property
    def _supports(self) -> bool:
        return any(sentence.verdict is Verdict.SUPPORTED for sentence in self.shown)

    def _why(self, answer: Answer, reason: str) -> str:
        if answer.denial and not self._supports:
            reason = otherwise(answer.denial)
        return within(answer.provenance.scope, reason)
