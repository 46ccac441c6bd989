"""Documents embedded by OpenVINO, against the light model and against sentence-transformers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rag.embedding import digits as digits_module
from rag.embedding import openvino_model
from rag.embedding import unaided as module
from rag.embedding.digits import Digits, multiplies_int8
from rag.embedding.light import LightModel
from rag.embedding.model_files import UnknownKindError
from rag.embedding.openvino_model import OpenVinoModel
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.embedding.weights import PACKAGED_MODEL, locate

TEXTS = (
    "",
    "a",
    "Who invented the telephone?",
    "Когда построен мост? 桥是什么时候建的？ متى بُني الجسر؟ पुल कब बना? 🌉🏗 x² ﬁ \u200b\u0000",
    "cat " * 254,  # the longest that is embedded whole
    *(f"Sentence {n} is about the harbour of town {n * 7}. " * (n % 12 + 1) for n in range(27)),
)
"""So many that the model is compiled for them, and that the last batch is not full."""


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def light() -> LightModel:
    return LightModel(locate(PACKAGED_MODEL).path)


@pytest.fixture(autouse=True)
def on_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without a graphics processor, where these tests may run as well."""
    monkeypatch.setattr(module, "may_have_accelerator", lambda: False)


def pooled_by_first_token(folder: Path) -> LightModel:
    """The packaged model's network with another pooling."""
    shutil.copytree(locate(PACKAGED_MODEL).path, folder, copy_function=os.symlink)
    path = folder / "1_Pooling" / "config.json"
    content = json.loads(path.read_text())
    path.unlink()
    path.write_text(json.dumps({**content, "pooling_mode": "cls"}))
    return LightModel(folder)


def test_with_all_digits_it_gives_the_vectors_of_the_light_model(light: LightModel) -> None:
    rows = OpenVinoModel(light, Digits.FLOAT32).embed(TEXTS)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(unit(rows), unit(light.embed(TEXTS)), atol=1e-5, rtol=0)


def test_a_model_that_takes_the_first_token_is_run_so(tmp_path: Path) -> None:
    first = pooled_by_first_token(tmp_path / "m")
    assert first.description.pooling == "cls"
    rows = OpenVinoModel(first, Digits.FLOAT32).embed(TEXTS)
    np.testing.assert_allclose(unit(rows), unit(first.embed(TEXTS)), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("digits", "most"), [(Digits.BFLOAT16, 1.0), (Digits.INT8, 0.9999)])
def test_with_fewer_digits_vectors_point_in_nearly_the_same_direction(
    light: LightModel, digits: Digits, most: float
) -> None:
    if digits not in openvino_model.best_formats():
        pytest.skip(f"this processor has no {digits.name}")
    texts = [text for text in TEXTS if len(text) > 20]
    rows = OpenVinoModel(light, digits).embed(texts)
    cosines = (unit(rows) * unit(light.embed(texts))).sum(axis=1)
    assert digits.value < float(cosines.min()) < most


def test_a_format_whose_vectors_stray_gives_way_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(openvino_model, "best_formats", lambda: [Digits.INT8, Digits.FLOAT32])
    embedder = SentenceTransformerEmbedder()
    assert embedder._unaided.light is not None
    monkeypatch.setattr(openvino_model._Int8Graph, "_weight", _weight_without_scales)
    rows = embedder.embed_documents(TEXTS)
    expected = OpenVinoModel(embedder._unaided.light, Digits.FLOAT32).embed(TEXTS)
    np.testing.assert_allclose(rows, unit(expected), atol=1e-6, rtol=0)


def _weight_without_scales(self: openvino_model._Int8Graph, name: str) -> object:
    return self._op.constant(np.rint(self._tensors[name]).astype(np.float32))


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("flags\t\t: fpu avx2 avx512_vnni", True),
        ("flags : avx_vnni", True),
        ("flags : avx2 avx512f", False),
        ("model name : avx_vnni", False),
        (None, False),
    ],
)
def test_eight_bits_are_used_where_the_processor_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str | None, expected: bool
) -> None:
    said = tmp_path / "cpuinfo"
    if flags is not None:
        said.write_text(f"processor : 0\n{flags}\n")
    monkeypatch.setattr(digits_module, "_CPU_FLAGS", said)
    assert multiplies_int8() is expected


def test_a_text_keeps_its_vector_whatever_lies_beside_it(light: LightModel) -> None:
    model = OpenVinoModel(light, Digits.FLOAT32)
    alone = np.vstack([model.embed([text]) for text in TEXTS])
    np.testing.assert_allclose(model.embed(TEXTS), alone, atol=1e-5, rtol=0)


def test_threads_that_embed_side_by_side_get_their_own_vectors(light: LightModel) -> None:
    model = OpenVinoModel(light, Digits.FLOAT32)
    expected = model.embed(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(model.embed, [TEXTS] * 8):
            np.testing.assert_allclose(rows, expected, atol=1e-6, rtol=0)


def test_documents_get_the_vectors_of_sentence_transformers_without_it() -> None:
    ours = SentenceTransformerEmbedder(digits=Digits.FLOAT32)
    rows = ours.embed_documents(TEXTS)
    assert "_model" not in vars(ours)
    reference = SentenceTransformerEmbedder(light=False, digits=Digits.FLOAT32).embed_documents(
        TEXTS
    )
    np.testing.assert_allclose(rows, reference, atol=1e-5, rtol=0)


def test_a_few_documents_are_not_worth_compiling_the_model() -> None:
    embedder = SentenceTransformerEmbedder()
    embedder.embed_documents(TEXTS[:5])
    assert "fast" not in vars(embedder._unaided)


_TWO_MODELS_AND_CTRL_C = """
import faulthandler, os, signal
from rag.embedding.digits import Digits
from rag.embedding.light import LightModel
from rag.embedding.openvino_model import OpenVinoModel, best_formats
from rag.embedding.weights import PACKAGED_MODEL, locate

faulthandler.enable()
best_formats()
light = LightModel(locate(PACKAGED_MODEL).path)
first = OpenVinoModel(light, Digits.FLOAT32)
second = OpenVinoModel(light, Digits.FLOAT32)
del first
del second
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_is_heard_after_several_models_came_and_went() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _TWO_MODELS_AND_CTRL_C], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr


def test_a_request_that_fails_is_told_and_gives_no_vectors(
    light: LightModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = OpenVinoModel(light, Digits.FLOAT32)
    ids, held = np.zeros((2, 5), np.int32), np.ones((2, 4), np.float32)
    monkeypatch.setattr(openvino_model, "_padded", lambda sequences: [ids, held])
    with pytest.raises(UnknownKindError, match="OpenVINO failed"):
        model.embed(TEXTS)


@pytest.mark.parametrize("fault", ["missing", "wrong", "failing"])
def test_what_openvino_cannot_do_is_left_to_sentence_transformers(
    monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    def broken(self: OpenVinoModel, texts: Sequence[str]) -> np.ndarray:
        if fault == "failing" and len(texts) == len(TEXTS):
            raise UnknownKindError("out of memory")
        return embed(self, texts) if fault == "failing" else np.eye(len(texts), 384)

    embed = OpenVinoModel.embed
    if fault == "missing":
        monkeypatch.setitem(sys.modules, "openvino", None)
    else:
        monkeypatch.setattr(OpenVinoModel, "embed", broken)
    embedder = SentenceTransformerEmbedder(digits=Digits.FLOAT32)
    rows = embedder.embed_documents(TEXTS)
    assert "_model" in vars(embedder)
    expected = SentenceTransformerEmbedder(light=False, digits=Digits.FLOAT32).embed_documents(
        TEXTS
    )
    np.testing.assert_allclose(rows, expected, atol=1e-6, rtol=0)


def test_where_a_graphics_processor_may_be_sentence_transformers_chooses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "may_have_accelerator", lambda: True)
    embedder = SentenceTransformerEmbedder()
    embedder.embed_documents(TEXTS)
    assert "_model" in vars(embedder)


def test_many_documents_load_neither_torch_nor_what_could_report_how_openvino_is_used() -> None:
    code = (
        "import sys\n"
        "from rag.embedding import unaided\n"
        "from rag.embedding.sentence_transformer import SentenceTransformerEmbedder\n"
        "unaided.may_have_accelerator = lambda: False\n"
        "SentenceTransformerEmbedder().embed_documents(['A text.'] * 40)\n"
        "print([name for name in sys.modules if name in ('torch', 'transformers', 'openvino')\n"
        "       or 'telemetry' in name])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['openvino']\n"
