"""Puts the page of a run together. Everything shown is escaped by the template engine."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rag.errors import EvalError
from rag.evaluation.html import plots
from rag.evaluation.html.cases import CaseView, case_view
from rag.evaluation.report import KindRow, Report, figure, interval
from rag.evaluation.types import EvalCase, EvalRun, GateOutcome
from rag.text.terminal import safe

_CLOSING = "</"


@dataclass(frozen=True, slots=True)
class KindView:
    """A row of the table of kinds. ``aims``: thresholds of its headline, as positions in [0, 1]."""

    row: KindRow
    n_passed: int
    n_failed: int
    aims: tuple[float, ...]


def render(report: Report, run: EvalRun, cases: Mapping[str, EvalCase]) -> str:
    """The page: one HTML text that loads nothing and runs no script but its own.

    Args:
        cases: what was expected, by id; results without a case are shown without it.

    Raises:
        EvalError: a result whose answer is not what the program writes.
    """
    views = [_view(run, number, cases) for number in range(len(run.results))]
    has_gold = [view for view in views if view.gold]
    ranks = [(view.gold_rank, view.outcome == "passed") for view in has_gold]
    environment = _environment()
    style, script = (_asset(environment, name) for name in ("report.css", "report.js"))
    return environment.get_template("report.html").render(
        report=report,
        provenance={safe(k): safe(str(v)) for k, v in report.provenance.items() if v},
        total=report.kinds[-1],
        kinds=[_kind_view(row, report.gates, views) for row in report.kinds],
        gates=report.gates,
        n_gates_failed=sum(not gate.passed for gate in report.gates),
        plots=[
            plots.latency(run.results),
            plots.verifier_scores(run.results),
            plots.gold_ranks(ranks),
        ],
        failed=[view for view in views if view.outcome != "passed"],
        passed=[view for view in views if view.outcome == "passed"],
        style=Markup(style),
        script=Markup(script),
        script_hash=_hash(script),
        style_hash=_hash(style),
    )


def _view(run: EvalRun, number: int, cases: Mapping[str, EvalCase]) -> CaseView:
    result = run.results[number]
    try:
        return case_view(result, cases.get(result.case_id), number=number)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise EvalError(
            f"run {run.name}: the answer to {result.case_id} cannot be shown ({exc!r})",
            hint="ask again: rag eval",
        ) from exc


def _kind_view(row: KindRow, gates: Sequence[GateOutcome], views: Sequence[CaseView]) -> KindView:
    of_kind = [view for view in views if row.kind in ("all", view.kind)]
    n_passed = sum(view.outcome == "passed" for view in of_kind)
    bounds = [
        bound
        for outcome in gates
        if outcome.gate.kind == row.kind and outcome.gate.measure in row.headlines
        if (bound := outcome.gate.minimum) is not None
    ]
    return KindView(row, n_passed, len(of_kind) - n_passed, tuple(bounds))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("rag.evaluation", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"figure": figure, "interval": interval, "safe_text": safe}
    del environment.filters["safe"]  # nothing in the template can switch escaping off
    return environment


def _asset(environment: Environment, name: str) -> str:
    """A file of the templates as it is: our own text, the only one that is not escaped.

    Raises:
        EvalError: if it could end the element it stands in.
    """
    assert environment.loader is not None
    text = environment.loader.get_source(environment, name)[0]
    if _CLOSING in text:
        raise EvalError(f"{name} must not hold {_CLOSING!r}")
    return text


def _hash(text: str) -> str:
    """What the page's content security policy names a script or style by.

    Source: W3C, Content Security Policy Level 3, section 2.3.1 (hash sources).
    """
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
