"""Passages that say again what a better one of another article says: copies of one story.

A passage counts as a copy when nearly all of its runs of three words stand in passages that rank
before it, sentence by sentence, and no run with a number, a name or a denial is new: a copy that
differs in a figure is no copy but the other side of a conflict, and stays.

Source: containment of word shingles after Broder, On the resemblance and containment of documents,
1997; per sentence, so that passages cut at other places are compared all the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.text.opposites import is_negation, opposed
from rag.types import Chunk

CONTAINED = 0.8
"""Share of a passage's shingles that must stand in better ones."""
_SENTENCE_CONTAINED = 0.4
"""The same for each of its sentences: one that is new altogether is a reason to keep it."""
_SUSPECT = 0.75
"""Share of its different words, as written, below which a passage is not looked at closely: each
word that is new breaks a shingle at least, so hardly a copy has less. Of 6,000 passages found for
one subject, no copies among them, none had as much, and this test costs three microseconds."""
_WORD = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|[%$€£¥]")
_NUMBER_WORDS = frozenset(
    """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million billion trillion half third quarter double twice dozen first second
    january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday % $ € £ ¥""".split()
)

Shingle = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The words of a sentence as written, with an empty one on either side, so that a run shows
    where the sentence begins and ends; and its runs of three, without case."""

    words: tuple[str, ...]
    runs: tuple[Shingle, ...]

    def denials(self) -> int:
        """How many of its words deny."""
        return sum(map(is_negation, self.words))


@dataclass(slots=True)
class _Kept:
    """A passage that stays, with what it says; worked out when a copy is first suspected."""

    place: int
    chunk: Chunk
    copies: dict[str, None] = field(default_factory=dict)
    held: list[_Sentence] | None = None

    def sentences(self) -> list[_Sentence]:
        """Its sentences, taken apart once."""
        if self.held is None:
            self.held = _sentences(self.chunk)
        return self.held


@dataclass(frozen=True, slots=True)
class Distinct:
    """A passage that stays: its place in the list, and the other articles that say the same."""

    place: int
    copies: tuple[str, ...]


def distinct(chunks: Sequence[Chunk], k: int) -> list[Distinct]:
    """The first ``k`` of ``chunks``, best first, that are no copy of one before them.

    Equal words, whatever their line breaks, count as a copy in the same article too. Later copies
    of what is kept are noted even when ``k`` is reached.
    """
    kept: list[_Kept] = []
    seen: set[str] = set()
    for place, chunk in enumerate(chunks):
        words = set(chunk.text.split())
        suspect = len(words & seen) >= _SUSPECT * len(words)
        original = _original(chunk, kept) if suspect else None
        if original is not None:
            if original.chunk.document_id != chunk.document_id:
                original.copies[chunk.document_id] = None
        elif len(kept) < k:
            kept.append(_Kept(place, chunk))
            seen |= words
    return [Distinct(found.place, tuple(found.copies)) for found in kept]


def _original(chunk: Chunk, kept: Sequence[_Kept]) -> _Kept | None:
    """The passage that says what ``chunk`` says, alone or with others; None if there is none."""
    words = chunk.text.split()
    equal = (k for k in kept if k.chunk.text.split() == words)
    others = [k for k in kept if k.chunk.document_id != chunk.document_id]
    return next(equal, None) or _copied(chunk, others)


def _copied(chunk: Chunk, kept: Sequence[_Kept]) -> _Kept | None:
    """The passage of another article of which ``chunk`` is mostly a copy."""
    sentences = _sentences(chunk)
    wanted = _runs_of(sentences)
    shared = [(len(wanted & _runs_of(k.sentences())), k) for k in kept]
    held = [sentence for n_shared, k in shared if n_shared for sentence in k.sentences()]
    known = _runs_of(held)
    if not wanted or len(wanted & known) < CONTAINED * len(wanted):
        return None
    if any(_is_new(sentence, held, known) for sentence in sentences):
        return None
    return max(shared, key=lambda pair: pair[0])[1]


def _is_new(sentence: _Sentence, held: Sequence[_Sentence], known: frozenset[Shingle]) -> bool:
    """Whether ``sentence`` says something that none of ``held`` does; ``known`` are their runs."""
    words, runs = sentence.words, sentence.runs
    missing = [at for at, run in enumerate(runs) if run not in known]
    if not missing:
        return False
    if len(missing) > (1.0 - _SENTENCE_CONTAINED) * len(runs):
        return True
    places = {place for at in missing for place in (at, at + 1, at + 2) if words[place]}
    if any(_is_number(words[place]) or _is_new_name(words, place, known) for place in places):
        return True
    like = max(held, key=lambda other: len(set(runs).intersection(other.runs)))
    if like.denials() != sentence.denials():
        return True
    theirs = {word for run in set(like.runs).difference(runs) for word in run}
    return bool(opposed(" ".join(words[place] for place in places), " ".join(theirs)))


def _is_number(word: str) -> bool:
    return word[0].isdigit() or word.casefold() in _NUMBER_WORDS


def _is_new_name(words: Sequence[str], place: int, known: frozenset[Shingle]) -> bool:
    """Whether a name (the first word of a sentence is none for its capital) stands nowhere in
    ``known`` beside a word that it stands beside here: a word next to it may be another, but it
    must not have changed places with a second name."""
    if not words[place][0].isupper() or place == 1:
        return False
    before, name, after = (word.casefold() for word in words[place - 1 : place + 2])
    beside = {(before, name), (name, after)}
    return not any((a, b) in beside or (b, c) in beside for a, b, c in known)


def _sentences(chunk: Chunk) -> list[_Sentence]:
    found = []
    for span in chunk.sentences:
        if words := _WORD.findall(span.of(chunk.text)):
            padded = ("", *words, "")
            folded = [word.casefold() for word in padded]
            runs = zip(folded, folded[1:], folded[2:], strict=False)
            found.append(_Sentence(padded, tuple(runs)))
    return found


def _runs_of(sentences: Sequence[_Sentence]) -> frozenset[Shingle]:
    return frozenset(run for sentence in sentences for run in sentence.runs)
