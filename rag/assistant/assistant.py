"""The way of a question: retrieve, pack, decide, generate, verify. Synchronous, one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from rag.assistant.disputes import Disputes, missing_sides, newest_leading, told_conflicts
from rag.assistant.drafting import Drafting
from rag.assistant.events import Event, Finished, Retrieved
from rag.assistant.outcome import Outcome
from rag.assistant.policy import Policy as Policy
from rag.assistant.preparing import Preparation
from rag.grounding import quotation
from rag.grounding.answerability import Answerability
from rag.grounding.check import SentenceChecker
from rag.protocols import Engine, EvidenceRanker, Generation, PromptWriter, Retriever, Verifier
from rag.types import Answer, CheckedSentence, Passage, Provenance, Turn, Usage, WrittenPrompt


class Assistant:
    """Answers questions from what a retriever finds, every sentence checked.

    It owns its engine and closes it. Not for use by two threads at once.
    """

    def __init__(
        self,
        *,
        retriever: Retriever,
        ranker: EvidenceRanker,
        answerability: Answerability,
        engine: Engine,
        checker: SentenceChecker,
        correct_spelling: Callable[[str], str] = str,
        policy: Policy = Policy(),  # noqa: B008 - frozen
        provenance: Provenance = Provenance(),  # noqa: B008 - frozen
    ) -> None:
        self._engine = engine
        self._checker = checker
        self._policy = policy
        self._preparation = Preparation(
            retriever=retriever,
            ranker=ranker,
            answerability=answerability,
            engine=engine,
            correct_spelling=correct_spelling,
            policy=policy,
            provenance=replace(
                provenance,
                engine=engine.name,
                model_sha256=engine.model_sha256,
                verifier=quotation.NAME if policy.quote else checker.name,
            ),
        )

    @property
    def engine_name(self) -> str:
        """Which engine answers."""
        return self._engine.name

    @property
    def verifier(self) -> Verifier:
        """What judges the sentences: the eval suite measures with it, and tries it."""
        return self._checker.verifier

    def close(self) -> None:
        """Release the engine."""
        self._engine.close()

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The whole answer.

        Raises:
            UsageError: if the question is empty or absurdly long.
            ContextOverflow: if it does not fit the engine's context.
            EngineError: if the engine fails.
        """
        for event in self.stream(question, history):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("a stream ends with Finished")

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, previous: Sequence[Passage] = ()
    ) -> Iterator[Event]:
        """The answer as it comes about: Retrieved, then Shown and Dropped, then Finished.

        ``previous`` are the passages offered earlier in a conversation: they keep their labels.
        Closing the iterator stops the engine. Raises as ``ask`` does.
        """
        started = time.monotonic()
        prepared = self._preparation.prepare(question, history, previous)
        answer = prepared.answer
        yield Retrieved(answer.query, answer.hits, answer.passages, answer.left_out)
        if answer.refused:
            yield Finished(replace(answer, usage=Usage(seconds=time.monotonic() - started)))
            return
        yield from self._generated(answer, prepared.disputes, history, started)

    def plan(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """What is known of the answer before the engine is asked, without asking it: no sentence
        is in it; it is refused if the engine would not be asked at all. Raises as ``ask`` does."""
        return self._preparation.prepare(question, history).answer

    def written_prompt(self, planned: Answer, history: Sequence[Turn] = ()) -> WrittenPrompt | None:
        """The prompt with which the engine is asked for ``planned``, an answer or a plan of one;
        None if it is not asked, or has none.

        Raises:
            ContextOverflow: if it does not fit the engine's context.
        """
        is_asked = planned.decision is None or planned.decision.answerable
        if not is_asked or not isinstance(self._engine, PromptWriter):
            return None
        return self._engine.written_prompt(
            planned.query, planned.passages, history, quote=self._policy.quote
        )

    def _generated(
        self, answer: Answer, disputes: Disputes, history: Sequence[Turn], started: float
    ) -> Iterator[Event]:
        outcome = Outcome(self._policy)
        first_s = 0.0
        search_s = time.monotonic() - started
        generation = self._engine.generate(
            answer.query, answer.passages, history, quote=self._policy.quote
        )
        try:
            for sentence in self._led(generation, disputes, answer.passages):
                events = list(outcome.take(sentence))
                if outcome.shown:
                    first_s = first_s or time.monotonic() - started
                yield from events
            usage = generation.usage
        finally:
            generation.close()
        yield from outcome.end(missing_sides(disputes, tuple(outcome.shown), answer.passages))
        answer = replace(
            answer,
            conflicts=told_conflicts(disputes, outcome.shown),
            denial=disputes.denial_evidence,
            usage=replace(
                usage,
                search_s=search_s,
                first_sentence_s=first_s,
                seconds=time.monotonic() - started,
            ),
        )
        yield Finished(outcome.concluded(answer))

    def _led(
        self, generation: Generation, disputes: Disputes, passages: Sequence[Passage]
    ) -> Iterator[CheckedSentence]:
        """The checked sentences, the newest side of a conflict first if that is wanted."""
        sentences = Drafting(self._checker, self._policy).sentences(generation, passages)
        movable = self._policy.movable or self._policy.quote
        if not (self._policy.prefer_newest and movable and disputes.conflicts):
            return sentences
        return iter(newest_leading(disputes, list(sentences), passages))
