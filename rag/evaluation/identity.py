"""What a run asked of what: two runs are compared only if that is the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import EvalError, InputError
from rag.evaluation.cases import case_key
from rag.evaluation.types import EvalCase
from rag.ingest.folder import FoundFile, find_files

_N_NAMED = 3


@dataclass(frozen=True, slots=True)
class Identity:
    """The cases and articles of a suite by hash.

    Thresholds and aims are no part of it: they change what is said of a run, not the run.

    Attributes:
        cases: id of each case to the hash of its definition.
        articles: id of each article to the hash of its file.
    """

    suite: str
    cases: Mapping[str, str] = field(default_factory=dict)
    articles: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """One hash of it all; the order of cases and articles does not matter."""
        record = [self.suite, sorted(self.cases.items()), sorted(self.articles.items())]
        return hashlib.sha256(json.dumps(record).encode()).hexdigest()[:16]

    def differences(self, other: Identity) -> list[str]:
        """What ``other`` has otherwise, one phrase each; empty if the two are the same."""
        named = f"suite {other.suite!r}, not {self.suite!r}"
        return [
            *([named] if self.suite != other.suite else []),
            *_changes("case", self.cases, other.cases),
            *_changes("article", self.articles, other.articles),
        ]


def identity_of(suite: str, cases: Iterable[EvalCase], articles: Sequence[Path]) -> Identity:
    """The identity of these cases over the articles in these folders.

    Raises:
        EvalError: an article that cannot be read.
    """
    try:
        found = [f for f in find_files(articles) if isinstance(f, FoundFile)] if articles else []
        files = {file.document_id: _hash(file.path) for file in found}
    except InputError as exc:
        raise EvalError(exc.message, hint=exc.hint) from exc
    except OSError as exc:
        raise EvalError(f"cannot read the articles: {exc}") from exc
    return Identity(suite, {case.id: case_key(case) for case in cases}, files)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _changes(thing: str, before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    changed = [name for name in before if name in after and before[name] != after[name]]
    sides = {
        "added": [name for name in after if name not in before],
        "missing": [name for name in before if name not in after],
        "changed": changed,
    }
    return [_phrase(thing, what, names) for what, names in sides.items() if names]


def _phrase(thing: str, what: str, names: Sequence[str]) -> str:
    shown = ", ".join(names[:_N_NAMED]) + (", ..." if len(names) > _N_NAMED else "")
    return f"{len(names)} {thing}{'s' * (len(names) > 1)} {what} ({shown})"
