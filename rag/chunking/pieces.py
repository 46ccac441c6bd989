"""The smallest parts a chunk is packed from: sentences, or parts of one that is too long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.chunking.embedding_text import CountTokens
from rag.types import Span

_WORDS = re.compile(r"\S+\s*")
_CLAUSE_END = re.compile(r"[,;:—–)\]»”]\s*$|\n\s*$")
_BATCH = 4096
MAX_CHARS_PER_TOKEN = 8
"""Beyond this a text is no prose (a key, a data URL): a word-piece tokenizer calls a word of any
length one unknown token, so tokens alone would bound nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a document that is packed whole, and its length in tokens."""

    span: Span
    n_tokens: int


def count_in_batches(count_tokens: CountTokens, texts: Sequence[str]) -> list[int]:
    """Tokens of each text, counted a few thousand at a time."""
    counts: list[int] = []
    for at in range(0, len(texts), _BATCH):
        counts.extend(count_tokens(texts[at : at + _BATCH]))
    return counts


def split_long(text: str, span: Span, count_tokens: CountTokens, max_tokens: int) -> list[Piece]:
    """The parts of an over-long sentence, each within ``max_tokens``; together they are all of it.

    Parts end after a clause where one ends in their second half, else between words, and within a
    word only if the word alone is too long. Blanks between parts are left out.
    """
    words = _words(text, span, count_tokens, max_tokens)
    parts: list[Piece] = []
    first = 0
    while first < len(words):
        end = _reach(words, first, max_tokens)
        if end < len(words):
            end = _clause_end(text, words, first, end)
        whole = Span(words[first].span.start, words[end - 1].span.end)
        trimmed = Span(whole.start, whole.start + len(whole.of(text).rstrip()))
        parts.append(Piece(trimmed, sum(word.n_tokens for word in words[first:end])))
        first = end
    return parts


def _words(text: str, span: Span, count_tokens: CountTokens, max_tokens: int) -> list[Piece]:
    """The words of a sentence with the blanks after them; huge ones in slices."""
    max_chars = max(1, max_tokens * MAX_CHARS_PER_TOKEN // 2)
    spans: list[Span] = []
    for match in _WORDS.finditer(text, span.start, span.end):
        for at in range(match.start(), match.end(), max_chars):
            spans.append(Span(at, min(match.end(), at + max_chars)))
    counts = count_in_batches(count_tokens, [word.of(text).rstrip() for word in spans])
    found: list[Piece] = []
    for word, n_tokens in zip(spans, counts, strict=True):
        found.extend(_halved(text, Piece(word, n_tokens), count_tokens, max_tokens))
    return [piece for piece in found if piece.span.of(text).strip()]


def _halved(text: str, word: Piece, count_tokens: CountTokens, max_tokens: int) -> list[Piece]:
    """``word`` in as many parts as it takes for each to fit; one character is taken as it is."""
    length = word.span.end - word.span.start
    if word.n_tokens <= max_tokens or length < 2:
        return [word]
    middle = word.span.start + length // 2
    halves = [Span(word.span.start, middle), Span(middle, word.span.end)]
    counts = count_tokens([half.of(text).rstrip() for half in halves])
    parts: list[Piece] = []
    for half, n_tokens in zip(halves, counts, strict=True):
        parts.extend(_halved(text, Piece(half, n_tokens), count_tokens, max_tokens))
    return parts


def _reach(words: Sequence[Piece], first: int, max_tokens: int) -> int:
    """Behind the last word that fits with ``first``; at least one word is taken."""
    n_tokens, end = words[first].n_tokens, first + 1
    max_chars = max_tokens * MAX_CHARS_PER_TOKEN
    while end < len(words):
        n_tokens += words[end].n_tokens
        if n_tokens > max_tokens or words[end].span.end - words[first].span.start > max_chars:
            break
        end += 1
    return end


def _clause_end(text: str, words: Sequence[Piece], first: int, end: int) -> int:
    for at in range(end, first + (end - first) // 2, -1):
        if _CLAUSE_END.search(words[at - 1].span.of(text)):
            return at
    return end
