"""The signature of an article, by which its near-duplicates are found (see ``rag.store.similar``).

The numbers are those of datasketch 2's MinHash (scheme "affine32", seed 1), which made them at
first: indexes of then and of now are compared. Importing that library takes scipy and 0.3 s, more
than everything else that an edited article costs.

Source: Broder, On the resemblance and containment of documents, 1997; the mixing is the finaliser
of MurmurHash3 (Appleby, public domain).
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha1
from random import Random

import numpy as np

from rag.store.similar import N_NUMBERS, packed
from rag.types import BlockKind, Document

SHINGLE_WORDS = 5
MAX_WORDS = 200_000
"""Words of an article that are looked at: a longer one is told by its beginning."""
_BATCH = 1_000
"""Shingles that are permuted at once: so many numbers stay within a processor's cache."""
_WORD = re.compile(r"\w+")
_SEED = 1


def signature_of(document: Document) -> bytes:
    """MinHash of the article's own words in runs of five, lower case, without punctuation,
    headings and what is no part of the article; empty if there are fewer than five words."""
    words = _words(document)
    if len(words) < SHINGLE_WORDS:
        return b""
    shingles = map(" ".join, zip(*(words[at:] for at in range(SHINGLE_WORDS)), strict=False))
    hashes = b"".join(sha1(text.encode("utf-8", "replace")).digest()[:4] for text in shingles)
    mixed = _mixed(np.frombuffer(hashes, dtype="<u4"))
    factors, offsets = _permutations()
    least = np.full(N_NUMBERS, 0xFFFFFFFF, dtype=np.uint32)
    for first in range(0, len(mixed), _BATCH):
        permuted = factors * mixed[first : first + _BATCH] + offsets
        np.minimum(least, permuted.min(axis=1), out=least)
    return packed(least.tolist())


def _words(document: Document) -> list[str]:
    words: list[str] = []
    for block in document.blocks:
        if block.kind is BlockKind.PARAGRAPH and len(words) < MAX_WORDS:
            words += _WORD.findall(block.span.of(document.text).casefold())
    return words[:MAX_WORDS]


def _mixed(hashes: np.ndarray) -> np.ndarray:
    """Every bit of a hash spread over all of them; uint32 as ``hashes``, modulo 2^32."""
    mixed: np.ndarray = hashes ^ (hashes >> 16)
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> 13
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> 16
    return mixed


@cache
def _permutations() -> tuple[np.ndarray, np.ndarray]:
    """Odd factors and offsets of the permutations of 32 bits, uint32 ``(N_NUMBERS, 1)``."""
    twister = _seeded()
    factors = [twister.getrandbits(32) << 1 & 0xFFFFFFFF | 1 for _ in range(N_NUMBERS)]
    offsets = [twister.getrandbits(32) for _ in range(N_NUMBERS)]
    return np.array(factors, np.uint32)[:, None], np.array(offsets, np.uint32)[:, None]


def _seeded() -> Random:
    """Python's Mersenne Twister in the state that numpy's ``RandomState(_SEED)`` begins with;
    importing that takes 10 ms."""
    state = [_SEED]
    for n in range(1, 624):
        state.append(1812433253 * (state[-1] ^ state[-1] >> 30) + n & 0xFFFFFFFF)
    twister = Random()
    twister.setstate((3, (*state, 624), None))
    return twister
