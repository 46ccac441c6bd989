"""Writes cases as ``cases.load_cases`` reads them: one JSON object a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rag.errors import EvalError
from rag.evaluation.types import EvalCase, GoldQuote

UNREVIEWED = "unreviewed"
"""The tag of a case that was made by rule or model and that nobody has read yet."""


def case_line(case: EvalCase) -> str:
    """The line of one case, without its end; fields that are empty are left out."""
    record: dict[str, Any] = {
        "id": case.id,
        "kind": case.kind.value,
        "question": case.question,
        "history": case.history,
        "gold": [_gold(gold) for gold in case.gold],
        "facts": case.facts,
        "forbidden": case.forbidden,
        "tags": case.tags,
    }
    return json.dumps({key: value for key, value in record.items() if value}, ensure_ascii=False)


def require_free(path: Path, *, force: bool) -> None:
    """Nothing, if ``path`` may be written.

    Raises:
        EvalError: a file that is there already, without ``force``; a folder.
    """
    if path.is_dir():
        raise EvalError(f"{path} is a folder", hint="name a file with -o")
    if path.exists() and not force:
        raise EvalError(f"{path} is there already", hint="name another with -o, or give --force")


def write_cases(path: Path, cases: Iterable[EvalCase], *, force: bool = False) -> None:
    """Write the cases to ``path``, whole or not at all. ``force``: also over a file that is there.

    Raises:
        EvalError: a file that is there already, or that cannot be written.
    """
    require_free(path, force=force)
    text = "".join(case_line(case) + "\n" for case in cases)
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8", errors="replace")
        os.replace(part, path)
    except OSError as exc:
        raise EvalError(f"cannot write {path}: {exc.strerror}") from exc


def _gold(gold: GoldQuote) -> dict[str, Any]:
    record: dict[str, Any] = {"document": gold.document, "quote": gold.quote}
    if gold.alternatives:
        record["also"] = [_gold(other) for other in gold.alternatives]
    return record
