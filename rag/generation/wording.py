"""How sentences of an answer are compared: repetition is a matter of words."""

from __future__ import annotations

import re

from rag.text.markers import strip_markers


def bare(sentence: str) -> str:
    """A sentence as it is compared for repetition: its words without markers and case."""
    return re.sub(r"\W+", " ", strip_markers(sentence)).strip().casefold()
