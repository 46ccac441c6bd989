"""Any cross-encoder as verifier: tiny models made here stand for large ones."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from rag.errors import ModelError
from rag.grounding.cross_encoder import CrossEncoderVerifier

EVIDENCE = ["Meta released Llama 3 in April 2024."]
CLAIM = "Meta released Llama 3."


def make(folder: Path, labels: list[str], bias: list[float]) -> Path:
    """A model that answers ``bias`` whatever it reads."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "meta", "released", "llama", "3", "."]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words), hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=8, id2label=dict(enumerate(labels)), num_labels=len(labels),
    )  # fmt: skip
    model = BertForSequenceClassification(config)
    torch.nn.init.zeros_(model.classifier.weight)
    with torch.no_grad():
        model.classifier.bias.copy_(torch.tensor(bias))
    model.save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("labels", "bias", "expected"),
    [
        (["LABEL_0"], [0.0], 0.5),
        (["LABEL_0"], [50.0], 1.0),
        (["LABEL_0", "LABEL_1"], [0.0, 50.0], 1.0),
        (["entailment", "not_entailment"], [0.0, 50.0], 0.0),
        (["contradiction", "neutral", "entailment"], [0.0, 0.0, 0.0], 1 / 3),
        (["UNSUPPORTED", "SUPPORTED"], [50.0, 0.0], 0.0),
    ],
)
def test_the_probability_is_that_of_the_label_which_says_supported(
    tmp_path: Path, labels: list[str], bias: list[float], expected: float
) -> None:
    verifier = CrossEncoderVerifier(str(make(tmp_path / "model", labels, bias)))
    support = verifier.verify(CLAIM, EVIDENCE)
    assert support.score == pytest.approx(expected, abs=1e-4)
    assert verifier.name == "model"


def test_missing_numbers_are_named_whatever_the_model_says(tmp_path: Path) -> None:
    verifier = CrossEncoderVerifier(str(make(tmp_path / "model", ["LABEL_0"], [50.0])))
    assert verifier.verify("Meta released Llama 9.", EVIDENCE).missing == ("9",)


def test_three_labels_of_unknown_meaning_are_refused(tmp_path: Path) -> None:
    folder = make(tmp_path / "model", ["a", "b", "c"], [0.0, 0.0, 0.0])
    with pytest.raises(ModelError, match="none of which says that a claim is supported"):
        CrossEncoderVerifier(str(folder)).verify(CLAIM, EVIDENCE)


@pytest.mark.parametrize("name", ["nowhere/no-such-model", "/no/such/folder"])
def test_a_model_that_is_not_here_is_not_downloaded(name: str) -> None:
    with pytest.raises(ModelError, match="no verifier can be loaded"):
        CrossEncoderVerifier(name).verify(CLAIM, EVIDENCE)


def test_without_evidence_or_words_no_model_is_loaded() -> None:
    verifier = CrossEncoderVerifier("/no/such/folder")
    assert verifier.verify(CLAIM, []).score == 0.0
    assert verifier.verify("It is so.", EVIDENCE).score is None
