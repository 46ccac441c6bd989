"""Documents, chunks and vectors made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from rag.store.records import FileStamp, Manifest
from rag.store.writer import StoreWriter
from rag.types import Block, BlockKind, Chunk, Document, Span

MANIFEST = Manifest(embedder="e@1", dimension=4, chunker="c-1", version="0", roots=("/articles",))


def make_document(document_id: str, *paragraphs: str, title: str = "Title") -> Document:
    text = "\n\n".join(paragraphs)
    blocks = [Block(Span(0, 0), BlockKind.HEADING, 2)]
    at = 0
    for paragraph in paragraphs:
        blocks.append(Block(Span(at, at + len(paragraph))))
        at += len(paragraph) + 2
    return Document(
        id=document_id,
        source=f"/articles/{document_id}",
        title=title,
        text=text,
        blocks=tuple(blocks),
        sha256=sha256(text.encode()).hexdigest(),
        date="2024-04-18",
        place_starts=((0, 1), (3, 2)),
        meta={"topic": "ships ⛵"},
    )


def make_chunks(document: Document) -> list[Chunk]:
    return [
        Chunk(
            id=sha256(f"{document.id} {block.span} {document.text}".encode()).hexdigest()[:16],
            document_id=document.id,
            span=block.span,
            text=block.span.of(document.text),
            sentences=(Span(0, block.span.end - block.span.start),),
            headings=("Part «1»", "Part 2"),
            title=document.title,
            source=document.source,
            date=document.date,
            place_starts=((0, 1), (2, 3)),
        )
        for block in document.blocks
        if block.kind is BlockKind.PARAGRAPH
    ]


def vector_of(text: str) -> np.ndarray:
    row = np.random.default_rng(len(text)).standard_normal(4).astype(np.float32)
    return row / np.linalg.norm(row)


STAMP = FileStamp(7, 9)


def stage(store: StoreWriter, documents: Sequence[Document], *, embedder: str = "e@1") -> None:
    """Each document as the one article of a file of its own."""
    for document in documents:
        chunks = make_chunks(document)
        store.stage(
            document.id,
            [(document, chunks, [chunk.text for chunk in chunks])],
            embedder=embedder,
            source=document.source,
            sha256=document.sha256,
            stamp=STAMP,
        )


def embed(store: StoreWriter) -> int:
    n_embedded = 0
    while batch := store.next_pending(1000):
        vectors = np.vstack([vector_of(text) for _, text in batch])
        store.add_vectors([content for content, _ in batch], vectors)
        n_embedded += len(batch)
    return n_embedded
