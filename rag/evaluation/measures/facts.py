"""Whether a fact stands in a text: spellings, not meaning, so that no judge is needed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from rag.text.markers import strip_markers

_SAME = str.maketrans(dict(zip("’‘“”–—‑−", "''\"\"----", strict=True)))


def normalised(text: str) -> str:
    """``text`` without markers, case, typographic variants and runs of blanks."""
    folded = unicodedata.normalize("NFKC", strip_markers(text)).translate(_SAME).casefold()
    return re.sub(r"\s+([.,;:!?])", r"\1", " ".join(folded.split()))


def holds(text: str, spellings: Iterable[str]) -> bool:
    """Whether one of the spellings stands in the text, no digit cut: 8 is not in 18 or in 3.8."""
    inside = normalised(text)
    return any(_pattern(spelling).search(inside) for spelling in spellings)


def _pattern(spelling: str) -> re.Pattern[str]:
    wanted = normalised(spelling)
    before = r"(?<!\d)(?<!\d[.,])" if wanted[:1].isdigit() else ""
    after = r"(?!\d)(?![.,]\d)" if wanted[-1:].isdigit() else ""
    return re.compile(before + re.escape(wanted) + after)


def shown(spellings: Iterable[str]) -> str:
    """The spellings for a message: ``"700 million" / "700m"``."""
    return " / ".join(f'"{spelling}"' for spelling in spellings)
