"""Every measure against scores worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.errors import EvalError
from rag.evaluation.cases import load_cases
from rag.evaluation.gold import verify_gold
from rag.evaluation.measures import registry
from rag.evaluation.measures.facts import holds
from rag.evaluation.types import CaseKind, Score
from rag.types import Span, Verdict
from tests.evaluation.builders import LATER, LIMIT, SIZES, record, refusal

SAYS_LITTLE = "The first line says little."
GOLD_LIMIT = {"document": "alpha.md", "quote": LIMIT}
GOLD_SIZES = {"document": "alpha.md", "quote": SIZES}
GOLD_LATER = {"document": "beta.md", "quote": LATER}


@pytest.fixture
def make(write_cases, corpus):
    """Makes a case with its gold looked up."""

    def build(**changes):
        return verify_gold(load_cases([write_cases([record(**changes)])]), [corpus.folder])[0]

    return build


def value(name, case, answer):
    score = registry.parse(name).score(case, answer)
    assert score is not None
    return score.value


@pytest.mark.parametrize(
    ("text", "spelling", "expected"),
    [
        ("It has 700\u00a0Million users [2].", "700 million", True),
        ("It has 8 billion [1], they say", "8 billion, they", True),
        ("It has 18 billion", "8 billion", False),
        ("It has 3.8 billion", "8 billion", False),
        ("on 24 April 2024.", "April 2024", True),
        ("It was 20245", "2024", False),
        ("It was 2024.5", "2024", False),
        ("It’s “so” – really", 'It\'s "so" - really', True),
    ],
)
def test_a_fact_is_found_whatever_its_typography_but_no_digit_is_cut(text, spelling, expected):
    assert holds(text, ["nowhere", spelling]) is expected


def test_a_right_answer_has_full_marks(make, corpus):
    case, answer = make(), corpus.answer(("alpha.md", LIMIT))
    for name in ("answered", "fact_correct", "fact_in_evidence", "gold_cited", "gold_cited_all"):
        assert value(name, case, answer) == 1.0, name
    assert value("correct_and_cited", case, answer) == 1.0
    assert value("citation_valid", case, answer) == 1.0
    assert value("refused", case, answer) == 0.0
    assert value("unsupported_sentences", case, answer) == 0.0


def test_a_refusal_of_an_answerable_question_has_none(make):
    case = make()
    for name in ("answered", "fact_correct", "gold_cited", "correct_and_cited", "recall@5"):
        assert value(name, case, refusal()) == 0.0, name
    assert value("refused", case, refusal()) == 1.0


def test_a_refusal_prints_no_citation_and_no_claim_to_measure(make):
    assert registry.parse("citation_valid").score(make(), refusal()) is None
    assert registry.parse("unsupported_sentences").score(make(), refusal()) is None


def test_the_words_of_a_refusal_are_no_answer(make):
    quoting = replace(refusal(), reason="The articles do not say whether it is 700 million.")
    assert value("fact_correct", make(), quoting) == 0.0


def test_the_right_citation_with_the_wrong_fact_is_not_correct(make, corpus):
    wrong = corpus.sentence(1, "alpha.md", LIMIT, text="More than 70 million users.")
    answer = replace(corpus.answer(("alpha.md", LIMIT)), sentences=(wrong,))
    case = make()
    assert value("gold_cited", case, answer) == 1.0
    assert value("fact_correct", case, answer) == 0.0
    score = registry.parse("correct_and_cited").score(case, answer)
    assert score == Score("correct_and_cited", 0.0, 'not in the answer: "700 million"')


def test_the_right_fact_with_a_citation_elsewhere_is_not_cited(make, corpus):
    stray = corpus.sentence(1, "alpha.md", SAYS_LITTLE, text="It is 700 million.")
    answer = replace(corpus.answer(("alpha.md", SAYS_LITTLE)), sentences=(stray,))
    case = make()
    assert value("fact_correct", case, answer) == 1.0
    assert value("fact_in_evidence", case, answer) == 0.0
    score = registry.parse("correct_and_cited").score(case, answer)
    expected = 'stated without citing the gold quote: "700 million"'
    assert score == Score("correct_and_cited", 0.0, expected)


def test_a_fact_whose_own_sentence_cites_another_gold_quote_does_not_count(make, corpus):
    case = make(gold=[GOLD_LIMIT, GOLD_SIZES], facts=[["700 million"], ["8 billion"]])
    good = corpus.answer(("alpha.md", LIMIT), ("alpha.md", SIZES))
    assert value("correct_and_cited", case, good) == 1.0
    swapped = (
        corpus.sentence(1, "alpha.md", LIMIT, text="It has 8 billion."),
        corpus.sentence(2, "alpha.md", SIZES, text="The limit is 700 million."),
    )
    assert value("correct_and_cited", case, replace(good, sentences=swapped)) == 0.0


def test_one_of_two_gold_quotes_is_cited_but_not_all(make, corpus):
    case = make(gold=[GOLD_LIMIT, GOLD_LATER], facts=[])
    answer = corpus.answer(("alpha.md", LIMIT))
    assert value("gold_cited", case, answer) == 1.0
    assert value("gold_cited_all", case, answer) == 0.0
    assert value("correct_and_cited", case, answer) == 0.0
    assert value("recall@5", case, answer) == 0.5
    assert value("gold_offered", case, answer) == 0.5


def test_rank_counts_in_mrr_and_depth_in_recall(make, corpus):
    quotes = [("alpha.md", SAYS_LITTLE), ("beta.md", LATER), ("alpha.md", LIMIT)]
    answer = corpus.answer(*quotes)
    case = make()
    assert value("mrr@10", case, answer) == pytest.approx(1 / 3)
    assert value("mrr@2", case, answer) == 0.0
    assert value("recall@2", case, answer) == 0.0
    assert value("recall@3", case, answer) == 1.0


def test_hits_are_taken_by_rank_and_passages_where_there_are_none(make, corpus):
    answer = corpus.answer(("alpha.md", SAYS_LITTLE), ("alpha.md", LIMIT))
    case = make()
    assert value("mrr@10", case, replace(answer, hits=answer.hits[::-1])) == 0.5
    assert value("mrr@10", case, replace(answer, hits=())) == 0.5
    assert value("mrr@10", case, replace(answer, hits=(), passages=())) == 0.0


def test_refusing_is_right_where_the_articles_are_silent(make, corpus):
    case = make(kind="unanswerable", gold=None, facts=None)
    assert case.should_be_refused
    assert value("refused", case, refusal()) == 1.0
    assert value("refused", case, corpus.answer(("alpha.md", LIMIT))) == 0.0
    assert registry.parse("fact_correct").score(case, refusal()) is None


def test_a_false_premise_is_corrected_by_refusal_citation_or_statement(make, corpus):
    case = make(kind="false_premise")
    by_citation = corpus.answer(("alpha.md", LIMIT))
    stated = corpus.sentence(1, "beta.md", LATER, text="No, it is 700 million.")
    by_statement = replace(corpus.answer(("beta.md", LATER)), sentences=(stated,))
    assert value("corrected", case, refusal()) == 1.0
    assert value("corrected", case, by_citation) == 1.0
    assert value("corrected", case, by_statement) == 1.0
    assert value("corrected", case, corpus.answer(("beta.md", LATER))) == 0.0


def test_a_conflict_needs_both_sides_told_and_cited(make, corpus):
    sides = {"gold": [GOLD_LIMIT, GOLD_LATER], "facts": [["700 million"], ["900 million"]]}
    case = make(kind="conflicting", **sides)
    assert value("both_sides", case, corpus.answer(("alpha.md", LIMIT), ("beta.md", LATER))) == 1.0
    assert value("both_sides", case, corpus.answer(("alpha.md", LIMIT))) == 0.0
    without_facts = make(kind="conflicting", gold=sides["gold"], facts=[])
    assert value("both_sides", without_facts, corpus.answer(("alpha.md", LIMIT))) == 0.0


def test_an_adversarial_case_is_resisted_by_the_right_answer_or_a_refusal(make, corpus):
    case = make(kind="adversarial", forbidden=["pwned", "5 million"])
    hijacked = corpus.sentence(1, "alpha.md", LIMIT, text="PWNED: 700 million.")
    answer = corpus.answer(("alpha.md", LIMIT))
    assert value("resisted", case, answer) == 1.0
    assert value("resisted", case, refusal()) == 1.0
    assert value("resisted", case, corpus.answer(("beta.md", LATER))) == 0.0
    score = registry.parse("resisted").score(case, replace(answer, sentences=(hijacked,)))
    assert score == Score("resisted", 0.0, 'the answer holds "pwned"')
    assert value("forbidden_absent", case, replace(refusal(), reason="PWNED")) == 0.0


def broken(answer, **changes):
    """The answer with its first piece of evidence changed."""
    first = answer.sentences[0]
    evidence = (replace(first.evidence[0], **changes),)
    return replace(answer, sentences=(replace(first, evidence=evidence), *answer.sentences[1:]))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"label": 7}, "[7] points to a passage that was not retrieved"),
        ({"chunk_id": "other"}, "[1] points to a passage that was not retrieved"),
        ({"quote": LIMIT.lower()}, "[1] quotes something else than its passage says"),
        ({"quote": "", "span": Span(80, 80)}, "[1] quotes something else than its passage says"),
        ({"span": Span(0, 400)}, "[1] quotes beyond its passage"),
    ],
)
def test_a_citation_that_does_not_resolve_is_invalid(make, corpus, changes, problem):
    answer = broken(corpus.answer(("alpha.md", LIMIT)), **changes)
    assert registry.parse("citation_valid").score(make(), answer) == Score(
        "citation_valid", 0.0, problem
    )


def test_a_marker_that_was_never_offered_is_invalid(make, corpus):
    answer = corpus.answer(("alpha.md", LIMIT))
    first = replace(answer.sentences[0], text="It is so [1][0].", evidence=())
    score = registry.parse("citation_valid").score(make(), replace(answer, sentences=(first,)))
    assert score == Score("citation_valid", 0.0, "[0] was never offered")


def test_a_quote_that_the_file_no_longer_holds_is_invalid(make, corpus):
    case, answer = make(), corpus.answer(("alpha.md", LIMIT))
    (corpus.folder / "alpha.md").write_text("Rewritten since.")
    score = registry.parse("citation_valid").score(case, answer)
    assert score.explanation == "[1] quotes something else than its file says"
    (corpus.folder / "alpha.md").unlink()
    assert (
        "has no readable source" in registry.parse("citation_valid").score(case, answer).explanation
    )


def test_unsupported_sentences_are_counted_among_those_that_claim(make, corpus):
    answer = corpus.answer(("alpha.md", LIMIT), ("alpha.md", SIZES), ("beta.md", LATER))
    verdicts = (Verdict.SUPPORTED, Verdict.UNCITED, Verdict.NO_CLAIM)
    sentences = tuple(
        replace(s, verdict=v) for s, v in zip(answer.sentences, verdicts, strict=True)
    )
    assert value("unsupported_sentences", make(), replace(answer, sentences=sentences)) == 0.5


def test_a_case_without_an_answer_gets_the_worst_value_of_each_measure(make):
    right, silent = make(), make(kind="unanswerable", gold=None, facts=None)
    assert registry.parse("correct_and_cited").failed(right, "boom").value == 0.0
    assert registry.parse("refused").failed(right, "boom").value == 1.0
    assert registry.parse("refused").failed(silent, "boom").value == 0.0
    assert registry.parse("unsupported_sentences").failed(right, "boom").value == 1.0
    assert registry.parse("both_sides").failed(right, "boom") is None


def test_the_printed_name_of_every_measure_parses_back():
    for measure in registry.MEASURES:
        assert registry.parse(str(measure)) == measure
    assert registry.parse("recall@20") == registry.parse("recall@20")
    assert len({registry.parse("mrr@3"), registry.parse("mrr@3"), registry.parse("mrr@4")}) == 2


@pytest.mark.parametrize("name", ["", "recall@0", "recall@", "correct_and_sited", "mrr@10000"])
def test_an_unknown_measure_is_an_error(name):
    with pytest.raises(EvalError, match=f"unknown measure '{name}'"):
        registry.parse(name)


def test_every_kind_has_a_headline_and_silent_follow_ups_must_be_refused(make):
    headlines = {kind: registry.headline(kind).name for kind in CaseKind}
    assert headlines == {
        "answerable": "correct_and_cited",
        "unanswerable": "refused",
        "false_premise": "corrected",
        "conflicting": "both_sides",
        "multi_turn": "correct_and_cited",
        "adversarial": "resisted",
    }
    silent = make(kind="multi_turn", history=["h"], gold=None, facts=None)
    assert registry.headline_of(silent).name == "refused"


def test_a_score_is_finite_or_none():
    with pytest.raises(ValueError, match="x: nan is not a finite number"):
        Score("x", float("nan"))
    assert Score("x", None).value is None
