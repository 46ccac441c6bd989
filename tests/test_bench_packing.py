"""The bench of packing counts what it says (its figures are no test's business)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.packing.measures import Row, TokenCounter, as_record, reading_time, results, rows_of
from bench.packing.questions import Asked, Gold
from bench.packing.report import BEFORE, DEFAULT, write
from bench.packing.ways import Packer, Way, all_ways
from rag.types import RankedSentence, Span
from tests.support.passages import passage

FIRST = "Llamas live in the mountains. They are kept for wool."
SECOND = "A bakery sells bread. It bakes 340 loaves. It is closed on Mondays."
FOUND = [passage(number, text) for number, text in enumerate((FIRST, SECOND), 1)]
CHUNKS = tuple(found.chunk for found in FOUND)
SCORES = [(FOUND[1], 1, 0.9), (FOUND[1], 0, 0.2), (FOUND[1], 2, 0.3), (FOUND[0], 0, 0.05)]
TOKENS = TokenCounter(len)


def asked(*quotes: str) -> Asked:
    """The bakery's loaves asked for; ``quotes`` of the two articles are the evidence."""
    gold = []
    for quote in quotes:
        number = 1 if quote in FIRST else 2
        start = (FIRST if number == 1 else SECOND).index(quote)
        gold.append(Gold(((f"article-{number}.md", Span(start, start + len(quote))),)))
    ranked = [RankedSentence(p, p.chunk.sentences[n], score) for p, n, score in SCORES]
    return Asked("set", "How many?", "How many?", tuple(gold), ("How many?",), CHUNKS, [ranked])


def test_evidence_counts_when_every_character_of_it_is_offered() -> None:
    (whole, window) = results(asked("It bakes 340 loaves."), [Way(2), Way(2, 25)], TOKENS)
    assert (whole.offered, whole.led) == (1.0, 1.0)
    assert (window.offered, window.led) == (1.0, 0.0)
    (cut,) = results(asked("340 loaves. It is closed"), [Way(2, 25)], TOKENS)
    assert cut.offered == 0.0


def test_of_several_pieces_of_evidence_the_share_counts() -> None:
    ways = [Way(1), Way(2), Way(1, by_evidence=True)]
    found = results(asked("340 loaves", "kept for wool"), ways, TOKENS)
    assert [result.offered for result in found] == [0.5, 1.0, 0.5]


def test_a_passage_costs_its_number_and_title_too() -> None:
    (result,) = results(asked("340 loaves"), [Way(1, by_evidence=True)], TOKENS)
    assert result.tokens == len(f"[1] An article\n{SECOND}\n\n")


def test_what_hardly_answers_is_left_out_by_a_share() -> None:
    packer = Packer(asked("340 loaves"))
    assert [o.chunk for o in packer.pack(Way(2, least=0.1))] == [CHUNKS[1]]
    assert len(packer.pack(Way(2))) == 2


def test_sentences_with_gaps_are_joined_in_their_order() -> None:
    sentences = [(FOUND[1], 0, 0.1), (FOUND[1], 1, 0.01), (FOUND[1], 2, 0.3)]
    ranked = [RankedSentence(p, p.chunk.sentences[n], score) for p, n, score in sentences]
    question = Asked("set", "?", "?", (), ("?",), CHUNKS[1:], [ranked])
    (offered,) = Packer(question).pack(Way(1, 50, scattered=True))
    assert offered.text == "A bakery sells bread. … It is closed on Mondays."
    assert [span.of(SECOND) for span in offered.spans] == offered.text.split(" … ")


def test_the_ways_are_tried_once_each_and_hold_the_default() -> None:
    ways = list(all_ways())
    assert len(ways) == len(set(ways))
    assert {BEFORE, DEFAULT} <= set(ways)


def test_seconds_follow_the_measured_rates(tmp_path: Path) -> None:
    names = {512: 100.0, 1500: 50.0}
    speed = [{"what": f"reading {n} tokens, ours", "median": rate} for n, rate in names.items()]
    path = tmp_path / "llama.json"
    path.write_text(json.dumps({"sections": {"Speed": speed}}))
    quick = tmp_path / "quick.json"
    quick.write_text(json.dumps({"sections": {"Sampling": []}}))
    seconds = reading_time(tmp_path / "absent.json", quick, path)
    assert seconds(256) == pytest.approx(2.56)
    assert seconds(1500) == pytest.approx(30.0)
    assert seconds(3000) == pytest.approx(60.0)


def test_the_report_names_the_default_and_draws_it(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    rows = [
        Row(name, way, 10, 0.8 + 0.001 * way.n, 0.7, 100.0 * way.n, 900.0, float(way.n), 5.0)
        for name in ("eval: answerable", "xquad_en")
        for way in all_ways()
    ]
    write(rows, "by nothing", tmp_path)
    assert rows_of(json.loads(as_record(rows, "by nothing"))) == rows
    text = (tmp_path / "packing.md").read_text("utf-8")
    assert "| **6 passages at most, best of 10, whole, share 0.12** | 0.806 |" in text
    assert "| xquad_en | 10 | 0.805 | 0.806 |" in text
    assert (tmp_path / "packing.svg").stat().st_size > 1000
