"""Files that are no usable model give an error with the reason, and the process lives."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.errors import EngineError, ModelError
from rag.generation.llama.backend import Backend, Placement
from rag.generation.llama.decode import TokenState
from rag.generation.llama.diagnostics import describe, describe_model
from rag.generation.llama.engine import LlamaEngine
from rag.generation.llama.machine import choose_context, physical_cores
from rag.generation.llama.running import KV_TYPES, Running, layers_on_gpu
from rag.models.files import ModelFile
from rag.types import Turn
from tests.support.answers import FIRST, PASSAGES
from tests.support.gguf import random_gguf, scripted_gguf


def pinned(path: Path) -> ModelFile:
    """The file as if it were one of the catalogue: no trial, straight to llama.cpp."""
    return ModelFile(path, "0" * 64, path.name, pinned=True)


def test_a_file_cut_in_its_weights_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = random_gguf(tmp_path / "m.gguf")
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(ModelError, match="not within the file bounds, model is corrupted"):
        LlamaEngine(path)
    with pytest.raises(ModelError, match=r"cannot load .*not within the file bounds"):
        LlamaEngine(pinned(path))


@pytest.mark.parametrize(
    "metadata", [{"block_count": 2**31}, {"block_count": 0}, {"rms_eps": -1.0}]
)
def test_values_that_would_end_the_process_are_refused(
    metadata: dict[str, float], tmp_path: Path
) -> None:
    path = random_gguf(tmp_path / "m.gguf", metadata=metadata)
    with pytest.raises(ModelError, match=r"is damaged: llama\.\S+ = "):
        LlamaEngine(path)


def test_weights_that_are_no_numbers_end_the_answer(tmp_path: Path) -> None:
    path = scripted_gguf(tmp_path / "m.gguf", ["Two sizes [1]."])
    data = path.read_bytes()
    size = len(data) // 3
    path.write_bytes(data[:-size] + b"\xff\x7f" * (size // 2) + b"\0" * (size % 2))
    engine = LlamaEngine(pinned(path), n_threads=1)
    with pytest.raises(EngineError, match="the model gives no numbers"):
        engine.generate("How many?", PASSAGES, ()).next()
    engine.close()


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model file at .*none\.gguf"):
        LlamaEngine(tmp_path / "none.gguf")


def test_closing_twice_is_harmless(open_engine: Callable[..., LlamaEngine]) -> None:
    engine = open_engine()
    engine.close()
    engine.close()


def test_a_closed_engine_refuses_to_work(open_engine: Callable[..., LlamaEngine]) -> None:
    engine = open_engine()
    begun = engine.generate("Why?", PASSAGES, ())
    engine.close()
    with pytest.raises(EngineError, match="the model was closed"):
        begun.next()
    with pytest.raises(EngineError, match="the model was closed"):
        engine.generate("Why?", PASSAGES, ())
    with pytest.raises(EngineError, match="the model was closed"):
        engine.condense("Why?", [Turn("What?", "That.")])


def test_a_context_beyond_the_models_is_said(open_engine: Callable[..., LlamaEngine]) -> None:
    said: list[str] = []
    assert open_engine(n_ctx=5000, notice=said.append).n_ctx == 2048
    assert said == ["a context of 5,000 tokens was asked for; the model was made for 2,048"]


def test_an_engine_works_in_a_thread_that_cannot_handle_signals(
    open_engine: Callable[..., LlamaEngine],
) -> None:
    with ThreadPoolExecutor(1) as pool:
        engine = pool.submit(open_engine).result()
        first = pool.submit(engine.generate("Why?", PASSAGES, ()).next).result()
    assert first is not None
    assert first.text == FIRST


def test_the_library_describes_itself() -> None:
    facts = describe()
    assert facts["version"][0].isdigit()
    assert facts["features"]["CPU"]
    assert isinstance(facts["gpu_offload"], bool)
    assert [device["name"] for device in facts["devices"]]


def test_a_model_is_described(scripted_path: Path) -> None:
    facts = describe_model(str(scripted_path), placement=Placement(n_threads=1))
    assert facts["calls_itself"] == "tiny test model"
    assert facts["trained_context"] == facts["context"] == 2048
    assert not facts["pinned"]
    assert facts["running"] == (
        "all 2 layers on the CPU; context of 2,048 tokens in f16, flash attention on, 1 thread"
    )
    assert "running" not in describe_model(str(scripted_path))


def test_flash_attention_is_on(scripted_path: Path) -> None:
    backend = Backend(scripted_path, Placement(n_threads=1))
    backend.close()
    assert backend.running.flash_attention


def test_layers_are_counted_from_the_librarys_own_lines_only() -> None:
    log = [
        "print_info: general.name = load_tensors: offloaded 9/9 layers to GPU",
        "load_tensors: offloaded 12/17 layers to GPU",
    ]
    assert layers_on_gpu(log) == 12
    assert layers_on_gpu(log[:1]) == 0
    running = Running(17, 12, 8192, 2, "f16", True)
    assert str(running).startswith("12 of 17 layers on the GPU, 5 on the CPU; ")


@pytest.mark.parametrize("kv_type", ["bf16", "q8_0", "q4_0"])
def test_other_number_formats_of_the_memory_work(
    kv_type: str, tmp_path: Path, open_engine: Callable[..., LlamaEngine]
) -> None:
    path = random_gguf(tmp_path / "m.gguf", n_embd=64)
    engine = open_engine(path, kv_type=kv_type, max_answer_tokens=20)
    generation = engine.generate("Why?", PASSAGES, ())
    generation.next()
    assert generation.usage.answer_tokens > 1
    assert f"in {kv_type}, flash attention on" in str(engine.running)


def test_a_number_format_that_the_model_cannot_have_is_an_error(
    tmp_path: Path, open_engine: Callable[..., LlamaEngine]
) -> None:
    path = random_gguf(tmp_path / "m.gguf")  # heads of 16 values: q8_0 wants 32 at a time
    with pytest.raises(ModelError, match=r"context of 2048 tokens in q8_0 .*does not divide") as e:
        open_engine(path, kv_type="q8_0")
    assert "RAG_KV_TYPE=f16" in e.value.hint


def test_what_a_token_costs_in_memory_is_what_the_library_takes(tmp_path: Path) -> None:
    path = random_gguf(tmp_path / "m.gguf", n_embd=64)
    for name, kind in KV_TYPES.items():
        backend = Backend(path, Placement(n_threads=1, kv_type=name))
        state = TokenState(backend, 0)
        state.become([5] * 64)
        short = len(state.export())
        state.become([5] * 128)
        # beside the numbers a state holds 12 bytes for each token: its place and its sequence
        assert len(state.export()) - short == 64 * (backend._bytes_per_token(kind) + 12)
        backend.close()


def test_the_context_is_what_was_asked_for_but_no_more_than_trained() -> None:
    assert choose_context(4096, trained=131_072, bytes_per_token=32_768) == 4096
    assert choose_context(4096, trained=2048, bytes_per_token=32_768) == 2048


def test_the_chosen_context_is_useful_and_affordable() -> None:
    assert choose_context(0, trained=131_072, bytes_per_token=1) == 8192
    assert choose_context(0, trained=131_072, bytes_per_token=1 << 50) == 1024
    assert choose_context(0, trained=512, bytes_per_token=1) == 512


def test_there_is_at_least_one_core() -> None:
    assert physical_cores() >= 1
