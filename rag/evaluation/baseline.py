"""A baseline: the results that must not get worse, kept in a file under version control."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.errors import EvalError
from rag.evaluation.figures import ALL, PASSED, figure_of, of_kind, values_of
from rag.evaluation.identity import Identity
from rag.evaluation.measures.pooled import POOLED
from rag.evaluation.provenance import decisive_differences, provenance_of, versions
from rag.evaluation.types import CaseKind, CaseResult, EvalRun

SCHEMA = "rag.eval-baseline/1"
_WRITE = "write a new one: rag eval --write-baseline"
GUARDED = (
    PASSED,
    "fact_correct",
    "gold_recall",
    "gold_precision",
    "forbidden_absent",
    "citation_valid",
    "citation_recall",
    "citation_precision",
    "unsupported_sentences",
    "recall@5",
    "mrr@10",
    "ndcg@10",
    "gold_offered",
    "verifier_accepts",
    "verifier_rejects",
)
"""What is kept of each case, and watched for each kind."""


@dataclass(frozen=True, slots=True)
class KeptCase:
    """What a baseline keeps of a case.

    Attributes:
        values: by guarded measure; None if it could not be scored, absent if it did not apply.
        parts: numerator and denominator by pooled measure, where it counts.
    """

    kind: str
    key: str
    values: Mapping[str, float | None] = field(default_factory=dict)
    parts: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The results of a whole run, short.

    Attributes:
        cases: by id.
        figures: rows of kind, measure, mean, n and n_unscored: for people; judged is by ``cases``.
    """

    identity: Identity
    provenance: Mapping[str, str]
    versions: Mapping[str, str]
    written: str
    cases: Mapping[str, KeptCase]
    figures: Sequence[Mapping[str, Any]] = ()


def baseline_of(run: EvalRun, identity: Identity) -> Baseline:
    """The baseline that this run makes.

    Raises:
        EvalError: a case that ended in an error: nothing is to be measured against a failure.
    """
    faulty = [result.case_id for result in run.results if result.error]
    if faulty:
        raise EvalError(
            f"no baseline is made of a run with errors: {', '.join(faulty[:5])}",
            hint=f"look at {run.folder}/report.md; go on with: rag eval --resume {run.name}",
        )
    return Baseline(
        identity=identity,
        provenance=provenance_of(run.results),
        versions=versions(),
        written=datetime.now(UTC).date().isoformat(),
        cases={result.case_id: kept(result) for result in run.results},
        figures=_figures(run),
    )


def kept(result: CaseResult) -> KeptCase:
    """What a baseline keeps of this result."""
    values = {name: values_of(name, [result]).get(result.case_id) for name in GUARDED}
    applying = {name for name in GUARDED if values_of(name, [result])}
    parts = {measure.name: measure.part(result) for measure in POOLED}
    return KeptCase(
        kind=result.kind,
        key=result.case_key,
        values={name: values[name] for name in GUARDED if name in applying},
        parts={name: part for name, part in parts.items() if part[1]},
    )


def require_comparable(baseline: Baseline, identity: Identity, run: EvalRun) -> None:
    """Pass if this run may be judged by the baseline.

    Raises:
        EvalError: other cases or articles, another engine, model or embedder, each named.
    """
    problems = baseline.identity.differences(identity)
    problems += decisive_differences(baseline.provenance, provenance_of(run.results))
    if problems:
        raise EvalError(f"the baseline is of something else: {'; '.join(problems)}", hint=_WRITE)


def write_baseline(baseline: Baseline, path: Path) -> None:
    """Write the file, one line a case, whole or not at all.

    Raises:
        EvalError: if it cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(_as_text(baseline), encoding="ascii")
        os.replace(part, path)
    except OSError as exc:
        raise EvalError(f"cannot write the baseline {path}: {exc.strerror}") from exc


def read_baseline(path: Path) -> Baseline:
    """The baseline in that file.

    Raises:
        EvalError: a file that is missing, cannot be read or is no baseline.
    """
    if not path.is_file():
        raise EvalError(f"there is no baseline {path}", hint=_WRITE)
    try:
        return _parsed(json.loads(path.read_bytes()))
    except OSError as exc:
        raise EvalError(f"cannot read the baseline {path}: {exc.strerror}") from exc
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise EvalError(f"{path} is no baseline ({exc!r})", hint=_WRITE) from exc


def _figures(run: EvalRun) -> list[dict[str, Any]]:
    kinds = [kind.value for kind in CaseKind if of_kind(run.results, kind)]
    wanted = [(kind, name) for kind in kinds for name in GUARDED]
    wanted += [(ALL, name) for name in (*GUARDED, *(measure.name for measure in POOLED))]
    rows = []
    for kind, name in wanted:
        found = figure_of(name, of_kind(run.results, kind), seed=run.seed)
        if found.n:
            mean = None if found.mean is None else round(found.mean, 4)
            row = {"kind": kind, "measure": name, "mean": mean, "n": found.n}
            rows.append(row | {"n_unscored": found.n_unscored})
    return rows


def _as_text(baseline: Baseline) -> str:
    """JSON with one line for each figure, article and case, so that a change reads as a diff."""
    cases = [
        {"id": name, "kind": c.kind, "key": c.key, "values": _rounded(c.values), "parts": c.parts}
        for name, c in baseline.cases.items()
    ]
    head = {
        "schema": SCHEMA,
        "suite": baseline.identity.suite,
        "suite_hash": baseline.identity.digest,
        "written": baseline.written,
        "provenance": dict(baseline.provenance),
        "versions": dict(baseline.versions),
    }
    pairs = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    articles = [list(item) for item in baseline.identity.articles.items()]
    for key, rows in (("articles", articles), ("figures", baseline.figures), ("cases", cases)):
        lines = ",\n".join(json.dumps(row, allow_nan=False) for row in rows)
        pairs.append(f"{json.dumps(key)}: [\n{lines}\n]")
    return "{\n" + ",\n".join(pairs) + "\n}\n"


def _rounded(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 6) for name, value in values.items()}


def _parsed(record: Mapping[str, Any]) -> Baseline:
    if record["schema"] != SCHEMA:
        raise ValueError(f"schema is {record['schema']!r}, not {SCHEMA!r}")
    cases = {str(item["id"]): _kept_case(item) for item in record["cases"]}
    keys = {name: case.key for name, case in cases.items()}
    articles = {str(name): str(digest) for name, digest in record["articles"]}
    baseline = Baseline(
        identity=Identity(str(record["suite"]), keys, articles),
        provenance={str(k): str(v) for k, v in record["provenance"].items()},
        versions={str(k): str(v) for k, v in record["versions"].items()},
        written=str(record["written"]),
        cases=cases,
        figures=tuple(record["figures"]),
    )
    if baseline.identity.digest != record["suite_hash"]:
        raise ValueError("suite_hash does not fit the cases and articles: edited by hand?")
    return baseline


def _kept_case(item: Mapping[str, Any]) -> KeptCase:
    values = {str(k): None if v is None else float(v) for k, v in item["values"].items()}
    parts = {str(k): (float(v[0]), float(v[1])) for k, v in item["parts"].items()}
    return KeptCase(str(CaseKind(item["kind"])), str(item["key"]), values, parts)
