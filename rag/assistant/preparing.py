"""A question up to the engine: searched, passages packed, and decided whether it is answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from rag.assistant.disputes import Disputes, find_disputes, newest_offered
from rag.assistant.followup import standalone
from rag.assistant.packing import pack
from rag.assistant.policy import Policy
from rag.assistant.refusal import otherwise, within
from rag.assistant.selecting import best_hits, sentences_of, worth_reading
from rag.assistant.windows import Rankings, offers, placed
from rag.errors import UsageError
from rag.grounding.answerability import Answerability
from rag.protocols import Engine, EvidenceRanker, Retriever
from rag.text.compound import split_question
from rag.types import Answer, Decision, Hit, Passage, Provenance, RankedSentence, Turn

MAX_QUESTION_CHARS = 20_000
"""A question longer than this is a document pasted by mistake."""
_POOL = 20


@dataclass(frozen=True, slots=True)
class Prepared:
    """What stands before the engine is asked.

    Attributes:
        answer: without sentences; refused, with a reason, if the engine is not to be asked at all.
        disputes: in which the passages differ.
    """

    answer: Answer
    disputes: Disputes


class Preparation:
    """Finds and packs the passages for a question. See ``Assistant`` for its parts."""

    def __init__(
        self,
        *,
        retriever: Retriever,
        ranker: EvidenceRanker,
        answerability: Answerability,
        engine: Engine,
        correct_spelling: Callable[[str], str],
        policy: Policy,
        provenance: Provenance,
    ) -> None:
        self._retriever = retriever
        self._ranker = ranker
        self._answerability = answerability
        self._engine = engine
        self._correct_spelling = correct_spelling
        self._policy = policy
        self._provenance = provenance

    def prepare(
        self, question: str, history: Sequence[Turn] = (), previous: Sequence[Passage] = ()
    ) -> Prepared:
        """All that is known of an answer before the engine is asked for it.

        Raises:
            UsageError: if the question is empty or absurdly long.
            ContextOverflow: if it does not fit the engine's context.
        """
        question = checked_question(question)
        query = self._understood(question, history)
        parts = split_question(query)
        hits = tuple(self._retrieved(parts))
        pool = hits[: max(self._policy.pool, self._policy.n_passages)]
        rankings = self._ranked(parts, pool)
        chosen = self._chosen(pool, parts, rankings)
        packed = self._packed(chosen, rankings, previous)
        n_fit = self._engine.fit(query, packed, history)
        passages, left_out = tuple(packed[:n_fit]), _hits_of(packed[n_fit:], hits)
        weighed = [hit for hit in chosen if hit not in left_out]
        decision = self._decided(parts, [sentences_of(weighed, ranked) for ranked in rankings])
        rankings = [placed(ranked, passages) for ranked in rankings]
        answer = Answer(
            question=question,
            query=query,
            sentences=(),
            refused=not decision.answerable,
            reason="",
            passages=passages,
            hits=hits,
            left_out=left_out,
            provenance=self._provenance,
            decision=decision,
        )
        disputes = find_disputes(parts, rankings)
        return Prepared(answer if decision.answerable else _refused(answer, disputes), disputes)

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

    def _chosen(
        self, pool: Sequence[Hit], parts: Sequence[str], rankings: Rankings
    ) -> Sequence[Hit]:
        """The hits on which the question is decided: as many as passages are offered at most."""
        chosen: Sequence[Hit] = pool[: self._policy.n_passages]
        if self._policy.pool:
            chosen = best_hits(pool, rankings, self._policy.n_passages)
        if self._policy.prefer_newest:
            found = [sentences_of(chosen, ranked) for ranked in rankings]
            chosen = newest_offered(find_disputes(parts, found), chosen)
        return chosen

    def _packed(
        self, chosen: Sequence[Hit], rankings: Rankings, previous: Sequence[Passage]
    ) -> list[Passage]:
        """As passages the hits that are worth reading, long ones narrowed to what the rankings say
        matters."""
        least, max_chars = self._policy.least_share, self._policy.window_chars
        hits = worth_reading(chosen, rankings, previous, least_share=least)
        chunks = [hit.chunk for hit in hits]
        return pack(offers(chunks, rankings, previous, max_chars=max_chars), previous)

    def _decided(self, parts: Sequence[str], rankings: Rankings) -> Decision:
        """The decision for the part of the question that is answered best."""
        decisions = [
            self._answerability.decide(part, ranked)
            for part, ranked in zip(parts, rankings, strict=True)
        ]
        return max(decisions, key=lambda d: (d.answerable, d.probability))


def checked_question(question: str) -> str:
    """``question`` without white space around it.

    Raises:
        UsageError: if it is empty or absurdly long.
    """
    text = question.strip()
    if not any(character.isalnum() for character in text):
        raise UsageError("the question is empty", hint='rag ask "your question"')
    if len(text) > MAX_QUESTION_CHARS:
        raise UsageError(
            f"the question has {len(text):,} characters, at most {MAX_QUESTION_CHARS:,} are taken",
            hint="ask a shorter question; articles are added with: rag index FOLDER",
        )
    return text


def _refused(answer: Answer, disputes: Disputes) -> Answer:
    """``answer`` with the reason of the decision, or with what denies the question."""
    denial = disputes.denial_evidence
    assert answer.decision is not None
    reason = otherwise(denial) if denial else answer.decision.reason
    return replace(answer, reason=within(answer.provenance.scope, reason), denial=denial)


def _hits_of(passages: Sequence[Passage], hits: Sequence[Hit]) -> tuple[Hit, ...]:
    wanted = {passage.chunk.id for passage in passages}
    return tuple(hit for hit in hits if hit.chunk.id in wanted)
