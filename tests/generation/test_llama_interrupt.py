"""Ctrl-C stops the model within a fraction of a second and breaks nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.generation.llama.backend import Backend, Placement
from rag.generation.llama.decode import TokenState
from rag.generation.llama.engine import LlamaEngine
from rag.generation.llama.interrupt import Interruptible
from tests.support.answers import FIRST, PASSAGES, passage
from tests.support.gguf import random_gguf, scripted_gguf

LONG = 20_000


@pytest.fixture(scope="module")
def long_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scripted_gguf(tmp_path_factory.mktemp("long") / "m.gguf", [FIRST], n_ctx=32_768)


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    opened = Backend(random_gguf(tmp_path / "m.gguf", n_ctx=4096), Placement(n_threads=1))
    yield opened
    opened.close()


def press_ctrl_c(after_s: float) -> threading.Timer:
    timer = threading.Timer(after_s, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    return timer


def test_ctrl_c_stops_a_long_prefill_and_the_engine_goes_on(
    long_path: Path, open_engine: Callable[..., LlamaEngine]
) -> None:
    engine = open_engine(long_path, n_ctx=32_768)
    long = [passage(1, "word " * (LONG // 5))]
    generation = engine.generate("Why?", long, ())
    timer = press_ctrl_c(after_s=0.3)
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        generation.next()
    assert time.monotonic() - started < 1.5
    timer.join()
    assert generation.usage.evaluated_tokens < generation.usage.prompt_tokens
    again = engine.generate("Why?", PASSAGES, ()).next()
    assert again is not None
    assert again.text == FIRST


def test_an_interrupted_answer_can_go_on(
    long_path: Path, open_engine: Callable[..., LlamaEngine]
) -> None:
    engine = open_engine(long_path, n_ctx=32_768)
    generation = engine.generate("Why?", [passage(1, "word " * 1000)], ())
    timer = press_ctrl_c(after_s=0.05)
    with pytest.raises(KeyboardInterrupt):
        generation.next()
    timer.join()
    found = generation.next()
    assert found is not None
    assert found.text == FIRST
    usage = generation.usage
    assert usage.evaluated_tokens <= usage.prompt_tokens + 512 + usage.answer_tokens


def test_only_the_outermost_block_raises() -> None:
    block = Interruptible()
    reached = []

    def nested() -> None:
        with block:
            with block:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)
            reached.append(block.requested)

    with pytest.raises(KeyboardInterrupt):
        nested()
    assert reached == [True]


def test_an_interrupt_is_forgotten_when_the_next_block_begins() -> None:
    block = Interruptible()
    block.requested = True
    with block:
        block.check()


def test_the_handler_that_was_there_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruptible():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_state_holds_what_was_asked_and_evaluates_only_the_rest(backend: Backend) -> None:
    state = TokenState(backend, 0)
    state.become([5, 6, 7, 8])
    state.become([5, 6, 9])
    assert (len(state), state.n_evaluated) == (3, 5)


def test_a_state_taken_back_gives_the_scores_of_a_fresh_one(backend: Backend) -> None:
    ids = [(7 * i) % 200 for i in range(700)]
    state, fresh = TokenState(backend, 0), TokenState(backend, 1)
    state.become(ids)
    state.become([*ids[:650], *range(50, 80)])
    state.become(ids[:660])
    fresh.become(ids[:650])
    fresh.become(ids[:660])
    state.become(ids[:650])
    reused = state.logits().copy()
    fresh.become(ids[:650])
    assert abs(reused - fresh.logits()).max() < 1e-2


def test_two_states_of_a_context_do_not_mix(backend: Backend) -> None:
    one, two = TokenState(backend, 0), TokenState(backend, 1)
    one.become([5, 6, 7])
    alone = one.logits().copy()
    two.become([90, 91, 92, 93])
    two.truncate(0)
    one.become([5, 6, 7])
    assert abs(one.logits() - alone).max() < 1e-2
