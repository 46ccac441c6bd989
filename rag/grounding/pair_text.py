"""Claims and evidence as the token sequences that the pair network reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

MAX_CLAIM_TOKENS = 96
_CLS, _SEP = 101, 102


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
