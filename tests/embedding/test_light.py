"""The light way of embedding against sentence-transformers itself, on the real packaged model and
on small ones made here."""

from __future__ import annotations

import json
import math
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from rag.embedding.bert import _groups, gelu
from rag.embedding.digits import Digits
from rag.embedding.light import LightModel
from rag.embedding.model_files import UnknownKindError, describe
from rag.embedding.proven import PROBES, TOLERANCE
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.embedding.weights import PACKAGED_MODEL, locate

TEXTS = (
    "",
    " \n\t",
    "a",
    "Who invented the telephone?",
    "It costs $4.92 (or 3,50 €): see §3, a_b@c.example & 'naïve' CAFÉ-owners…",
    "Когда построен мост? 桥是什么时候建的？ متى بُني الجسر؟ पुल कब बना? 🌉🏗 x² ﬁ \u200b\u0000",
    "supercalifragilisticexpialidocious" * 4,
    "cat " * 254,  # the longest that is embedded whole
    *(f"Sentence {n} is about the harbour of town {n * 7}. " * (n % 12 + 1) for n in range(24)),
)


@pytest.fixture(scope="module")
def reference() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(light=False, digits=Digits.FLOAT32)


def _copy(folder: Path, **changed: object) -> Path:
    """The packaged model with keys of its files changed: ``config__hidden_act="relu"``."""
    shutil.copytree(locate(PACKAGED_MODEL).path, folder, copy_function=os.symlink)
    for name, value in changed.items():
        stem, _, key = name.partition("__")
        path = folder / ("1_Pooling/config.json" if stem == "pooling" else f"{stem}.json")
        content = json.loads(path.read_text())
        path.unlink()
        if isinstance(content, dict):
            content = {**content, key: value}
        path.write_text(json.dumps(content if key else value))
    return folder


def test_the_packaged_model_gives_the_vectors_of_sentence_transformers(
    reference: SentenceTransformerEmbedder,
) -> None:
    light = SentenceTransformerEmbedder()
    rows = light.embed_sentences(TEXTS)
    assert "_model" not in vars(light)  # sentence-transformers was not loaded
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, reference.embed_documents(TEXTS), atol=1e-5, rtol=0)
    for text in (*TEXTS[:8], "harbour " * 900):  # the last in several windows
        np.testing.assert_allclose(
            light.embed_query(text), reference.embed_query(text), atol=1e-5, rtol=0
        )


def test_limits_and_counts_are_those_of_sentence_transformers(
    reference: SentenceTransformerEmbedder,
) -> None:
    light = SentenceTransformerEmbedder()
    assert light.count_tokens(TEXTS) == reference.count_tokens(TEXTS)
    assert (light.max_tokens, light.dimension) == (reference.max_tokens, reference.dimension)
    assert "_model" not in vars(light)


def test_a_text_keeps_its_vector_whatever_lies_beside_it() -> None:
    light = LightModel(locate(PACKAGED_MODEL).path)
    together = light.embed(TEXTS)
    alone = np.vstack([light.embed([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-5, rtol=0)


def test_threads_that_embed_side_by_side_get_their_own_vectors_and_the_limit_is_lifted() -> None:
    light = LightModel(locate(PACKAGED_MODEL).path)
    expected = light.embed(TEXTS)
    before = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(light.embed, [TEXTS] * 6):
            np.testing.assert_allclose(rows, expected, atol=1e-6, rtol=0)
    after = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert after == before


def test_what_is_beyond_the_longest_sequence_is_cut_as_sentence_transformers_cuts_it(
    reference: SentenceTransformerEmbedder,
) -> None:
    text = "The harbour was rebuilt after the storm. " * 60
    row = LightModel(locate(PACKAGED_MODEL).path).embed([text])[0]
    cut = reference._model.encode([text])[0]
    np.testing.assert_allclose(row / np.linalg.norm(row), cut, atol=1e-5, rtol=0)


def test_a_question_asked_again_gives_the_same_vector_and_a_changed_answer_does_not_last() -> None:
    light = SentenceTransformerEmbedder()
    first = light.embed_query("Who sails?")
    kept = first.copy()
    first[:] = 0.0
    np.testing.assert_array_equal(light.embed_query("Who sails?"), kept)


def test_another_model_is_believed_only_once_it_was_found_equal(tmp_path: Path) -> None:
    model, proofs = _copy(tmp_path / "m", pooling__pooling_mode="cls"), tmp_path / "proofs"
    first = SentenceTransformerEmbedder(str(model), proofs=proofs)
    slow = first.embed_query("Who sails?")
    assert "_model" in vars(first)
    assert not proofs.exists()
    first.embed_documents(["An article is indexed."])
    assert len(list(proofs.iterdir())) == 1
    second = SentenceTransformerEmbedder(str(model), proofs=proofs)
    np.testing.assert_allclose(second.embed_query("Who sails?"), slow, atol=1e-5, rtol=0)
    assert "_model" not in vars(second)


def test_a_model_that_turns_out_to_differ_is_left_to_sentence_transformers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Patched, because no model is known that its files describe wrongly.
    monkeypatch.setattr(LightModel, "embed", lambda self, texts: np.eye(len(texts), 384))
    model, proofs = _copy(tmp_path / "m", pooling__pooling_mode="cls"), tmp_path / "proofs"
    first = SentenceTransformerEmbedder(str(model), proofs=proofs)
    first.embed_documents(["An article is indexed."])
    assert not proofs.exists()
    assert SentenceTransformerEmbedder(str(model), proofs=proofs)._unaided.light is None


def test_proofs_that_cannot_be_written_cost_only_time(tmp_path: Path) -> None:
    (tmp_path / "proofs").write_text("a file where a folder should be")
    embedder = SentenceTransformerEmbedder(
        str(_copy(tmp_path / "m", pooling__pooling_mode="cls")), proofs=tmp_path / "proofs"
    )
    assert embedder.embed_documents(["An article."]).shape == (1, 384)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"config__model_type": "mpnet"}, "its type is mpnet"),
        ({"config__hidden_act": "relu"}, "activates by relu"),
        ({"config__position_embedding_type": "relative_key"}, "positions are relative_key"),
        ({"config__torch_dtype": "float16"}, "runs in float16"),
        ({"config__hidden_size": None}, "cannot be read"),
        ({"sentence_bert_config__do_lower_case": True}, "small letters"),
        ({"sentence_bert_config__max_seq_length": 600}, "states 600 of 512"),
        ({"sentence_bert_config__unpad_inputs": True}, "holds unpad_inputs"),
        ({"pooling__pooling_mode": "max"}, "pools by max"),
        ({"pooling__pooling_mode_cls_token": True}, "pools by cls_token mean"),
        ({"pooling__include_prompt": False}, "leaves its prompt out"),
        ({"modules": [{"type": "a.b.Dense", "path": ""}]}, "modules are Dense"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_model_of_another_kind_is_told_and_why(
    tmp_path: Path, changed: dict[str, object], reason: str
) -> None:
    with pytest.raises(UnknownKindError, match=reason):
        describe(_copy(tmp_path / "m", **changed))


def test_a_model_of_another_kind_still_embeds(tmp_path: Path) -> None:
    model = _copy(tmp_path / "m", pooling__pooling_mode="max")
    embedder = SentenceTransformerEmbedder(str(model), proofs=tmp_path / "proofs")
    assert embedder.embed_sentences(["ships", "boats"]).shape == (2, 384)
    assert embedder.embed_query("ships").shape == (384,)
    assert not (tmp_path / "proofs").exists()


def test_damaged_weights_are_told_by_the_light_way_too(tmp_path: Path) -> None:
    model = _copy(tmp_path / "m")
    (model / "model.safetensors").unlink()
    (model / "model.safetensors").write_bytes(b"\xff" * 64)
    with pytest.raises(UnknownKindError, match="weights cannot be read"):
        LightModel(model).embed(["ships"])


def test_the_probes_hold_a_text_beyond_the_limit_and_one_without_words() -> None:
    tokens = SentenceTransformerEmbedder().count_tokens(PROBES)
    assert min(tokens) == 0
    assert max(tokens) > 512
    assert TOLERANCE <= 1e-5


@pytest.mark.parametrize("n_threads", [1, 2, 16])
@pytest.mark.parametrize("lengths", [[], [5], [700], [26] * 34, [1, 1, 300], [512] * 9])
def test_every_sequence_is_in_one_group_and_in_its_place(
    lengths: list[int], n_threads: int
) -> None:
    groups = list(_groups(lengths, n_threads))
    assert [i for group in groups for i in range(len(lengths))[group]] == list(range(len(lengths)))
    assert all(lengths[group] for group in groups)


def test_sentences_are_shared_evenly_among_threads() -> None:
    lengths = [17, 31, 24, 40] * 8
    first, second = (sum(lengths[group]) for group in _groups(lengths, 2))
    assert abs(first - second) <= max(lengths)


def test_the_activation_is_the_exact_form() -> None:
    x = np.linspace(-12, 12, 50_001, dtype=np.float32)
    exact = [value * (1 + math.erf(value / 2**0.5)) / 2 for value in x.tolist()]
    gelu(x)
    assert np.abs(x - exact).max() < 5e-7
