"""Measures by a verifier, ratios over a run and nDCG, against scores worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from rag.evaluation.cases import load_cases
from rag.evaluation.gold import verify_gold
from rag.evaluation.measures import alce, probes, registry
from rag.evaluation.measures.base import Measure
from rag.evaluation.measures.pooled import REFUSAL_PRECISION, REFUSAL_RECALL, UNSUPPORTED_RATE
from rag.evaluation.types import CaseKind, CaseResult, Score
from rag.grounding.lexical import LexicalVerifier
from rag.text.markers import cite
from rag.types import Answer, Claim, Support, Verdict
from tests.evaluation.builders import LATER, LIMIT, SIZES, record, refusal

BOTH = f"{LIMIT} {SIZES}"


@dataclass(frozen=True)
class WholeWords:
    """Supports a claim if every sentence of it stands in the texts: exact, so easy to follow."""

    name: str = "whole"
    threshold: float = 0.5

    def verify(self, claim: str, evidence: Sequence[str], *, least: float = 0.0) -> Support:
        sentences = [s for s in (LIMIT, SIZES, LATER) if s in claim]
        held = [any(s in text for text in evidence) for s in sentences]
        return Support(score=float(bool(held) and all(held)))


@pytest.fixture
def case(write_cases, corpus):
    gold = [{"document": "alpha.md", "quote": LIMIT}, {"document": "alpha.md", "quote": SIZES}]
    cases = load_cases([write_cases([record(gold=gold)])])
    return verify_gold(cases, [corpus.folder])[0]


def value(measure: Measure, case, answer: Answer) -> float | None:
    score = measure.score(case, answer)
    return None if score is None else score.value


def saying(corpus, *sentences: tuple[str, list[int]]) -> Answer:
    """An answer over three passages (limit, sizes, later) that says these with these labels."""
    answer = corpus.answer(("alpha.md", LIMIT), ("alpha.md", SIZES), ("beta.md", LATER))
    said = [
        replace(answer.sentences[0], text=cite(text, labels), claim=Claim(text, ()))
        for text, labels in sentences
    ]
    return replace(answer, sentences=tuple(said))


@pytest.mark.parametrize(
    ("sentences", "recall", "precision"),
    [
        ([(LIMIT, [1])], 1.0, 1.0),
        ([(LIMIT, [2])], 0.0, 0.0),
        ([(LIMIT, [1]), (SIZES, [3])], 0.5, 0.5),
        # supported only by both together: neither is irrelevant
        ([(BOTH, [1, 2])], 1.0, 1.0),
        # passage 3 supports nothing, and the rest does without it
        ([(BOTH, [1, 2, 3])], 1.0, 2 / 3),
        # a citation of a sentence that is not supported is not precise
        ([(BOTH, [1, 3])], 0.0, 0.0),
        ([(LIMIT, [])], 0.0, None),
    ],
)
def test_citation_recall_and_precision_are_those_of_alce(
    case, corpus, sentences, recall, precision
):
    answer = saying(corpus, *sentences)
    assert value(alce.citation_recall(WholeWords()), case, answer) == recall
    found = value(alce.citation_precision(WholeWords()), case, answer)
    assert found == (None if precision is None else pytest.approx(precision))


def test_a_sentence_is_judged_anew_whatever_verdict_it_carries(case, corpus):
    answer = saying(corpus, (LIMIT, [2]))
    assert answer.sentences[0].verdict is Verdict.SUPPORTED
    assert value(alce.citation_recall(WholeWords()), case, answer) == 0.0


def test_refusals_and_empty_talk_have_no_citations_to_measure(case, corpus):
    talk = saying(corpus, (LIMIT, [1]))
    talk = replace(talk, sentences=(replace(talk.sentences[0], verdict=Verdict.NO_CLAIM),))
    for answer in (refusal(), talk):
        assert alce.citation_recall(WholeWords()).score(case, answer) is None
        assert alce.citation_precision(WholeWords()).score(case, answer) is None


def test_without_a_verifier_the_measures_are_left_out_or_unscored(case, corpus):
    assert "citation_recall" not in [m.name for m in registry.all_measures()]
    names = [m.name for m in registry.all_measures(["citation_recall", "refusal_recall"])]
    assert "citation_recall" in names
    assert "refusal_recall" not in names
    assert value(registry.parse("citation_recall"), case, saying(corpus, (LIMIT, [1]))) is None


def test_a_verifier_is_tried_with_the_gold_and_with_what_cannot_be(case, corpus):
    answer = saying(corpus, (LIMIT, [1]))
    for verifier, accepts, rejects in (
        (LexicalVerifier(), 1.0, 1.0),
        (LexicalVerifier(threshold=0.0), 1.0, 0.0),
        (LexicalVerifier(threshold=1.1), 0.0, 1.0),
    ):
        assert value(probes.verifier_accepts(verifier), case, answer) == accepts
        assert value(probes.verifier_rejects(verifier), case, answer) == rejects


def test_an_impossible_claim_has_a_number_that_the_passage_lacks():
    claims = probes.impossible("It has 700 users.", "It has 700 users, not 713.")
    assert claims == [probes.FOREIGN, "It has 726 users."]
    assert probes.impossible("No number.", "No number.") == [probes.FOREIGN]


def test_gold_precision_and_recall_count_citations_and_quotes(case, corpus):
    answer = corpus.answer(("alpha.md", LIMIT), ("beta.md", LATER))
    assert value(registry.parse("gold_recall"), case, answer) == 0.5
    assert value(registry.parse("gold_precision"), case, answer) == 0.5
    assert value(registry.parse("gold_recall"), case, refusal()) == 0.0
    assert registry.parse("gold_precision").score(case, refusal()) is None


SECOND, THIRD = 1 / math.log2(3), 1 / math.log2(4)


@pytest.mark.parametrize(
    ("ranked", "k", "expected"),
    [
        ([LIMIT, SIZES], 10, 1.0),
        ([SIZES, LIMIT], 10, 1.0),
        ([LATER, LIMIT, SIZES], 10, (SECOND + THIRD) / (1 + SECOND)),
        ([LATER, LIMIT, SIZES], 2, SECOND / (1 + SECOND)),
        ([LIMIT, LATER], 10, 1 / (1 + SECOND)),
        # the same quote a second time brings nothing
        ([LIMIT, LIMIT, SIZES], 10, (1 + THIRD) / (1 + SECOND)),
        ([LATER], 10, 0.0),
        ([], 10, 0.0),
    ],
)
def test_ndcg_rewards_every_gold_quote_once_and_early(case, corpus, ranked, k, expected):
    names = {LIMIT: "alpha.md", SIZES: "alpha.md", LATER: "beta.md"}
    answer = corpus.answer(*((names[quote], quote) for quote in ranked))
    assert value(registry.parse(f"ndcg@{k}"), case, answer) == pytest.approx(expected)


def result(kind: str, *, refused: bool, headline: str = "x", verdicts: str = "") -> CaseResult:
    words = {"s": "supported", "u": "unsupported", "n": "no_claim"}
    sentences = [{"text": "t", "verdict": words[v]} for v in verdicts]
    answer = {"refused": refused, "reason": "", "sentences": sentences}
    return CaseResult("c", "k", CaseKind(kind), "q", (Score("x", 1.0),), headline, answer=answer)


@pytest.mark.parametrize(
    ("case", "precision", "recall"),
    [
        (result("unanswerable", refused=True, headline="refused"), (1, 1), (1, 1)),
        (result("unanswerable", refused=False, headline="refused"), (0, 0), (0, 1)),
        (result("answerable", refused=True), (0, 1), (0, 0)),
        (result("answerable", refused=False), (0, 0), (0, 0)),
        (result("multi_turn", refused=True, headline="refused"), (1, 1), (1, 1)),
        (result("false_premise", refused=True), (0, 0), (0, 0)),
        (result("adversarial", refused=True), (0, 0), (0, 0)),
    ],
)
def test_what_a_case_adds_to_precision_and_recall_of_refusals(case, precision, recall):
    assert REFUSAL_PRECISION.part(case) == precision
    assert REFUSAL_RECALL.part(case) == recall


def test_a_question_that_ended_in_an_error_was_not_refused():
    case = replace(result("unanswerable", refused=True, headline="refused"), answer=None)
    assert REFUSAL_PRECISION.part(case) == (0, 0)
    assert REFUSAL_RECALL.part(case) == (0, 1)


def test_unsupported_sentences_are_counted_over_all_that_claim_something():
    assert UNSUPPORTED_RATE.part(result("answerable", refused=False, verdicts="sunu")) == (2, 3)
    assert UNSUPPORTED_RATE.part(result("answerable", refused=True, verdicts="")) == (0, 0)
