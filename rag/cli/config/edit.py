"""A settings file in the user's editor, and a look at what came of it."""

from __future__ import annotations

import shutil
import subprocess

from rag.cli.config.file import Target, read_text, write_text
from rag.cli.opening.editors import EDITOR_HINT, chosen_editor
from rag.errors import RagError, UsageError
from rag.settings import parsed_file

NEW_FILE = """\
# Settings of rag, in TOML: one "name = value" on a line, for example
#   engine = "extractive"
# "rag config show" lists all names; a table of its own is a corpus: [corpora.NAME]
"""


def edit(where: Target) -> bool:
    """Open the file and wait for the editor; whether a file is there afterwards.

    Raises:
        UsageError: there is no editor, or what was written is not valid; it is kept.
        RagError: the editor fails, or the file cannot be written.
    """
    editor = _editor()
    is_new = not where.path.exists()
    if is_new:
        write_text(where, NEW_FILE)
    try:
        _run(editor, where)
    finally:
        if is_new and where.path.exists() and read_text(where) == NEW_FILE:
            where.path.unlink()
    if not where.path.exists():
        return False
    if where.is_private:
        where.path.chmod(0o600)  # an editor may have made the file anew
    _require_valid(where)
    return True


def _editor() -> list[str]:
    named = chosen_editor()
    if named:
        return named
    found = next(filter(shutil.which, ("nano", "vi", "notepad")), None)
    if found is None:
        raise UsageError("there is no editor", hint=EDITOR_HINT)
    return [found]


def _run(editor: list[str], where: Target) -> None:
    try:
        done = subprocess.run([*editor, str(where.path)], check=False)
    except OSError as exc:
        why = exc.strerror or type(exc).__name__
        raise UsageError(f"cannot start the editor {editor[0]}: {why}", hint=EDITOR_HINT) from exc
    if done.returncode:
        raise RagError(
            f"the editor {editor[0]} ended with status {done.returncode}",
            hint=f"it may have changed {where.path}; another editor: EDITOR=nano rag config edit",
        )


def _require_valid(where: Target) -> None:
    option = "" if where.is_private else " --project"
    try:
        parsed_file(where.path, read_text(where))
    except UsageError as exc:
        raise UsageError(
            f"{exc.message}; the file is kept as it is", hint=f"rag config edit{option}"
        ) from exc
