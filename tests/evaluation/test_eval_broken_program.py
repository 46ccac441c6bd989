"""The gate on the real program and real articles: whole it holds, each part broken it fails."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import rag.cli.eval.run
from rag import wiring
from rag.cli.app import main
from rag.grounding.answerability import Answerability, Decision
from rag.resources import data_dir
from rag.retrieval.hybrid import HybridRetriever
from rag.types import Hit, Support

ARTICLES = ("llama-community-licence.md", "the-leak-that-made-llama-famous.md")
N_EACH = 4
SUITE = """
name = "small"
articles = ["articles"]
cases = ["cases.jsonl"]
[baseline]
file = "baseline.json"
"""
Run = Callable[..., int]


@dataclass(frozen=True)
class Judges:
    """A verifier that has made up its mind."""

    score: float
    name: str = "stubborn"
    threshold: float = 0.5

    def verify(self, claim: str, evidence: Sequence[str], *, least: float = 0.0) -> Support:
        return Support(score=self.score)


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small suite of the real articles and cases, its index, and its baseline by the program as
    it is."""
    folder = tmp_path_factory.mktemp("suite")
    (folder / "articles").mkdir()
    for name in ARTICLES:
        shutil.copy(data_dir("seeds") / name, folder / "articles")
    (folder / "cases.jsonl").write_text("".join(_cases()), encoding="utf-8")
    (folder / "suite.toml").write_text(SUITE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAG_CONFIG", "/dev/null")
        # The real place is in the checkout: a test must not leave runs there.
        patch.setattr(rag.cli.eval.run, "runs_dir", lambda: folder / "runs")
        assert _run(folder, "--write-baseline") == 0
        yield folder


def _cases() -> Iterator[str]:
    """The first answerable cases of these articles alone, and questions about something else."""
    lines = [
        line
        for path in sorted((data_dir("eval") / "cases").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
    ]
    records = [(line, json.loads(line)) for line in lines]
    inside = [
        line
        for line, record in records
        if record["kind"] == "answerable"
        and {Path(gold["document"]).name for gold in record["gold"]} <= set(ARTICLES)
    ]
    outside = [line for line, record in records if record.get("tags") == ["off_topic"]]
    yield from (*inside[:N_EACH], *outside[:N_EACH])


def _run(folder: Path, *options: str) -> int:
    fixed = ["--suite", str(folder / "suite.toml"), "--index", str(folder / "index")]
    quick = ["--engine", "extractive", "--passages", "3", "-q"]
    return main(["eval", *fixed, *quick, *options])


def finds_nothing(self: HybridRetriever, query: str, k: int) -> list[Hit]:
    return []


def answers_everything(self: Answerability, *arguments: object, **more: object) -> Decision:
    return Decision(answerable=True, probability=1.0, reason="")


def refuses_everything(self: Answerability, *arguments: object, **more: object) -> Decision:
    return Decision(answerable=False, probability=0.0, reason="No.")


def test_the_program_as_it_is_passes_its_own_gate(suite, capsys):
    assert _run(suite, "--gate") == 0
    assert "gate holds  baseline of" in capsys.readouterr().out


# What is tried is that the gate sees a broken program: the real one is not broken at will.


def test_a_retriever_that_finds_nothing_fails_the_gate(suite, capsys, monkeypatch):
    monkeypatch.setattr(HybridRetriever, "retrieve", finds_nothing)
    assert _run(suite, "--gate") == 4
    assert "gate FAILS  answerable recall@5 fell from" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("score", "measure"), [(1.0, "verifier_rejects"), (0.0, "verifier_accepts")]
)
def test_a_verifier_that_says_the_same_to_everything_fails_the_gate(
    suite, capsys, monkeypatch, score, measure
):
    monkeypatch.setattr(wiring, "open_verifier", lambda *arguments: Judges(score))
    assert _run(suite, "--gate") == 4
    assert f"gate FAILS  answerable {measure} fell from" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("decide", "kind"),
    [(answers_everything, "unanswerable"), (refuses_everything, "answerable")],
)
def test_a_refusal_that_does_not_look_fails_the_gate(suite, capsys, monkeypatch, decide, kind):
    monkeypatch.setattr(Answerability, "decide", decide)
    assert _run(suite, "--gate") == 4
    assert f"gate FAILS  {kind} passed fell from" in capsys.readouterr().out
