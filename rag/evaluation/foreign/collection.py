"""What a question set holds, whatever its format: articles, and questions with their answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.evaluation.types import CaseKind
from rag.text.sentences import sentence_spans
from rag.types import Span

_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Article:
    """An article to be written.

    Attributes:
        title: stands above the text; empty if there is none.
        paragraphs: each on a line of its own.
    """

    name: str
    title: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        """What the file holds."""
        parts = (self.title, *self.paragraphs) if self.title else self.paragraphs
        return "\n\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article that states an answer."""

    article: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """A question as a set has it.

    Attributes:
        facts: each with its spellings; all are wanted.
        gold: what must be cited, each with the sentences that would do; empty if unanswerable.
        lacking: why no case can be made of it; empty if one can.
    """

    id: str
    kind: CaseKind
    question: str
    facts: tuple[tuple[str, ...], ...] = ()
    gold: tuple[tuple[Sentence, ...], ...] = ()
    tags: tuple[str, ...] = ()
    lacking: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """A question set."""

    format: str
    articles: tuple[Article, ...]
    items: tuple[Item, ...]


def on_one_line(text: str) -> str:
    """``text`` as a line that can be written: controls become blanks and stray surrogates the
    replacement character, one for one, so that offsets stay."""
    return _SURROGATE.sub("\ufffd", _UNWRITABLE.sub(" ", text))


def sentence_around(text: str, span: Span) -> str:
    """The sentence, or the run of sentences, of ``text`` that ``span`` lies in."""
    touched = [s for s in sentence_spans(text) if s.overlaps(span)]
    if not touched:
        return span.of(text)
    return text[min(touched[0].start, span.start) : max(touched[-1].end, span.end)].strip()
