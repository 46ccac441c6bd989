"""Why a sentence can be believed, as ``/why`` tells it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rich.cells import cell_len

from rag.cli.show.marked import MARKED, marked, only_in, said_in, stands_in
from rag.cli.show.why import show_sentence, show_why
from rag.types import Citation, Claim, Decision, Provenance, Span, Verdict
from tests.cli.answers import answer, chunk, evidence, refusal, sentence

QUOTE = "The firm released Llama 3, in two sizes, on 18 April 2024."
SAID = "Meta brought out Llama 3 in April 2024"


def claimed(text: str, *labels: int) -> Claim:
    return Claim(text, tuple(Citation(n, Span(0, 0), f"c{n}") for n in labels))


@pytest.fixture
def supported():
    """A sentence in other words than its evidence, which calls Meta "the firm"."""
    said = sentence(f"{SAID} [1].", evidence(QUOTE))
    said = replace(said, claim=claimed(f"{SAID}.", 1), signals={"words": 0.8, "read": 0.97})
    made = answer(said, chunks=(chunk(QUOTE, title="Meta gives Llama 3 away"),))
    judged = Provenance(verifier="combined-1@0.5")
    return replace(made, provenance=judged, decision=Decision(True, 0.931, (), "", 0.2))


def plain(text: str) -> str:
    return re.sub(r"\x1b(\[[0-9;]*m|\]8;[^\x1b]*\x1b\\)", "", text)


def test_a_sentence_stands_beside_its_verdict_score_parts_and_evidence(supported, make_screen):
    shown = make_screen()
    show_why(shown.screen, supported)
    assert shown.out == (
        "Question: Is it so?\n"
        "A passage answers it: probability 0.93, 0.20 is needed.\n"
        "Judged by combined-1: scores from 0 to 1, 0.5 is needed.\n"
        "\n"
        "1  Meta brought out Llama 3 in April 2024 [1].\n"
        "   ✓ supported, score 0.90\n"
        "   words 0.80 · read 0.97\n"
        "   [1] A title (2024-04-25)\n"
        "       /a.md:12-14\n"
        f"       “{QUOTE}”\n"
        "   only in the title, headings or date: Meta\n"
        "   in other words, or not at all: brought\n"
        "\n"
        "Parts of a score, 1 is best. words: words of the sentence that the passages have; read: "
        "what a small network makes of it.\n"
    )


def test_shared_words_are_set_off_in_both(supported, make_screen):
    shown = make_screen(is_terminal=True)
    show_sentence(shown.screen, supported.sentences[0], supported, number=1)
    assert "\x1b[1;4mLlama 3\x1b[0m" in shown.out
    assert "\x1b[1;3;4mLlama 3\x1b[0m" in shown.out
    assert "brought out" in shown.out


@pytest.mark.parametrize("columns", [40, 80])
def test_no_line_is_wider_than_the_terminal(columns, supported, make_screen):
    shown = make_screen(is_terminal=True, columns=columns)
    dropped = sentence(f"{SAID} {'and more ' * 12}[9].", verdict=Verdict.UNSUPPORTED)
    show_why(shown.screen, replace(supported, dropped=(dropped,)))
    widths = [cell_len(line) for line in plain(shown.out).splitlines()]
    assert max(widths) <= columns
    assert max(widths) > columns - 12


def test_a_sentence_in_the_words_of_the_article_has_nothing_to_set_off(make_screen):
    said = replace(sentence("It is so [1].", evidence()), claim=claimed("It is so.", 1))
    said = replace(said, signals={"words": 1.0})
    shown = make_screen(is_terminal=True)
    show_sentence(shown.screen, said, answer(said), number=1)
    assert "word for word as it stands there" in plain(shown.out)
    assert "\x1b[1;4m" not in shown.out
    assert "words 1.00" not in plain(shown.out)  # there is no question how it was scored


@pytest.mark.parametrize(
    ("cited", "text", "told"),
    [
        ((2,), "It is so [1].", "it cited [2]; its citation was moved to [1]"),
        ((1, 2), "It is so [1].", "it cited [1][2]; [2] added nothing"),
        ((), "It is so [1].", "written without a citation; [1] was found to support it"),
    ],
)
def test_what_was_done_to_a_citation_is_told(cited, text, told, make_screen):
    said = replace(
        sentence(text, evidence()), claim=claimed("It is so.", *cited), repaired=True, tries=3
    )
    shown = make_screen()
    show_sentence(shown.screen, said, answer(said), number=1)
    assert f"   {told}\n" in shown.out
    assert "   written 3 times\n" in shown.out


def test_what_was_left_out_is_told_with_its_reason(supported, make_screen):
    wrong = sentence("It was free [2].", verdict=Verdict.UNSUPPORTED, missing=("free",))
    invented = sentence("See [99].", verdict=Verdict.UNRESOLVED)
    bare = sentence("It is good.", verdict=Verdict.UNCITED)
    shown = make_screen()
    show_why(shown.screen, replace(supported, dropped=(wrong, invented, bare)))
    left = shown.out.partition("Left out of the answer:\n")[2]
    assert left.startswith(
        "—  It was free [2].\n"
        "   ✗ not supported by what it cites, nor by another passage, score 0.90\n"
        "   not in the passages: free\n"
    )
    assert "cites what was never offered" in left
    assert "cites nothing" in left


def test_a_refusal_says_how_likely_an_answer_was_and_what_no_article_has(make_screen):
    no = replace(refusal(), decision=Decision(False, 0.05, ("Hoover", "dam"), "", 0.2))
    shown = make_screen()
    show_why(shown.screen, no)
    assert shown.out == (
        "Question: Is it so?\n"
        "Refused: The articles do not say.\n"
        "No passage answers it: probability 0.05, 0.20 is needed.\n"
        "In no article: Hoover, dam.\n"
    )


def test_an_answer_kept_before_there_were_decisions_and_parts_is_told_too(make_screen):
    said = sentence("It is so [1].", evidence())
    shown = make_screen()
    show_why(shown.screen, answer(said))
    assert "probability" not in shown.out
    assert "Parts of a score" not in shown.out
    assert "✓ supported, score 0.90" in shown.out


def test_a_quotation_is_judged_by_no_score(make_screen):
    said = replace(sentence("It is so [1].", evidence()), score=1.0)
    made = replace(answer(said), provenance=Provenance(verifier="quotation"))
    shown = make_screen()
    show_why(shown.screen, made)
    assert "character by character" in shown.out
    assert "✓ supported, word for word\n" in shown.out


HOSTILE = "".join(map(chr, [*range(1, 32), *range(127, 160)])) + "\x1b]52;c;eA==\x07\u202e\n"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_nothing_that_articles_or_models_write_reaches_the_terminal(is_terminal, make_screen):
    shown = make_screen(is_terminal=is_terminal)
    source = evidence(f"so {HOSTILE} it", title=HOSTILE, source=f"/{HOSTILE}")
    said = sentence(f"it {HOSTILE} [1]", source, missing=(HOSTILE,))
    said = replace(said, claim=Claim(f"it {HOSTILE}", ()), signals={HOSTILE: 0.5})
    no = Decision(False, 0.0, (HOSTILE,), HOSTILE, 0.2)
    made = answer(said, chunks=(chunk(f"so {HOSTILE}", title=HOSTILE),))
    made = replace(made, question=HOSTILE, query=HOSTILE + "x", decision=no, dropped=(said,))
    made = replace(made, provenance=Provenance(verifier=f"{HOSTILE}@{HOSTILE}"))
    show_why(shown.screen, made)
    show_why(shown.screen, replace(made, refused=True, reason=HOSTILE))
    left = plain(shown.out) if is_terminal else shown.out
    controls = [c for c in left if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160]
    assert controls == []
    assert "\u202e" not in left


def test_stretches_are_set_off_without_changing_a_letter():
    text = marked("one two three", [Span(4, 7), Span(0, 3), Span(6, 99)])
    assert text.plain == "one two three"
    assert [(s.start, s.end, s.style) for s in text.spans] == [
        (0, 3, MARKED),
        (4, 7, MARKED),
        (7, 13, MARKED),
    ]


def test_words_and_numbers_are_shared_in_any_form():
    text = "The licences of 70 billion models"
    assert [s.of(text) for s in said_in(text, "a licence for 70B models")] == [
        "licences",
        "70",
        "models",
    ]
    assert only_in(text, "a licence for 70B models") == ["billion"]
    assert only_in("", "x") == []


def test_a_text_stands_in_another_whatever_the_blanks():
    assert stands_in("It is\nso.", "But: It  is so. Yes")
    assert not stands_in("It is so!", "It is so.")
