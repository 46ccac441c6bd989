"""Verified decoding: sentences of an engine, each the best of its tries, with its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.assistant.policy import Policy
from rag.assistant.refusal import is_refusal
from rag.grounding import quotation
from rag.grounding.check import SentenceChecker
from rag.protocols import Generation
from rag.types import CheckedSentence, Draft, Passage, Verdict


class Drafting:
    """Takes an answer from an engine sentence by sentence, and has it write again what fails."""

    def __init__(self, checker: SentenceChecker, policy: Policy) -> None:
        self._checker = checker
        self._policy = policy

    def sentences(
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
