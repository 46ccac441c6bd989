"""The signature of an article, by which its near-duplicates are found (see ``rag.store.similar``).

numpy and scipy come with datasketch: this module is imported only where an article is read.
"""

from __future__ import annotations

import re
from itertools import islice

from datasketch import MinHash  # type: ignore[import-untyped]  # without stubs

from rag.store.similar import N_NUMBERS, packed
from rag.types import Block, BlockKind, Document

SHINGLE_WORDS = 5
MAX_WORDS = 200_000
"""Words of an article that are looked at: a longer one is told by its beginning."""
_BATCH = 10_000
_WORD = re.compile(r"\w+")
_SEED = 1


def signature_of(document: Document) -> bytes:
    """MinHash of the article's own words in runs of five, lower case, without punctuation,
    headings and what is no part of the article; empty if there are fewer than five words."""
    paragraphs = (_folded(document, block) for block in document.blocks)
    matches = (match for text in paragraphs for match in _WORD.finditer(text))
    words = [match.group() for match in islice(matches, MAX_WORDS)]
    if len(words) < SHINGLE_WORDS:
        return b""
    # The scheme is named so that signatures of two releases of the library stay comparable.
    sketch = MinHash(num_perm=N_NUMBERS, seed=_SEED, scheme="affine32")
    last = len(words) - SHINGLE_WORDS + 1
    for first in range(0, last, _BATCH):  # one matrix for all would take a gigabyte
        starts = range(first, min(first + _BATCH, last))
        shingles = {" ".join(words[at : at + SHINGLE_WORDS]) for at in starts}
        sketch.update_batch([shingle.encode("utf-8", "replace") for shingle in shingles])
    return packed(sketch.hashvalues.tolist())


def _folded(document: Document, block: Block) -> str:
    if block.kind is not BlockKind.PARAGRAPH:
        return ""
    return block.span.of(document.text).casefold()
