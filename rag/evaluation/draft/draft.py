"""Drafts the cases of a folder of articles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import EvalError, InputError
from rag.evaluation.draft.proposals import Asker, Corpus, choose
from rag.evaluation.draft.swaps import swapped
from rag.evaluation.types import EvalCase
from rag.ingest.folder import FoundFile, find_files
from rag.ingest.read import read_documents
from rag.types import Document, Skipped

_UNANSWERABLE_SHARE = 5
"""One case in so many is to be refused, where the articles offer names to exchange."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """The cases in the order of the articles, the unanswerable ones last."""

    cases: tuple[EvalCase, ...]
    n_articles: int
    n_unanswerable: int
    n_by_model: int


def draft(
    documents: Sequence[Document], *, n_wanted: int, seed: int, ask: Asker | None = None
) -> Drafted:
    """At most ``n_wanted`` cases about the documents. Equal arguments give equal cases.

    Args:
        ask: words the questions; None: by rule.

    Raises:
        EvalError: if nothing can be asked about them.
    """
    corpus = Corpus(documents)
    n_swaps = n_wanted // _UNANSWERABLE_SHARE
    chosen = choose(corpus, ask or (lambda c: c.by_rule), n_wanted=n_wanted - n_swaps, seed=seed)
    if not chosen:
        raise EvalError(
            f"no question can be made of {len(documents)} articles",
            hint="sentences with a name and a date, number or amount are needed; "
            "write cases by hand (eval/README.md)",
        )
    refused = swapped(corpus, chosen, n_wanted=n_swaps, seed=seed)
    cases = (*(proposal.case for proposal in chosen), *refused)
    n_by_model = sum(proposal.is_by_model for proposal in chosen)
    return Drafted(cases, len(documents), len(refused), n_by_model)


def read_articles(
    roots: Sequence[Path], *, on_skipped: Callable[[Skipped], None]
) -> list[Document]:
    """The articles under ``roots``; files that cannot be read are told of.

    Raises:
        InputError: a root that is missing, or no article in any of them.
    """
    documents = []
    for found in find_files(roots):
        if isinstance(found, FoundFile):
            try:
                documents.extend(read_documents(found))
            except InputError as exc:
                on_skipped(Skipped(str(found.path), exc.message))
        else:
            on_skipped(found)
    if not documents:
        raise InputError(f"no article in {', '.join(map(str, roots))}", hint="name another with -a")
    return documents
