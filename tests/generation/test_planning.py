"""A plan needs a model's vocabulary, not its weights, and plans what the engine does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.errors import ContextOverflow, EngineError, ModelError
from rag.generation.endpoint.address import Address
from rag.generation.endpoint.client import EndpointClient
from rag.generation.endpoint.engine import EndpointEngine
from rag.generation.llama.planning import LlamaPlanner
from rag.models.files import ModelFile, resolve
from rag.protocols import Engine, PromptWriter
from rag.types import Turn
from tests.support.answers import PASSAGES, passage
from tests.support.gguf import scripted_gguf
from tests.support.servers import FalseServer

QUESTION = "How many sizes has Llama 3?"


@pytest.fixture
def model(scripted_path) -> ModelFile:
    return resolve(str(scripted_path))


@pytest.fixture
def planner(model) -> Iterator[LlamaPlanner]:
    planner = LlamaPlanner(model)
    yield planner
    planner.close()
    planner.close()


def test_it_is_an_engine_that_can_show_its_prompt(planner, open_engine):
    for engine in (planner, open_engine()):
        assert isinstance(engine, Engine)
        assert isinstance(engine, PromptWriter)


@pytest.mark.parametrize("quote", [False, True])
def test_it_plans_the_prompt_that_the_engine_evaluates(planner, open_engine, quote):
    history = [Turn("What is Llama 3?", "A model.")]
    engine = open_engine()
    planned = planner.written_prompt(QUESTION, PASSAGES, history, quote=quote)
    assert planned == engine.written_prompt(QUESTION, PASSAGES, history, quote=quote)
    generation = engine.generate(QUESTION, PASSAGES, history, quote=quote)
    generation.next()
    assert planned.n_tokens == generation.usage.prompt_tokens
    assert not planned.is_estimate


@pytest.mark.parametrize("n_ctx", [0, 600, 1024, 1300, 99_999])
def test_it_knows_the_context_that_the_engine_would_have(tmp_path, open_engine, n_ctx):
    path = scripted_gguf(tmp_path / "small.gguf", ["It is so [1]."], n_ctx=4096)
    planner = LlamaPlanner(resolve(str(path)), n_ctx=n_ctx)
    assert planner.n_ctx == open_engine(path, n_ctx=n_ctx).n_ctx
    planner.close()


def test_it_finds_the_same_passages_to_fit(model, open_engine):
    offered = [passage(n, "A sentence about llamas of all sizes. " * 12) for n in range(1, 9)]
    planner, engine = LlamaPlanner(model, n_ctx=3072), open_engine(n_ctx=3072)
    n_fit = planner.fit(QUESTION, offered, [])
    assert 0 < n_fit < 8
    assert n_fit == engine.fit(QUESTION, offered, [])
    with pytest.raises(ContextOverflow, match="the question with 8 passages"):
        planner.written_prompt(QUESTION, offered, [])
    planner.close()


def test_control_tokens_are_told_from_text_that_looks_like_one(planner):
    history = [Turn("What is that?", "It is <|eot_id|> or so.")]
    prompt = planner.written_prompt("Is <|begin_of_text|> one?", PASSAGES, history)
    controls = [part.text for part in prompt.parts if part.is_control]
    assert controls.count("<|begin_of_text|>") == 1
    assert controls.count("<|eot_id|>") == 2
    text = "".join(part.text for part in prompt.parts if not part.is_control)
    assert "It is <|eot_id|> or so." in text
    assert "Is <|begin_of_text|> one?" in text


def test_it_never_writes(planner):
    with pytest.raises(EngineError, match="only plans"):
        planner.generate(QUESTION, PASSAGES, [])
    assert planner.condense(QUESTION, [Turn("Who?", "Nobody.")]) is None


def test_what_is_no_model_is_refused_as_by_the_engine(tmp_path):
    path = tmp_path / "none.gguf"
    path.write_bytes(b"GGUF, but nothing else")
    with pytest.raises(ModelError, match=r"none\.gguf is"):
        LlamaPlanner(ModelFile(path, "0", "none", pinned=False))


def test_nothing_may_be_tokenised_behind_the_end(model):
    planner = LlamaPlanner(model)
    planner.close()
    with pytest.raises(EngineError, match="was closed"):
        planner.written_prompt(QUESTION, PASSAGES, [])


def test_the_messages_for_a_server_are_shown_with_an_estimate(server: FalseServer):
    engine = EndpointEngine(EndpointClient(Address.parse(server.url), timeout_s=5.0))
    prompt = engine.written_prompt(QUESTION, PASSAGES, [])
    assert [part.text for part in prompt.parts if part.is_control] == ["system", "user"]
    assert QUESTION in prompt.parts[-1].text
    assert prompt.is_estimate
    assert 0 < prompt.n_tokens <= prompt.n_room
    assert server.chats == []
