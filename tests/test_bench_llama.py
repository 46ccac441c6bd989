"""The bench of the Llama engine measures what it says (its figures are no test's business)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.figures import Figure
from bench.llama.costs import ANSWER, OTHER_WORDING, retry_costs
from bench.llama.first import SENTENCE, first_sentence_s
from bench.llama.report import Report
from bench.llama.reuse import FIRST
from bench.llama.rig import Dictation, Rig, passages
from bench.llama.speed import GREEDY
from bench.machine import forget_thread_settings
from bench.shapes import SHAPES
from rag.assistant.drafting import Drafting
from rag.assistant.policy import Policy
from rag.generation.llama.writing import SentenceWriter
from rag.grounding.check import SentenceChecker
from rag.grounding.lexical import LexicalVerifier
from tests.support.gguf import random_gguf


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        rig = Rig.load(str(random_gguf(folder / "random.gguf", n_ctx=4096)))
        yield rig
        rig.engine.close()


def test_a_dictated_answer_is_decoded_by_the_real_loop(rig: Rig) -> None:
    rule = Dictation(rig, [" ".join(ANSWER)])
    before = rig.state.n_evaluated
    writer = SentenceWriter(rig.state, rig.vocabulary, rule, prompt=rig.ids[:10], n_most=2000)
    found = []
    while (written := writer.write(GREEDY, salt=0)) is not None:
        found.append(written.text)
        writer.commit(written)
    assert tuple(found) == ANSWER
    assert rig.state.n_evaluated - before >= len(rig.vocabulary.encode(" ".join(ANSWER)))


def test_a_retry_evaluates_little_more_than_its_sentence(rig: Rig) -> None:
    tokens, share, _ = retry_costs(rig, rounds=1, n_most=2000)
    n_sentence = len(rig.vocabulary.encode(" " + OTHER_WORDING))
    assert n_sentence <= tokens.value <= n_sentence + 4
    assert share.value < 0.2


def test_the_time_to_the_first_scores_ends_there(rig: Rig) -> None:
    rig.state.truncate(0)
    offered = passages(rig.vocabulary, 2)
    before = rig.state.n_evaluated
    rig.seconds_to_scores(lambda: rig.engine.generate("Who?", offered, []).next())
    assert rig.state.n_evaluated - before == len(rig.state)


def test_the_first_sentence_is_read_dictated_and_checked(rig: Rig) -> None:
    drafting = Drafting(SentenceChecker(LexicalVerifier()), Policy())
    offered = passages(rig.vocabulary, 2)
    before = rig.state.n_evaluated
    assert first_sentence_s(rig, drafting, offered) > 0.0
    n_prompt = rig.engine.written_prompt(FIRST, offered, ()).n_tokens
    n_sentence = len(rig.vocabulary.encode(SENTENCE))
    assert n_prompt + n_sentence <= rig.state.n_evaluated - before <= n_prompt + n_sentence + 4


def test_a_first_sentence_that_fails_is_not_timed(rig: Rig) -> None:
    drafting = Drafting(SentenceChecker(LexicalVerifier(threshold=2.0)), Policy(retries=0))
    with pytest.raises(RuntimeError, match="another sentence came, or it failed"):
        first_sentence_s(rig, drafting, passages(rig.vocabulary, 2))


def test_thread_settings_of_the_shell_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    monkeypatch.setenv("KMP_BLOCKTIME", "0")
    forget_thread_settings()
    assert not {"OMP_WAIT_POLICY", "KMP_BLOCKTIME"}.intersection(os.environ)


def test_what_decodes_nothing_has_no_first_scores(rig: Rig) -> None:
    with pytest.raises(RuntimeError, match="nothing was to be decoded"):
        rig.seconds_to_scores(lambda: None)


def test_shapes_have_the_number_of_weights_of_their_models() -> None:
    n_weights = {
        size: sum(
            rows * (columns[0] if columns else 1)
            for rows, *columns in shape.tensor_shapes(128_256).values()
        )
        for size, shape in SHAPES.items()
    }
    assert n_weights == {"1b": 1_235_814_432, "3b": 3_212_749_888, "8b": 8_030_261_312}


@pytest.mark.parametrize(
    ("values", "least", "reached"),
    [((0.9, 0.96, 1.2), True, True), ((0.9, 0.94), True, False), ((0.9, 0.94), False, True)],
)
def test_an_aim_is_judged_by_the_median(
    values: tuple[float, ...], least: bool, reached: bool
) -> None:
    assert Figure("speed", values, aim=0.95, least=least).reached is reached


def test_the_page_says_which_aim_was_missed_and_keeps_every_value(tmp_path: Path) -> None:
    report = Report({"processor": "one"}, {"model": "two"})
    report.add("Speed", [Figure("reading", (0.5, 0.7, 0.9), aim=0.95), Figure("tokens", (3.0,))])
    report.write(tmp_path / "out.json")
    page = (tmp_path / "out.md").read_text("utf-8")
    assert "| reading | 0.7 | 0.5 to 0.9 | 3 | ≥ 0.95 | **no** |" in page
    assert "| tokens | 3 |  | 1 |" in page
    kept = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert kept["sections"]["Speed"][0]["values"] == [0.5, 0.7, 0.9]
