"""A meter hears how far a prompt is read and an answer written; an answer does not change by it."""

from __future__ import annotations

import pytest

from rag.errors import EngineError
from rag.generation.endpoint.address import Address
from rag.generation.endpoint.client import EndpointClient
from rag.generation.endpoint.engine import EndpointEngine
from rag.generation.llama.prefix_store import PrefixStore
from rag.protocols import Meter
from rag.types import Turn, Usage
from tests.support.answers import PASSAGES
from tests.support.servers import FalseServer, saying

QUESTION = "How many sizes has Llama 3?"


class Notebook:
    """Writes down what a meter is told."""

    def __init__(self) -> None:
        self.read: list[tuple[int, int]] = []
        self.written: list[int] = []

    def reading(self, n_done: int, n_all: int) -> None:
        self.read.append((n_done, n_all))

    def writing(self, n_tokens: int) -> None:
        self.written.append(n_tokens)


def answer(engine, *, quote: bool = False, n_retries: int = 0) -> tuple[list[str], Usage]:
    generation = engine.generate(QUESTION, PASSAGES, [], quote=quote)
    said = []
    while (draft := generation.next()) is not None:
        for _ in range(n_retries):
            draft = generation.retry() or draft
        said.append(draft.text)
        generation.accept(draft.text)
    generation.close()
    return said, generation.usage


def test_reading_is_told_in_steps_from_nothing_to_all(open_engine):
    notes: Meter = (kept := Notebook())
    engine = open_engine(meter=notes)
    _, usage = answer(engine)
    counts = [done for done, _ in kept.read]
    totals = {n_all for _, n_all in kept.read}
    assert totals == {usage.prompt_tokens}
    assert counts[0] == 0
    assert counts[-1] == usage.prompt_tokens
    assert counts == sorted(counts)
    assert len(set(counts)) > 2  # the rules, and what is behind them


def test_only_what_must_be_evaluated_counts(open_engine, tmp_path):
    store = PrefixStore(tmp_path, max_bytes=10**8)
    answer(open_engine(prefixes=store))
    notes = Notebook()
    _, usage = answer(open_engine(prefixes=store, meter=notes))
    (n_all,) = {n_all for _, n_all in notes.read}
    assert n_all < usage.prompt_tokens - 50  # the rules were kept
    assert n_all == usage.read_tokens


def test_a_prompt_that_is_held_is_not_read_again(open_engine):
    notes = Notebook()
    engine = open_engine(meter=notes)
    answer(engine)
    notes.read.clear()
    _, usage = answer(engine)
    assert notes.read == []
    assert usage.read_tokens == 1


def test_each_token_is_told_and_those_of_retries_too(open_engine):
    plain, again = Notebook(), Notebook()
    _, usage = answer(open_engine(meter=plain))
    assert plain.written == list(range(1, usage.written_tokens + 1))
    assert 0 < usage.answer_tokens <= usage.written_tokens
    _, dearer = answer(open_engine(meter=again), n_retries=1)
    assert again.written[-1] == dearer.written_tokens > usage.written_tokens
    assert dearer.retries > 0


def test_an_answer_is_the_same_with_a_meter_and_without(open_engine):
    for quote in (False, True):
        with_one = answer(open_engine(meter=Notebook()), quote=quote)[0]
        assert with_one == answer(open_engine(), quote=quote)[0]
        assert with_one


def test_quotations_are_told_too(open_engine):
    notes = Notebook()
    _, usage = answer(open_engine(meter=notes), quote=True)
    assert notes.written
    assert usage.written_tokens == notes.written[-1]


def test_a_follow_up_is_told_of_while_it_is_read(open_engine):
    notes = Notebook()
    engine = open_engine(meter=notes)
    engine.condense("And what sizes?", [Turn("What is Llama 3?", "A model.")])
    done, n_all = notes.read[-1]
    assert done == n_all > 0


def test_what_was_interrupted_is_not_counted_for_the_next_prompt(open_engine):
    notes = Notebook()
    engine = open_engine(meter=notes)
    state = engine._state
    state.become(list(range(5, 105)), n_behind=50)
    state.truncate(0)
    notes.read.clear()
    _, usage = answer(engine)
    assert notes.read[-1] == (usage.prompt_tokens, usage.prompt_tokens)


def test_the_first_token_is_timed_and_rates_follow(open_engine):
    _, usage = answer(open_engine())
    assert 0 < usage.first_token_s <= usage.first_sentence_s <= usage.seconds
    assert usage.writing_s > 0
    assert usage.reading_rate == usage.read_tokens / usage.first_token_s
    assert usage.writing_rate == (usage.written_tokens - 1) / usage.writing_s


def test_rates_that_are_not_known_are_zero():
    assert (Usage().reading_rate, Usage().writing_rate) == (0.0, 0.0)


def test_an_endpoint_tells_of_the_pieces_that_come(server: FalseServer):
    server.then(saying("It comes in two sizes [1].", "It is new [1]."))
    notes = Notebook()
    client = EndpointClient(Address.parse(server.url), timeout_s=5.0)
    said, usage = answer(EndpointEngine(client, meter=notes))
    assert said
    assert notes.read == []
    assert notes.written == list(range(1, len(notes.written) + 1))
    assert notes.written
    assert usage.first_token_s > 0


def test_a_meter_that_fails_is_an_error_of_the_answer(open_engine):
    class Broken(Notebook):
        def writing(self, n_tokens: int) -> None:
            raise ValueError("no display")

    with pytest.raises(EngineError, match="no display"):
        answer(open_engine(meter=Broken()))
