"""Misspelt words of a question, corrected to words that the articles use.

Only a word that no article contains and that is no word of the embedder's own vocabulary either is
touched ("memroy", not "phone"), and only if a word of the articles is one edit away.

Source of the edit set: Damerau, A technique for computer detection and correction of spelling
errors, 1964: one insertion, deletion, substitution or transposition of neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from string import ascii_lowercase

from rag.protocols import Embedder
from rag.text.words import Word, terms, words

MIN_LETTERS = 5
_MAX_LETTERS = 20


class SpellingCorrector:
    """Corrects questions.

    Args:
        document_frequency: in how many chunks a term occurs.
        embedder: its tokenizer tells words of the language (one token) from others.
    """

    def __init__(self, document_frequency: Callable[[str], int], embedder: Embedder) -> None:
        self._df = document_frequency
        self._embedder = embedder

    def correct(self, question: str) -> str:
        """``question`` with misspelt words replaced; unchanged if there are none."""
        corrected, end = [], 0
        for word in words(question):
            better = self._correction(word)
            if better:
                corrected += [question[end : word.span.start], better]
                end = word.span.end
        return "".join([*corrected, question[end:]])

    def _correction(self, word: Word) -> str | None:
        letters = word.surface
        if not (MIN_LETTERS <= len(letters) <= _MAX_LETTERS and letters.isascii()):
            return None
        if word.is_stop or not letters.isalpha() or letters[1:] != letters[1:].lower():
            return None
        if self._df(word.term) or self._embedder.count_tokens([letters.lower()])[0] == 1:
            return None
        best = max(edits(letters.lower()), key=self._frequency)
        if not self._frequency(best):
            return None
        return best.capitalize() if letters[0].isupper() else best

    def _frequency(self, letters: str) -> int:
        return sum(self._df(term) for term in terms(letters))


def edits(word: str) -> Iterator[str]:
    """Every string one edit away from ``word`` (lower-case ASCII), transpositions first: on equal
    counts the likelier slip wins."""
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    yield from (a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1)
    yield from (a + b[1:] for a, b in splits if b)
    yield from (a + c + b[1:] for a, b in splits if b for c in ascii_lowercase)
    yield from (a + c + b for a, b in splits for c in ascii_lowercase)
