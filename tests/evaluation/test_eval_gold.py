"""Gold quotes: found in the articles, and compared with what is cited or retrieved."""

from __future__ import annotations

import pytest

from rag.errors import EvalError
from rag.evaluation.cases import load_cases
from rag.evaluation.gold import cites, covers, same_document, verify_gold
from rag.evaluation.source import read_source
from rag.evaluation.types import GoldQuote
from rag.types import Span
from tests.evaluation.builders import ALPHA, LATER, LIMIT, SIZES, record


def located(write_cases, corpus, **changes):
    cases = load_cases([write_cases([record(**changes)])])
    return verify_gold(cases, [corpus.folder])[0]


def test_a_quote_is_located_in_its_article(write_cases, corpus):
    (gold,) = located(write_cases, corpus).gold
    assert gold.span == Span(ALPHA.index(LIMIT), ALPHA.index(LIMIT) + len(LIMIT))


def test_line_ends_of_the_file_are_not_translated(write_cases, corpus):
    raw = ALPHA.replace("\n", "\r\n")
    (corpus.folder / "alpha.md").write_bytes(raw.encode())
    (gold,) = located(write_cases, corpus).gold
    assert gold.span.of(raw) == LIMIT


@pytest.mark.parametrize(
    ("quote", "message"),
    [
        ("Not in it.", r"case limit: the gold quote does not occur in alpha\.md: 'Not in it\.'"),
        ("million", r"case limit: the gold quote does not occur"),
    ],
)
def test_a_quote_that_does_not_occur_is_an_error(write_cases, corpus, quote, message):
    (corpus.folder / "alpha.md").write_text("Nothing of the kind.")
    with pytest.raises(EvalError, match=message):
        located(write_cases, corpus, gold=[{"document": "alpha.md", "quote": quote}])


def test_a_quote_that_occurs_twice_is_an_error(write_cases, corpus):
    with pytest.raises(EvalError, match=r"the gold quote occurs 2 times in alpha\.md: 'billion'"):
        located(write_cases, corpus, gold=[{"document": "alpha.md", "quote": "billion"}])


def test_alternatives_are_checked_too(write_cases, corpus):
    also = [{"document": "beta.md", "quote": "nowhere"}]
    gold = [{"document": "alpha.md", "quote": LIMIT, "also": also}]
    with pytest.raises(EvalError, match=r"does not occur in beta\.md"):
        located(write_cases, corpus, gold=gold)


def test_a_missing_article_is_an_error_with_a_guess(write_cases, corpus):
    with pytest.raises(EvalError, match=r"case limit: no article alpa\.md in") as caught:
        located(write_cases, corpus, gold=[{"document": "alpa.md", "quote": LIMIT}])
    assert caught.value.hint == "did you mean alpha.md?"


def test_an_ambiguous_article_is_an_error(write_cases, corpus):
    for name in ("one", "two"):
        (corpus.folder / name).mkdir()
        (corpus.folder / name / "x.md").write_text("x y")
    with pytest.raises(EvalError, match=r"case limit: x\.md may be any of .*one.*two"):
        located(write_cases, corpus, gold=[{"document": "x.md", "quote": "x y"}])
    case = located(write_cases, corpus, gold=[{"document": "two/x.md", "quote": "x y"}])
    assert case.gold[0].span == Span(0, 3)


def test_an_article_that_is_not_text_is_an_error(write_cases, corpus):
    (corpus.folder / "alpha.md").write_bytes(b"\0\1\2" * 50)
    with pytest.raises(EvalError, match="is not text"):
        located(write_cases, corpus)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("x.md", "x.md", True),
        ("seeds/x.md", "x.md", True),
        ("documents/x.md", "../eval/documents/x.md", True),
        ("a/x.md", "b/x.md", False),
        ("x.md", "ax.md", False),
        ("x.md", "", False),
    ],
)
def test_an_article_is_recognised_under_the_ids_it_may_have(left, right, expected):
    assert same_document(left, right) is expected
    assert same_document(right, left) is expected


def test_a_quote_in_html_counts_in_the_text_of_its_document(write_cases, corpus):
    page = f"<html><head><title>Gamma</title></head><body><p>First.</p><p>{SIZES}</p></body></html>"
    (corpus.folder / "gamma.html").write_text(page)
    (gold,) = located(write_cases, corpus, gold=[{"document": "gamma.html", "quote": SIZES}]).gold
    text = read_source(corpus.folder / "gamma.html")
    assert gold.span.of(text) == SIZES
    assert "<p>" not in text


def test_an_article_of_an_unsupported_format_is_an_error(write_cases, corpus):
    (corpus.folder / "x.exe").write_text(LIMIT)
    with pytest.raises(EvalError, match=r"the format '\.exe' is not supported"):
        located(write_cases, corpus, gold=[{"document": "x.exe", "quote": LIMIT}])


def test_evidence_cites_gold_when_the_spans_share_a_character(write_cases, corpus):
    (gold,) = located(write_cases, corpus).gold
    assert cites(corpus.sentence(1, "alpha.md", LIMIT[:20]).evidence[0], gold)
    assert not cites(corpus.sentence(1, "alpha.md", SIZES).evidence[0], gold)
    assert not cites(corpus.sentence(1, "beta.md", LATER).evidence[0], gold)


def test_an_alternative_counts_as_the_quote(write_cases, corpus):
    also = [{"document": "beta.md", "quote": LATER}]
    case = located(
        write_cases, corpus, gold=[{"document": "alpha.md", "quote": LIMIT, "also": also}]
    )
    assert covers(corpus.chunk("beta.md", LATER), case.gold[0])


def test_without_a_span_texts_are_compared(corpus):
    gold = GoldQuote("alpha.md", f"{LIMIT}\n {SIZES}")
    assert covers(corpus.chunk("alpha.md", LIMIT), gold)
    assert not covers(corpus.chunk("alpha.md", "The first line says little."), gold)
    assert not covers(corpus.chunk("beta.md", LATER), gold)
