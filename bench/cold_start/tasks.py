"""What is started: every command, the least there could be, and how it was before."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from bench.cold_start.corpus import Corpus
from bench.cold_start.process import Measured, program, run, run_to_prompt

FLOOR = "the minimum"
SEARCH = "rag search"
ASK = "rag ask, extractive"
_FLOOR_CODE = """
import sys
from pathlib import Path
import faiss, numpy as np
from rag.embedding.light import LightModel
folder, question = sys.argv[1:]
row = LightModel(Path(folder)).embed([question])
rows = np.random.default_rng(0).standard_normal((1000, row.shape[1]), dtype=np.float32)
flat = faiss.IndexFlatIP(row.shape[1])
flat.add(rows)
flat.search(row, 10)
"""
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
    """The minimum first."""
    from rag.embedding.weights import PACKAGED_MODEL, locate

    where = ("--index", str(corpus.index))
    extractive = ("--engine", "extractive", *where)
    search, ask = ("search", question, *where), ("ask", question, *extractive)
    floor = [sys.executable, "-c", _FLOOR_CODE, str(locate(PACKAGED_MODEL).path), question]
    index = ("index", str(corpus.articles), *where)
    llama = ("ask", question, "--engine", "llama", "--model", str(corpus.model), *where)
    heavy = {"by sentence-transformers": _HEAVY}
    return [
        Task(FLOOR, partial(run, floor)),
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
