"""Statements held against passages: supported by what, or what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.assistant.checking import TextChecker
from rag.assistant.prose import read_prose
from rag.assistant.text_report import CheckedStatement, SourceVerdict, TextReport
from rag.grounding.lexical import LexicalVerifier
from rag.text.words import terms
from rag.types import Hit, Place, Span, Verdict
from tests.support.passages import passage

MILL = "The Old Mill of Tromsby opened in 2019. It bakes 340 loaves of rye bread on a working day."
FORGE = "The New Forge makes nails. It was founded by Ilse Varga in 1987."
HARBOUR = "The harbour froze over in January. No ship left it."


class WordRetriever:
    """Finds the chunks that share most words with the query."""

    name = "words"

    def __init__(self) -> None:
        self.chunks = [
            passage(1, MILL, title="The mill").chunk,
            passage(2, FORGE, title="The forge").chunk,
            passage(3, HARBOUR, title="The harbour").chunk,
        ]
        self.queries: list[str] = []

    def retrieve(self, query: str, k: int) -> list[Hit]:
        self.queries.append(query)
        wanted = set(terms(query))
        shared = {c.id: len(wanted & set(terms(f"{c.title} {c.text}"))) for c in self.chunks}
        best = sorted((c for c in self.chunks if shared[c.id]), key=lambda c: -shared[c.id])[:k]
        return [Hit(c, float(shared[c.id]), n, self.name) for n, c in enumerate(best, 1)]


def report_on(prose: str, **options: float) -> TextReport:
    checker = TextChecker(retriever=WordRetriever(), verifier=LexicalVerifier(), **options)  # type: ignore[arg-type]
    return checker.check(read_prose(prose))


def only(prose: str) -> CheckedStatement:
    (statement,) = report_on(prose).statements
    return statement


def test_a_supported_statement_carries_the_exact_quotation() -> None:
    found = only("The Old Mill opened in 2019.")
    assert found.verdict is Verdict.SUPPORTED
    (evidence,) = found.evidence
    assert (evidence.title, evidence.place) == ("The mill", Place(1, 1))
    assert evidence.quote in MILL


def test_a_wrong_number_is_named_beside_what_comes_closest() -> None:
    found = only("The Old Mill bakes 500 loaves of rye bread on a working day.")
    assert found.verdict is Verdict.UNSUPPORTED
    assert found.missing == ("500",)
    assert found.contradicted
    assert found.evidence == ()
    assert found.closest is not None
    assert found.closest.title == "The mill"


def test_a_number_that_no_passage_has_is_never_supported_however_low_the_threshold() -> None:
    report = report_on("The Old Mill bakes 500 loaves of rye bread.", threshold=0.0)
    assert report.statements[0].verdict is Verdict.UNSUPPORTED


def test_words_that_no_passage_has_are_named() -> None:
    found = only("The harbour froze because sorcerers cursed it.")
    assert found.verdict is Verdict.UNSUPPORTED
    assert found.missing == ("sorcerers", "cursed")
    assert not found.contradicted


def test_what_nothing_is_found_for_is_unsupported() -> None:
    found = only("Quantum chromodynamics confines quarks.")
    assert (found.verdict, found.closest, found.score) == (Verdict.UNSUPPORTED, None, 0.0)
    assert "Quantum" in found.missing


def test_lead_ins_questions_and_refusals_assert_nothing() -> None:
    report = report_on("Here it is:\n\nIs it so? The articles do not say.")
    assert [s.verdict for s in report.statements] == [Verdict.NO_CLAIM] * 3
    assert (report.n_claims, report.sound) == (0, True)


def test_two_passages_together_support_a_statement_of_two_halves() -> None:
    found = only("The harbour froze over in January and the Old Mill of Tromsby opened in 2019.")
    assert found.verdict is Verdict.SUPPORTED
    assert {e.title for e in found.evidence} == {"The mill", "The harbour"}


def test_a_passage_that_lends_one_word_makes_no_pair() -> None:
    prose = "The New Forge of Tromsby was founded by Ilse Varga in 1987."
    (found,) = report_on(prose, threshold=0.8).statements
    assert found.verdict is Verdict.UNSUPPORTED
    assert found.missing == ("Tromsby",)


def test_a_pronoun_is_supported_only_by_what_speaks_of_its_antecedent() -> None:
    right = report_on("The New Forge makes nails. It was founded by Ilse Varga in 1987.")
    assert right.n_supported == 2
    wrong = report_on("The Old Mill opened in 2019. It was founded by Ilse Varga in 1987.")
    assert [s.verdict for s in wrong.statements] == [Verdict.SUPPORTED, Verdict.UNSUPPORTED]
    assert wrong.statements[1].leans_on == "The Old Mill opened in 2019."


def test_the_threshold_can_be_raised() -> None:
    prose = "The harbour froze over in a terribly cold January."
    assert report_on(prose, threshold=0.5).n_supported == 1
    assert report_on(prose, threshold=0.9).n_supported == 0


SOURCES = (
    "\n\n[1] The mill (2024-04-18)\n    a.md:1\n[2] The forge\n    b.md:1\n[9] A novel\n    c:1"
)


def findings(statement: CheckedStatement) -> list[tuple[int, SourceVerdict]]:
    return [(finding.label, finding.verdict) for finding in statement.sources]


def test_the_cited_source_is_used_before_any_other() -> None:
    report = report_on(f"The Old Mill of Tromsby opened in 2019 [1].{SOURCES}")
    assert findings(report.statements[0]) == [(1, SourceVerdict.SUPPORTS)]
    assert report.sound


def test_a_source_that_does_not_support_it_is_said_though_another_does() -> None:
    report = report_on(f"The Old Mill of Tromsby opened in 2019 [2].{SOURCES}")
    (statement,) = report.statements
    assert statement.verdict is Verdict.SUPPORTED
    assert [e.title for e in statement.evidence] == ["The mill"]
    assert findings(statement) == [(2, SourceVerdict.FAILS)]
    assert (report.n_supported, report.n_wrong_citations, report.sound) == (1, 1, False)


def test_a_citation_that_adds_nothing_is_no_fault() -> None:
    report = report_on(f"The Old Mill of Tromsby opened in 2019 [1][2].{SOURCES}")
    assert findings(report.statements[0]) == [
        (1, SourceVerdict.SUPPORTS),
        (2, SourceVerdict.ADDS_NOTHING),
    ]
    assert report.sound


def test_sources_that_are_unknown_are_told_apart_and_are_no_fault() -> None:
    report = report_on(f"The Old Mill of Tromsby opened in 2019 [9][4].{SOURCES}")
    assert findings(report.statements[0]) == [
        (9, SourceVerdict.NOT_INDEXED),
        (4, SourceVerdict.UNLISTED),
    ]
    assert report.sound


def test_a_listed_quotation_that_no_passage_has_is_reported() -> None:
    prose = (
        "The Old Mill opened in 2019 [1].\n\n[1] The mill\n    a.md:1\n"
        "    “The Old Mill of Tromsby opened in 2019.”\n    “The mill is haunted.”\n"
    )
    report = report_on(prose)
    assert [missing.quote for missing in report.missing_quotes] == ["The mill is haunted."]
    assert report.n_supported == 1
    assert not report.sound


def test_one_passage_has_one_label_in_the_whole_report() -> None:
    report = report_on("The New Forge makes nails. The Old Mill opened in 2019. Nails are made.")
    assert [e.label for s in report.statements for e in s.evidence][:2] == [1, 2]


@pytest.mark.parametrize("prose", ["", "---", "```\ncode\n```"])
def test_a_text_without_statements_has_an_empty_report(prose: str) -> None:
    report = report_on(prose)
    assert (report.statements, report.n_claims, report.sound) == ((), 0, True)


def test_a_number_lent_from_elsewhere_in_a_passage_does_not_help() -> None:
    retriever = WordRetriever()
    text = "The Old Mill has three ovens. It was built five years ago."
    retriever.chunks = [
        replace(
            passage(1, text).chunk,
            sentences=(Span(0, 29), Span(30, len(text))),
        )
    ]
    checker = TextChecker(retriever=retriever, verifier=LexicalVerifier())
    (found,) = checker.check(read_prose("The Old Mill has five ovens.")).statements
    assert (found.verdict, found.contradicted) == (Verdict.UNSUPPORTED, True)
    assert found.closest is not None
    assert found.closest.quote == "The Old Mill has three ovens."


def test_a_passage_about_something_like_it_does_not_outvote_the_one_that_denies_it() -> None:
    retriever = WordRetriever()
    retriever.chunks = [
        passage(1, "The town council approved the plan.", title="The harbour").chunk,
        passage(2, "The town council has not approved the mill.", title="The mill").chunk,
    ]
    checker = TextChecker(retriever=retriever, verifier=LexicalVerifier())
    claim = "The mill was approved by the town council."
    (found,) = checker.check(read_prose(claim)).statements
    assert found.verdict is Verdict.UNSUPPORTED
    assert found.contradicted
    assert found.closest is not None
    assert found.closest.title == "The mill"
