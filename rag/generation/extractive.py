"""The engine without a model: answers with the sentences that best state what is asked.

It needs no model file and cannot invent anything: every sentence is one of an article's own, with
the passage it stands in as its citation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.protocols import EvidenceRanker
from rag.text.compound import split_question
from rag.text.markers import cite, strip_markers
from rag.types import Draft, Passage, Quotation, RankedSentence, Span, Turn, Usage

MAX_SENTENCES = 4
MAX_SENTENCES_OF_A_PART = 2
MAX_GAP = 4.0
"""A further sentence is given while its log-odds are at most this far below the best one's: a sure
answer is short, an unsure one gives the reader more to judge by."""
SAME_ARTICLE = 0.35
"""Log-odds that a sentence loses when its article has spoken already: another one may disagree."""
FRAGMENT = 1.5
"""Log-odds that a list item or other fragment loses to whole sentences."""

_END = re.compile(r"[.!?…][\"'”’)\]]*\s*$")
_LEANING = re.compile(
    r"^(it|its|they|their|them|he|his|she|her|this|these|those|that|such|both|neither|"
    r"the (former|latter|same|two))\b",
    re.IGNORECASE,
)

_PERSON = re.compile(r"\b(?:he|she|his|her)\b")
_NAME = re.compile(
    r"\b(?!January|February|March|April|May|June|July|August|September|October|November|December)"
    r"[A-Z]\w+"
)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence to be said: its passage, its number there, and its score."""

    passage: Passage
    number: int
    score: float

    @property
    def span(self) -> Span:
        return self.passage.chunk.sentences[self.number]

    @property
    def text(self) -> str:
        return self.span.of(self.passage.chunk.text)


class ExtractiveEngine:
    """Answers from the passages' own sentences, at most four of them plus what they lean on."""

    name = "extractive"
    model_sha256 = ""

    def __init__(self, ranker: EvidenceRanker) -> None:
        self._ranker = ranker

    def fit(self, question: str, passages: Sequence[Passage], history: Sequence[Turn]) -> int:
        """All of them: there is no context window to fill."""
        return len(passages)

    def generate(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],
        *,
        quote: bool = False,
    ) -> ExtractiveGeneration:
        """The sentences chosen for each part of ``question``; ``history`` is not used."""
        parts = split_question(question)
        rankings = [self._ranker.rank(part, passages) for part in parts]
        return ExtractiveGeneration(choose_for_parts(rankings), quote=quote)

    def condense(self, question: str, history: Sequence[Turn]) -> None:
        """This engine cannot rewrite: the caller's own rules are used."""
        return None

    def close(self) -> None:
        """Nothing is held."""


class ExtractiveGeneration:
    """The chosen sentences, one by one. There is no second version of a quotation."""

    def __init__(self, pieces: Sequence[_Piece], *, quote: bool = False) -> None:
        self._pieces = list(pieces)
        self._quote = quote

    @property
    def usage(self) -> Usage:
        """No tokens are spent."""
        return Usage()

    def next(self) -> Draft | None:
        """The next sentence with its citation; to ``quote`` it is to change nothing in it."""
        if not self._pieces:
            return None
        piece = self._pieces.pop(0)
        if self._quote:
            return Draft(piece.text, Quotation(piece.passage.label, piece.span))
        return Draft(cite(_plain(piece.text), [piece.passage.label]))

    def retry(self) -> Draft | None:
        """None: the articles' words are what they are."""
        return None

    def accept(self, text: str) -> None:
        """Nothing depends on what was said before."""

    def close(self) -> None:
        """Forget the rest."""
        self._pieces.clear()


def choose_for_parts(rankings: Sequence[Sequence[RankedSentence]]) -> list[_Piece]:
    """The sentences chosen for each part of a question, one part after the other; a sentence that
    serves two parts is said once."""
    limit = MAX_SENTENCES_OF_A_PART if len(rankings) > 1 else MAX_SENTENCES
    said: set[tuple[int, int]] = set()
    pieces = []
    for ranked in rankings:
        for piece in choose(ranked, max_sentences=limit):
            if (piece.passage.label, piece.number) not in said:
                said.add((piece.passage.label, piece.number))
                pieces.append(piece)
    return pieces


def choose(ranked: Sequence[RankedSentence], *, max_sentences: int = MAX_SENTENCES) -> list[_Piece]:
    """The sentences of an answer in the order in which they are said.

    The best sentence, then others that come close to it. Sentences of one passage follow
    each other as they do there, and one that leans on the sentence before it ("It has …") brings
    that sentence along.
    """
    chosen: list[_Piece] = []
    said: set[str] = set()
    left = list(ranked)
    while left and len(chosen) < max_sentences:
        told = {piece.passage.chunk.document_id for piece in chosen}
        best = max(left, key=lambda r: _worth(r, told))
        if chosen and _worth(best, told) < _worth(ranked[0], set()) - MAX_GAP:
            break
        left.remove(best)
        key = _plain(best.text).casefold()
        if key not in said:
            said.add(key)
            chosen.append(_piece(best))
    return _in_order(_with_antecedents(chosen))


def _worth(candidate: RankedSentence, told: set[str]) -> float:
    """The candidate's log-odds, less a little if its article has spoken already or it is no whole
    sentence (an item of a list)."""
    probability = min(max(candidate.score, 1e-9), 1 - 1e-9)
    known = candidate.passage.chunk.document_id in told
    whole = _END.search(candidate.text) is not None
    return (
        math.log(probability / (1 - probability))
        - (SAME_ARTICLE if known else 0.0)
        - (0.0 if whole else FRAGMENT)
    )


def _piece(candidate: RankedSentence) -> _Piece:
    number = candidate.passage.chunk.sentences.index(candidate.span)
    return _Piece(candidate.passage, number, candidate.score)


def _with_antecedents(chosen: Sequence[_Piece]) -> list[_Piece]:
    pieces = list(chosen)
    have = {(p.passage.label, p.number) for p in pieces}
    for piece in chosen:
        before = (piece.passage.label, piece.number - 1)
        if piece.number > 0 and before not in have and _leans(_plain(piece.text)):
            have.add(before)
            pieces.append(_Piece(piece.passage, piece.number - 1, piece.score))
    return pieces


def _leans(sentence: str) -> bool:
    """Whether ``sentence`` needs the one before it: it begins with a word that points back, or
    "he" or "she" comes before any name."""
    if _LEANING.match(sentence):
        return True
    person = _PERSON.search(sentence)
    return person is not None and not _NAME.search(sentence, 1, person.start())


def _in_order(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Best passage first; inside a passage the article's own order."""
    best: dict[int, float] = {}
    for piece in pieces:
        label = piece.passage.label
        best[label] = max(best.get(label, 0.0), piece.score)
    return sorted(pieces, key=lambda p: (-best[p.passage.label], p.passage.label, p.number))


def _plain(text: str) -> str:
    """A sentence as it is said: on one line, without markers that the article itself carries."""
    return " ".join(strip_markers(text).split())
