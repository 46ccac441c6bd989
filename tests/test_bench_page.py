"""The page of all measurements: what it takes from their JSON, what it says of what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.__main__ import _kept
from bench.aims import bend, exponent, figures
from bench.articles import folder_of_articles
from bench.machine import describe
from bench.page import write
from bench.plan import BENCHES, Inputs, chosen
from bench.runner import run_all

N = [100_000, 300_000, 1_000_000]


def _cold_start(wall: list[float]) -> dict[str, object]:
    def task(times: list[float]) -> dict[str, object]:
        return {"wall_s": times, "steps": {"imports": times, "exit": [0.001]}}

    return {
        "tasks": {
            "the floor": task([1.0, 1.0, 2.0]),
            "rag search": task(wall),
            "rag status": task([0.5, 0.5, 0.5]),
        }
    }


def test_ratios_are_of_rounds_and_told_to_reach_their_aim_or_not() -> None:
    (found,) = figures({"cold_start": _cold_start([1.2, 1.4, 4.0])})["cold_start"]
    assert found.values == (1.2, 1.4, 2.0)
    assert found.value == 1.4
    assert found.reached is True
    (missed,) = figures({"cold_start": _cold_start([1.6, 1.7, 3.6])})["cold_start"]
    assert missed.reached is False


def test_an_exponent_of_one_is_linear_growth() -> None:
    assert exponent(N, [n / 50 for n in N]) == pytest.approx(1.0)
    assert exponent(N, [n**1.5 for n in N]) == pytest.approx(1.5)


def test_a_bend_of_one_is_logarithmic_growth() -> None:
    from math import log

    assert bend(N, [3 + 2 * log(n) for n in N]) == pytest.approx(1.0)
    assert bend(N, [n / 1000 for n in N]) > 2.0
    assert bend(N, [2.0, 3.0, 3.0]) == 0.0
    assert bend(N, [2.0, 2.0, 3.0]) == float("inf")


def test_what_lacks_its_input_is_skipped_and_said_to_need_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = Inputs(tmp_path / "data", tmp_path / "cache", tmp_path / "out")
    outcomes = run_all(chosen(["peers", "retrieval", "llama"]), inputs)
    assert {outcome["status"] for outcome in outcomes.values()} == {"skipped"}
    said = capsys.readouterr().err
    assert "SKIPPED" in said
    assert "--data DIR" in said
    assert "--fetch" in said


def test_a_skipped_measurement_keeps_what_was_measured_before(tmp_path: Path) -> None:
    done = {"status": "done", "seconds": 60.0, "date": "2026-11-21", "commit": "a", "load": "0.1"}
    _kept(tmp_path / "runs.json", {"sync": done})
    runs = _kept(tmp_path / "runs.json", {"sync": {"status": "skipped", "needs": "x"}})
    assert runs["benches"]["sync"] == done


def test_the_page_says_what_was_measured_missed_and_not_measured(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "cold_start.json").write_text(json.dumps(_cold_start([2.0, 2.2, 4.2])), "utf-8")
    skipped = {"status": "skipped", "needs": "a compiler", "date": "", "commit": "", "load": ""}
    runs = {"machine": describe(), "benches": {"llama": skipped}}
    text = write(tmp_path, runs).read_text("utf-8")
    assert "| 2.1 × | 2 to 2.2 | 3 | ≤ 1.5 × | **no** |" in text
    assert "it needs a compiler" in text
    assert "| sync | | | | | not measured |" in text
    assert "- processor: " in text
    assert (tmp_path / "cold_start.svg").read_text("utf-8").startswith("<?xml")


def test_every_measurement_has_a_name_and_a_result_of_its_own() -> None:
    assert len({bench.result for bench in BENCHES}) == len(BENCHES)


def test_articles_are_pieces_of_the_sets_in_their_order(tmp_path: Path) -> None:
    for name in ("xquad_en", "qamr_wikinews", "chunkeval"):
        lines = [json.dumps({"text": f"{name} says a thing.\n" * 400}) for _ in range(2)]
        (tmp_path / f"{name}.docs.jsonl").write_text("\n".join(lines), "utf-8")
    folder = folder_of_articles(tmp_path, tmp_path / "cache", n_chars=20_000)
    texts = [path.read_text("utf-8") for path in sorted(folder.glob("*.txt"))]
    assert texts[0].startswith("xquad_en says")
    assert 15_000 < sum(map(len, texts)) < 32_000
    assert all(text.endswith(".\n") for text in texts)
