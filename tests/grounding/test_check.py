"""The check of drafted sentences: citations resolved, minimal, repaired; evidence exact."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.grounding.check import SentenceChecker, flagged
from rag.grounding.claims import asserts_nothing, parse_claim
from rag.grounding.lexical import LexicalVerifier
from rag.text.markers import find_markers
from rag.types import Place, Verdict
from tests.support.passages import passage

RELEASE = passage(1, "Meta released Llama 3 in April 2024. It drew praise at once.", start=120)
LICENCE = passage(
    2, "Firms with more than 700 million users\nmust ask Meta for a licence.", first_line=9
)
OFFERED = (RELEASE, LICENCE)


@pytest.fixture
def checker() -> SentenceChecker:
    return SentenceChecker(LexicalVerifier())


def test_a_supported_sentence_carries_the_exact_span_that_supports_it(
    checker: SentenceChecker,
) -> None:
    checked = checker.check("Llama 3 was released by Meta in April 2024 [1].", OFFERED)
    assert checked.verdict is Verdict.SUPPORTED
    assert checked.text == "Llama 3 was released by Meta in April 2024 [1]."
    (evidence,) = checked.evidence
    assert evidence.quote == "Meta released Llama 3 in April 2024."
    assert (evidence.span.start, evidence.span.end) == (120, 156)
    assert evidence.label == 1


def test_the_lines_of_a_quote_are_those_of_the_quote(checker: SentenceChecker) -> None:
    checked = checker.check("Firms with more than 700 million users must ask Meta [2].", OFFERED)
    assert checked.evidence[0].place == Place(9, 10)
    assert checked.evidence[0].quote == LICENCE.chunk.text


def test_a_citation_of_the_wrong_passage_is_moved_to_the_right_one(
    checker: SentenceChecker,
) -> None:
    checked = checker.check("Meta released Llama 3 in April 2024 [2].", OFFERED)
    assert checked.verdict is Verdict.SUPPORTED
    assert checked.repaired
    assert checked.text.endswith("[1].")


def test_a_citation_that_adds_nothing_is_left_out(checker: SentenceChecker) -> None:
    checked = checker.check("Meta released Llama 3 in April 2024 [1][2].", OFFERED)
    assert checked.text == "Meta released Llama 3 in April 2024 [1]."


def test_a_sentence_over_two_passages_keeps_both_citations(checker: SentenceChecker) -> None:
    draft = "Meta released Llama 3 in April 2024 and firms with 700 million users must ask [1, 2]."
    checked = checker.check(draft, OFFERED)
    assert checked.verdict is Verdict.SUPPORTED
    assert [e.label for e in checked.evidence] == [1, 2]


@pytest.mark.parametrize(
    ("draft", "verdict"),
    [
        ("Llama 3 costs a thousand dollars a month [1].", Verdict.UNSUPPORTED),
        ("Llama 3 costs a thousand dollars a month.", Verdict.UNCITED),
        ("Llama 3 costs a thousand dollars a month [7].", Verdict.UNRESOLVED),
        ("Llama 3 costs a thousand dollars a month [0].", Verdict.UNRESOLVED),
        ("Llama 3 costs a thousand dollars a month [1-999999].", Verdict.UNSUPPORTED),
        ("Here is what the articles say:", Verdict.NO_CLAIM),
        ("", Verdict.NO_CLAIM),
    ],
)
def test_what_is_not_supported_says_why(
    checker: SentenceChecker, draft: str, verdict: Verdict
) -> None:
    checked = checker.check(draft, OFFERED)
    assert checked.verdict is verdict
    assert checked.evidence == ()


def test_a_sentence_without_a_marker_gets_the_citation_that_supports_it(
    checker: SentenceChecker,
) -> None:
    checked = checker.check("Meta released Llama 3 in April 2024.", OFFERED)
    assert checked.text == "Meta released Llama 3 in April 2024 [1]."


def test_a_label_that_was_never_offered_is_not_shown(checker: SentenceChecker) -> None:
    checked = checker.check("Meta released Llama 3 in April 2024 [1][9].", OFFERED)
    assert checked.verdict is Verdict.SUPPORTED
    assert "[9]" not in checked.text


def test_a_flagged_sentence_cites_nothing(checker: SentenceChecker) -> None:
    checked = checker.check("Llama 3 costs a thousand dollars a month [1].", OFFERED)
    assert flagged(checked).text == "Llama 3 costs a thousand dollars a month."


def test_a_claim_knows_which_labels_were_offered() -> None:
    claim = parse_claim("So it is [2][5].", OFFERED)
    assert [(c.label, c.chunk_id) for c in claim.citations] == [(2, "chunk-2"), (5, None)]


@pytest.mark.parametrize(
    "text", ["Sure!", "Is that so?", "The articles say:", "I hope this helps."]
)
def test_courtesies_assert_nothing(text: str) -> None:
    assert asserts_nothing(text)


@pytest.mark.parametrize("text", ["No licence was granted.", "Yes, Meta released Llama 3."])
def test_short_statements_assert_something(text: str) -> None:
    assert not asserts_nothing(text)


def test_a_sentence_that_only_a_title_says_is_not_supported(checker: SentenceChecker) -> None:
    titled = passage(3, "It drew praise at once.", title="Llama 3 comes in two sizes")
    checked = checker.check("Llama 3 comes in two sizes [3].", [titled])
    assert checked.verdict is Verdict.UNSUPPORTED
    assert "[3]" not in flagged(checked).text


def test_every_marker_of_a_supported_sentence_has_its_quote(checker: SentenceChecker) -> None:
    titled = passage(
        3, "It drew praise at once.", title="Firms with 700 million users must ask Meta"
    )
    checked = checker.check(
        "Meta released Llama 3 in April 2024, firms say [1, 3].", [RELEASE, titled]
    )
    assert checked.verdict is Verdict.SUPPORTED
    labels = [label for m in find_markers(checked.text) for label in m.labels]
    assert labels == [e.label for e in checked.evidence]


def test_what_a_score_was_made_of_is_kept_whether_or_not_it_sufficed(
    checker: SentenceChecker,
) -> None:
    sound = checker.check("Meta released Llama 3 in April 2024 [1].", OFFERED)
    wrong = checker.check("Meta released Llama 3 in March 2019 [1].", OFFERED)
    assert wrong.verdict is Verdict.UNSUPPORTED
    assert wrong.signals["numbers"] < sound.signals["numbers"] == 1.0
    assert sound == replace(sound, signals={})  # how it was judged is no part of what is said
