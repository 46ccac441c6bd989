"""Telling which files changed, and putting the articles of those aside for the next publication."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from rag.errors import InputError, PassingInputError
from rag.indexing.changes import UNTRUSTED, is_same, rejected_stamp, stamp_of
from rag.indexing.progress import Progress
from rag.ingest.collection import notes_of
from rag.ingest.folder import FoundFile
from rag.ingest.table_keys import TableKeys
from rag.protocols import Embedder
from rag.store.records import FileRecord, FileStamp, SkippedFile
from rag.store.writer import Article, StoreWriter, Touched
from rag.text.terminal import safe
from rag.types import Chunk, Document, Skipped


class Chunker(Protocol):
    """Cuts a document into chunks; ``name`` changes with everything that moves a cut.

    What follows from the embedder alone need not be in the name: an index has one embedder.
    """

    @property
    def name(self) -> str: ...

    def chunk(self, document: Document) -> list[Chunk]:
        """The chunks of ``document``, in order."""


@dataclass(slots=True)
class Outcome:
    """What was found of each file.

    Attributes:
        kept: ids of unchanged files; staged: sha256 of the files read anew, by id.
        touched: unchanged files of which something new is to be noted; n_touched: how many of them
            look changed, not only settled since.
        rejected: files that were opened and hold no article.
    """

    kept: set[str] = field(default_factory=set)
    staged: dict[str, str] = field(default_factory=dict)
    touched: list[Touched] = field(default_factory=list)
    n_touched: int = 0
    rejected: list[SkippedFile] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


class Stager:
    """Compares files with what the store knows of them and stages those that differ.

    Args:
        records: what the store knows, by file id; none where everything is to be read anew.
        rejected: files that held no article, by path; one that looks the same is not read again.
        keys: which columns of tables hold what.
        verify: whether to compare the bytes of every file, however it looks from outside.
    """

    def __init__(
        self,
        store: StoreWriter,
        embedder: Embedder,
        chunker: Chunker,
        records: Mapping[str, FileRecord],
        rejected: Mapping[str, SkippedFile],
        *,
        keys: TableKeys | None = None,
        verify: bool = False,
    ) -> None:
        self.outcome = Outcome()
        self._store = store
        self._embedder = embedder
        self._chunker = chunker
        self._records = records
        self._rejected = rejected
        self._keys = keys
        self._verify = verify

    def stage(
        self, found: Sequence[FoundFile], progress: Progress, between: Callable[[], None]
    ) -> None:
        """Read and chunk every file that is new or changed; ``between`` is called after each."""
        now_ns = time.time_ns()
        progress.start("reading articles", len(found), "files")
        for file in found:
            record = self._records.get(file.document_id)
            stamp = stamp_of(file, now_ns)
            if record is None:
                if not self._is_rejected(file):
                    self._read(file, stamp)
            elif not self._is_same(record, file, stamp):
                self._read(file, stamp)
            between()
            progress.advance(1)
        progress.finish()

    def _is_same(self, record: FileRecord, file: FoundFile, stamp: FileStamp) -> bool:
        if not is_same(record, file, verify=self._verify):
            return False
        if (record.source, record.stamp) != (str(file.path), stamp):
            self.outcome.touched.append((record.key, str(file.path), stamp))
            self.outcome.n_touched += record.stamp.mtime_ns not in (UNTRUSTED, stamp.mtime_ns)
        if known := self._rejected.get(safe(str(file.path))):  # what of it could not be read
            self._reject(known)
        self.outcome.kept.add(record.id)
        return True

    def _is_rejected(self, file: FoundFile) -> bool:
        known = self._rejected.get(safe(str(file.path)))
        if self._verify or known is None or known.retry or known.stamp != rejected_stamp(file):
            return False
        self._reject(known)
        return True

    def _read(self, file: FoundFile, stamp: FileStamp) -> None:
        from rag.indexing.signatures import signature_of
        from rag.ingest.read import read_documents

        try:
            documents = read_documents(file, self._keys)
            self._store.stage(
                file.document_id,
                self._articles(file, documents),
                embedder=self._embedder.name,
                source=str(file.path),
                sha256=documents[0].sha256,
                stamp=stamp,
                sign=signature_of,
            )
        except InputError as exc:
            retry = isinstance(exc, PassingInputError) or stamp.mtime_ns < 0
            source, reason = safe(str(file.path)), _reason(exc, file)
            self._reject(SkippedFile(source, reason, rejected_stamp(file), retry))
            return
        self.outcome.staged[file.document_id] = documents[0].sha256
        if notes := notes_of(documents):
            reason = f"read in part: {'; '.join(notes)}"
            self._reject(
                SkippedFile(safe(str(file.path)), reason, rejected_stamp(file), retry=False)
            )

    def _reject(self, item: SkippedFile) -> None:
        self.outcome.skipped.append(Skipped(item.source, item.reason))
        self.outcome.rejected.append(item)

    def _articles(self, file: FoundFile, documents: Sequence[Document]) -> Iterator[Article]:
        """The documents with their chunks, one at a time: a collection may hold many.

        Raises:
            InputError: if not one holds text, or the id of one is that of an article elsewhere.
        """
        seen: set[str] = set()
        for document in documents:
            chunks = self._chunker.chunk(document)
            if chunks:
                self._require_own_id(file, document, seen)
                seen.add(document.id)
                yield document, chunks, self._embedding_texts(chunks)
        if not seen:
            raise InputError(f"{file.path} holds no article text.")

    def _require_own_id(self, file: FoundFile, document: Document, seen: set[str]) -> None:
        if document.id in seen:
            raise InputError(f"{file.path}: two of its articles are called {safe(document.id)}.")
        owner = self._store.owner(document.id) if "#" in document.id else ""
        if owner not in ("", file.document_id):
            raise PassingInputError(
                f"{file.path}: its article {safe(document.id)} has the name of one in "
                f"{safe(owner)}; rename one of the files."
            )

    def _embedding_texts(self, chunks: Sequence[Chunk]) -> Iterator[str]:
        from rag.chunking.embedding_text import embedding_texts

        return embedding_texts(chunks, self._embedder.count_tokens, self._embedder.max_tokens)


def _reason(exc: InputError, file: FoundFile) -> str:
    """The message without the path that stands beside it anyway."""
    message = exc.message
    for prefix in (str(file.path), safe(str(file.path))):
        message = message.removeprefix(prefix)
    return message.lstrip(": ").removesuffix(".") or exc.message


def moves(
    records: Mapping[str, FileRecord], kept: AbstractSet[str], staged: Mapping[str, str]
) -> tuple[int, int, int]:
    """How many files moved, went and came: a file that came with the bytes of one that went is
    that one, moved."""
    new = Counter(sha256 for file, sha256 in staged.items() if file not in records)
    gone = Counter(r.sha256 for r in records.values() if r.id not in kept and r.id not in staged)
    moved = (new & gone).total()
    return moved, gone.total() - moved, new.total() - moved


def skipped_files(
    skipped: Iterable[Skipped], rejected: Sequence[SkippedFile]
) -> Iterator[SkippedFile]:
    """What is kept, one by one, of the files that were left out: not those of a format that no
    reader knows, of which there may be many."""
    yield from rejected
    opened = {item.source for item in rejected}
    for item in skipped:
        if item.source not in opened and not _is_unsupported(item):
            yield SkippedFile(item.source, item.reason)


def unsupported(skipped: Iterable[Skipped]) -> dict[str, int]:
    """How many files there are of each suffix that no reader knows, most frequent first."""
    found = Counter(Path(s.source).suffix.lower() for s in skipped if _is_unsupported(s))
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _is_unsupported(item: Skipped) -> bool:
    return item.reason.startswith("unsupported format")
