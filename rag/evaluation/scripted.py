"""An answerer that says what it was told to: tries a suite or a gate without articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.types import Answer, Turn


class ScriptedAnswerer:
    """Answers from a script; refuses every question that is not in it.

    Attributes:
        asked: the questions so far with their histories, in order.
    """

    def __init__(self, script: Mapping[str, Answer | BaseException]) -> None:
        self._script = dict(script)
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The scripted answer.

        Raises:
            BaseException: the one in the script, if one stands there.
        """
        self.asked.append((question, tuple(history)))
        reply = self._script.get(question)
        if isinstance(reply, BaseException):
            raise reply
        return reply or Answer(question, question, (), True, "The articles do not say.", ())
