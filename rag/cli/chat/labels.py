"""What a user means who names a source: the label of a passage, or an article."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.cli.chat.chat import Chat
from rag.cli.chat.commands import Offer
from rag.cli.opening import kept_articles
from rag.cli.show.pieces import one_line
from rag.errors import UsageError
from rag.settings import Settings
from rag.store.records import ArticleRecord
from rag.text.markers import find_markers
from rag.text.paths import shown_path
from rag.types import Answer, Chunk, Document, Evidence

_LABEL = re.compile(r"\[?\s*(\d{1,9})\s*\]?")
_PLACED = re.compile(r"(.+):(\d{1,9})(?:-\d{1,9})?")
_N_NEAR = 3


@dataclass(frozen=True, slots=True)
class Named:
    """The passage under a label, and the evidence that the answer took from it."""

    label: int
    chunk: Chunk
    evidence: tuple[Evidence, ...]


def label_of(typed: str) -> int | None:
    """The number in ``3`` or ``[3]``; None for anything else."""
    match = _LABEL.fullmatch(typed.strip())
    return int(match.group(1)) if match else None


def named(answers: Sequence[Answer], label: int, command: str) -> Named:
    """The passage that the newest of ``answers`` that offered it has under ``label``.

    Raises:
        UsageError: there is no answer, or no such label was offered.
    """
    for answer in reversed(answers):
        for passage in answer.passages:
            if passage.label == label:
                evidence = tuple(e for e in _evidence(answer) if e.label == label)
                return Named(label, passage.chunk, evidence)
    raise UsageError(f"there is no source [{label}]", hint=_hint(answers, command))


def only_source(answers: Sequence[Answer], command: str) -> int:
    """The label of the only source of the last answer.

    Raises:
        UsageError: there are several, or none.
    """
    last = answers[-1] if answers else None
    labels = cited(last) if last else []
    if len(labels) == 1:
        return labels[0]
    message = "which source?" if last and offered(last) else "there are no sources yet"
    raise UsageError(message, hint=_hint(answers, command))


def cited(answer: Answer) -> list[int]:
    """The labels that an answer prints, rising; of a refusal, the one it corrects with."""
    labels = {m for s in answer.sentences for mark in find_markers(s.text) for m in mark.labels}
    denied = {answer.denial.label} if answer.denial else set()
    return sorted((labels | denied) & set(offered(answer)))


def offered(answer: Answer) -> dict[int, Chunk]:
    """The passages by their labels, those that are cited first."""
    return {passage.label: passage.chunk for passage in answer.passages}


def article(settings: Settings, typed: str) -> tuple[Document, int]:
    """The article of that path, id or title in the index, and the line in ``PATH:LINE`` or 0.

    Raises:
        UsageError: there is none, or more than one.
    """
    records = kept_articles.articles(settings)
    name, line = typed, 0
    found = _matching(records, name)
    placed = _PLACED.fullmatch(typed)
    if not found and placed:
        name, line = placed.group(1), int(placed.group(2))
        found = _matching(records, name)
    if len(found) > 1:
        names = ", ".join(record.id for record in found[:_N_NEAR])
        raise UsageError(f"{len(found)} articles are called {name}", hint=f"name one: {names}")
    document = kept_articles.article(settings, found[0].id) if found else None
    if document is None:
        raise UsageError(f"no article is called {typed}", hint=_nearest(records, name))
    return document, line


def source_names(chat: Chat) -> Iterable[str]:
    """What the tabulator offers for a source: labels, then the files of the articles."""
    yield from labels_offered(chat)
    records = kept_articles.articles(chat.desk.settings)
    yield from dict.fromkeys(shown_path(record.source) for record in records)


def labels_offered(chat: Chat) -> Iterable[Offer]:
    """The labels of the last answer with their titles, those it cites first."""
    last = chat.session.last
    if last is None:
        return ()
    first, chunks = cited(last), offered(last)
    labels = (*first, *(n for n in chunks if n not in first))
    return [Offer(str(n), one_line(chunks[n].title)) for n in labels]


def _evidence(answer: Answer) -> tuple[Evidence, ...]:
    denial = (answer.denial,) if answer.denial else ()
    sides = (side.evidence for conflict in answer.conflicts for side in conflict.sides)
    return tuple(dict.fromkeys((*answer.evidence, *denial, *sides)))


def _hint(answers: Sequence[Answer], command: str) -> str:
    last = answers[-1] if answers else None
    labels = (cited(last) or list(offered(last))) if last else []
    if not labels:
        return "ask a question first"
    return f"/{command} {labels[0]}; /sources lists them"


def _matching(records: Sequence[ArticleRecord], typed: str) -> list[ArticleRecord]:
    """Those whose path, id, title or file name is ``typed``; the first of these that fits any."""
    for told in (_by_path, _by_id, _by_title, _by_name):
        if found := [record for record in records if told(record, typed)]:
            return found
    return []


def _by_path(record: ArticleRecord, typed: str) -> bool:
    return typed in (record.source, shown_path(record.source))


def _by_id(record: ArticleRecord, typed: str) -> bool:
    return typed in (record.id, record.file)


def _by_title(record: ArticleRecord, typed: str) -> bool:
    return record.title.casefold() == typed.casefold()


def _by_name(record: ArticleRecord, typed: str) -> bool:
    return record.source.replace("\\", "/").rpartition("/")[2].casefold() == typed.casefold()


def _nearest(records: Sequence[ArticleRecord], typed: str) -> str:
    names = list(dict.fromkeys(n for r in records for n in (shown_path(r.source), r.title, r.id)))
    near = difflib.get_close_matches(typed, names, n=_N_NEAR, cutoff=0.4)
    return f"did you mean {', '.join(near)}?" if near else "/open N opens a source of the answer"
