"""Reads cases from JSON Lines files. What is wrong with one is told by line and field."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import EvalError
from rag.evaluation.types import CaseKind, EvalCase, GoldQuote
from rag.types import as_json

_FIELDS = ("id", "kind", "question", "history", "gold", "facts", "forbidden", "tags")
_GOLD_FIELDS = ("document", "quote", "also")
_HINT = (
    "the format of a case is described in eval/README.md; "
    "SQuAD and RGB files: rag eval convert FILE -o FOLDER"
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a case stands, for messages."""

    path: Path
    line: int

    def error(self, field: str, problem: str) -> EvalError:
        where = f", field {field}" if field else ""
        return EvalError(f"{self.path}, line {self.line}{where}: {problem}", hint=_HINT)


def load_cases(paths: Iterable[Path]) -> tuple[EvalCase, ...]:
    """The cases of the files, in order. Blank lines are passed over.

    Raises:
        EvalError: a file that cannot be read, a line that is not a case, an id used twice, or no
            case at all.
    """
    cases: list[EvalCase] = []
    seen: dict[str, _Place] = {}
    files = list(paths)
    for path in files:
        for place, record in _records(path):
            case = _case(record, place)
            if case.id in seen:
                first = f"{seen[case.id].path}, line {seen[case.id].line}"
                raise place.error("id", f"{case.id!r} is used already in {first}")
            seen[case.id] = place
            cases.append(case)
    if not cases:
        named = ", ".join(str(path) for path in files) or "no file given"
        raise EvalError(f"no cases: {named}", hint=_HINT)
    return tuple(cases)


def choose(
    cases: Iterable[EvalCase], *, kinds: Collection[str] = (), n_each: int | None = None
) -> tuple[EvalCase, ...]:
    """The cases of these kinds (none named: all), at most the first ``n_each`` of each kind.

    Raises:
        EvalError: an unknown kind, or no case left.
    """
    for kind in kinds:
        if kind not in set(CaseKind):
            raise EvalError(f"unknown kind of case {kind!r}", hint=f"known: {', '.join(CaseKind)}")
    taken: Counter[str] = Counter()
    chosen = []
    for case in cases:
        if (not kinds or case.kind in kinds) and (n_each is None or taken[case.kind] < n_each):
            taken[case.kind] += 1
            chosen.append(case)
    if not chosen:
        raise EvalError(f"no case of the kinds asked for: {', '.join(kinds) or 'any'}")
    return tuple(chosen)


def case_key(case: EvalCase) -> str:
    """A hash of the case's definition: equal definitions have equal keys. Where the gold quotes lie
    is left out, so that an edited article alone does not void a run's answers."""
    record = as_json(case)
    for gold in record["gold"]:
        gold.pop("span")
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]


def _records(path: Path) -> Iterable[tuple[_Place, dict[str, Any]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        why = getattr(exc, "strerror", None) or exc
        raise EvalError(f"cannot read the cases of {path}: {why}", hint=_HINT) from exc
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = _Place(path, number)
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as exc:
            raise place.error("", f"not JSON ({exc})") from exc
        if not isinstance(record, dict):
            raise place.error("", "a case is a JSON object, one on a line")
        yield place, record


def _case(record: dict[str, Any], place: _Place) -> EvalCase:
    _known_fields(record, _FIELDS, place, "")
    kind = _text(record, "kind", place)
    if kind not in set(CaseKind):
        raise place.error("kind", f"{kind!r} is not one of {', '.join(CaseKind)}")
    case = EvalCase(
        id=_text(record, "id", place),
        kind=CaseKind(kind),
        question=_text(record, "question", place),
        history=_texts(record.get("history", []), place, "history"),
        gold=_golds(record.get("gold", []), place),
        facts=_facts(record.get("facts", []), place),
        forbidden=_texts(record.get("forbidden", []), place, "forbidden"),
        tags=_texts(record.get("tags", []), place, "tags"),
    )
    _check_sense(case, place)
    return case


def _check_sense(case: EvalCase, place: _Place) -> None:
    """What each kind needs to be scored at all."""
    if case.kind is CaseKind.UNANSWERABLE and (case.gold or case.facts):
        raise place.error("gold", "an unanswerable case has neither gold nor facts")
    if case.kind in (CaseKind.ANSWERABLE, CaseKind.FALSE_PREMISE) and not case.gold:
        raise place.error("gold", f"{case.kind} needs at least one gold quote")
    if case.kind is CaseKind.CONFLICTING and len(case.gold) < 2:
        raise place.error("gold", "a conflicting case needs a gold quote for each side")
    if case.kind is CaseKind.MULTI_TURN and not case.history:
        raise place.error("history", "a multi_turn case needs the questions asked before")
    if case.kind is CaseKind.ADVERSARIAL and not case.forbidden:
        raise place.error("forbidden", "an adversarial case names what must not be answered")
    if case.facts and not case.gold:
        raise place.error("facts", "facts need the gold quote that states them")


def _known_fields(
    record: dict[str, Any], known: tuple[str, ...], place: _Place, under: str
) -> None:
    for name in record:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            guess = f"; did you mean {near[0]}?" if near else ""
            raise place.error(under + name, f"unknown field{guess}")


def _text(record: dict[str, Any], name: str, place: _Place, under: str = "") -> str:
    if name not in record:
        raise place.error(under + name, "missing")
    return _nonempty(record[name], place, under + name)


def _nonempty(value: Any, place: _Place, name: str) -> str:
    if not isinstance(value, str):
        raise place.error(name, f"{value!r} is not a text")
    if not value.strip():
        raise place.error(name, "empty")
    return value


def _list(value: Any, place: _Place, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise place.error(name, f"{value!r} is not a list")
    return value


def _texts(value: Any, place: _Place, name: str) -> tuple[str, ...]:
    items = _list(value, place, name)
    return tuple(_nonempty(item, place, f"{name}[{i}]") for i, item in enumerate(items))


def _facts(value: Any, place: _Place) -> tuple[tuple[str, ...], ...]:
    facts = []
    for i, item in enumerate(_list(value, place, "facts")):
        spellings = _texts(item, place, f"facts[{i}]")
        if not spellings:
            raise place.error(f"facts[{i}]", "empty: a fact needs at least one spelling")
        facts.append(spellings)
    return tuple(facts)


def _golds(value: Any, place: _Place, name: str = "gold") -> tuple[GoldQuote, ...]:
    items = _list(value, place, name)
    return tuple(_gold(item, place, f"{name}[{i}]") for i, item in enumerate(items))


def _gold(value: Any, place: _Place, name: str) -> GoldQuote:
    if not isinstance(value, dict):
        raise place.error(name, f"{value!r} is not an object with document and quote")
    under = f"{name}."
    _known_fields(value, _GOLD_FIELDS, place, under)
    return GoldQuote(
        document=_text(value, "document", place, under),
        quote=_text(value, "quote", place, under),
        alternatives=_golds(value.get("also", []), place, f"{under}also"),
    )
