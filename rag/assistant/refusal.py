"""How a refusal reads, and how to know one when a model writes it."""

from __future__ import annotations

import re

from rag.text.markers import as_line, strip_markers
from rag.types import Evidence

UNSUPPORTED = "The articles do not say: nothing the model wrote was supported by them."

OTHERWISE = "The articles say otherwise:"
"""How a refusal begins that corrects what the question takes for granted."""

_REFUSALS = re.compile(
    r"^\W*(i('m| am) (sorry|unable|afraid)[\s,]*)?"
    r"(the (articles?|passages?|texts?|documents?|sources?|context)"
    r"( (provided|above|given|offered))? "
    r"(do|does) not (say|state|mention|specify|contain|provide|answer|include|give|address)"
    r"|i (cannot|can't|could not|am unable to) (answer|find|determine)"
    r"|there is no (information|mention)"
    r"|(this|that|it) is not (mentioned|stated|specified|covered))",
    re.IGNORECASE,
)


def is_refusal(sentence: str) -> bool:
    """Whether a drafted sentence says that the passages do not answer."""
    return _REFUSALS.match(strip_markers(sentence)) is not None


def not_all(n_failed: int, n_sentences: int) -> str:
    """The refusal of a strict answer of which ``n_failed`` sentences failed their check."""
    of_all = f"{n_failed} of {n_sentences} sentence{'s' * (n_sentences != 1)}"
    return f"The articles do not say all of this: {of_all} could not be supported."


def within(scope: str, reason: str) -> str:
    """The refusal ``reason`` with what it holds for, where not all articles were looked at."""
    return f"{reason} Only some were looked at ({scope})." if scope else reason


def otherwise(denial: Evidence) -> str:
    """The refusal of a question that takes for granted what ``denial`` denies."""
    return f"{OTHERWISE} “{as_line(denial.quote)}” [{denial.label}]"
