"""What the store says of an index and of its files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was built from and by.

    Attributes:
        store_id: random, made with the file: tells derived files of two builds apart.
        generation: counts publications; 0 if nothing was published yet.
        index_id: equal for equal articles, embedder and chunker, however the index came about.
        version: of this program; another version reads every article anew.
        readers: settings that change what is read of a file; others read every article anew.
        synced_at: end of the last run, ISO time in UTC; empty if there was none.
    """

    store_id: str = ""
    generation: int = 0
    index_id: str = ""
    embedder: str = ""
    dimension: int = 0
    chunker: str = ""
    version: str = ""
    readers: str = ""
    roots: tuple[str, ...] = ()
    n_files: int = 0
    n_documents: int = 0
    n_chunks: int = 0
    synced_at: str = ""


@dataclass(frozen=True, slots=True)
class FileStamp:
    """How a file looks from outside.

    Attributes:
        mtime_ns: -1 if it was too young to be trusted.
        ctime_ns, inode: 0 if not known.
    """

    size_bytes: int
    mtime_ns: int
    ctime_ns: int = 0
    inode: int = 0


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file that articles came from: enough to see whether it changed.

    Attributes:
        id: path relative to its root; ids of its documents are it, or begin with it and ``#``.
        sha256: of its bytes, hex.
    """

    key: int
    id: str
    source: str
    sha256: str
    stamp: FileStamp


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """What is said of an article without reading it.

    Attributes:
        file: id of its file, a path; source: absolute path of that.
        date: ISO date or shorter; empty if it states none.
    """

    key: int
    id: str
    file: str
    source: str
    title: str
    date: str


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file of the last run that is not in the index.

    Attributes:
        stamp: None if it was not opened at all.
        retry: whether to read it again though it looks the same.
    """

    source: str
    reason: str
    stamp: FileStamp | None = None
    retry: bool = False
