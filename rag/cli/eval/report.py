"""How the result of ``rag eval`` looks: tables on a terminal, aligned plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.table import Table
from rich.text import Text

from rag.cli.json.output import write_json
from rag.cli.show.screen import Screen
from rag.evaluation.report import (
    COST_HEADINGS,
    KIND_HEADINGS,
    MEASURE_HEADINGS,
    FailedCase,
    Report,
    as_dict,
    kind_cells,
    measure_cells,
    summary_of,
)
from rag.evaluation.types import GateOutcome
from rag.text.terminal import safe

N_FAILURES_SHOWN = 20
N_CASES_NAMED = 5


def show_report(screen: Screen, report: Report, *, as_json: bool) -> None:
    """Print the report on stdout: kinds, gates, failed cases; every measure if verbose."""
    if as_json:
        write_json(as_dict(report))
        return
    show_table(screen, KIND_HEADINGS, [kind_cells(row) for row in report.kinds])
    if screen.verbose:
        screen.show()
        show_table(screen, MEASURE_HEADINGS, [measure_cells(row) for row in report.measures])
        screen.show()
        show_table(screen, COST_HEADINGS, [measure_cells(row) for row in report.costs])
    if report.failures:
        _show_failures(screen, report.failures)
    _show_judgement(screen, report)


def _show_judgement(screen: Screen, report: Report) -> None:
    """Aims, then what decides the exit status."""
    if report.aims or report.gates or report.against:
        screen.show()
    for aim in report.aims:
        screen.show(_outcome_line("aim", _AIM_WORDS[aim.passed], aim))
    for gate in report.gates:
        screen.show(_outcome_line("gate", _GATE_WORDS[gate.passed], gate))
    if report.against is None:
        return
    for fallen in report.against.fallen:
        screen.show(_outcome_line("gate", _GATE_WORDS[False], fallen))
    word = _GATE_WORDS[not report.against.fallen]
    screen.show(Text.assemble("gate ", word, "  ", safe(summary_of(report.against))))
    if report.against.notes and (report.against.fallen or screen.verbose):
        screen.notice(f"otherwise than in the baseline: {'; '.join(report.against.notes)}")


def _show_failures(screen: Screen, failures: Sequence[FailedCase]) -> None:
    screen.show(f"\nfailed cases: {len(failures)}")
    n_shown = len(failures) if screen.verbose else N_FAILURES_SHOWN
    for case in failures[:n_shown]:
        screen.show(safe(f"  {case.kind} {case.case_id}: {case.reason}"))
        if screen.verbose:
            screen.show(safe(f"    asked:    {case.question}"))
            screen.show(safe(f"    answered: {case.answer}"))
    if len(failures) > n_shown:
        screen.show(f"  ... and {len(failures) - n_shown} more (-v shows all)")


_GATE_WORDS = {True: ("holds", "green"), False: ("FAILS", "bold red")}
_AIM_WORDS = {True: ("reached", "green"), False: ("missed", "yellow")}


def _outcome_line(what: str, word: tuple[str, str], outcome: GateOutcome) -> Text:
    text = outcome.reason
    if outcome.cases:
        named = ", ".join(outcome.cases[:N_CASES_NAMED])
        more = len(outcome.cases) - N_CASES_NAMED
        text += f": {named}" + (f" and {more} more" if more > 0 else "")
    return Text.assemble(f"{what} ", word, "  ", safe(text))


def show_table(screen: Screen, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal, aligned plain lines elsewhere."""
    if screen.out.is_terminal:
        screen.out.print(_table(headings, rows))
        return
    for line in _aligned([headings, *rows]):
        screen.show(line)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(safe(cell)) for cell in row))
    return table


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    rows = [[safe(cell) for cell in row] for row in rows]
    widths = [max(cell_len(row[i]) for row in rows) for i in range(len(rows[0]))]
    padded = [[set_cell_size(cell, w) for cell, w in zip(row, widths, strict=True)] for row in rows]
    return ["  ".join(cells).rstrip() for cells in padded]
