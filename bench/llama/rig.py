"""What every measurement needs: a loaded model, texts of real size, and clocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rag.errors import RagError
from rag.generation.llama.backend import Backend
from rag.generation.llama.citing import CitationRule, MarkerTokens
from rag.generation.llama.decode import TokenState
from rag.generation.llama.engine import LlamaEngine
from rag.generation.llama.library import library
from rag.generation.llama.tokens import Vocabulary
from rag.resources import data_dir
from rag.text.sentences import sentence_spans
from rag.types import Chunk, Passage, Span

N_CTX = 4096
PASSAGE_TOKENS = 130
"""What a passage of the default chunking takes in the Llama 3 vocabulary, about."""


class Enough(RagError):
    """What was to be timed has happened; one of our errors, which the engine passes on as it is."""


class TimedLibrary:
    """llama.cpp's API, noting what decoding took of this thread.

    Attributes:
        decode_s: processor seconds of this thread in ``llama_decode`` since it was set to 0.
        stops_at_scores: whether asking for scores raises ``Enough``: the prompt has been read.
    """

    def __init__(self, api: Any) -> None:
        self._api = api
        self.decode_s = 0.0
        self.stops_at_scores = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)

    def llama_decode(self, context: Any, batch: Any) -> int:
        """``llama_decode``, timed."""
        start = time.thread_time()
        status = self._api.llama_decode(context, batch)
        self.decode_s += time.thread_time() - start
        return int(status)

    def llama_get_logits_ith(self, context: Any, index: int) -> Any:
        """``llama_get_logits_ith``.

        Raises:
            Enough: if ``stops_at_scores``.
        """
        if self.stops_at_scores:
            raise Enough("the prompt has been read")
        return self._api.llama_get_logits_ith(context, index)


def timed_library() -> TimedLibrary:
    """The library that everything loaded from now on uses, with clocks in it."""
    found: Any = library()
    if not isinstance(found.api, TimedLibrary):
        found.api = TimedLibrary(found.api)
    timed: TimedLibrary = found.api
    return timed


@dataclass(frozen=True)
class Rig:
    """An engine, and the parts it is made of: measured one by one they are the same objects."""

    api: TimedLibrary
    engine: LlamaEngine
    backend: Backend
    vocabulary: Vocabulary
    state: TokenState
    markers: MarkerTokens
    ids: list[int]

    @classmethod
    def load(cls, model: str) -> Rig:
        """Load ``model``; ``ids`` are the articles of seeds/, as much as the context takes."""
        api = timed_library()
        engine = LlamaEngine(model, n_ctx=N_CTX)
        vocabulary = engine._vocabulary
        ids = vocabulary.encode("\n".join(article_texts()))[:N_CTX]
        markers = MarkerTokens(vocabulary)
        return cls(api, engine, engine._backend, vocabulary, engine._state, markers, ids)

    def rule(self, labels: Collection[int] = (1, 2, 3, 4, 5)) -> CitationRule:
        """The rule that keeps citations to ``labels``."""
        return CitationRule(self.markers, labels)

    def seconds_to_scores(self, work: Callable[[], object]) -> float:
        """Seconds until ``work`` asks for the scores from which a first token is chosen.

        Raises:
            RuntimeError: if it never does.
        """
        self.api.stops_at_scores = True
        start = time.perf_counter()
        try:
            work()
        except Enough:
            return time.perf_counter() - start
        finally:
            self.api.stops_at_scores = False
        raise RuntimeError("nothing was to be decoded")


class Dictation(CitationRule):
    """Makes the model say given texts: scores are computed, looked at and overruled.

    So real sentences can be decoded with a model that knows none, by the loop that ships.
    """

    def __init__(self, rig: Rig, texts: Sequence[str]) -> None:
        """``texts``: what is said at first, and after each time that the writer is rewound."""
        self._rule = rig.rule()
        self._end = rig.vocabulary.end_turn
        self._texts = [[*rig.vocabulary.encode(text), self._end] for text in texts]
        self._coming = iter(self._texts.pop(0))

    def reset(self) -> None:
        """Begin the next text; after the last one, end the answer."""
        self._rule.reset()
        self._coming = iter(self._texts.pop(0) if self._texts else [self._end])

    def restrict(self, logits: np.ndarray) -> None:
        """As the rule does, and then all tokens but the dictated one."""
        self._rule.restrict(logits)
        logits.fill(-np.inf)
        logits[next(self._coming)] = 0.0

    def follow(self, piece: bytes) -> None:
        """As the rule does."""
        self._rule.follow(piece)


def passages(vocabulary: Vocabulary, n: int, *, skip: int = 0) -> list[Passage]:
    """``n`` passages of real size out of seeds/, labelled from 1; ``skip`` of them are left out."""
    found: list[Passage] = []
    for number, text in enumerate(_packed(vocabulary)):
        if number >= skip:
            found.append(_passage(len(found) + 1, text))
        if len(found) == n:
            return found
    raise ValueError(f"seeds/ has fewer than {skip + n} passages")


def article_texts() -> Iterator[str]:
    """The articles of seeds/ without their headers, in the order of their names."""
    for path in sorted(data_dir("seeds").glob("*.md")):
        if path.name != "SOURCES.md":
            yield path.read_text("utf-8").split("---\n", 2)[-1].strip()


def _packed(vocabulary: Vocabulary) -> Iterator[str]:
    """Paragraph text of the articles in runs of whole sentences of about a passage's size."""
    for article in article_texts():
        lines = [line for line in article.splitlines() if line and not line.startswith("#")]
        run: list[str] = []
        for sentence in (span.of(line) for line in lines for span in sentence_spans(line)):
            run.append(sentence)
            if len(vocabulary.encode(" ".join(run))) >= PASSAGE_TOKENS:
                yield " ".join(run)
                run = []


def _passage(label: int, text: str) -> Passage:
    chunk = Chunk(
        id=f"chunk-{label}",
        document_id=f"article-{label}.md",
        span=Span(0, len(text)),
        text=text,
        sentences=tuple(sentence_spans(text)),
        headings=(),
        title=f"An article of some importance, number {label}",
        source=f"article-{label}.md",
        date="2025-10-06",
    )
    return Passage(label, chunk)
