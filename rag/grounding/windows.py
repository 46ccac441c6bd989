"""The stretches of long evidence that a verifier with a short memory shall read for a claim."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.grounding.signals import analysed
from rag.text.words import terms

MAX_WORDS = 110
"""Of a window: with a claim of usual length it fits into 224 word pieces."""
_MAX_SENTENCE_WORDS = 60
_GREEDY_STEPS = 4


def pieces(evidence: Sequence[str]) -> list[str]:
    """The sentences of ``evidence`` in order, blanks single; one of over 60 words (a table, a
    page without stops) in parts."""
    found = []
    for text in evidence:
        for sentence in analysed(text).sentences:
            words = sentence.text.split()
            for at in range(0, len(words), _MAX_SENTENCE_WORDS):
                found.append(" ".join(words[at : at + _MAX_SENTENCE_WORDS]))
    return found


def windows_for(
    claim: str,
    evidence: Sequence[str],
    idf: Callable[[str], float],
    *,
    max_words: int = MAX_WORDS,
) -> list[str]:
    """At most two texts of at most about ``max_words``: the run of sentences that holds most of the
    claim's content words, and the few best sentences together if these lie apart.

    All the evidence, alone, if it is that short; empty without evidence.
    """
    sentences = pieces(evidence)
    sizes = [len(s.split()) for s in sentences]
    if sum(sizes) <= max_words:
        return [" ".join(sentences)] if sentences else []
    wanted = set(terms(claim))
    held = [wanted & set(terms(s)) for s in sentences]
    run = _best_run(held, sizes, idf, max_words)
    chosen = _greedy(held, sizes, idf, max_words)
    joined = [" ".join(sentences[i] for i in run)]
    if not set(chosen) <= set(run):
        joined.append(" ".join(sentences[i] for i in chosen))
    return joined


def _best_run(
    held: list[set[str]], sizes: list[int], idf: Callable[[str], float], max_words: int
) -> list[int]:
    best: tuple[float, list[int]] = (-1.0, [])
    for start in range(len(held)):
        end, n_words = start, 0
        while end < len(held) and n_words + sizes[end] <= max_words:
            n_words += sizes[end]
            end += 1
        gain = sum(idf(t) for t in set().union(*held[start:end]))
        gain += 0.01 * sum(idf(t) for i in range(start, end) for t in held[i])
        if gain > best[0]:
            best = (gain, list(range(start, end)))
        if end == len(held):
            break
    return best[1]


def _greedy(
    held: list[set[str]], sizes: list[int], idf: Callable[[str], float], max_words: int
) -> list[int]:
    """The sentences that one after another add most, in their order, with the sentence before
    the first of them if there is room: it often says who "he" is."""
    chosen: list[int] = []
    covered: set[str] = set()
    room = max_words
    for _ in range(_GREEDY_STEPS):
        gains = [
            (sum(idf(t) for t in held[i] - covered), -i)
            for i in range(len(held))
            if i not in chosen and sizes[i] <= room
        ]
        gain, at = max(gains, default=(0.0, 0))
        if gain <= 0:
            break
        chosen.append(-at)
        covered |= held[-at]
        room -= sizes[-at]
    before = chosen[0] - 1 if chosen else -1
    if before >= 0 and before not in chosen and sizes[before] <= room:
        chosen.append(before)
    return sorted(chosen)
