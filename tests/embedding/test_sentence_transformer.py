"""The sentence-transformers adapter on the real packaged MiniLM."""

from __future__ import annotations

import json
import os
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from rag.embedding.digits import Digits
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.embedding.weights import locate
from rag.errors import EmbedderError


@pytest.fixture(scope="module")
def minilm() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder()


def _copy_with_prompts(folder: Path, prompts: dict[str, str]) -> SentenceTransformerEmbedder:
    source = locate("all-MiniLM-L6-v2").path
    shutil.copytree(source, folder, copy_function=os.symlink)
    settings = folder / "config_sentence_transformers.json"
    settings.unlink()
    settings.write_text(json.dumps({"prompts": prompts}))
    return SentenceTransformerEmbedder(str(folder))


def test_the_packaged_model_is_minilm_with_its_own_limit(
    minilm: SentenceTransformerEmbedder,
) -> None:
    assert minilm.name.startswith("all-MiniLM-L6-v2@")
    assert minilm.dimension == 384
    assert minilm.max_tokens == 254  # 256 less [CLS] and [SEP]


def test_the_words_between_128_and_254_tokens_count(minilm: SentenceTransformerEmbedder) -> None:
    # The tokenizer.json of the model truncates at 128 when it is used directly.
    body = "cat " * 150
    one, other = minilm.embed_documents([body + "violin " * 20, body + "cat " * 20])
    assert float(one @ other) < 0.99


@pytest.mark.parametrize("name", ["passage", "document"])
def test_a_models_own_prompts_are_used(
    tmp_path: Path, minilm: SentenceTransformerEmbedder, name: str
) -> None:
    prompted = _copy_with_prompts(tmp_path / "m", {"query": "query: ", name: "passage: "})
    np.testing.assert_allclose(
        prompted.embed_documents(["ships"]), minilm.embed_documents(["passage: ships"]), atol=1e-6
    )
    np.testing.assert_allclose(
        prompted.embed_query("ships"), minilm.embed_query("query: ships"), atol=1e-6
    )


def test_a_prompt_takes_its_tokens_from_the_limit(
    tmp_path: Path, minilm: SentenceTransformerEmbedder
) -> None:
    prompted = _copy_with_prompts(tmp_path / "m", {"query": "", "passage": "passage: "})
    assert prompted.max_tokens <= minilm.max_tokens - 2
    longest = "cat " * (prompted.max_tokens - 1)
    one, other = prompted.embed_documents([longest + "ship", longest + "violin"])
    assert not np.allclose(one, other, atol=1e-5)


def test_another_prompt_is_another_embedder(
    tmp_path: Path, minilm: SentenceTransformerEmbedder
) -> None:
    prompted = _copy_with_prompts(tmp_path / "m", {"query": "query: "})
    assert prompted.name.split("@")[1] != minilm.name.split("@")[1]


def test_half_the_digits_point_in_the_same_direction(minilm: SentenceTransformerEmbedder) -> None:
    texts = [f"Sentence {n} is about the harbour of town {n * 7}." * (n % 9 + 1) for n in range(40)]
    short = SentenceTransformerEmbedder(digits=Digits.BFLOAT16).embed_documents(texts)
    whole = SentenceTransformerEmbedder(digits=Digits.FLOAT32).embed_documents(texts)
    assert short.dtype == np.float32
    cosines = (short * whole).sum(axis=1)
    assert 0.9995 < float(cosines.min()) < 1.0
    query = minilm.embed_query("Which harbour is it?")
    np.testing.assert_allclose(short @ query, whole @ query, atol=0.005)


def test_questions_are_embedded_with_all_digits() -> None:
    one, other = (
        SentenceTransformerEmbedder(digits=digits) for digits in (Digits.INT8, Digits.FLOAT32)
    )
    np.testing.assert_array_equal(one.embed_query("Who sails?"), other.embed_query("Who sails?"))


def test_a_query_of_many_windows_is_their_mean_and_a_longer_one_is_refused(
    minilm: SentenceTransformerEmbedder,
) -> None:
    assert minilm.embed_query("cat " * 2000).shape == (384,)
    with pytest.raises(EmbedderError, match="20000 tokens is too long"):
        minilm.embed_query("cat " * 20_000)


def test_loading_and_embedding_print_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    fresh = SentenceTransformerEmbedder()
    fresh.embed_documents(["one", "two"])
    fresh.count_tokens(["word " * 1000])
    assert capfd.readouterr() == ("", "")


def test_loading_and_embedding_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    # Patched, because proving that nothing is sent needs something that would notice.
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert SentenceTransformerEmbedder().embed_query("ships").shape == (384,)


@pytest.mark.parametrize("damage", [b"", b"not a model", b"\xff" * 64])
def test_broken_weights_are_an_error_of_ours(tmp_path: Path, damage: bytes) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(locate("all-MiniLM-L6-v2").path, folder, copy_function=os.symlink)
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(damage)
    with pytest.raises(EmbedderError, match="cannot be loaded") as caught:
        SentenceTransformerEmbedder(str(folder)).embed_query("ships")
    assert "all-MiniLM-L6-v2" in caught.value.hint
