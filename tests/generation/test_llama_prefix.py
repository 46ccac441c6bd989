"""The rules of a prompt are evaluated once: what the next process takes from the disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import rag
from rag.generation.llama.engine import LlamaEngine
from rag.generation.llama.library import Library
from rag.generation.llama.prefix_store import PrefixStore
from rag.types import Turn, Usage
from tests.support.answers import PASSAGES, passage
from tests.support.gguf import random_gguf

QUESTION = "How many sizes has Llama 3?"
SCRIPT = """
import sys
from pathlib import Path
from rag.generation.llama.engine import LlamaEngine
from rag.generation.llama.prefix_store import PrefixStore
from tests.support.answers import PASSAGES
store = PrefixStore(Path(sys.argv[2]), max_bytes=10**9)
generation = LlamaEngine(sys.argv[1], n_threads=1, prefixes=store).generate("Why?", PASSAGES, ())
while generation.next():
    pass
print(generation.usage.prompt_tokens + generation.usage.answer_tokens
      - generation.usage.evaluated_tokens)
"""
OpenEngine = Callable[..., LlamaEngine]
Ask = Callable[..., tuple[list[int], Usage]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "states"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def ask(open_engine: OpenEngine, folder: Path, said: list[str]) -> Ask:
    """Asks a fresh engine, which keeps its states in ``folder``; every token it then holds, and
    what the answer cost."""

    def run(
        *model: Path, question: str = QUESTION, passages: Any = PASSAGES, **options: Any
    ) -> tuple[list[int], Usage]:
        store = PrefixStore(folder, max_bytes=10**8, detail=said.append)
        engine = open_engine(*model, **{"prefixes": store, **options})
        generation = engine.generate(question, passages, ())
        while generation.next():
            pass
        usage, found = generation.usage, list(engine._state._ids)
        engine.close()
        return found, usage

    return run


def saved(usage: Usage) -> int:
    """Tokens of a greedy answer that were not evaluated; the last one never is if it was cut."""
    n_saved = usage.prompt_tokens + usage.answer_tokens - usage.evaluated_tokens
    return n_saved if n_saved > 1 else 0


def test_the_second_engine_does_not_evaluate_the_rules(
    ask: Ask, folder: Path, said: list[str]
) -> None:
    assert saved(ask()[1]) == 0
    _, cost_again = ask(question="When was it released?", passages=PASSAGES[:1])
    assert saved(cost_again) > 100
    assert said[0].startswith(f"the state of {saved(cost_again)} tokens of rules is kept (")
    assert said[1] == f"the state of {saved(cost_again)} tokens of rules was kept: read"
    assert len(list(folder.iterdir())) == 1


def test_the_rules_of_quoting_are_kept_beside_those_of_answering(
    open_engine: OpenEngine, folder: Path
) -> None:
    def n_evaluated(*, quote: bool) -> int:
        engine = open_engine(prefixes=PrefixStore(folder, max_bytes=10**8))
        generation = engine.generate(QUESTION, PASSAGES, (), quote=quote)
        while generation.next():
            pass
        return generation.usage.evaluated_tokens

    first = n_evaluated(quote=True)
    assert n_evaluated(quote=False) > 300
    assert first - n_evaluated(quote=True) > 100
    assert len(list(folder.iterdir())) == 2


def test_answers_with_and_without_a_kept_state_are_the_same(ask: Ask, tmp_path: Path) -> None:
    path = random_gguf(tmp_path / "random.gguf", n_ctx=4096)
    plain, cost = ask(path, prefixes=None)
    cold, cost_cold = ask(path)
    warm, cost_warm = ask(path)
    assert plain == cold == warm
    assert saved(cost) == saved(cost_cold) == 0
    assert saved(cost_warm) > 100
    assert cost.answer_tokens == cost_cold.answer_tokens == cost_warm.answer_tokens


def test_another_process_takes_the_state_over(scripted_path: Path, folder: Path) -> None:
    root = str(Path(rag.__file__).parents[1])

    def run() -> int:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(scripted_path), str(folder)],
            env={**os.environ, "PYTHONPATH": root},
            capture_output=True,
            text=True,
            check=True,
        )
        return int(done.stdout)

    assert (run(), run() > 100) == (0, True)


def test_what_is_kept_says_nothing_of_questions_and_articles(
    ask: Ask, open_engine: OpenEngine, folder: Path
) -> None:
    ask(question="Is the SECRET safe?", passages=[passage(3, "SECRET number 12345.")])
    ask(question="? Why", passages=[passage(1, "(none) but this.")])
    (path,) = folder.iterdir()
    assert b"SECRET" not in path.read_bytes()
    n_ids = int.from_bytes(path.read_bytes()[83:87], "little")
    packed = path.read_bytes()[87 : 87 + 4 * n_ids]
    ids = [int.from_bytes(packed[i : i + 4], "little") for i in range(0, len(packed), 4)]
    text = open_engine()._vocabulary.decode(ids)
    assert text.endswith("Passages:\n\n")
    assert "SECRET" not in text


def test_a_damaged_file_is_computed_again_and_replaced(
    ask: Ask, folder: Path, said: list[str]
) -> None:
    ask()
    path = next(folder.iterdir())
    before = path.read_bytes()
    path.write_bytes(before[:-9] + b"x" + before[-8:])
    assert saved(ask()[1]) == 0
    assert "the kept state of the rules is damaged: it is computed again" in said
    assert path.read_bytes() == before
    assert saved(ask()[1]) > 100


def test_a_state_that_the_context_refuses_is_computed_again(
    ask: Ask, folder: Path, said: list[str]
) -> None:
    ask()
    path = next(folder.iterdir())
    store = PrefixStore(folder, max_bytes=10**8)
    data = path.read_bytes()
    ids = [
        int.from_bytes(data[i : i + 4], "little")
        for i in range(87, 87 + 4 * int.from_bytes(data[83:87], "little"), 4)
    ]
    state = store.load(path.stem, ids)
    assert state is not None
    store.save(path.stem, ids, state[:-100])  # a right checksum over a state that is cut
    assert saved(ask()[1]) == 0
    assert "the kept state of the rules does not fit: it is computed again" in said
    assert saved(ask()[1]) > 100


def test_other_weights_of_the_same_shape_get_a_state_of_their_own(
    ask: Ask, tmp_path: Path, folder: Path
) -> None:
    one = random_gguf(tmp_path / "one.gguf", seed=1)
    two = random_gguf(tmp_path / "two.gguf", seed=2)
    right, _ = ask(two, prefixes=None)
    ask(one)
    found, cost = ask(two)
    assert (found, saved(cost)) == (right, 0)
    assert len(list(folder.iterdir())) == 2


def test_another_number_format_gets_a_state_of_its_own(
    ask: Ask, tmp_path: Path, folder: Path
) -> None:
    path = random_gguf(tmp_path / "m.gguf", n_embd=64)
    for kv_type in ("f16", "bf16", "q8_0", "q4_0"):
        assert saved(ask(path, kv_type=kv_type)[1]) == 0
        assert saved(ask(path, kv_type=kv_type)[1]) > 100
    assert len(list(folder.iterdir())) == 4


def test_another_build_of_the_library_gets_a_state_of_its_own(
    ask: Ask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask()
    # There is one build here: another can only be pretended.
    monkeypatch.setattr(Library, "build", lambda self: "another")
    assert saved(ask()[1]) == 0
    assert len(list(folder.iterdir())) == 2


def test_the_length_of_the_context_does_not_matter(ask: Ask) -> None:
    ask(n_ctx=2048)
    assert saved(ask(n_ctx=1536)[1]) > 100


class InterruptedStore(PrefixStore):
    """A store in whose ``load`` or ``save`` somebody presses Ctrl-C."""

    def __init__(self, folder: Path, where: str) -> None:
        super().__init__(folder, max_bytes=10**8)
        self.where = where

    def load(self, key: str, ids: Sequence[int]) -> bytearray | None:
        self._press("load")
        return super().load(key, ids)

    def save(self, key: str, ids: Sequence[int], state: bytes | bytearray) -> bool:
        self._press("save")
        return super().save(key, ids, state)

    def _press(self, where: str) -> None:
        if where == self.where:
            self.where = ""
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(("where", "n_files"), [("load", 0), ("save", 1)])
def test_ctrl_c_around_the_rules_leaves_a_whole_file_or_none(
    where: str, n_files: int, open_engine: OpenEngine, folder: Path, ask: Ask
) -> None:
    generation = open_engine(prefixes=InterruptedStore(folder, where)).generate(
        "Why?", PASSAGES, ()
    )
    with pytest.raises(KeyboardInterrupt):
        generation.next()
    assert len(list(folder.glob("*"))) == n_files
    assert generation.next() is not None
    usage = generation.usage
    assert usage.evaluated_tokens <= usage.prompt_tokens + usage.answer_tokens
    assert saved(ask()[1]) > 100


def test_condensing_keeps_the_state_of_its_own_rules(open_engine: OpenEngine, folder: Path) -> None:
    history = [Turn("What is Llama 3?", "It is a model [1].")]
    store = PrefixStore(folder, max_bytes=10**8)

    def cost(engine: LlamaEngine) -> int:
        before = engine._side_state.n_evaluated
        engine.condense("What sizes does it have?", history)
        return engine._side_state.n_evaluated - before

    engine = open_engine(prefixes=store)
    first, second = cost(engine), cost(engine)
    assert first - second > 100
    assert cost(open_engine(prefixes=store)) == second


def test_condensing_gives_way_where_the_context_is_full(open_engine: OpenEngine) -> None:
    engine = open_engine(n_ctx=1536, max_answer_tokens=64)
    engine.condense("What sizes does it have?", [Turn("What is Llama 3?", "It is a model [1].")])
    many = [passage(n, "So it is said here. " * 5) for n in range(1, 30)]
    n_fit = engine.fit(QUESTION, many, ())
    generation = engine.generate(QUESTION, many[:n_fit], ())
    assert generation.next() is not None
    assert len(engine._state) + len(engine._side_state) <= engine.n_ctx
