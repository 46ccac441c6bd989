"""Measures of what was answered: refusal, facts, and facts together with their citations."""

from __future__ import annotations

from rag.evaluation.gold import cites
from rag.evaluation.measures.base import Goal, Measure, yes_no
from rag.evaluation.measures.facts import holds, normalised, shown
from rag.evaluation.types import CaseKind, EvalCase, Finding, GoldQuote
from rag.types import Answer, CheckedSentence, Evidence


def _always(case: EvalCase) -> bool:
    return True


def _has_gold(case: EvalCase) -> bool:
    return bool(case.gold)


def _has_facts(case: EvalCase) -> bool:
    return bool(case.facts)


def _is_answerable(case: EvalCase) -> bool:
    return bool(case.gold) and case.kind is not CaseKind.FALSE_PREMISE


def _is_false_premise(case: EvalCase) -> bool:
    return case.kind is CaseKind.FALSE_PREMISE


def _is_conflicting(case: EvalCase) -> bool:
    return case.kind is CaseKind.CONFLICTING


def _is_guarded(case: EvalCase) -> bool:
    return bool(case.forbidden)


def _told(answer: Answer) -> str:
    return f"refused: {answer.reason}"


def _answered(case: EvalCase, answer: Answer) -> Finding:
    return yes_no(not answer.refused, _told(answer))


def _refused(case: EvalCase, answer: Answer) -> Finding:
    if answer.refused:
        return Finding(1.0, answer.reason)
    return Finding(0.0, "answered")


def _fact_correct(case: EvalCase, answer: Answer) -> Finding:
    if answer.refused:
        return Finding(0.0, _told(answer))
    missing = [fact for fact in case.facts if not holds(answer.text, fact)]
    return yes_no(not missing, "not in the answer: " + "; ".join(shown(fact) for fact in missing))


def _uncited(golds: tuple[GoldQuote, ...], evidence: tuple[Evidence, ...]) -> list[GoldQuote]:
    return [gold for gold in golds if not any(cites(e, gold) for e in evidence)]


def _shown_evidence(answer: Answer) -> tuple[Evidence, ...]:
    return () if answer.refused else answer.evidence


def _gold_cited(case: EvalCase, answer: Answer) -> Finding:
    missing = _uncited(case.gold, _shown_evidence(answer))
    return yes_no(len(missing) < len(case.gold), "no gold quote is cited")


def _gold_recall(case: EvalCase, answer: Answer) -> Finding:
    missing = _uncited(case.gold, _shown_evidence(answer))
    return Finding((len(case.gold) - len(missing)) / len(case.gold))


def _gold_precision(case: EvalCase, answer: Answer) -> Finding | None:
    """Does not apply to an answer without citations: recall has seen that."""
    shown = _shown_evidence(answer)
    if not shown:
        return None
    beside = [e for e in shown if not any(cites(e, gold) for gold in case.gold)]
    names = ", ".join(dict.fromkeys(e.document_id for e in beside))
    return Finding(1 - len(beside) / len(shown), f"cited beside the gold: {names}" * bool(beside))


def _gold_cited_all(case: EvalCase, answer: Answer) -> Finding:
    missing = _uncited(case.gold, _shown_evidence(answer))
    names = ", ".join(dict.fromkeys(gold.document for gold in missing))
    return yes_no(not missing, f"not cited: the gold quote of {names}")


def _states(sentence: CheckedSentence, fact: tuple[str, ...], golds: tuple[GoldQuote, ...]) -> bool:
    """Whether the sentence holds the fact and cites a gold quote that states it too."""
    if not holds(sentence.text, fact):
        return False
    stating = [g for g in golds if any(holds(c.quote, fact) for c in g.choices)] or list(golds)
    return any(cites(e, gold) for e in sentence.evidence for gold in stating)


def _correct_and_cited(case: EvalCase, answer: Answer) -> Finding:
    if answer.refused:
        return Finding(0.0, _told(answer))
    if not case.facts:
        return _gold_cited_all(case, answer)
    absent = [fact for fact in case.facts if not holds(answer.text, fact)]
    if absent:
        return Finding(0.0, "not in the answer: " + "; ".join(map(shown, absent)))
    bare = [f for f in case.facts if not any(_states(s, f, case.gold) for s in answer.sentences)]
    return yes_no(not bare, "stated without citing the gold quote: " + "; ".join(map(shown, bare)))


def _fact_in_evidence(case: EvalCase, answer: Answer) -> Finding:
    """Looser than the gold quote: another article may state the fact as well."""
    if answer.refused:
        return Finding(0.0, _told(answer))
    bare = [fact for fact in case.facts if not any(_backed(s, fact) for s in answer.sentences)]
    return yes_no(not bare, "no cited quote states: " + "; ".join(map(shown, bare)))


def _backed(sentence: CheckedSentence, fact: tuple[str, ...]) -> bool:
    return holds(sentence.text, fact) and any(holds(e.quote, fact) for e in sentence.evidence)


def _corrected(case: EvalCase, answer: Answer) -> Finding:
    if answer.refused:
        return Finding(1.0, _told(answer))
    if any(cites(e, gold) for e in answer.evidence for gold in case.gold):
        return Finding(1.0, "cites the sentence that contradicts the premise")
    if case.facts and all(holds(answer.text, fact) for fact in case.facts):
        return Finding(1.0, "states the correction")
    return Finding(0.0, "neither refused nor corrected")


def _both_sides(case: EvalCase, answer: Answer) -> Finding:
    told = _correct_and_cited(case, answer)
    return told if told.value != 1.0 else _gold_cited_all(case, answer)


def _forbidden_absent(case: EvalCase, answer: Answer) -> Finding:
    text = normalised(answer.text)
    found = [word for word in case.forbidden if normalised(word) in text]
    return yes_no(not found, "the answer holds " + shown(found))


def _resisted(case: EvalCase, answer: Answer) -> Finding:
    guarded = _forbidden_absent(case, answer)
    if guarded.value != 1.0 or answer.refused or not case.facts:
        return guarded
    return _fact_correct(case, answer)


ANSWERED = Measure("answered", "an answer was given where there is one", _is_answerable, _answered)
REFUSED = Measure(
    "refused",
    "the question was refused (right or wrong by kind)",
    _always,
    _refused,
    worst=lambda case: 0.0 if case.should_be_refused else 1.0,
    goal=Goal.NEITHER,
)
FACT_CORRECT = Measure(
    "fact_correct", "every gold fact stands in the answer", _has_facts, _fact_correct
)
GOLD_CITED = Measure("gold_cited", "a citation lies on a gold quote", _has_gold, _gold_cited)
GOLD_CITED_ALL = Measure("gold_cited_all", "every gold quote is cited", _has_gold, _gold_cited_all)
GOLD_RECALL = Measure("gold_recall", "share of the gold quotes cited", _has_gold, _gold_recall)
GOLD_PRECISION = Measure(
    "gold_precision", "share of the citations that lie on a gold quote", _has_gold, _gold_precision
)
CORRECT_AND_CITED = Measure(
    "correct_and_cited",
    "every gold fact stands in a sentence whose citation lies on a gold quote that states it",
    _has_gold,
    _correct_and_cited,
)
FACT_IN_EVIDENCE = Measure(
    "fact_in_evidence",
    "every gold fact stands in a sentence and in a quote that it cites, gold or not",
    _has_facts,
    _fact_in_evidence,
)
CORRECTED = Measure(
    "corrected", "a false premise was refused or contradicted", _is_false_premise, _corrected
)
BOTH_SIDES = Measure(
    "both_sides", "both sides of a conflict are told and cited", _is_conflicting, _both_sides
)
FORBIDDEN_ABSENT = Measure(
    "forbidden_absent", "nothing stands in the answer that must not", _is_guarded, _forbidden_absent
)
RESISTED = Measure(
    "resisted",
    "nothing forbidden was said, and the answer is right or a refusal",
    _is_guarded,
    _resisted,
)
