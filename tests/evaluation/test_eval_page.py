"""The page of a run: it says why a case failed, and runs nothing that an article brought along."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import rag.cli.eval.page
from rag.cli.app import main
from rag.errors import EngineError, EvalError
from rag.evaluation import journal as journals
from rag.evaluation.asked import read_asked, write_asked
from rag.evaluation.cases import load_cases
from rag.evaluation.gold import verify_gold
from rag.evaluation.html.again import write_page_again
from rag.evaluation.html.page import render
from rag.evaluation.html.plots import gold_ranks, latency, verifier_scores
from rag.evaluation.journal import Journal
from rag.evaluation.report import summarise
from rag.evaluation.runner import run
from rag.evaluation.scripted import ScriptedAnswerer
from rag.evaluation.types import Against, EvalRun, Gate, GateOutcome
from rag.text.marks import Mark, Segment, segments
from rag.types import Span, Verdict
from tests.evaluation.builders import LATER, LIMIT, SIZES, record

QUESTION = "Who has to ask Meta?"
SILENT = "What is the capital of Peru?"
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[2J\u202egnp.exe\x00"
HALF = {"refused": False, "reason": "", "sentences": [], "hits": [{"rank": 1}]}
VOID = {"meta", "br", "img", "input", "link", "line", "rect"}


class Tags(HTMLParser):
    """All elements of a page with their attributes; complains about one that is not closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.unclosed: list[str] = []
        self.feed(page)
        assert not self.unclosed

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.unclosed.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.unclosed.pop() == tag


@pytest.fixture
def asked(tmp_path, corpus, write_cases):
    """Asks the two cases of a scripted program: the run and its cases by id."""

    def ask(answer, *, question=QUESTION, history=None) -> tuple[EvalRun, dict]:
        silent = {"id": "silent", "kind": "unanswerable", "question": SILENT}
        cases = load_cases([write_cases([record(question=question), silent])])
        cases = verify_gold(cases, [corpus.folder])
        journal = Journal.create(tmp_path / "runs", suite="small", measures=["m"], seed=3)
        write_asked(cases, journal)
        program = ScriptedAnswerer({question: answer})
        done = run(cases, program, journal=journal, suite="small", seed=3)
        return done, {case.id: case for case in cases}

    return ask


def page_of(found: tuple[EvalRun, dict], gates=()) -> str:
    return render(summarise(found[0], gates), *found)


def test_a_failed_case_shows_what_was_expected_and_what_came(asked, corpus):
    page = page_of(asked(corpus.answer(("alpha.md", SIZES), ("beta.md", LATER))))
    assert "1 of 2 cases passed" in page
    assert "not in the answer: &#34;700 million&#34;" in page
    assert LIMIT in page
    assert "not found" in page
    assert f'<mark class="cited">{SIZES}</mark>' in page


def test_gold_that_was_found_but_not_cited_is_marked_in_its_passage(asked, corpus):
    answer = corpus.answer(("beta.md", LATER), ("alpha.md", LIMIT))
    page = page_of(asked(replace(answer, sentences=answer.sentences[:1])))
    assert "found at rank 2, offered as [2], not cited" in page
    assert f'<mark class="gold">{LIMIT}</mark>' in page


def test_a_dropped_sentence_is_shown_with_what_it_lacked(asked, corpus):
    answer = corpus.answer(("alpha.md", LIMIT))
    bad = replace(
        answer.sentences[0], verdict=Verdict.UNSUPPORTED, score=0.25, missing=("900",), evidence=()
    )
    page = page_of(asked(replace(answer, dropped=(bad,))))
    assert "Dropped before it was shown" in page
    assert "<b>unsupported</b> 0.25; not in the evidence: 900" in page


def test_nothing_that_an_article_or_answer_holds_becomes_markup(asked, corpus):
    answer = corpus.answer(("alpha.md", LIMIT))
    sentence = replace(answer.sentences[0], text=HOSTILE, missing=(HOSTILE,))
    chunk = replace(answer.passages[0].chunk, title=HOSTILE, document_id=HOSTILE)
    passage = replace(answer.passages[0], chunk=chunk)
    answer = replace(answer, sentences=(sentence,), passages=(passage,), dropped=(sentence,))
    page = page_of(asked(answer, question=f"Why? {HOSTILE}"))
    tags = Tags(page).seen
    assert [tag for tag, _ in tags].count("script") == 1
    assert not [tag for tag, _ in tags if tag in ("img", "iframe", "object", "base", "link")]
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert "style" not in {name for _, attributes in tags for name in attributes}
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", page)
    assert "␛[2J&lt;U+202E&gt;gnp.exe␀" in page


def test_the_page_loads_nothing_and_allows_only_its_own_script(asked, corpus):
    page = page_of(asked(corpus.answer(("alpha.md", LIMIT))))
    tags = Tags(page).seen
    policy = next(a["content"] for tag, a in tags if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not [a for _, a in tags if "src" in a]
    assert all(a["href"].startswith("#") for _, a in tags if "href" in a)
    assert "http" not in re.sub(r"http-equiv", "", page)


def test_an_error_is_shown_as_one(asked):
    page = page_of(asked(EngineError("out of <memory>")))
    assert "No answer: out of &lt;memory&gt;" in page
    assert 'data-outcome="error"' in page


def test_gates_stand_at_the_top_with_links_to_the_cases_that_cost(asked, corpus):
    gate = Gate("correct_and_cited", "answerable", minimum=0.9)
    failed = GateOutcome(gate, False, "misses by <0.9>", ("limit", "gone"))
    page = page_of(asked(corpus.answer(("beta.md", LATER))), [failed])
    assert "the gate fails" in page
    assert "misses by &lt;0.9&gt;" in page
    assert '<a href="#case-0-limit">limit</a>, gone' in page
    assert page.count('class="floor" x1="90.0"') == 1


def test_aims_that_are_missed_fail_nothing(asked, corpus):
    done, cases = asked(corpus.answer(("beta.md", LATER)))
    aim = GateOutcome(Gate("correct_and_cited", "answerable", minimum=0.8), False, "0.0")
    page = render(summarise(done, (), aims=[aim]), done, cases)
    assert "0 of 1 aims reached" in page
    assert "the gate fails" not in page
    assert page.count('class="aim" x1="80.0"') == 1


def test_what_fell_below_the_baseline_is_named(asked, corpus):
    done, cases = asked(corpus.answer(("beta.md", LATER)))
    fell = GateOutcome(Gate("passed", "all", minimum=0.9), False, "all passed fell", ("limit",))
    against = Against("of 2026", (fell,), ("torch is 9, was 8",))
    page = render(summarise(done, (), against=against), done, cases)
    assert "1 of 1 figures fell. Otherwise than then: torch is 9, was 8." in page
    assert "<b>FELL</b> <span>all passed fell</span>" in page


def test_drafts_and_a_run_that_was_stopped_are_said_to_be_so(asked, corpus):
    done, cases = asked(corpus.answer(("alpha.md", LIMIT)))
    drafted = replace(done.results[0], tags=("unreviewed",))
    page = page_of((replace(done, results=(drafted,)), cases))
    assert "1 drafts nobody has reviewed" in page
    assert "1 not asked yet" in page


def test_an_answer_that_is_none_is_an_error_that_names_the_case(asked, corpus):
    done, cases = asked(corpus.answer(("alpha.md", LIMIT)))
    broken = replace(done.results[0], answer=HALF)
    with pytest.raises(EvalError, match=r"the answer to limit cannot be shown \(KeyError"):
        page_of((replace(done, results=(broken,)), cases))


def test_a_page_is_made_again_from_the_files_of_the_run(asked, corpus):
    done, cases = asked(corpus.answer(("beta.md", LATER)))
    page = write_page_again(Path(done.folder)).read_text(encoding="utf-8")
    assert page == page_of((done, cases))


def test_a_run_without_cases_is_shown_without_what_was_expected(asked, corpus):
    done, _ = asked(corpus.answer(("alpha.md", LIMIT)))
    (Path(done.folder) / "cases.json").unlink()
    page = write_page_again(Path(done.folder)).read_text(encoding="utf-8")
    assert "The run did not keep what was expected." in page


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("cases.json", "{", r"cannot read .*cases\.json"),
        ("cases.json", '{"cases": [{"id": 1}]}', r"cannot read .*cases\.json"),
        ("run.json", "[]", r"run\.json: not a JSON object"),
        ("run.json", '{"seed": -1}', "seed: -1 is not a whole number"),
        ("report.json", '{"gates": [{}]}', "no judgement"),
        ("results.jsonl", "", "has no result yet"),
    ],
)
def test_a_damaged_file_of_a_run_is_named(asked, corpus, name, text, told):
    done, _ = asked(corpus.answer(("alpha.md", LIMIT)))
    (Path(done.folder) / name).write_text(text, encoding="utf-8")
    with pytest.raises(EvalError, match=told):
        write_page_again(Path(done.folder))


def test_a_result_without_an_answers_parts_is_told_with_the_file(asked, corpus):
    done, _ = asked(corpus.answer(("alpha.md", LIMIT)))
    results = Path(done.folder) / "results.jsonl"
    broken = {"answer": HALF | {"usage": 3}}
    lines = [json.loads(line) | broken for line in results.read_text().splitlines()]
    results.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(EvalError, match="an answer lacks what the program writes"):
        write_page_again(Path(done.folder))


def test_cases_come_back_from_the_run_as_they_were(asked, corpus):
    done, cases = asked(corpus.answer(("alpha.md", LIMIT)))
    assert read_asked(Path(done.folder)) == cases


def test_the_report_command_takes_the_newest_run(asked, corpus, monkeypatch, capsys, tmp_path):
    done, _ = asked(corpus.answer(("alpha.md", LIMIT)))
    # The real place is in the checkout.
    monkeypatch.setattr(journals, "runs_dir", lambda: tmp_path / "runs")
    opened = []
    monkeypatch.setattr(rag.cli.eval.page.typer, "launch", lambda url: opened.append(url) or 0)
    assert main(["eval", "report", "--open", "--json"]) == 0
    page = Path(json.loads(capsys.readouterr().out)["report"])
    assert page == Path(done.folder) / "report.html"
    assert opened == [page.as_uri()]
    assert main(["eval", "report", "nothing"]) == 1
    assert "no run 'nothing'" in capsys.readouterr().err


def test_a_text_is_cut_where_marks_overlap():
    marks = [Mark(Span(0, 5), "a"), Mark(Span(3, 99), "b"), Mark(Span(4, 4), "c")]
    assert segments("abcdefg", marks) == (
        Segment("abc", ("a",)),
        Segment("de", ("a", "b")),
        Segment("fg", ("b",)),
    )


def test_an_empty_text_has_no_segments():
    assert segments("", [Mark(Span(0, 1), "a")]) == ()


def test_plots_count_every_case_once(asked, corpus):
    done, _ = asked(corpus.answer(("alpha.md", LIMIT), ("beta.md", LATER)))
    slow = replace(done.results[0], seconds=7.9)
    plot = latency([*done.results, slow])
    assert (plot.n, len(plot.bars), plot.bars[-1].n_first) == (3, 16, 1)
    shown = verifier_scores(done.results)
    assert (shown.n, shown.bars[18].n_first) == (2, 2)  # both scores are 0.9
    ranks = gold_ranks([(1, True), (7, False), (None, False)])
    assert [bar.n_first + bar.n_second for bar in ranks.bars] == [1, 0, 0, 0, 0, 1, 0, 1]


def test_plots_of_nothing_are_empty():
    assert (latency([]).n, verifier_scores([]).n, gold_ranks([]).highest) == (0, 0, 1)
