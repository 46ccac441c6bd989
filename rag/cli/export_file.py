"""A conversation put into a file, in the format that the file's name says."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import RagError, UsageError
from rag.text.terminal import safe_line

if TYPE_CHECKING:
    from rag.chat.export.conversation import Conversation
    from rag.chat.store_rows import SessionInfo
    from rag.types import Answer

_NOT_IN_NAMES = re.compile(r"[\W_]+")
_MAX_NAME_CHARS = 60


class ExportFormat(StrEnum):
    """What a conversation can be written as."""

    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"


_BY_SUFFIX = {
    ".md": ExportFormat.MARKDOWN,
    ".markdown": ExportFormat.MARKDOWN,
    ".html": ExportFormat.HTML,
    ".htm": ExportFormat.HTML,
    ".json": ExportFormat.JSON,
}


def place_of(name: str) -> Path:
    """The path that somebody typed, with ``~`` for a home folder.

    Raises:
        UsageError: nobody has that home.
    """
    try:
        return Path(name).expanduser()
    except RuntimeError as exc:
        raise UsageError(f"no home folder for {name}", hint="type the whole path") from exc


def format_of(path: Path) -> ExportFormat:
    """The format that a file's name says.

    Raises:
        UsageError: it ends in nothing that is known.
    """
    found = _BY_SUFFIX.get(path.suffix.lower())
    if found is None:
        raise UsageError(
            f"{path}: a conversation is written as .md, .html or .json",
            hint=f"name the file {path.stem or 'conversation'}.md",
        )
    return found


def exported(conversation: Conversation, kind: ExportFormat) -> str:
    """The conversation as the text of a file."""
    if kind is ExportFormat.HTML:
        from rag.chat.export.as_html import as_html

        return as_html(conversation)
    if kind is ExportFormat.JSON:
        from rag.chat.export.as_json import as_json_text

        return as_json_text(conversation)
    from rag.chat.export.as_markdown import as_markdown

    return as_markdown(conversation)


def kept_conversation(info: SessionInfo, answers: Sequence[Answer]) -> Conversation:
    """A kept chat with its answers, as what is exported."""
    from rag.chat.export.conversation import Conversation

    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(info.begun_s))
    return Conversation(tuple(answers), info.name or info.title, when, info.about.corpus)


def default_name(conversation: Conversation, kind: ExportFormat) -> str:
    """A file name made from the conversation's title."""
    words = _NOT_IN_NAMES.sub("-", safe_line(conversation.heading).casefold())
    return f"{words[:_MAX_NAME_CHARS].strip('-') or 'conversation'}.{kind}"


def write_export(path: Path, text: str, *, replaces: bool, hint: str) -> None:
    """Write ``text`` to ``path``, whole or not at all; its folder must be there.

    Args:
        replaces: whether a file that is there already gives way; hint: how to say so.

    Raises:
        UsageError: a file is there and is to stay.
        RagError: it cannot be written.
    """
    part = path.with_name(f".{path.name[:_MAX_NAME_CHARS]}.{os.getpid()}.part")
    try:
        _require_free(path, replaces=replaces, hint=hint)
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    except (OSError, ValueError) as exc:  # ValueError: a name that no file can have
        with suppress(OSError, ValueError):
            part.unlink(missing_ok=True)
        reason = getattr(exc, "strerror", None) or str(exc)
        raise RagError(f"cannot write {path}: {reason}", hint="name another place") from exc


def _require_free(path: Path, *, replaces: bool, hint: str) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a folder", hint="name a file in it that ends in .md")
    if not replaces and path.exists():
        raise UsageError(f"{path} is there already", hint=hint)
