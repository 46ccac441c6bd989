"""The llama engine from question to sentences, on a file that speaks a script."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.errors import ContextOverflow
from rag.generation.llama.engine import LlamaEngine
from rag.generation.llama.generation import LlamaGeneration
from rag.protocols import Engine
from rag.types import Turn
from tests.support.answers import FIRST, LAST, PASSAGES, RIGHT, WRONG, passage
from tests.support.gguf import random_gguf, scripted_gguf, sha256_of

OpenEngine = Callable[..., LlamaEngine]
QUESTION = "How many sizes has Llama 3?"


def all_of(generation: LlamaGeneration) -> list[str]:
    found = []
    while draft := generation.next():
        found.append(draft.text)
    return found


def test_a_scripted_answer_comes_sentence_by_sentence(open_engine: OpenEngine) -> None:
    generation = open_engine().generate(QUESTION, PASSAGES, ())
    assert all_of(generation) == [FIRST, WRONG, LAST]
    assert generation.next() is None


def test_the_engine_fulfils_its_protocol(open_engine: OpenEngine, scripted_path: Path) -> None:
    engine = open_engine()
    assert isinstance(engine, Engine)
    assert (engine.name, engine.model_sha256) == ("llama", sha256_of(scripted_path))


def test_nothing_is_evaluated_before_the_first_sentence(open_engine: OpenEngine) -> None:
    generation = open_engine().generate(QUESTION, PASSAGES, ())
    assert generation.usage.evaluated_tokens == 0
    assert generation.usage.prompt_tokens > 100


def test_each_token_of_an_answer_is_evaluated_once(open_engine: OpenEngine) -> None:
    generation = open_engine().generate(QUESTION, PASSAGES, ())
    all_of(generation)
    usage = generation.usage
    assert usage.evaluated_tokens == usage.prompt_tokens + usage.answer_tokens
    assert usage.first_sentence_s <= usage.seconds


def test_a_retry_gives_another_version_and_costs_that_sentence_only(
    open_engine: OpenEngine,
) -> None:
    generation = open_engine(max_retries=8).generate(QUESTION, PASSAGES, ())
    generation.next()
    assert generation.next() is not None
    before = generation.usage
    again = generation.retry()
    assert again is not None
    assert again.text == RIGHT
    spent = generation.usage.evaluated_tokens - before.evaluated_tokens
    n_tries = generation.usage.retries
    # a sentence has at most 8 tokens; the one before it is evaluated again, the next one begun
    assert spent <= n_tries * 10
    assert spent < before.prompt_tokens // 5
    generation.accept(again.text)
    assert all_of(generation) == [LAST]


def test_retries_are_bounded(open_engine: OpenEngine) -> None:
    generation = open_engine(max_retries=2).generate(QUESTION, PASSAGES, ())
    assert generation.next() is not None
    assert generation.retry() is None  # the first sentence has one version only
    assert generation.usage.retries == 2
    assert generation.retry() is None
    assert generation.usage.retries == 2


def test_after_vain_retries_the_answer_goes_on(open_engine: OpenEngine) -> None:
    generation = open_engine(max_retries=2).generate(QUESTION, PASSAGES, ())
    generation.next()
    assert generation.retry() is None
    generation.accept(FIRST)
    assert all_of(generation) == [WRONG, LAST]


def test_a_retry_before_the_first_sentence_gives_nothing(open_engine: OpenEngine) -> None:
    assert open_engine().generate(QUESTION, PASSAGES, ()).retry() is None


def test_a_dropped_sentence_is_not_said_again(open_engine: OpenEngine) -> None:
    generation = open_engine().generate(QUESTION, PASSAGES, ())
    generation.next()
    generation.accept("")
    assert all_of(generation) == [WRONG, LAST]


def test_an_accepted_repair_takes_the_place_of_the_sentence(tmp_path: Path) -> None:
    # After a repair the text was read by the tokenizer and ends in a plain full stop.
    path = scripted_gguf(tmp_path / "m.gguf", [FIRST, LAST], after={".": ["So it goes on [2]."]})
    engine = LlamaEngine(path, n_threads=1)
    generation = engine.generate(QUESTION, PASSAGES, ())
    assert generation.next() is not None
    before = generation.usage.evaluated_tokens
    generation.accept("Llama 3 comes in two sizes [2].")
    assert all_of(generation) == ["So it goes on [2]."]
    assert generation.usage.evaluated_tokens - before < 60
    engine.close()


def test_sampling_repeats_with_its_seed(open_engine: OpenEngine, tmp_path: Path) -> None:
    path = random_gguf(tmp_path / "random.gguf")

    def said(seed: int) -> list[str]:
        engine = open_engine(path, temperature=1.0, seed=seed, max_answer_tokens=60)
        generation = engine.generate(QUESTION, PASSAGES, ())
        return [*all_of(generation), str(generation.usage.answer_tokens)]

    assert said(1) == said(1)


def test_a_repeated_sentence_ends_the_answer(tmp_path: Path, open_engine: OpenEngine) -> None:
    path = scripted_gguf(tmp_path / "m.gguf", [FIRST, "Llama 3 comes in two sizes [2].", LAST])
    assert all_of(open_engine(path).generate(QUESTION, PASSAGES, ())) == [FIRST]


def test_the_answer_bound_leaves_a_cut_sentence_out(open_engine: OpenEngine) -> None:
    generation = open_engine(max_answer_tokens=9).generate(QUESTION, PASSAGES, ())
    assert all_of(generation) == [FIRST]
    assert generation.usage.answer_tokens <= 9


def test_a_closed_generation_says_nothing(open_engine: OpenEngine) -> None:
    generation = open_engine().generate(QUESTION, PASSAGES, ())
    generation.close()
    generation.close()
    assert generation.next() is None
    assert generation.retry() is None


def test_a_second_question_over_the_same_passages_costs_its_own_tokens(
    open_engine: OpenEngine,
) -> None:
    engine = open_engine()
    first = engine.generate(QUESTION, PASSAGES, ())
    all_of(first)
    second = engine.generate("When was it released?", PASSAGES, ())
    all_of(second)
    assert second.usage.prompt_tokens > 5 * 120
    assert second.usage.evaluated_tokens < 200


def test_condensing_leaves_the_state_of_the_passages_alone(open_engine: OpenEngine) -> None:
    engine = open_engine()
    history = [Turn("What is Llama 3?", "It is a model [1].")]
    all_of(engine.generate(QUESTION, PASSAGES, ()))
    assert engine.condense("What sizes does it have?", history) == "What sizes does Llama 3 have?"
    again = engine.generate(QUESTION, PASSAGES, ())
    all_of(again)
    assert again.usage.evaluated_tokens < 30


def test_two_generations_of_one_engine_do_not_disturb_each_other(open_engine: OpenEngine) -> None:
    engine = open_engine()
    one = engine.generate(QUESTION, PASSAGES, ())
    two = engine.generate("When?", PASSAGES[:1], ())
    assert [x.text for x in (one.next(), two.next(), one.next()) if x] == [FIRST, FIRST, WRONG]


def test_a_first_question_is_not_condensed(open_engine: OpenEngine) -> None:
    assert open_engine().condense("What of it?", ()) == "What of it?"


@pytest.mark.parametrize("nonsense", ["Pineapples grow on trees.", "In 1999 what sizes?", ""])
def test_a_senseless_condensed_question_is_not_used(
    nonsense: str, tmp_path: Path, open_engine: OpenEngine
) -> None:
    path = scripted_gguf(
        tmp_path / "m.gguf", [FIRST], after={":": [nonsense]} if nonsense else None
    )
    history = [Turn("What is Llama 3?", "It is a model.")]
    assert open_engine(path).condense("What sizes?", history) == "What sizes?"


def test_as_many_passages_fit_as_the_prompt_really_takes(open_engine: OpenEngine) -> None:
    engine = open_engine(n_ctx=2048)
    many = [passage(n, f"Sentence {n} has a few words in it." * 4) for n in range(1, 30)]
    n_fit = engine.fit(QUESTION, many, ())
    assert 0 < n_fit < len(many)
    assert engine.generate(QUESTION, many[:n_fit], ()).next() is not None
    with pytest.raises(ContextOverflow, match=r"the question with 29 passages takes"):
        engine.generate(QUESTION, many, ())


@pytest.mark.parametrize("length", [3_000, 3_000_000])
def test_a_question_that_does_not_fit_is_an_error(length: int, open_engine: OpenEngine) -> None:
    engine = open_engine()
    with pytest.raises(
        ContextOverflow, match=r"the question with the rules takes [\d,]+ (tokens|characters)"
    ):
        engine.fit("why? " * length, PASSAGES, ())


def test_history_gives_way_to_passages(open_engine: OpenEngine) -> None:
    history = [Turn("Why? " * 80, "Because. " * 80) for _ in range(5)]
    engine = open_engine()
    assert engine.fit(QUESTION, PASSAGES, history) == 2
    assert engine.generate(QUESTION, PASSAGES, history).next() is not None


def test_a_gpu_that_was_asked_for_in_vain_is_said(open_engine: OpenEngine) -> None:
    import llama_cpp

    if llama_cpp.llama_supports_gpu_offload():
        pytest.skip("this build has GPU support")
    said: list[str] = []
    open_engine(gpu_layers="10", notice=said.append)
    assert said == [
        "10 layers were asked for on the GPU, but this build of llama.cpp has no GPU support: "
        "everything runs on the CPU"
    ]
    open_engine(gpu_layers="auto", notice=said.append)
    assert len(said) == 1


def test_the_library_logs_nothing_to_the_terminal(
    open_engine: OpenEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    all_of(open_engine(n_ctx=1500).generate("Why?", (), ()))
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
