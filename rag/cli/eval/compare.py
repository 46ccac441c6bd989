"""``rag eval compare``: two runs of the same suite side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options

if TYPE_CHECKING:
    from rag.cli.show.screen import Screen
    from rag.evaluation.compare import Comparison, Difference

EPILOG = """\
\b
Examples:
  rag eval compare 20261120-154600 20261120-171500
  rag eval compare runs/before runs/after -v
  rag eval compare 20261120-154600 20261120-171500 --json

\b
The change is after minus before, over the cases scored in both, with a 95 %
paired bootstrap interval. p: McNemar's exact test where cases are right or
wrong, a paired permutation test elsewhere; not corrected for many rows.
"""
HEADINGS = ("kind", "measure", "n", "before", "after", "change", "95 % interval", "p")
RunArgument = Annotated[str, typer.Argument(metavar="BEFORE", help="Name or folder of a run.")]
OtherArgument = Annotated[str, typer.Argument(metavar="AFTER", help="Name or folder of a run.")]


def compare_command(
    before: RunArgument,
    after: OtherArgument,
    as_json: options.JsonOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Show how two runs of the same suite differ, and which cases flipped."""
    from rag.cli.json.output import write_json
    from rag.cli.show.screen import Screen
    from rag.evaluation.compare import as_dict, compare, side_of
    from rag.evaluation.journal import Journal, find_run, runs_dir

    sides = [side_of(Journal(find_run(runs_dir(), name))) for name in (before, after)]
    found = compare(*sides)
    if as_json:
        write_json(as_dict(found))
        return
    _show(Screen(verbose=verbose), found)


def _show(screen: Screen, found: Comparison) -> None:
    from rag.cli.eval.report import show_table
    from rag.text.terminal import safe

    rows = [*found.headlines, *(found.differences if screen.verbose else ())]
    show_table(screen, HEADINGS, [_cells(row) for row in rows])
    for told, flips in (("lost", found.lost), ("gained", found.gained)):
        screen.show(f"\n{told}: {len(flips)}")
        for flip in flips:
            screen.show(safe(f"  {flip.kind} {flip.case_id}: {flip.question}"))
    if found.notes:
        screen.show(safe(f"\ndifferent programs: {'; '.join(found.notes)}"))


def _cells(row: Difference) -> Sequence[str]:
    from rag.evaluation.report import figure, interval

    change = row.change.mean
    return (
        row.kind,
        row.measure,
        str(row.n),
        figure(row.before),
        figure(row.after),
        "-" if change is None else f"{change:+.3f}",
        interval(row.change),
        figure(row.p_value),
    )
