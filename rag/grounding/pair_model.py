"""The network of the pair verifier as it is trained, in torch; ``pair_network`` runs it.

The packaged encoder reads claim and evidence side by side. Two things come out: one log-odds that
the evidence supports the whole claim, and for every word piece of the claim the log-odds that it is
the one that does not stand. The second is what the synthetic training pairs teach (their changed
words are known), in the manner of token classifiers for unsupported spans (LettuceDetect: Kovács
and Recski, 2025).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import BertConfig, BertModel

from rag.grounding.pair_network import PairOutput
from rag.grounding.pair_text import Pair
from rag.grounding.pair_weights import KEPT, SCALE

_HIDDEN = 128


class PairModel(nn.Module):
    """The encoder with a head over the pair and a head over each token of the claim."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.encoder = _encoder(folder)
        width = self.encoder.config.hidden_size
        self.pair_head = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(5 * width, _HIDDEN), nn.GELU(), nn.Linear(_HIDDEN, 1)
        )
        self.token_head = nn.Sequential(nn.Dropout(0.1), nn.Linear(width, 1))

    def forward(
        self, ids: torch.Tensor, claim_ends: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """For padded ``ids`` int64 ``(n, length)``: log-odds of support ``(n,)``, log-odds of
        being wrong of each place ``(n, length)``, and which places are the claim's, bool."""
        place = torch.arange(ids.shape[1])[None, :]
        there = ids != 0
        in_claim = (place > 0) & (place < claim_ends[:, None])
        in_evidence = (place > claim_ends[:, None]) & there
        hidden = self.encoder(
            input_ids=ids,
            attention_mask=there.long(),
            token_type_ids=in_evidence.long(),
        ).last_hidden_state
        claim, evidence = _mean(hidden, in_claim), _mean(hidden, in_evidence)
        both = [hidden[:, 0], claim, evidence, claim * evidence, (claim - evidence).abs()]
        supported: torch.Tensor = self.pair_head(torch.cat(both, dim=1)).squeeze(1)
        wrong: torch.Tensor = self.token_head(hidden).squeeze(2)
        return supported, wrong, in_claim

    def read(self, pairs: Sequence[Pair]) -> list[PairOutput]:
        """The outputs for ``pairs``, as ``rag.grounding.pair_network.PairNetwork`` gives them."""
        self.eval()
        with torch.inference_mode():
            supported, wrong, _ = self(*padded(pairs))
        return [
            PairOutput(float(supported[row]), wrong[row, 1 : pair.claim_end].numpy())
            for row, pair in enumerate(pairs)
        ]


def _encoder(folder: Path) -> BertModel:
    """The packaged encoder. Not by ``from_pretrained``, which prints a report about the pooling
    layer that is not used (transformers 5.23)."""
    config = BertConfig.from_pretrained(folder, local_files_only=True)
    encoder = BertModel(config, add_pooling_layer=False)
    weights = load_file(str(folder / "model.safetensors"))
    wanted = encoder.state_dict().keys()
    encoder.load_state_dict({k: v for k, v in weights.items() if k in wanted}, strict=False)
    return encoder


def _mean(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    weight = mask.to(hidden.dtype).unsqueeze(2)
    return (hidden * weight).sum(1) / weight.sum(1).clamp(min=1.0)


def padded(pairs: Sequence[Pair]) -> tuple[torch.Tensor, torch.Tensor]:
    """``PairModel.forward``'s arguments for ``pairs``."""
    ids = np.zeros((len(pairs), max(len(p.ids) for p in pairs)), dtype=np.int64)
    for row, pair in zip(ids, pairs, strict=True):
        row[: len(pair.ids)] = pair.ids
    return torch.from_numpy(ids), torch.tensor([p.claim_end for p in pairs])


def save_weights(model: PairModel, path: Path) -> str:
    """Write what training changed; the sha256 of the file comes back."""
    tensors: dict[str, torch.Tensor] = {}
    for name, value in model.state_dict().items():
        if name.startswith(KEPT):
            continue
        value = value.detach().float().contiguous()
        if value.ndim < 2:
            tensors[name] = value
            continue
        scale = value.abs().amax(dim=1).clamp(min=1e-8) / 127
        tensors[name] = (value / scale[:, None]).round().to(torch.int8)
        tensors[name + SCALE] = scale
    save_file(tensors, str(path))
    path.chmod(0o644)  # safetensors 0.8 leaves it to the owner alone, and so would a wheel
    return hashlib.sha256(path.read_bytes()).hexdigest()
