"""Prompts: the templates of prompts/, filled with passages, history and question.

A prompt is text here; how it becomes tokens, and that none of this text can become a control
token, is the engine's part. The order is rules, passages, history, question: what changes most
stands last, so that an engine can keep the state of what stands before.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rag.errors import UsageError
from rag.resources import data_dir
from rag.text.markers import as_line, strip_markers
from rag.text.orders import without_orders
from rag.types import Passage, Turn

REFUSAL = "The articles do not say."
"""What a model is told to write, and only that, when the passages do not answer."""

COMPLETE = "The answer is complete."
"""What a model is told to write when it is asked to go on and has nothing more to say."""

_NAMES = (
    "answer.system",
    "answer.user",
    "quote.system",
    "quote.user",
    "condense.system",
    "condense.user",
    "continue.user",
)
_VARIABLES: dict[str, frozenset[str]] = {
    "answer.system": frozenset({"refusal"}),
    "answer.user": frozenset({"passages", "history", "question"}),
    "quote.system": frozenset({"refusal"}),
    "quote.user": frozenset({"passages", "history", "question"}),
    "condense.system": frozenset(),
    "condense.user": frozenset({"history", "question"}),
    "continue.user": frozenset({"complete"}),
}
_KEPT_TURNS = 3
_KEPT_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt in its two roles."""

    system: str
    user: str


class Prompts:
    """The templates of one folder.

    Attributes:
        prompt_id: changes whenever a template does; part of an answer's provenance.
    """

    def __init__(self, templates: Mapping[str, str]) -> None:
        _check(templates)
        self._templates = {name: string.Template(templates[name].strip()) for name in _NAMES}
        joined = "\0".join(self._templates[name].template for name in _NAMES)
        self.prompt_id = hashlib.sha256(joined.encode()).hexdigest()[:12]

    @classmethod
    def load(cls, folder: Path | None = None) -> Prompts:
        """The templates in ``folder``; by default those that ship with the program.

        Raises:
            UsageError: a template is missing or unreadable, or lacks or invents a variable.
        """
        folder = data_dir("prompts") if folder is None else folder
        templates: dict[str, str] = {}
        problems: list[str] = []
        for name in _NAMES:
            path = folder / f"{name}.txt"
            try:
                templates[name] = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as exc:
                problems.append(f"{path}: {exc}")
        if problems:
            raise UsageError(f"cannot read the prompt templates: {'; '.join(problems)}")
        return cls(templates)

    def answer(self, question: str, passages: Sequence[Passage], history: Sequence[Turn]) -> Prompt:
        """The prompt that asks for an answer from ``passages``."""
        return self._asking("answer", question, passages, history)

    def quote(self, question: str, passages: Sequence[Passage], history: Sequence[Turn]) -> Prompt:
        """The prompt that asks for sentences of ``passages``, word for word."""
        return self._asking("quote", question, passages, history)

    def _asking(
        self, kind: str, question: str, passages: Sequence[Passage], history: Sequence[Turn]
    ) -> Prompt:
        told = f"\nEarlier in this conversation:\n{render_history(history)}\n" if history else ""
        return Prompt(
            system=self._templates[f"{kind}.system"].substitute(refusal=REFUSAL),
            user=self._templates[f"{kind}.user"].substitute(
                passages="\n\n".join(render_passage(p) for p in passages) or "(none)",
                history=told,
                question=one_line(question),
            ),
        )

    def go_on(self) -> str:
        """What asks for the next sentence of an answer that was stopped."""
        return self._templates["continue.user"].substitute(complete=COMPLETE)

    def condense(self, question: str, history: Sequence[Turn]) -> Prompt:
        """The prompt that asks for ``question`` made independent of ``history``."""
        return Prompt(
            system=self._templates["condense.system"].substitute(),
            user=self._templates["condense.user"].substitute(
                history=render_history(history), question=one_line(question)
            ),
        )


@lru_cache(maxsize=1)
def packaged() -> Prompts:
    """The templates that ship with the program, read once."""
    return Prompts.load()


def render_passage(passage: Passage) -> str:
    """A passage as the model sees it: ``[2] Title (date)``, then its text on one line.

    Line breaks in it are blanks and bracketed numbers get round brackets, so that no article can
    pretend to hold another passage. Paragraphs that give orders to a model are left out.
    """
    chunk = passage.chunk
    date = f" ({one_line(chunk.date)})" if chunk.date else ""
    return f"[{passage.label}] {as_line(chunk.title)}{date}\n{as_line(without_orders(chunk.text))}"


def render_history(history: Sequence[Turn]) -> str:
    """The last turns, a line for each question and answer; answers are cut to their beginning."""
    lines = []
    for turn in history[-_KEPT_TURNS:]:
        answer = one_line(strip_markers(turn.answer))
        cut = "…" if len(answer) > _KEPT_CHARACTERS else ""
        lines.append(f"User: {one_line(turn.question)}")
        lines.append(f"Assistant: {answer[:_KEPT_CHARACTERS]}{cut}")
    return "\n".join(lines)


def one_line(text: str) -> str:
    """``text`` with every run of white space as one blank."""
    return " ".join(text.split())


def _check(templates: Mapping[str, str]) -> None:
    """Report everything that is wrong with the templates at once."""
    problems = []
    for name in _NAMES:
        if name not in templates:
            problems.append(f"{name}.txt is missing")
            continue
        template = string.Template(templates[name])
        if not template.is_valid():
            problems.append(f"{name}.txt has a $ that begins no variable (write $$ for a dollar)")
            continue
        found = frozenset(template.get_identifiers())
        problems += [f"{name}.txt lacks ${v}" for v in sorted(_VARIABLES[name] - found)]
        problems += [f"{name}.txt has the unknown ${v}" for v in sorted(found - _VARIABLES[name])]
    if problems:
        raise UsageError(f"wrong prompt templates: {'; '.join(problems)}", hint="see prompts/")
