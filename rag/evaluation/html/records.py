"""Answers of a run as its file holds them: JSON values that are read back with care."""

from __future__ import annotations

from typing import Any

from rag.evaluation.types import Against, CaseResult, Gate, GateOutcome
from rag.types import Chunk, Place, PlaceUnit, Span


def answer_of(result: CaseResult) -> dict[str, Any]:
    """The answer as JSON values; empty if there is none."""
    return result.answer or {}


def span_of(record: dict[str, Any]) -> Span:
    """The span that a record holds.

    Raises:
        KeyError, TypeError, ValueError: if it holds none.
    """
    return Span(int(record["start"]), int(record["end"]))


def chunk_of(record: dict[str, Any]) -> Chunk:
    """The chunk that a record holds, without its sentences.

    Raises:
        KeyError, TypeError, ValueError: if it holds none.
    """
    return Chunk(
        id=str(record["id"]),
        document_id=str(record["document_id"]),
        span=span_of(record["span"]),
        text=str(record["text"]),
        sentences=(),
        headings=tuple(map(str, record["headings"])),
        title=str(record["title"]),
        source=str(record["source"]),
        date=str(record["date"]),
        place_starts=tuple((int(at), int(n)) for at, n in record["place_starts"]),
        unit=PlaceUnit(record["unit"]),
    )


def place_from_record(record: dict[str, Any]) -> Place:
    """The place that a record of an answer holds.

    Raises:
        KeyError, TypeError, ValueError: if it holds none.
    """
    return Place(int(record["first"]), int(record["last"]), PlaceUnit(record["unit"]))


def gate_of(record: dict[str, Any]) -> GateOutcome:
    """The judgement that a record of report.json holds.

    Raises:
        KeyError, TypeError, ValueError: if it holds none.
    """
    gate = record["gate"]
    bounds = [None if (v := gate[key]) is None else float(v) for key in ("minimum", "maximum")]
    return GateOutcome(
        gate=Gate(str(gate["measure"]), str(gate["kind"]), *bounds),
        passed=bool(record["passed"]),
        reason=str(record["reason"]),
        cases=tuple(map(str, record["cases"])),
    )


def against_of(record: dict[str, Any] | None) -> Against | None:
    """The comparison with a baseline that a record of report.json holds; None if there is none.

    Raises:
        KeyError, TypeError, ValueError: if it is something else.
    """
    if record is None:
        return None
    outcomes = tuple(gate_of(item) for item in record["outcomes"])
    return Against(str(record["baseline"]), outcomes, tuple(map(str, record["notes"])))
