"""What of a chunk is embedded: its text whole, and as much of its context as fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rag.types import Chunk

CountTokens = Callable[[Sequence[str]], list[int]]
"""Tokens of each text, special tokens not counted."""
_BATCH = 64


def embedding_texts(
    chunks: Sequence[Chunk], count_tokens: CountTokens, max_tokens: int
) -> Iterator[str]:
    """``embedding_text`` of each chunk; some are counted at once, which takes a third of the
    time."""
    for first in range(0, len(chunks), _BATCH):
        some = chunks[first : first + _BATCH]
        wholes = [f"{chunk.context}\n{chunk.text}" for chunk in some]
        for chunk, whole, n_tokens in zip(some, wholes, count_tokens(wholes), strict=True):
            fits = n_tokens <= max_tokens
            yield whole if fits else embedding_text(chunk, count_tokens, max_tokens)


def embedding_text(chunk: Chunk, count_tokens: CountTokens, max_tokens: int) -> str:
    """The chunk's context, a line break and its text, within ``max_tokens``.

    Too long, the context loses its outermost headings, then the end of the title; the text is
    never cut. A text that fills ``max_tokens`` alone is returned alone.
    """
    for context in _contexts(chunk):
        whole = f"{context}\n{chunk.text}"
        if count_tokens([whole])[0] <= max_tokens:
            return whole
    return _with_cut_title(chunk, count_tokens, max_tokens)


def _contexts(chunk: Chunk) -> list[str]:
    headings = chunk.headings
    return [" | ".join((chunk.title, *headings[at:])) for at in range(len(headings) + 1)]


def _with_cut_title(chunk: Chunk, count_tokens: CountTokens, max_tokens: int) -> str:
    """The longest start of the title, in words, that fits; found by halving."""
    words = chunk.title.split()
    low, high = 0, len(words) - 1
    while low < high:
        middle = (low + high + 1) // 2
        text = f"{' '.join(words[:middle])}\n{chunk.text}"
        low, high = (middle, high) if count_tokens([text])[0] <= max_tokens else (low, middle - 1)
    return f"{' '.join(words[:low])}\n{chunk.text}" if low > 0 else chunk.text
