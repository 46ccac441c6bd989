"""Many questions in one process: a line of JSON in, a line of JSON out, in the same order."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rag.cli import edge
from rag.cli.ask.command import REFUSED
from rag.cli.ask.lines import id_of, parsed
from rag.cli.json.output import answer_record, write_json
from rag.types import Answer

if TYPE_CHECKING:
    from rag.assistant.assistant import Assistant
    from rag.cli.show.progress import Activity
    from rag.cli.show.screen import Screen


@dataclass(slots=True)
class Tally:
    """How the questions fared."""

    n_answered: int = 0
    n_refused: int = 0
    n_failed: int = 0

    @property
    def exit_code(self) -> int:
        """1 if one failed, else 3 if one was refused, else 0: as for a single question, the worst
        of them counts."""
        return 1 if self.n_failed else REFUSED if self.n_refused else 0

    def __str__(self) -> str:
        parts = [f"{self.n_answered} answered", f"{self.n_refused} refused"]
        return ", ".join([*parts, f"{self.n_failed} failed"])


def answer_lines(
    lines: Iterable[tuple[int, bytes]], assistant: Assistant, screen: Screen, activity: Activity
) -> Tally:
    """Answer each of ``lines`` (number and bytes) and write its answer, or what is wrong with it,
    to stdout before the next line is read.

    Raises:
        BrokenPipeError: nobody reads the answers any more.
        KeyboardInterrupt: on Ctrl-C; what is answered by then is written.
    """
    tally = Tally()
    for number, line in lines:
        activity.wait(f"question {number}")
        record = _record(number, line, assistant, tally)
        if screen.out.is_terminal:
            activity.stop()
        write_json(record)
        sys.stdout.flush()
        activity.stop()
    return tally


def _record(number: int, line: bytes, assistant: Assistant, tally: Tally) -> dict[str, Any]:
    try:
        asked = parsed(line)
        answer = assistant.ask(asked.question, asked.history)
    except Exception as exc:  # whatever is wrong with one question, the others are answered
        edge.show_traceback(exc)
        tally.n_failed += 1
        return _named(_error_record(edge.failure_of(exc)), number, id_of(line))
    _count(answer, tally)
    return _named(answer_record(answer), number, asked.id)


def _count(answer: Answer, tally: Tally) -> None:
    tally.n_refused += answer.refused
    tally.n_answered += not answer.refused


def _error_record(failure: edge.Failure) -> dict[str, Any]:
    return {"schema": edge.ERROR_SCHEMA, "error": asdict(failure)}


def _named(record: dict[str, Any], number: int, its_id: Any) -> dict[str, Any]:
    """``record`` with the question's own id, and the number of its line, behind its schema."""
    return {"schema": record["schema"], "id": its_id, "line": number, **record}
