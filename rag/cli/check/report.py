"""How the check of a text looks: each sentence with what supports it, then the sum."""

from __future__ import annotations

from rich.text import Text

from rag.assistant.text_report import CheckedStatement, SourceVerdict, TextReport
from rag.cli.show.pieces import (
    FLAG_STYLE,
    PLACE_STYLE,
    headline,
    label_text,
    place_text,
    quoted,
)
from rag.cli.show.screen import Screen, write
from rag.cli.show.symbols import Symbols
from rag.text.terminal import safe
from rag.types import Evidence, Verdict

_STYLES = {
    Verdict.SUPPORTED: "green",
    Verdict.UNSUPPORTED: f"bold {FLAG_STYLE}",
    Verdict.NO_CLAIM: PLACE_STYLE,
}
_INDENT = 4


def show_report(screen: Screen, report: TextReport) -> None:
    """Print every statement with its evidence or with what is missing, then the counts."""
    for statement in report.statements:
        _show_statement(screen, statement)
    for missing in report.missing_quotes:
        title = f" ({safe(missing.title)})" if missing.title else ""
        text = f"the quotation listed under [{missing.label}]{title} is not in the articles:"
        write(screen.out, Text(text, style=FLAG_STYLE))
        write(screen.out, quoted(missing.quote, screen.symbols), indent=_INDENT, hanging=1)
    screen.show()
    write(screen.out, Text(_summary(report)))
    screen.detail(f"verifier {report.verifier}, index {report.index_id}")


def _show_statement(screen: Screen, statement: CheckedStatement) -> None:
    sign = _sign(screen.symbols, statement.verdict)
    line = Text.assemble((sign, _STYLES[statement.verdict]), " ", safe(statement.text))
    if statement.verdict is Verdict.NO_CLAIM:
        line.append(" (asserts nothing)", style=PLACE_STYLE)
    write(screen.out, line, hanging=len(sign) + 1)
    if statement.leans_on:
        screen.detail(f"    read as about: {statement.leans_on}")
    for note in _notes(statement):
        write(screen.out, Text(note, style=FLAG_STYLE), indent=_INDENT, hanging=2)
    for evidence in statement.evidence or filter(None, [statement.closest]):
        _show_evidence(screen, evidence)


def _sign(symbols: Symbols, verdict: Verdict) -> str:
    if verdict is Verdict.NO_CLAIM:
        return symbols.neither
    return symbols.yes if verdict is Verdict.SUPPORTED else symbols.no


def _notes(statement: CheckedStatement) -> list[str]:
    """What is to be said of a statement: one line each."""
    notes = [
        f"{_cited(finding.label, finding.title)} does not support this"
        + (", but this does:" if statement.evidence else "")
        for finding in statement.sources
        if finding.verdict is SourceVerdict.FAILS
    ]
    notes += [
        f"{_cited(finding.label, finding.title)} adds nothing to this"
        for finding in statement.sources
        if finding.verdict is SourceVerdict.ADDS_NOTHING
    ]
    if statement.verdict is Verdict.UNSUPPORTED:
        notes.append(_lacking(statement))
    return notes


def _cited(label: int, title: str) -> str:
    return f"[{label}] {safe(title)}".rstrip()


def _lacking(statement: CheckedStatement) -> str:
    closest = ", closest:" if statement.closest else ""
    if statement.contradicted:
        return "the articles say otherwise:"
    if not statement.missing:
        return f"the articles do not say this{closest}"
    words = ", ".join(safe(word) for word in statement.missing)
    return f"not in the articles about this: {words}{closest}"


def _show_evidence(screen: Screen, evidence: Evidence) -> None:
    title = Text.assemble(label_text(evidence.label), " ", headline(evidence))
    write(screen.out, title, indent=_INDENT, hanging=_INDENT)
    write(screen.out, place_text(screen, evidence.source, evidence.place), indent=2 * _INDENT)
    write(screen.out, quoted(evidence.quote, screen.symbols), indent=2 * _INDENT, hanging=1)


def _summary(report: TextReport) -> str:
    if not report.n_claims:
        return "nothing in this text asserts anything"
    noun, verb = ("sentence", "is") if report.n_claims == 1 else ("sentences", "are")
    text = f"{report.n_supported} of {report.n_claims} {noun} {verb} supported"
    if report.n_wrong_citations:
        plural = "citation does" if report.n_wrong_citations == 1 else "citations do"
        text += f"; {report.n_wrong_citations} {plural} not support what cites it"
    if n_missing := len(report.missing_quotes):
        plural = "quotation is" if n_missing == 1 else "quotations are"
        text += f"; {n_missing} listed {plural} not in the articles"
    return text
