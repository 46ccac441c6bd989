"""Two small articles, cases over them, and answers put together by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.text.markers import cite
from rag.types import (
    Answer,
    CheckedSentence,
    Chunk,
    Claim,
    Evidence,
    Hit,
    Passage,
    Provenance,
    Span,
    Verdict,
)

LIMIT = "A product with more than 700 million monthly users needs a licence from Meta."
SIZES = "Llama 3 came out with 8 billion and 70 billion parameters."
LATER = "By 2025 the limit was said to be 900 million users."
ALPHA = f"---\ntitle: Alpha\n---\nThe first line says little. {LIMIT} {SIZES}\n"
BETA = f"---\ntitle: Beta\n---\nAnother article. {LATER}\n"


@dataclass(frozen=True)
class Corpus:
    """The folder of the two articles."""

    folder: Path

    def chunk(self, name: str, quote: str) -> Chunk:
        """A chunk that is just ``quote``."""
        text = (self.folder / name).read_text(encoding="utf-8")
        start = text.index(quote)
        return Chunk(
            id=f"{name}:{start}",
            document_id=name,
            span=Span(start, start + len(quote)),
            text=quote,
            sentences=(Span(0, len(quote)),),
            headings=(),
            title=name,
            source=str(self.folder / name),
            date="",
            place_starts=((0, 4),),
        )

    def sentence(self, label: int, name: str, quote: str, *, text: str = "") -> CheckedSentence:
        """A supported sentence that cites ``quote`` under ``label``."""
        chunk = self.chunk(name, quote)
        evidence = Evidence(
            label, chunk.id, name, chunk.source, chunk.title, "", chunk.span, quote, chunk.place
        )
        said = text or quote
        shown = cite(said, [label])
        return CheckedSentence(shown, Claim(said, ()), Verdict.SUPPORTED, 0.9, (evidence,))

    def answer(self, *quotes: tuple[str, str], question: str = "q", engine: str = "e") -> Answer:
        """An answer that quotes ``(article, quote)`` pairs, each offered as a passage and a hit."""
        chunks = [self.chunk(name, quote) for name, quote in quotes]
        return Answer(
            question=question,
            query=question,
            sentences=tuple(self.sentence(i, *pair) for i, pair in enumerate(quotes, start=1)),
            refused=False,
            reason="",
            passages=tuple(Passage(i, chunk) for i, chunk in enumerate(chunks, start=1)),
            hits=tuple(Hit(chunk, 1 / i, i, "test") for i, chunk in enumerate(chunks, start=1)),
            provenance=Provenance(engine=engine, index_id="i"),
        )


def refusal(question: str = "q") -> Answer:
    """A refusal that found nothing."""
    return Answer(question, question, (), True, "The articles do not say.", ())


def record(**changes: Any) -> dict[str, Any]:
    """A good answerable case as a JSON object, with ``changes``; None takes a field out."""
    case = {
        "id": "limit",
        "kind": "answerable",
        "question": "Who has to ask Meta?",
        "gold": [{"document": "alpha.md", "quote": LIMIT}],
        "facts": [["700 million"]],
    } | changes
    return {key: value for key, value in case.items() if value is not None}
