"""Making an index of ``n`` chunks without reading files or embedding, by the store's own writer."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import rag.indexing
import rag.store
from bench.scale_data import many_texts, many_vectors, real_base
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.indexing import derived
from rag.indexing.lexical_files import LEXICAL_FOLDER
from rag.store import codec
from rag.store.records import FileStamp, Manifest
from rag.store.writer import StoreWriter
from rag.types import Block, Chunk, Document, Span

CHUNKS_PER_ARTICLE = 20
_STAMP = FileStamp(1, 1)


def build(folder: Path, n: int, data: Path, cache: Path) -> dict[str, float]:
    """The index in ``folder``, made unless it is there, by this very code; seconds of its parts and
    bytes on disk."""
    kept = folder / "build.json"
    code = _code()
    found = json.loads(kept.read_text()) if kept.is_file() else {}
    if found.get("code") != code:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        found = {"code": code, "seconds": _built(folder, n, data, cache)}
        kept.write_text(json.dumps(found))
    seconds: dict[str, float] = found["seconds"]
    return seconds | _disk(folder)


def _code() -> str:
    """What changes with the code that writes an index: other code may take another time for it."""
    packages = [Path(str(package.__file__)).parent for package in (rag.indexing, rag.store)]
    files = [path for package in packages for path in sorted(package.glob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _built(folder: Path, n: int, data: Path, cache: Path) -> dict[str, float]:
    embedder = SentenceTransformerEmbedder()
    base = real_base(data, cache, embedder)
    (cache / "questions.json").write_text(json.dumps(base.questions))
    started = time.perf_counter()
    with StoreWriter.open(folder / "index.sqlite3") as store:
        at = 0
        for texts, vectors in zip(many_texts(base, n), many_vectors(base, n), strict=True):
            at = _stage(store, embedder.name, at, texts, vectors)
        manifest = Manifest(
            embedder=embedder.name, dimension=embedder.dimension, chunker="bench", roots=("/",)
        )
        store.publish(manifest, drop=[])
        stored = time.perf_counter()
        derived.refresh(store, folder)
        return {"store_s": stored - started, "derive_s": time.perf_counter() - stored}


def _stage(
    store: StoreWriter, embedder: str, at: int, texts: list[str], vectors: np.ndarray
) -> int:
    """Stage the texts as articles from number ``at`` on; returns the next number."""
    for first in range(0, len(texts), CHUNKS_PER_ARTICLE):
        some = texts[first : first + CHUNKS_PER_ARTICLE]
        _stage_one(store, embedder, at, some, vectors[first : first + CHUNKS_PER_ARTICLE])
        at += 1
    return at


def _stage_one(
    store: StoreWriter, embedder: str, number: int, texts: list[str], vectors: np.ndarray
) -> None:
    document = _document(number, texts)
    # The number makes the content of equal texts differ: each has its own drawn vector.
    embedded = [f"{number} {text}" for text in texts]
    store.stage(
        document.id,
        [(document, list(_chunks(document)), embedded)],
        embedder=embedder,
        source=document.source,
        sha256=document.sha256,
        stamp=_STAMP,
    )
    store.add_vectors([codec.content_key(embedder, text) for text in embedded], vectors)


def _document(number: int, texts: list[str]) -> Document:
    blocks, start = [], 0
    for text in texts:
        blocks.append(Block(Span(start, start + len(text))))
        start += len(text) + 2
    whole = "\n\n".join(texts)
    digest = hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()
    title = " ".join(texts[0].split()[:6])
    return Document(f"{number:06d}.md", f"/{number:06d}.md", title, whole, tuple(blocks), digest)


def _chunks(document: Document) -> Iterator[Chunk]:
    for block in document.blocks:
        text = block.span.of(document.text)
        yield Chunk(
            id=hashlib.sha256(f"{document.id} {block.span}".encode()).hexdigest()[:16],
            document_id=document.id,
            span=block.span,
            text=text,
            sentences=(Span(0, len(text)),),
            headings=(),
            title=document.title,
            source=document.source,
            date="",
        )


def replace_one(folder: Path) -> dict[str, float]:
    """Seconds that it takes to publish another text of one article, its vectors given: in the
    store, and in the files derived from it."""
    rng = np.random.default_rng(int(time.time()))
    with StoreWriter.open(folder / "index.sqlite3") as store:
        record = store.files()[0]
        vectors = rng.standard_normal((CHUNKS_PER_ARTICLE, store.manifest.dimension))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        texts = [f"A new sentence {rng.integers(10**9)}." for _ in vectors]
        started = time.perf_counter()
        _stage_one(store, store.manifest.embedder, int(record.id[:6]), texts, vectors)
        store.publish(store.manifest, drop=[record.key])
        stored = time.perf_counter()
        derived.refresh(store, folder)
        return {"edit_store_s": stored - started, "edit_derive_s": time.perf_counter() - stored}


def _disk(folder: Path) -> dict[str, float]:
    sizes = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    lexical = sum(b for path, b in sizes.items() if path.parent.name == LEXICAL_FOLDER)
    named = {path.name: b for path, b in sizes.items()}
    return {
        "store_bytes": named.get("index.sqlite3", 0),
        "rows_bytes": named.get("rows.f16", 0),
        "faiss_bytes": named.get("vectors.faiss", 0),
        "lexical_bytes": lexical,
    }
