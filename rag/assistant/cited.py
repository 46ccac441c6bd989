"""The sources that a text lists, found again in the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.assistant.listed import ListedSource
from rag.assistant.text_report import MissingQuote
from rag.protocols import Retriever
from rag.types import Chunk, Hit

_DEPTH = 20
_SAME_QUOTES = str.maketrans("“”‘’", "\"\"''")


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a listed source is: its documents, and the chunks that hold its quotations."""

    documents: frozenset[str]
    chunks: tuple[Chunk, ...]


class CitedSources:
    """Looks up listed sources by their quotations, else by their titles, each when first asked for.

    Args:
        sources: as listed, at most one for a label.
    """

    def __init__(self, sources: Sequence[ListedSource], retriever: Retriever) -> None:
        self._listed = {source.label: source for source in sources}
        self._retriever = retriever
        self._found: dict[int, _Found] = {}
        self._missing: list[MissingQuote] = []

    def title(self, label: int) -> str:
        """The title listed under ``label``; empty if none is."""
        return self._listed[label].title if label in self._listed else ""

    def is_listed(self, label: int) -> bool:
        """Whether the text lists a source under ``label``."""
        return label in self._listed

    def is_indexed(self, label: int) -> bool:
        """Whether an article of the index is that source."""
        return bool(self._lookup(label).documents)

    def chunks(self, label: int, hits: Sequence[Hit]) -> list[Chunk]:
        """What may support a statement that cites ``label``: the chunks quoted in the list, then
        those of the same articles among ``hits``; empty if the source is not in the index."""
        found = self._lookup(label)
        near = [hit.chunk for hit in hits if found.documents.intersection(_articles(hit))]
        return list({chunk.id: chunk for chunk in (*found.chunks, *near)}.values())

    def missing_quotes(self) -> tuple[MissingQuote, ...]:
        """Listed quotations that stand nowhere in the articles, in the order of the list."""
        for label in self._listed:
            self._lookup(label)
        return tuple(sorted(self._missing, key=lambda missing: missing.label))

    def _lookup(self, label: int) -> _Found:
        if label not in self._found:
            source = self._listed.get(label)
            self._found[label] = self._resolve(source) if source else _Found(frozenset(), ())
        return self._found[label]

    def _resolve(self, source: ListedSource) -> _Found:
        chunks = []
        for quote in source.quotes:
            chunk = self._quoted(quote)
            if chunk is None:
                self._missing.append(MissingQuote(source.label, source.title, quote))
            else:
                chunks.append(chunk)
        documents = frozenset(chunk.document_id for chunk in chunks) or self._titled(source.title)
        return _Found(documents, tuple(chunks))

    def _quoted(self, quote: str) -> Chunk | None:
        wanted = _plain(quote)
        for hit in self._retriever.retrieve(quote, _DEPTH):
            if wanted in _plain(hit.chunk.text):
                return hit.chunk
        return None

    def _titled(self, title: str) -> frozenset[str]:
        wanted = _letters(title)
        if not wanted:
            return frozenset()
        hits = self._retriever.retrieve(title, _DEPTH)
        return frozenset(
            document_id
            for hit in hits
            for document_id in _articles(hit)
            if wanted in (_letters(hit.chunk.title), _letters(document_id))
        )


def _articles(hit: Hit) -> tuple[str, ...]:
    """The ids of the articles that say what the hit says."""
    return (hit.chunk.document_id, *hit.copies)


def _plain(text: str) -> str:
    return " ".join(text.translate(_SAME_QUOTES).split())


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
