"""Reads fields out of JSON values; what is wrong is told by file and field."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import EvalError


@dataclass(frozen=True, slots=True)
class Field:
    """A value and the way to it, for messages: ``data[0].title``."""

    value: Any
    path: Path
    way: str
    hint: str = ""

    def error(self, problem: str) -> EvalError:
        """What is wrong with it."""
        return EvalError(f"{self.path}, {self.way}: {problem}", hint=self.hint)

    def at(self, name: str) -> Field:
        """The field of that name.

        Raises:
            EvalError: if this is no object, or has no such field.
        """
        if not isinstance(self.value, dict):
            raise self.error("not an object")
        field = Field(self.value.get(name), self.path, f"{self.way}.{name}", self.hint)
        if name not in self.value:
            raise field.error("missing")
        return field

    def has(self, name: str) -> bool:
        """Whether this is an object with that field, and something in it."""
        return isinstance(self.value, dict) and self.value.get(name) not in (None, "", [])

    def items(self) -> list[Field]:
        """The fields of a list.

        Raises:
            EvalError: if it is none.
        """
        if not isinstance(self.value, list):
            raise self.error("not a list")
        return [
            Field(value, self.path, f"{self.way}[{i}]", self.hint)
            for i, value in enumerate(self.value)
        ]

    def text(self) -> str:
        """A text that is not blank.

        Raises:
            EvalError: if it is none.
        """
        if not isinstance(self.value, str):
            raise self.error("not a text")
        if not self.value.strip():
            raise self.error("empty")
        return self.value

    def count(self) -> int:
        """A whole number from 0.

        Raises:
            EvalError: if it is none.
        """
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < 0:
            raise self.error("not a whole number from 0")
        return self.value
