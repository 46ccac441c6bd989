"""The text of an article as its offsets mean it, read apart from the index."""

from __future__ import annotations

from pathlib import Path

from rag.errors import EvalError, InputError
from rag.ingest.registry import reader_for


def read_source(path: Path) -> str:
    """``Document.text`` of the file as it is now: for plain text and Markdown the file itself.

    Raises:
        EvalError: if it cannot be read, is of an unsupported format, or does not hold one article.
    """
    reader = reader_for(path)
    if reader is None:
        raise EvalError(f"cannot read {path}: the format {path.suffix!r} is not supported")
    try:
        documents = reader.read(path, path.read_bytes(), document_id=path.name)
        (document,) = documents
        return document.text
    except ValueError as exc:
        raise EvalError(f"{path} holds several articles: a case cannot name one of them") from exc
    except OSError as exc:
        raise EvalError(f"cannot read {path}: {exc.strerror}") from exc
    except InputError as exc:
        raise EvalError(exc.message, hint=exc.hint) from exc
