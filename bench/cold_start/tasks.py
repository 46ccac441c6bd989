"""What is started: every command, the least there could be, and how it was before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from bench.cold_start.corpus import Corpus
from bench.cold_start.floors import floor, minimum
from bench.cold_start.process import Measured, program, run, run_to_prompt

FLOOR = "the floor"
MINIMUM = "the minimum"
SEARCH = "rag search"
ASK = "rag ask, extractive"
_HEAVY = """
from functools import partial
from rag.embedding import sentence_transformer as module
module.SentenceTransformerEmbedder = partial(module.SentenceTransformerEmbedder, light=False)
"""


def _nothing(round_: int) -> None:
    """Before most tasks there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Task:
    """One way of starting.

    Attributes:
        measure: starts it once.
        arguments: of ``rag``, where its steps are to be timed as well.
        prepare: what is done before, unmeasured; it is told which round it is.
    """

    name: str
    measure: Callable[[], Measured]
    arguments: tuple[str, ...] = ()
    prepare: Callable[[int], None] = field(default=_nothing)


def tasks(corpus: Corpus, question: str) -> list[Task]:
    """The floor and the minimum first."""
    where = ("--index", str(corpus.index))
    extractive = ("--engine", "extractive", *where)
    search, ask = ("search", question, *where), ("ask", question, *extractive)
    index = ("index", str(corpus.articles), *where)
    llama = ("ask", question, "--engine", "llama", "--model", str(corpus.model), *where)
    heavy = {"by sentence-transformers": _HEAVY}
    return [
        Task(FLOOR, partial(run, floor(question, corpus.index.parent / "floor"))),
        Task(MINIMUM, partial(run, minimum(question))),
        Task("rag --help", partial(run, program("--help")), ("--help",)),
        _task("rag status", ("status", *where)),
        _task(SEARCH, search),
        _task(ASK, ask),
        _task("rag ask, Llama engine, tiny random model", llama),
        Task("rag chat, to the prompt", partial(run_to_prompt, program("chat", *extractive))),
        _task("rag index, nothing changed", index),
        Task(
            "rag index, one article changed",
            partial(run, program(*index)),
            index,
            corpus.change_one,
        ),
        *(
            Task(f"{name}, {how}", partial(run, program(*arguments, before=code)))
            for how, code in heavy.items()
            for name, arguments in ((SEARCH, search), (ASK, ask))
        ),
    ]


def _task(name: str, arguments: tuple[str, ...]) -> Task:
    return Task(name, partial(run, program(*arguments)), arguments)
