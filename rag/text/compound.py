"""Questions that ask two things at once, taken apart."""

from __future__ import annotations

import re

_ASKS = r"(?:who|whom|whose|what|when|where|why|how|which)\b"
_JOINT = re.compile(
    rf"\s*(?:,|;)?\s+(?:and|or)\s+(?=(?:(?:by|from|to|in|on|at|with|for)\s+)?{_ASKS})", re.I
)
_SENTENCE = re.compile(r"(?<=[?!])\s+(?=\w)")
_MIN_WORDS = 3
MAX_PARTS = 4


def split_question(question: str) -> list[str]:
    """The questions in ``question``, each able to stand alone; ``[question]`` if it is one.

    "How large is it, and who made it?" has two parts; "Who made it and sold it?" has one. A part of
    fewer than three words ("and from whom?") stays with the one before it.
    """
    parts: list[str] = []
    for sentence in _SENTENCE.split(question.strip()):
        for part in _JOINT.split(sentence):
            text = part.strip(" ,;")
            if parts and len(text.split()) < _MIN_WORDS:
                parts[-1] = f"{parts[-1].rstrip('?')} and {text}"
            elif text:
                parts.append(text)
    asked = [part for part in parts if re.search(_ASKS, part, re.I) or part.endswith("?")]
    if len(asked) < 2 or len(asked) != len(parts) or len(parts) > MAX_PARTS:
        return [question.strip()]
    return [part if part.endswith("?") else f"{part}?" for part in parts]
