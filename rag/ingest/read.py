"""One file to one document, bounded and without surprises."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from rag.errors import InputError, PassingInputError
from rag.ingest.collection import Collection, notes_of
from rag.ingest.folder import FoundFile
from rag.ingest.kind import wrong_kind
from rag.ingest.registry import SUPPORTED_SUFFIXES, reader_for
from rag.ingest.table_keys import TableKeys
from rag.text.terminal import safe
from rag.types import Document

MAX_FILE_BYTES = 200_000_000
_AGAIN = "Run the command again when nothing writes to it."


def read_documents(found: FoundFile, keys: TableKeys | None = None) -> list[Document]:
    """The articles in a file that ``find_files`` gave: at least one, each with text.

    ``keys`` name what columns of tables hold. ``notes_of`` the result says what of the file could
    not be read.

    Raises:
        InputError: if the file is too large, has gone, cannot be opened, changes while it is
            read, is of an unsupported format or of another than its name says, is not text, or
            holds no article text.
    """
    name = safe(str(found.path))
    reader = reader_for(found.path, keys)
    if reader is None:
        raise InputError(
            f"{name}: the format {found.path.suffix!r} is not supported.",
            hint=f"Supported are {', '.join(SUPPORTED_SUFFIXES)}.",
        )
    try:
        data = _bytes_of(found, name)
    except OSError as exc:
        raise _unreadable(name, exc) from exc
    if wrong := wrong_kind(found.path, data):
        raise InputError(f"{name}: {wrong}.", hint="Its name should say what it is.")
    read = reader.read(found.path, data, document_id=found.document_id)
    documents = Collection(_with_text(read), notes=notes_of(read))
    if not documents:
        raise InputError(f"{name} holds no article text.", hint="Take it out of the folder.")
    return documents


def _with_text(documents: Sequence[Document]) -> list[Document]:
    return [document for document in documents if document.blocks]


def _bytes_of(found: FoundFile, name: str) -> bytes:
    # Not blocking: between listing and opening, a file may have become a pipe.
    handle = os.open(found.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise PassingInputError(f"{name} is no longer a regular file.", hint=_AGAIN)
        if before.st_size > MAX_FILE_BYTES:
            raise _too_large(name, before.st_size)
        data = file.read(before.st_size + 1)
    if len(data) != before.st_size or before.st_size != found.size_bytes:
        raise PassingInputError(f"{name} changed while it was being read.", hint=_AGAIN)
    return data


def _too_large(name: str, size_bytes: int) -> InputError:
    return InputError(
        f"{name} is too large: {size_bytes / 1e6:.0f} MB, and {MAX_FILE_BYTES / 1e6:.0f} MB is "
        "the most.",
        hint="Split it into smaller files.",
    )


def _unreadable(name: str, exc: OSError) -> InputError:
    if isinstance(exc, FileNotFoundError):
        return PassingInputError(f"{name} vanished before it could be read.", hint=_AGAIN)
    why = exc.strerror or type(exc).__name__
    return PassingInputError(f"{name} cannot be read: {why}.", hint="Check its permissions.")
