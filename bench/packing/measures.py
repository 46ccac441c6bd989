"""What a way of packing offers of the evidence, and what it costs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.packing.questions import Asked, Gold, is_in
from bench.packing.ways import Offered, Packer, Way
from rag.generation.prompting import packaged, render_passage
from rag.types import Chunk, Passage, Span

CountTokens = Callable[[str], int]


@dataclass(frozen=True)
class Result:
    """What a way does for one question.

    Attributes:
        offered: the share of its evidence that is offered, every character of it.
        led: the same, and the sentence before it as well, where its chunk has one: what "it" and
            "they" in the evidence stand for.
        tokens: that the passages take in the prompt, numbers, titles and dates included.
        passages: how many.
    """

    offered: float
    led: float
    tokens: int
    passages: int


@dataclass(frozen=True)
class Row:
    """The results of a way over the ``questions`` of a set that have evidence, means."""

    set: str
    way: Way
    questions: int
    offered: float
    led: float
    tokens: float
    tokens_p90: float
    passages: float
    seconds: float


class TokenCounter:
    """Tokens of passages as a prompt shows them, each counted once."""

    def __init__(self, count: CountTokens) -> None:
        self._count = count
        self._known: dict[str, int] = {}

    def of(self, offered: Offered) -> int:
        """Tokens of one passage with the empty line behind it."""
        end = len(offered.text)
        chunk = replace(offered.chunk, text=offered.text, span=Span(0, end), sentences=())
        return self.of_text(render_passage(Passage(1, chunk)) + "\n\n")

    def of_text(self, text: str) -> int:
        """Tokens of ``text``."""
        if text not in self._known:
            self._known[text] = self._count(text)
        return self._known[text]

    def of_question(self, question: str) -> int:
        """Tokens behind the rules, whose state is kept on disk, beside those of the passages."""
        return self.of_text(packaged().answer(question, (), ()).user)


def results(asked: Asked, ways: Sequence[Way], tokens: TokenCounter) -> list[Result]:
    """What each way does for one question."""
    packer = Packer(asked)
    needed = [(gold, _with_lead(gold, asked.chunks)) for gold in asked.gold]
    found = []
    for way in ways:
        offered = packer.pack(way)
        whole = [any(_covered(*c, offered) for c in gold.choices) for gold, _ in needed]
        led = [any(_covered(*c, offered) for c in lead.choices) for _, lead in needed]
        found.append(
            Result(
                float(np.mean(whole)) if whole else 0.0,
                float(np.mean(led)) if led else 0.0,
                sum(tokens.of(passage) for passage in offered),
                len(offered),
            )
        )
    return found


def _with_lead(gold: Gold, chunks: Iterable[Chunk]) -> Gold:
    """``gold`` widened to its sentence and the one before, in every chunk that it begins in."""
    widened = []
    for document, span in gold.choices:
        for chunk in chunks:
            if not is_in(chunk.document_id, document) or not chunk.span.overlaps(span):
                continue
            places = [s.shifted(chunk.span.start) for s in chunk.sentences]
            first = next((i for i, s in enumerate(places) if s.overlaps(span)), None)
            if first is not None:
                start = min(span.start, places[max(0, first - 1)].start)
                widened.append((document, Span(start, span.end)))
    return Gold(tuple(widened))


def _covered(document: str, span: Span, offered: Sequence[Offered]) -> bool:
    """Whether every character of ``span`` is offered, by several passages together if need be.

    Blanks between two chunks are in neither: up to two missing characters are none.
    """
    held = [s for o in offered if is_in(o.chunk.document_id, document) for s in o.spans]
    reached = span.start
    for piece in sorted(held, key=lambda piece: piece.start):
        if piece.start <= reached + 2:
            reached = max(reached, piece.end)
    return reached >= span.end


def rows(
    questions: Sequence[Asked],
    ways: Sequence[Way],
    tokens: TokenCounter,
    seconds_of: Callable[[float], float],
) -> Iterator[Row]:
    """For each set and way a row."""
    names = dict.fromkeys(asked.set for asked in questions)
    for name in names:
        of_set = [asked for asked in questions if asked.set == name and asked.gold]
        if not of_set:
            continue
        found = [results(asked, ways, tokens) for asked in of_set]
        beside = float(np.mean([tokens.of_question(asked.query) for asked in of_set]))
        for way, column in zip(ways, zip(*found, strict=True), strict=True):
            yield _row(name, way, column, beside, seconds_of)


def _row(
    name: str,
    way: Way,
    column: Sequence[Result],
    beside: float,
    seconds_of: Callable[[float], float],
) -> Row:
    n_tokens = [result.tokens for result in column]
    return Row(
        set=name,
        way=way,
        questions=len(column),
        offered=float(np.mean([result.offered for result in column])),
        led=float(np.mean([result.led for result in column])),
        tokens=float(np.mean(n_tokens)),
        tokens_p90=float(np.percentile(n_tokens, 90)),
        passages=float(np.mean([result.passages for result in column])),
        seconds=seconds_of(float(np.mean(n_tokens)) + beside),
    )


def as_record(found: Sequence[Row], how: str) -> str:
    """The rows as JSON: lists below one line of names, each on a line, to the digits that mean
    something, as there are over a thousand. ``how``: tokens are counted."""
    names = [*asdict(found[0].way), *(name for name in asdict(found[0]) if name != "way")]
    lines = []
    for row in found:
        values = {**asdict(row.way), **asdict(row)}
        kept = (values[name] for name in names)
        lines.append(json.dumps([round(v, 4) if isinstance(v, float) else v for v in kept]))
    head = f'"tokens": {json.dumps(how)}, "columns": {json.dumps(names)}'
    return "{" + head + ', "rows": [\n' + ",\n".join(lines) + "\n]}\n"


def rows_of(record: dict[str, Any]) -> list[Row]:
    """The rows that ``as_record`` made JSON of, parsed."""
    in_way = {field.name for field in fields(Way)}
    found = []
    for values in record["rows"]:
        named = dict(zip(record["columns"], values, strict=True))
        way = Way(**{name: named.pop(name) for name in in_way})
        found.append(Row(way=way, **named))
    return found


def reading_time(*llama_results: Path) -> Callable[[float], float]:
    """Seconds to read so many tokens, by the rates that ``bench.llama`` measured with a model of
    one billion parameters, in the first of its results that holds them: between the measured
    lengths straight lines, beyond them the last rate."""
    speeds = next(filter(None, map(_speeds, llama_results)))
    lengths = sorted(speeds)
    times = [n / speeds[n] for n in lengths]

    def seconds(n_tokens: float) -> float:
        if n_tokens > lengths[-1]:
            return times[-1] * n_tokens / lengths[-1]
        return float(np.interp(n_tokens, [0, *lengths], [0.0, *times]))

    return seconds


def _speeds(llama_results: Path) -> dict[int, float]:
    """Number of tokens read -> tokens a second; nothing where speed was not measured."""
    if not llama_results.is_file():
        return {}
    figures = json.loads(llama_results.read_text("utf-8"))["sections"].get("Speed", [])
    found = [(re.fullmatch(r"reading (\d+) tokens, ours", f["what"]), f["median"]) for f in figures]
    return {int(match[1]): median for match, median in found if match}


def token_counter(vocabulary: Path | None) -> tuple[TokenCounter, str]:
    """A counter with that vocabulary, or by ``CHARS_PER_TOKEN``; and which of them, in words."""
    if vocabulary is None:
        how = f"{CHARS_PER_TOKEN} characters each, as measured on the passages of these sets"
        return TokenCounter(lambda text: round(len(text) / CHARS_PER_TOKEN)), how
    from llama_cpp import Llama

    model = Llama(str(vocabulary), vocab_only=True, verbose=False)

    def count(text: str) -> int:
        return len(model.tokenize(text.encode(), add_bos=False, special=False))

    return TokenCounter(count), "in the vocabulary of Llama 3"


CHARS_PER_TOKEN = 4.4
