"""Finds which sentence of a passage a server's sentence repeats. A server cannot be held to the
passages' words, so they are compared afterwards."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rag.generation.quotable import quotable
from rag.text.markers import as_line, strip_markers
from rag.types import Draft, Passage

_ALIKE = str.maketrans(
    dict.fromkeys("‘’‚‛`´", "'") | dict.fromkeys("“”„‟«»", '"') | dict.fromkeys("‐‑‒–—−", "-")
)


class QuotationFinder:
    """The sentences of passages by their words."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._drafts: dict[str, Draft] = {}
        for draft in quotable(passages):
            self._drafts.setdefault(_key(draft.text), draft)

    def draft(self, sentence: str) -> Draft:
        """The passage's own sentence with its place, if ``sentence`` equals it but for blanks, the
        kind of quotation marks and dashes, and marks around it; else the sentence as it is, which
        is no quotation."""
        text = strip_markers(sentence)
        for candidate in (text, text.strip("\"'“”‘’«»*_ ")):
            found = self._drafts.get(_key(candidate))
            if found is not None:
                return found
        return Draft(sentence)


def _key(sentence: str) -> str:
    text = unicodedata.normalize("NFC", as_line(sentence)).translate(_ALIKE)
    return re.sub(r"\s+", "", text)
