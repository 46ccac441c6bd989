"""The suite that ships: its cases are well formed, and their gold stands in the articles."""

from __future__ import annotations

from collections import Counter

import pytest

from rag.evaluation.cases import load_cases
from rag.evaluation.gold import verify_gold
from rag.evaluation.measures.facts import holds
from rag.evaluation.suite import load_suite
from rag.evaluation.types import CaseKind


@pytest.fixture(scope="module")
def cases():
    """Every case, its gold quotes looked up: each occurs exactly once or this fails."""
    suite = load_suite()
    return verify_gold(load_cases(suite.cases), suite.articles)


def test_every_gold_quote_occurs_exactly_once_in_its_article(cases):
    choices = [choice for case in cases for gold in case.gold for choice in gold.choices]
    assert choices
    assert all(choice.span is not None for choice in choices)


def test_every_kind_is_well_represented(cases):
    found = Counter(case.kind for case in cases)
    assert len(cases) >= 80
    assert found[CaseKind.ANSWERABLE] >= 40
    assert found[CaseKind.UNANSWERABLE] >= 20
    assert min(found[kind] for kind in CaseKind) >= 5


def test_answerable_cases_need_one_article_or_several(cases):
    tags = Counter(tag for case in cases for tag in case.tags)
    assert tags["single"] >= 30
    assert tags["multi"] >= 10
    assert tags["near_miss"] >= 10
    for case in cases:
        if "multi" in case.tags:
            assert len({gold.document for gold in case.gold}) >= 2, case.id


def test_every_fact_stands_in_a_gold_quote(cases):
    for case in cases:
        quotes = [choice.quote for gold in case.gold for choice in gold.choices]
        for fact in case.facts:
            assert any(holds(quote, fact) for quote in quotes), (case.id, fact)


def test_a_conflict_has_two_sides_and_says_whether_one_article_tells_both(cases):
    for case in cases:
        if case.kind is CaseKind.CONFLICTING:
            assert len({gold.quote for gold in case.gold}) >= 2, case.id
            n_articles = len({gold.document for gold in case.gold})
            assert (n_articles == 1) == ("one_article" in case.tags), case.id


def test_what_is_forbidden_stands_in_no_gold_quote(cases):
    for case in cases:
        for gold in case.gold:
            assert not any(holds(gold.quote, [word]) for word in case.forbidden), case.id
