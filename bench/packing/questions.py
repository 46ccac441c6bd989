"""Questions with what is found for them, and where their evidence lies.

Everything up to the packing is the program's own: readers, chunks, index, follow-ups, spelling,
retrieval and the ranking of sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bench.devsets import DevSet, Query, load_set
from rag.assistant.assistant import Assistant
from rag.assistant.selecting import POOL
from rag.assistant.windows import Rankings
from rag.evaluation.cases import load_cases
from rag.evaluation.gold import same_document, verify_gold
from rag.evaluation.suite import load_suite
from rag.evaluation.types import EvalCase
from rag.parts import open_assistant
from rag.settings import Settings
from rag.text.compound import split_question
from rag.text.markers import strip_markers
from rag.types import Chunk, Span, Turn


@dataclass(frozen=True)
class Gold:
    """One piece of evidence: any of the spans, each with its document, would do."""

    choices: tuple[tuple[str, Span], ...]


@dataclass(frozen=True)
class Asked:
    """A question with what was found.

    Attributes:
        set: which questions it belongs to: of the eval suite, ``eval: KIND``.
        gold: all that an answer needs; empty where the articles do not answer.
        query: as searched; parts: of it, each ranked apart.
        chunks: the first ``POOL`` found, best first.
        rankings: their sentences, for each part.
    """

    set: str
    question: str
    query: str
    gold: tuple[Gold, ...]
    parts: tuple[str, ...]
    chunks: tuple[Chunk, ...]
    rankings: Rankings


def dev_questions(data: Path, name: str, work: Path, *, most: int | None = None) -> list[Asked]:
    """The questions of a development set, the first ``most`` of them."""
    devset = load_set(data, name)
    folder = work / name
    _write(devset, folder / "articles")
    with open_assistant(_settings(folder, [folder / "articles"]), notice=print) as assistant:
        return [
            _asked(assistant, name, query.question, (), tuple(_gold(query, devset)))
            for query in devset.queries[:most]
        ]


def eval_questions(work: Path, *, most: int | None = None) -> list[Asked]:
    """The cases of the eval suite, the first ``most``; earlier questions of a conversation are
    answered by the engine that needs no model."""
    suite = load_suite()
    cases = verify_gold(load_cases(suite.cases), suite.articles)
    with open_assistant(_settings(work / "eval", suite.articles), notice=print) as assistant:
        return [_case(assistant, case) for case in cases[:most]]


def _settings(folder: Path, articles: list[Path] | tuple[Path, ...]) -> Settings:
    return Settings(
        articles=tuple(map(str, articles)), index_dir=str(folder / "index"), engine="extractive"
    )


def _write(devset: DevSet, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in devset.files.items():
        path = folder / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _case(assistant: Assistant, case: EvalCase) -> Asked:
    turns: tuple[Turn, ...] = ()
    for question in case.history:
        answer = assistant.ask(question, turns)
        turns = (*turns, Turn(question, strip_markers(answer.text)))
    gold = (
        Gold(tuple((one.document, one.span) for one in quote.choices if one.span is not None))
        for quote in case.gold
    )
    return _asked(assistant, f"eval: {case.kind}", case.question, turns, tuple(gold))


def _asked(
    assistant: Assistant, name: str, question: str, turns: tuple[Turn, ...], gold: tuple[Gold, ...]
) -> Asked:
    preparation = assistant._preparation
    query = preparation._understood(question, turns)
    parts = split_question(query)
    hits = preparation._retrieved(parts)[:POOL]
    rankings = preparation._ranked(parts, hits)
    chunks = tuple(hit.chunk for hit in hits)
    return Asked(name, question, query, gold, tuple(parts), chunks, rankings)


def _gold(query: Query, devset: DevSet) -> Iterator[Gold]:
    """Where gold is a whole document, every place in it that words an answer would do."""
    for gold in query.gold:
        if gold.span is not None:
            yield Gold(((gold.document_id, gold.span),))
            continue
        text = devset.files[gold.document_id]
        wordings = [re.escape(answer) for answer in query.answers if answer]
        found = re.finditer("|".join(wordings), text, re.IGNORECASE) if wordings else ()
        if places := tuple((gold.document_id, Span(m.start(), m.end())) for m in found):
            yield Gold(places)


@lru_cache(maxsize=100_000)
def is_in(document_id: str, gold_document: str) -> bool:
    """Whether the two name the same article."""
    return document_id == gold_document or same_document(document_id, gold_document)
