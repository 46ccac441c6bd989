"""Names that carry a number: which version of a thing a text speaks of."""

from __future__ import annotations

import re
from itertools import pairwise

from rag.text.words import words

_MONTH = re.compile(
    r"January|February|March|April|May|June|July|August|September|October|November|December"
)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")


def versions(text: str) -> frozenset[tuple[str, str]]:
    """The names of ``text`` with a number behind them: ("llama", "3")."""
    listed = list(words(text))
    return frozenset(
        (name.term, number.term)
        for name, number in pairwise(listed)
        if name.surface[0].isupper()
        and not name.is_stop
        and not _MONTH.fullmatch(name.surface)
        and number.surface[0].isdigit()
        and len(text[name.span.end : number.span.start].strip(" -")) == 0
        and not _YEAR.fullmatch(number.surface)
    )
