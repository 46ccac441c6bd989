"""Questions that the articles do not answer: one that they do, asked of something else."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from rag.evaluation.case_file import UNREVIEWED
from rag.evaluation.draft.masks import MaskKind
from rag.evaluation.draft.proposals import Corpus, Proposal, case_id
from rag.evaluation.types import CaseKind, EvalCase
from rag.text.question import name_phrases
from rag.text.words import terms

_MIN_NAME = 3
_MOST_SHARED = 0.5
"""A sentence about the other name that has more of the question's words might answer it."""


def swapped(
    corpus: Corpus, proposals: Sequence[Proposal], *, n_wanted: int, seed: int
) -> list[EvalCase]:
    """At most ``n_wanted`` unanswerable cases. Each takes a proposal's question and puts a name of
    another article in the place of one of its own; none if no name is of one article only."""
    rng = random.Random(f"{seed}/swaps")
    order = [p for p in proposals if p.mask.kind not in (MaskKind.NAME, MaskKind.SUBJECT)]
    rng.shuffle(order)
    cases: list[EvalCase] = []
    taken: set[str] = set()
    for proposal in order:
        if len(cases) == n_wanted:
            break
        found = next((o for o in _swaps(corpus, proposal) if o[1] not in taken), None)
        if found is not None:
            text, name = found
            taken.add(name)
            tags = (UNREVIEWED, "swapped", "near_miss")
            cases.append(EvalCase(case_id(text), CaseKind.UNANSWERABLE, text, tags=tags))
    return sorted(cases, key=lambda case: case.id)


def _swaps(corpus: Corpus, proposal: Proposal) -> Iterator[tuple[str, str]]:
    """Questions with a name exchanged, the likeliest first, and the name that came in."""
    known = corpus.names
    found = name_phrases(f"so {proposal.question}")
    names = [n for n in found if known.does_something(n) and known.stands_bare(n)]
    for name in names[:1]:  # the first is what the question is about
        rest = set(terms(proposal.question)) - set(terms(name))
        for other in known.like(name):
            apart = proposal.source.document_id not in known.documents_of(other)
            alike = known.stands_bare(other) and _looks_alike(name, other)
            if apart and alike and not _may_answer(corpus, other, rest):
                yield proposal.question.replace(name, other), other


def _looks_alike(name: str, other: str) -> bool:
    """Whether two names may be of the same kind of thing, as far as their looks tell."""
    if len(other) < _MIN_NAME:
        return False
    same_digits = any(c.isdigit() for c in name) == any(c.isdigit() for c in other)
    return same_digits and len(name.split()) == len(other.split())


def _may_answer(corpus: Corpus, name: str, rest: set[str]) -> bool:
    """Whether an article has a sentence with the name and much of the rest of the question."""
    for document_id in corpus.names.documents_of(name):
        for source in corpus.sources.get(document_id, ()):
            if name in source.text:
                shared = rest & set(terms(source.text))
                if len(shared) > _MOST_SHARED * len(rest):
                    return True
    return False
