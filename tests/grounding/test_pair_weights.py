"""The packed weights of the pair network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from rag.embedding.weights import PACKAGED_MODEL, locate
from rag.errors import ModelError
from rag.grounding.pair_model import PairModel, save_weights
from rag.grounding.pair_network import PairOutput
from rag.grounding.pair_scorer import PairScorer
from rag.grounding.pair_text import Pair, PairTokenizer, pair_of
from rag.grounding.pair_weights import KEPT, load_network

PAIRS = [("Llama 3 was released.", "Meta released Llama 3."), ("No.", "")]


@pytest.fixture(scope="module")
def trained() -> PairModel:
    torch.manual_seed(0)
    return PairModel(locate(PACKAGED_MODEL).path)


def test_packed_weights_score_nearly_as_the_network_they_were_packed_from(
    trained: PairModel, tmp_path: Path
) -> None:
    path = tmp_path / "weights.safetensors"
    digest = save_weights(trained, path)
    packed = PairScorer(weights=path, sha256=digest).score(PAIRS)
    for a, b in zip(PairScorer(trained).score(PAIRS), packed, strict=True):
        assert a.supported == pytest.approx(b.supported, abs=0.06)
        assert a.wrong == pytest.approx(b.wrong, abs=0.06)


def test_the_network_in_numpy_reads_what_the_trained_one_reads(
    trained: PairModel, tmp_path: Path
) -> None:
    with torch.no_grad():  # as packing rounds them, so that only the computation differs
        for name, value in trained.state_dict().items():
            if value.ndim == 2 and not name.startswith(KEPT):
                scale = value.abs().amax(dim=1).clamp(min=1e-8) / 127
                value.copy_((value / scale[:, None]).round() * scale[:, None])
    path = tmp_path / "weights.safetensors"
    light = PairScorer(weights=path, sha256=save_weights(trained, path))
    long = "The harbour of the town was rebuilt after the storm of 1953. "
    pairs = [*PAIRS, (long * 12, long * 30), ("", "Something."), ("Нет моста.", "桥 CAFÉ's €3!")]
    pairs += [(f"Ship {n} sailed in {1800 + n}.", long * (n % 7)) for n in range(20)]
    for a, b in zip(PairScorer(trained).score(pairs), light.score(pairs), strict=True):
        assert a.supported == pytest.approx(b.supported, abs=1e-4)
        assert a.wrong == pytest.approx(b.wrong, abs=1e-4)
        assert a.worst == b.worst


def test_a_file_that_was_changed_is_not_loaded(trained: PairModel, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    digest = save_weights(trained, path)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ModelError, match="is not this version's file"):
        load_network(path, sha256=digest)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read the verifier's weights"):
        load_network(tmp_path / "none")


def test_long_claims_and_evidence_lose_their_ends() -> None:
    pair = pair_of(list(range(200, 500)), list(range(1000, 1500)), 176)
    assert len(pair.ids) == 176
    assert pair.claim_end == 97
    assert pair.ids[97] == 102


def test_the_word_that_is_wrong_is_given_as_written(trained: PairModel) -> None:
    claim = "Antidisestablishmentarianism, was overruled."
    (score,) = PairScorer(trained).score([(claim, "It ended.")])
    assert score.worst in claim
    assert score.worst == "" or score.worst.isalnum()


def test_tokens_come_with_their_places() -> None:
    ids, places = PairTokenizer(locate(PACKAGED_MODEL).path).tokens("Llama 3")
    assert len(ids) == len(places)
    assert places[-1] == (6, 7)


def test_a_pair_is_read_once(trained: PairModel) -> None:
    read: list[int] = []

    class Counting:
        def read(self, pairs: Sequence[Pair]) -> list[PairOutput]:
            read.append(len(pairs))
            return trained.read(pairs)

    scorer = PairScorer(Counting())
    first, second = ("It ended.", "The war ended."), ("It began.", "The war ended.")
    one, again = scorer.score([first, first])
    assert one == again
    assert scorer.score([second, first]) == [*scorer.score([second]), one]
    assert read == [1, 1]
