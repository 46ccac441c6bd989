"""Citation recall and precision by ALCE's definition, judged by the program's own verifier.

Source: Gao, Yen, Yu, Chen (2023), Enabling Large Language Models to Generate Text with Citations,
section 4.3. A sentence is recalled if its citations together support it. A citation of a recalled
sentence is precise unless it is irrelevant: it does not support the sentence alone, and the rest
supports it without it. Citations of a sentence that is not recalled are not precise. Both are means
over the sentences (citations) of an answer here, and over answers in a report, as in the paper.

The sentences are judged anew from what is printed, not by the verdicts of the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.evaluation.measures.base import Measure
from rag.evaluation.types import EvalCase, Finding
from rag.protocols import Verifier
from rag.text.markers import find_markers, strip_markers
from rag.text.orders import without_orders
from rag.types import Answer, CheckedSentence, Passage, Verdict


def supports(verifier: Verifier, claim: str, passages: Sequence[Passage]) -> bool:
    """Whether the passages (text, title, headings, date) together support the claim."""
    if not passages:
        return False
    texts = [without_orders(passage.chunk.text) for passage in passages]
    contexts = [f"{passage.chunk.context}. {passage.chunk.date}" for passage in passages]
    score = verifier.verify(claim, [*texts, *contexts]).score
    return score is not None and score >= verifier.threshold


def citation_recall(verifier: Verifier | None) -> Measure:
    """``citation_recall``: share of the sentences shown that their citations support."""

    def judge(case: EvalCase, answer: Answer) -> Finding | None:
        claims = _claims(answer)
        if not claims:
            return None
        if verifier is None:
            return _unmeasured()
        bad = [s for s in claims if not _is_recalled(verifier, s, answer)]
        told = "; ".join(f"not supported by what it cites: {s.text}" for s in bad)
        return Finding(1 - len(bad) / len(claims), told)

    meaning = "share of sentences that their citations together support (ALCE)"
    return Measure("citation_recall", meaning, _always, judge)


def citation_precision(verifier: Verifier | None) -> Measure:
    """``citation_precision``: share of the citations shown that their sentence needs."""

    def judge(case: EvalCase, answer: Answer) -> Finding | None:
        pairs = [(s, passage) for s in _claims(answer) for passage in _cited(s, answer)]
        if not pairs:
            return None
        if verifier is None:
            return _unmeasured()
        bad = [p for s, p in pairs if not _is_precise(verifier, s, p, _cited(s, answer))]
        told = "; ".join(f"[{passage.label}] adds nothing" for passage in bad)
        return Finding(1 - len(bad) / len(pairs), told)

    meaning = "share of citations that their sentence needs (ALCE)"
    return Measure("citation_precision", meaning, _always, judge)


def _always(case: EvalCase) -> bool:
    return True


def _unmeasured() -> Finding:
    return Finding(None, "the program has no verifier to measure with")


def _claims(answer: Answer) -> list[CheckedSentence]:
    """The sentences that claim something; none in a refusal."""
    shown = () if answer.refused else answer.sentences
    return [sentence for sentence in shown if sentence.verdict is not Verdict.NO_CLAIM]


def _cited(sentence: CheckedSentence, answer: Answer) -> list[Passage]:
    """The passages that the printed markers point to, each once."""
    labels = {label for marker in find_markers(sentence.text) for label in marker.labels}
    return [passage for passage in answer.passages if passage.label in labels]


def _is_recalled(verifier: Verifier, sentence: CheckedSentence, answer: Answer) -> bool:
    return supports(verifier, strip_markers(sentence.text), _cited(sentence, answer))


def _is_precise(
    verifier: Verifier, sentence: CheckedSentence, passage: Passage, cited: Sequence[Passage]
) -> bool:
    claim = strip_markers(sentence.text)
    if not supports(verifier, claim, cited):
        return False
    rest = [other for other in cited if other.label != passage.label]
    return supports(verifier, claim, [passage]) or not supports(verifier, claim, rest)
