"""The network of the pair verifier: the packaged encoder reads claim and evidence side by side.

Two things come out: one log-odds that the evidence supports the whole claim, and for every word
piece of the claim the log-odds that it is the one that does not stand. The second is what the
synthetic training pairs teach (their changed words are known), in the manner of token classifiers
for unsupported spans (LettuceDetect: Kovács and Recski, 2025).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn
from transformers import BertConfig, BertModel

FROZEN_LAYERS = 2
"""Encoder layers below this one, and the embeddings, are the packaged ones and are not shipped."""
MAX_CLAIM_TOKENS = 96
_CLS, _SEP = 101, 102
_HIDDEN = 128


@dataclass(frozen=True, slots=True)
class Pair:
    """``[CLS] claim [SEP] evidence [SEP]`` as token ids; the claim lies at ``1 .. claim_end``."""

    ids: list[int]
    claim_end: int


class PairTokenizer:
    """Texts to token ids with the characters they stand for, and pairs to sequences."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def tokens(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Token ids of ``text`` and the character range of each; no special tokens."""
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        return encoded.ids, encoded.offsets

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text; no special tokens."""
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [item.ids for item in encoded]


def pair_of(claim: list[int], evidence: list[int], max_tokens: int) -> Pair:
    """The sequence; a claim over 96 tokens and evidence over what is left lose their ends."""
    claim = claim[:MAX_CLAIM_TOKENS]
    evidence = evidence[: max_tokens - len(claim) - 3]
    return Pair([_CLS, *claim, _SEP, *evidence, _SEP], len(claim) + 1)


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
