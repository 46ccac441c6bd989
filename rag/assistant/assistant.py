"""The way of a question: retrieve, pack, decide, generate, verify. Synchronous, one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from rag.assistant.disputes import (
    Disputes,
    find_disputes,
    missing_sides,
    newest_leading,
    newest_offered,
    told_conflicts,
)
from rag.assistant.events import Dropped, Event, Finished, Retrieved, Shown
from rag.assistant.followup import standalone
from rag.assistant.packing import pack
from rag.assistant.refusal import UNSUPPORTED, is_refusal, otherwise, within
from rag.assistant.windows import Rankings, offers, placed
from rag.errors import UsageError
from rag.generation.prompting import REFUSAL
from rag.grounding import quotation
from rag.grounding.answerability import Answerability, Decision
from rag.grounding.check import SentenceChecker, flagged
from rag.protocols import Engine, EvidenceRanker, Generation, Retriever, Verifier
from rag.text.compound import split_question
from rag.types import (
    Answer,
    CheckedSentence,
    Draft,
    Hit,
    Passage,
    Provenance,
    RankedSentence,
    Turn,
    Usage,
    Verdict,
)

MAX_QUESTION_CHARS = 20_000
"""A question longer than this is a document pasted by mistake."""
_POOL = 20


@dataclass(frozen=True, slots=True)
class Policy:
    """How the assistant behaves where users may differ.

    Attributes:
        n_passages: passages offered to the engine.
        retries: how often a sentence that fails its check is written again.
        flag_unsupported: show failed sentences, flagged, instead of dropping them; in an answer of
            quotations they are dropped all the same.
        quote: answer with verbatim sentences of the passages only.
        window_chars: longer chunks are narrowed to what matters of them; 0: none is.
        prefer_newest: of articles that differ, offer and say the newest first.
        movable: whether the engine's sentences do not lean on each other, so that they may change
            places; quotations never do.
    """

    n_passages: int = 5
    retries: int = 2
    flag_unsupported: bool = False
    quote: bool = False
    window_chars: int = 0
    prefer_newest: bool = False
    movable: bool = False


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
        policy: Policy = Policy(),
        provenance: Provenance = Provenance(),  # noqa: B008 - frozen
    ) -> None:
        self._retriever = retriever
        self._ranker = ranker
        self._answerability = answerability
        self._engine = engine
        self._checker = checker
        self._correct_spelling = correct_spelling
        self._policy = policy
        self._provenance = replace(
            provenance,
            engine=engine.name,
            model_sha256=engine.model_sha256,
            verifier=quotation.NAME if policy.quote else checker.name,
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
        question = _checked_question(question)
        query = self._understood(question, history)
        parts = split_question(query)
        hits = tuple(self._retrieved(parts))
        rankings = self._ranked(parts, hits[: self._policy.n_passages])
        offered: Sequence[Hit] = hits[: self._policy.n_passages]
        if self._policy.prefer_newest:
            offered = newest_offered(find_disputes(parts, rankings), offered)
        packed = self._packed(offered, rankings, previous)
        n_fit = self._engine.fit(query, packed, history)
        passages, left_out = tuple(packed[:n_fit]), _hits_of(packed[n_fit:], hits)
        yield Retrieved(query, hits, passages, left_out)
        answer = Answer(
            question=question,
            query=query,
            sentences=(),
            refused=True,
            reason="",
            passages=passages,
            hits=hits,
            left_out=left_out,
            provenance=self._provenance,
        )
        rankings = [placed(ranked, passages) for ranked in rankings]
        decision = self._decided(parts, rankings)
        disputes = find_disputes(parts, rankings)
        if not decision.answerable:
            usage = Usage(seconds=time.monotonic() - started)
            denial = disputes.denial_evidence
            reason = otherwise(denial) if denial else decision.reason
            reason = within(self._provenance.scope, reason)
            yield Finished(replace(answer, reason=reason, denial=denial, usage=usage))
            return
        yield from self._generated(answer, disputes, history, started)

    def _understood(self, question: str, history: Sequence[Turn]) -> str:
        """The question as it is searched: standing alone, misspelt words corrected."""
        if history:
            question = self._engine.condense(question, history) or standalone(question, history)
        return self._correct_spelling(question)

    def _retrieved(self, parts: Sequence[str]) -> list[Hit]:
        """Hits for every part of the question, taken in turn, ranked anew."""
        depth = max(_POOL, self._policy.n_passages)
        lists = [self._retriever.retrieve(part, depth) for part in parts]
        if len(lists) == 1:
            return lists[0]
        merged: dict[str, Hit] = {}
        for row in zip_longest(*lists):
            for hit in row:
                if hit is not None:
                    merged.setdefault(hit.chunk.id, hit)
        return [replace(hit, rank=rank) for rank, hit in enumerate(merged.values(), 1)]

    def _ranked(self, parts: Sequence[str], hits: Sequence[Hit]) -> list[list[RankedSentence]]:
        """For each part of the question the sentences of ``hits``, best first."""
        found = [Passage(number, hit.chunk) for number, hit in enumerate(hits, 1)]
        return [self._ranker.rank(part, found) for part in parts]

    def _packed(
        self, hits: Sequence[Hit], rankings: Rankings, previous: Sequence[Passage]
    ) -> list[Passage]:
        """The hits as passages, long ones narrowed to what the rankings say matters."""
        chunks = [hit.chunk for hit in hits]
        max_chars = self._policy.window_chars
        return pack(offers(chunks, rankings, previous, max_chars=max_chars), previous)

    def _decided(self, parts: Sequence[str], rankings: Rankings) -> Decision:
        """The decision for the part of the question that is answered best."""
        decisions = [
            self._answerability.decide(part, ranked)
            for part, ranked in zip(parts, rankings, strict=True)
        ]
        return max(decisions, key=lambda d: (d.answerable, d.probability))

    def _generated(
        self, answer: Answer, disputes: Disputes, history: Sequence[Turn], started: float
    ) -> Iterator[Event]:
        shown: list[CheckedSentence] = []
        dropped: list[CheckedSentence] = []
        first_s = 0.0
        generation = self._engine.generate(
            answer.query, answer.passages, history, quote=self._policy.quote
        )
        try:
            for sentence in self._led(generation, disputes, answer.passages):
                supported = sentence.verdict is Verdict.SUPPORTED
                if supported or (self._policy.flag_unsupported and not self._policy.quote):
                    first_s = first_s or time.monotonic() - started
                    shown.append(sentence if supported else flagged(sentence))
                    yield Shown(shown[-1])
                else:
                    dropped.append(sentence)
                    yield Dropped(sentence)
            usage = generation.usage
        finally:
            generation.close()
        for sentence in missing_sides(disputes, tuple(shown), answer.passages):
            shown.append(sentence)
            yield Shown(sentence)
        answer = replace(
            answer,
            conflicts=told_conflicts(disputes, shown),
            denial=disputes.denial_evidence,
        )
        usage = replace(usage, first_sentence_s=first_s, seconds=time.monotonic() - started)
        yield Finished(_concluded(answer, shown, dropped, usage))

    def _led(
        self, generation: Generation, disputes: Disputes, passages: Sequence[Passage]
    ) -> Iterator[CheckedSentence]:
        """The checked sentences, the newest side of a conflict first if that is wanted."""
        sentences = self._sentences(generation, passages)
        movable = self._policy.movable or self._policy.quote
        if not (self._policy.prefer_newest and movable and disputes.conflicts):
            return sentences
        return iter(newest_leading(disputes, list(sentences), passages))

    def _sentences(
        self, generation: Generation, passages: Sequence[Passage]
    ) -> Iterator[CheckedSentence]:
        """Checked sentences, each the best of its tries; repetitions and sentences that assert
        nothing ("Here is what the articles say:") are left out."""
        said: set[str] = set()
        while (draft := generation.next()) is not None:
            if draft.quotation is None and is_refusal(draft.text):
                return
            sentence = self._checked(draft, generation, passages)
            if sentence.claim.text.casefold() in said:
                generation.accept("")
                continue
            said.add(sentence.claim.text.casefold())
            no_claim = sentence.verdict is Verdict.NO_CLAIM
            supported = sentence.verdict is Verdict.SUPPORTED
            generation.accept(sentence.text if supported or no_claim else "")
            if not no_claim:
                yield sentence

    def _checked(
        self, draft: Draft, generation: Generation, passages: Sequence[Passage]
    ) -> CheckedSentence:
        """The first try that passes its check, otherwise the last one."""
        sentence = self._judged(draft, passages)
        tries = 1
        while sentence.verdict not in (Verdict.SUPPORTED, Verdict.NO_CLAIM):
            again = generation.retry() if tries <= self._policy.retries else None
            if again is None:
                break
            tries += 1
            sentence = self._judged(again, passages)
        return replace(sentence, tries=tries)

    def _judged(self, draft: Draft, passages: Sequence[Passage]) -> CheckedSentence:
        if self._policy.quote:
            return quotation.check_quotation(draft, passages)
        return self._checker.check(draft.text, passages)


def _checked_question(question: str) -> str:
    text = question.strip()
    if not any(character.isalnum() for character in text):
        raise UsageError("the question is empty", hint='rag ask "your question"')
    if len(text) > MAX_QUESTION_CHARS:
        raise UsageError(
            f"the question has {len(text):,} characters, at most {MAX_QUESTION_CHARS:,} are taken",
            hint="ask a shorter question; articles are added with: rag index FOLDER",
        )
    return text


def _hits_of(passages: Sequence[Passage], hits: Sequence[Hit]) -> tuple[Hit, ...]:
    wanted = {passage.chunk.id for passage in passages}
    return tuple(hit for hit in hits if hit.chunk.id in wanted)


def _concluded(
    answer: Answer, shown: list[CheckedSentence], dropped: list[CheckedSentence], usage: Usage
) -> Answer:
    """The answer with what was shown; a refusal if nothing was supported."""
    answer = replace(answer, dropped=tuple(dropped), usage=usage)
    if not any(sentence.verdict is Verdict.SUPPORTED for sentence in shown):
        reason = UNSUPPORTED if dropped else REFUSAL
        reason = otherwise(answer.denial) if answer.denial else reason
        return replace(answer, reason=within(answer.provenance.scope, reason))
    return replace(answer, sentences=tuple(shown), refused=False)
