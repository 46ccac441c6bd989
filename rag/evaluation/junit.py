"""A run as JUnit XML, for CI: a test case for every case of the suite and for every gate.

The form is that of Jenkins and GitLab (testsuites / testsuite / testcase / failure | error).
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from pathlib import Path

from rag.errors import EvalError
from rag.evaluation.figures import of_kind
from rag.evaluation.report import Report
from rag.evaluation.types import CaseKind, CaseResult, EvalRun, GateOutcome

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped (production 2, Char)."""


def as_junit(run: EvalRun, report: Report) -> str:
    """The XML of the run: a suite for each kind of case and one for the gates."""
    root = ET.Element("testsuites", name=_clean(f"rag eval {run.suite}"))
    for kind in CaseKind:
        results = of_kind(run.results, kind)
        if results:
            _add_suite(root, kind, [_case(run.suite, result) for result in results])
    outcomes = [*report.gates, *(report.against.outcomes if report.against else ())]
    if outcomes:
        _add_suite(root, "gates", [_gate(run.suite, outcome) for outcome in outcomes])
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def write_junit(run: EvalRun, report: Report, path: Path) -> None:
    """Write the XML to ``path``.

    Raises:
        EvalError: if it cannot be written.
    """
    try:
        path.write_text(as_junit(run, report), encoding="utf-8")
    except OSError as exc:
        raise EvalError(f"cannot write {path}: {exc.strerror}") from exc


def _add_suite(root: ET.Element, name: str, tests: Sequence[ET.Element]) -> None:
    seconds = sum(float(test.get("time", "0")) for test in tests)
    suite = ET.SubElement(
        root,
        "testsuite",
        name=name,
        tests=str(len(tests)),
        failures=str(_count(tests, "failure")),
        errors=str(_count(tests, "error")),
        time=f"{seconds:.3f}",
    )
    suite.extend(tests)


def _count(tests: Iterable[ET.Element], outcome: str) -> int:
    return sum(test.find(outcome) is not None for test in tests)


def _case(suite: str, result: CaseResult) -> ET.Element:
    name = _clean(result.case_id)
    test = ET.Element("testcase", name=name, classname=_clean(f"{suite}.{result.kind}"))
    test.set("time", f"{result.seconds:.3f}")
    if result.error:
        _add_problem(test, "error", result.error, _told(result))
    elif not result.passed:
        score = result.score(result.headline)
        value = "not scored" if score is None or score.value is None else f"{score.value:g}"
        reason = score.explanation if score else ""
        _add_problem(test, "failure", f"{result.headline} is {value}: {reason}", _told(result))
    return test


def _told(result: CaseResult) -> str:
    before = "".join(f"before:   {question}\n" for question in result.history)
    return f"{before}question: {result.question}\nanswer:   {result.answer_text}"


def _gate(suite: str, outcome: GateOutcome) -> ET.Element:
    test = ET.Element("testcase", name=_clean(str(outcome.gate)), classname=f"{suite}.gates")
    if not outcome.passed:
        _add_problem(test, "failure", outcome.reason, "\n".join(outcome.cases))
    return test


def _add_problem(test: ET.Element, kind: str, message: str, text: str) -> None:
    ET.SubElement(test, kind, message=_clean(message)).text = _clean(text)


def _clean(text: str) -> str:
    """``text`` with what XML cannot hold shown as an escape."""
    return _NOT_XML.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
