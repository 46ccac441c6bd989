"""Candidate questions of a set of articles, and the choice among them."""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.evaluation.case_file import UNREVIEWED
from rag.evaluation.draft.masks import Mask, masks, spellings
from rag.evaluation.draft.names import Names, is_month
from rag.evaluation.draft.sources import Source, sources
from rag.evaluation.draft.wording import question
from rag.evaluation.types import CaseKind, EvalCase, GoldQuote
from rag.text.question import name_phrases
from rag.text.words import terms, words
from rag.types import Document

_MIN_TERMS = 4
_MAX_WORDS = 26
_MAX_OF_AN_ARTICLE = 60
_FRONTED = re.compile(r"(?:How|Who or what|(?:In|On|Since|Until|By|From) which)\b")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence, what of it is asked for, and the question that the rules make."""

    source: Source
    mask: Mask
    by_rule: str

    @property
    def awkwardness(self) -> int:
        """0 for a plain question, 2 for one that asks in the middle, 4 for a blank."""
        if not self.mask.asking:
            return 4
        return 0 if _FRONTED.match(self.by_rule) else 2


Asker = Callable[[Candidate], str]
"""Words a question that the mask answers; empty if it cannot."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question that the articles answer."""

    candidate: Candidate
    question: str

    @property
    def source(self) -> Source:
        return self.candidate.source

    @property
    def mask(self) -> Mask:
        return self.candidate.mask

    @property
    def is_by_model(self) -> bool:
        """Whether it is not the question that the rules made."""
        return self.question != self.candidate.by_rule

    @property
    def case(self) -> EvalCase:
        """The case, marked as not reviewed."""
        facts = (spellings(self.mask, self.source.text),)
        gold = (GoldQuote(self.source.document_id, self.source.text),)
        maker = "by_model" if self.is_by_model else "by_rule"
        tags = (UNREVIEWED, maker, self.mask.kind.value)
        return EvalCase(
            case_id(self.question), CaseKind.ANSWERABLE, self.question, (), gold, facts, (), tags
        )


def case_id(text: str) -> str:
    """An id that depends on the question only."""
    return f"draft-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


class Corpus:
    """The articles, as far as drafting has to know them."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.sources = {d.id: list(sources(d)) for d in sorted(documents, key=lambda d: d.id)}
        texts = [(document.id, _own_text(document)) for document in documents]
        self.names = Names(texts)
        self._words = {word.surface for _, text in texts for word in words(text)}

    def is_word(self, word: str) -> bool:
        """Whether the articles use the word, written like this."""
        return word in self._words

    def candidates(self, document_id: str, *, seed: int) -> list[Candidate]:
        """What can be asked of one article, in an order that the seed decides."""
        found = [
            Candidate(source, mask, question(source.text, mask, self.is_word))
            for source in self.sources[document_id]
            for mask in masks(source.text, self.names)
        ]
        random.Random(f"{seed}/{document_id}").shuffle(found)
        return found[:_MAX_OF_AN_ARTICLE]


def choose(corpus: Corpus, ask: Asker, *, n_wanted: int, seed: int) -> list[Proposal]:
    """At most ``n_wanted`` proposals in the order of the articles, spread evenly over them.

    One sentence is asked about once; of one article different things are asked for, names in the
    middle of a sentence last.
    """
    waiting = {d: corpus.candidates(d, seed=seed) for d in corpus.sources}
    used: dict[str, Counter[str]] = {d: Counter() for d in waiting}
    chosen: list[Proposal] = []
    seen: set[str] = set()
    while len(chosen) < n_wanted and any(waiting.values()):
        for document_id in sorted(waiting):
            found = _next(corpus, waiting[document_id], used[document_id], seen, ask)
            if found is not None and len(chosen) < n_wanted:
                chosen.append(found)
    return sorted(chosen, key=lambda p: (p.source.document_id, p.source.start))


def _next(
    corpus: Corpus, waiting: list[Candidate], used: Counter[str], seen: set[str], ask: Asker
) -> Proposal | None:
    """The next good proposal of an article; those tried are taken off ``waiting``."""
    while waiting:
        best = min(waiting, key=lambda c: used[c.mask.kind] + c.awkwardness)
        waiting.remove(best)
        if best.source.text in seen:
            continue
        text = ask(best)
        if is_usable(text, best, corpus.names) and text.casefold() not in seen:
            used[best.mask.kind] += 1
            seen |= {best.source.text, text.casefold()}
            return Proposal(best, text)
    return None


def is_usable(text: str, candidate: Candidate, names: Names) -> bool:
    """Whether a question is one, does not give its answer away, and says what it is about."""
    source = candidate.source
    answer = set(terms(candidate.mask.span.of(source.text)))
    told = set(terms(text))
    known = set(terms(f"{source.title} {source.text}"))
    return (
        0 < len(text.split()) <= _MAX_WORDS
        and "\n" not in text
        and (not candidate.mask.asking or not re.search(r"[,;:]\s", text))
        and not answer & told
        and len(told & known) >= _MIN_TERMS
        and _is_about_something(text, names)
    )


def _is_about_something(text: str, names: Names) -> bool:
    """Whether a name in it says what it is about."""
    return any(name in names and not is_month(name) for name in name_phrases(f"so {text}"))


def _own_text(document: Document) -> str:
    return "\n\n".join(block.span.of(document.text) for block in document.blocks)
