"""Which sentences of an article can be asked about: whole, telling, understood without the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.text.markers import find_markers
from rag.text.orders import is_order
from rag.text.sentences import sentence_spans
from rag.text.terminal import safe
from rag.text.words import words
from rag.types import BlockKind, Document

_LENGTHS = range(40, 301)
"""Characters of a sentence: shorter ones say little, longer ones make no question."""
_MIN_WORDS, _MAX_WORDS = 6, 45
_WHOLE = re.compile(r"^[A-Z0-9$€£].*[^.?!…][.]$")
_UNREADABLE = re.compile(r"[\"“”«»()\[\]{}<>|*_`#\n\t]|https?:|www\.")
_LEANING = re.compile(
    r"^(it|its|they|their|them|he|his|she|her|this|these|those|that|there|here|such|both|neither|"
    r"each|all|some|many|most|others?|another|one|two|three|the (former|latter|same|two|first|"
    r"second|other|result|reason|answer|rest|new|next|following)|we|our|i|my|you|your|"
    r"and|but|or|so|yet|still|then|also|instead|however|meanwhile|moreover|nor|thus|hence|"
    r"even|only|nobody|nothing|everyone|everything|what|who|when|where|why|how|which|if|"
    r"afterwards|later|earlier|today|yesterday|tomorrow|now)\b",
    re.IGNORECASE,
)
_INSIDE = re.compile(r"\b(his|her|their|its)\b")
_ELSEWHERE = re.compile(
    r"\b(he|she|they|him|them|it|this|these|those|also|too|as well|another|the same|the former|"
    r"the latter|earlier|later|so far|here|then|instead|meanwhile|likewise)\b",
    re.IGNORECASE,
)
"""Words that point out of the sentence, or may."""
_UNNAMED = re.compile(
    r"^(?:The|An?)(?: [a-z-]+)+? (?:is|was|are|were|has|had|have|will|can|may|must|would|could)\b"
)
"""A subject without a name ("The example was ...") was spoken of before."""
_OPENING_WORDS = 5


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence that can be asked about.

    Attributes:
        document_id: of its article; text: verbatim, standing in the article exactly once.
        start: where it begins in the article's text.
    """

    document_id: str
    title: str
    text: str
    start: int


def sources(document: Document) -> Iterator[Source]:
    """The sentences of an article that can be asked about, in order."""
    for block in document.blocks:
        paragraph = block.span.of(document.text)
        if block.kind is not BlockKind.PARAGRAPH or is_order(paragraph):
            continue
        for span in sentence_spans(paragraph):
            text = span.of(paragraph)
            if is_fit(text) and document.text.count(text) == 1:
                start = block.span.start + span.start
                yield Source(document.id, document.title, text, start)


def is_fit(sentence: str) -> bool:
    """Whether a sentence says something by itself that a question can be made of."""
    if len(sentence) not in _LENGTHS or not _WHOLE.match(sentence) or safe(sentence) != sentence:
        return False
    if _UNREADABLE.search(sentence) or find_markers(sentence):
        return False
    if _LEANING.match(sentence) or _UNNAMED.match(sentence):
        return False
    if _ELSEWHERE.search(sentence):
        return False
    owner = _INSIDE.search(sentence)
    if owner and not _has_name(sentence[: owner.start()]):
        return False  # whom it means stands in another sentence
    if not _has_name(" ".join(sentence.split()[:_OPENING_WORDS])):
        return False  # "The example ...", "A system ...": of what, was said before
    return _MIN_WORDS <= len(sentence.split()) <= _MAX_WORDS


def _has_name(text: str) -> bool:
    return any(not word.is_stop and word.surface[0].isupper() for word in words(text))
