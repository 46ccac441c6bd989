"""Lets a model word the questions. What is asked for is chosen by rule, so that the answer stands
in the article; a question that does not keep to the sentence gives way to the one made by rule."""

from __future__ import annotations

import string
from collections.abc import Callable
from pathlib import Path

from rag.errors import EvalError
from rag.evaluation.draft.proposals import Candidate
from rag.generation.prompting import Prompt, one_line
from rag.resources import data_dir
from rag.text.words import terms

_KNOWN_SHARE = 0.5
_MAX_CHARACTERS = 220
_POINTING = ("article", "passage", "sentence")


class ModelAsker:
    """Words questions with a model."""

    def __init__(self, write_line: Callable[[Prompt], str], folder: Path | None = None) -> None:
        """Read the templates draft.system.txt and draft.user.txt.

        Args:
            folder: of the templates; by default those that ship with the program.

        Raises:
            EvalError: one that cannot be read, or that names a variable that there is not.
        """
        folder = data_dir("prompts") if folder is None else folder
        self._write_line = write_line
        self._system = _read(folder / "draft.system.txt").strip()
        self._user = string.Template(_read(folder / "draft.user.txt").strip())
        unknown = set(self._user.get_identifiers()) - {"title", "sentence", "answer"}
        if unknown or not self._user.is_valid():
            path = folder / "draft.user.txt"
            raise EvalError(f"{path}: unknown variables: {', '.join(sorted(unknown)) or '$'}")

    def __call__(self, candidate: Candidate) -> str:
        """The model's question, or the one made by rule."""
        source = candidate.source
        user = self._user.substitute(
            title=one_line(source.title),
            sentence=one_line(source.text),
            answer=candidate.mask.span.of(source.text),
        )
        text = self._write_line(Prompt(self._system, user)).strip().strip("\"'“”*").strip()
        return text if keeps_to(text, candidate) else candidate.by_rule


def keeps_to(text: str, candidate: Candidate) -> bool:
    """Whether a model's line is one question, made of what the sentence speaks of."""
    if not text.endswith("?") or text.count("?") > 1 or len(text) > _MAX_CHARACTERS:
        return False
    source = candidate.source
    known, used = set(terms(f"{source.title} {source.text}")), set(terms(text))
    invented = any(term[0].isdigit() and term not in known for term in used)
    points = any(word in text.lower() for word in _POINTING)
    given_away = used & set(terms(candidate.mask.span.of(source.text)))
    if not used or invented or points or given_away:
        return False
    return len(used & known) >= _KNOWN_SHARE * len(used)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise EvalError(f"cannot read the template {path}: {exc}") from exc
