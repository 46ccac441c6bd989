"""What ``rag index`` says of what it did, or would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.cli.show.counted import counted
from rag.cli.show.skipped import skipped_lines
from rag.upkeep import duration_text

if TYPE_CHECKING:
    from rag.cli.show.screen import Screen
    from rag.indexing.check import IndexCheck
    from rag.indexing.plan import SyncPlan
    from rag.indexing.recall import RecallReport
    from rag.indexing.sync import SyncReport

N_NAMED = 5
"""Files of a kind that a plan names unless all are asked for."""


def show_report(screen: Screen, report: SyncReport) -> None:
    """Print the summary; on stderr what was skipped and what else a user should know."""
    for line in skipped_lines(report.skipped, in_full=screen.verbose):
        screen.notice(f"skipped {line}")
    for note in report.notes:
        screen.notice(f"note: {note}")
    if n_groups := len(report.near_duplicates):
        groups = "one group" if n_groups == 1 else f"{n_groups} groups"
        screen.notice(f"{groups} of articles say nearly the same (rag status names them)")
    screen.show(summary(report))


def summary(report: SyncReport) -> str:
    """What was done and what the index holds now, on one line."""
    files = f" in {report.n_files:,} files" if report.n_files != report.n_documents else ""
    rate = f", {report.chunks_per_s:.0f} chunks/s" if report.chunks_per_s else ""
    return (
        f"{changes(report)}, {report.unchanged} unchanged, {len(report.skipped)} skipped: "
        f"{counted(report.n_documents, 'article')}{files}, {counted(report.n_chunks, 'chunk')} "
        f"({report.n_embedded} embedded{rate}) in {report.seconds:.1f} s"
    )


def changes(report: SyncReport) -> str:
    """What was new, in files: ``1 added, 0 changed, 2 removed, 1 moved``."""
    moved = f", {report.moved} moved" if report.moved else ""
    touched = f", {report.touched} touched" if report.touched else ""
    return (
        f"{report.added} added, {report.changed} changed, {report.removed} removed{moved}{touched}"
    )


def has_changed(report: SyncReport) -> bool:
    """Whether a run found anything that makes other answers."""
    return bool(report.added or report.changed or report.removed or report.moved)


def show_plan(screen: Screen, plan: SyncPlan) -> None:
    """Print what a run would do: names of files, then the counts and the cost on one line."""
    from rag.text.terminal import safe

    kinds = {
        "new": plan.added,
        "changed": plan.changed,
        "removed": plan.removed,
        "moved": tuple(f"{old} -> {new}" for old, new in plan.moved),
        "touched": plan.touched,
    }
    for kind, names in kinds.items():
        shown = names if screen.verbose else names[:N_NAMED]
        for name in shown:
            screen.show(f"{kind}: {safe(name)}")
        if len(names) > len(shown):
            screen.show(f"{kind}: {len(names) - len(shown):,} more (-v lists all)")
    for line in skipped_lines(plan.skipped, in_full=screen.verbose):
        screen.notice(f"would skip {line}")
    if plan.anew:
        screen.show(f"every article is read anew: {safe(plan.anew)}")
    screen.show(plan_summary(plan))


def plan_summary(plan: SyncPlan) -> str:
    """What a run would do, and about what it would cost, on one line."""
    if plan.is_empty:
        return f"nothing to do: {plan.n_unchanged:,} files unchanged"
    time = f", about {duration_text(plan.seconds)}" if plan.seconds else ""
    cost = f"up to {plan.n_to_embed:,} chunks to embed{time}" if plan.n_to_embed else "no cost"
    return (
        f"would be: {len(plan.added):,} added, {len(plan.changed):,} changed, "
        f"{len(plan.removed):,} removed, {len(plan.moved):,} moved, "
        f"{plan.n_unchanged:,} unchanged: {cost}"
    )


def show_check(screen: Screen, check: IndexCheck) -> None:
    """Print what is damaged, one fault a line, or that nothing is."""
    from rag.text.terminal import safe

    for fault in check.store.faults:
        screen.show(f"damaged: {safe(fault)}")
    mended = ": made again" if check.repaired else ""
    for fault in check.derived:
        screen.show(f"damaged: {safe(fault)}{mended}")
    store = check.store
    looked_at = (
        f"{store.n_files:,} files, {store.n_documents:,} articles, {store.n_chunks:,} chunks, "
        f"{store.n_vectors:,} vectors and the search structures"
    )
    if check.is_sound:
        screen.show(f"checked {looked_at}: sound")
    else:
        screen.show(f"checked {looked_at}: damaged; rag index --rebuild makes it anew")


def show_recall(screen: Screen, report: RecallReport | None) -> None:
    """Print what the search by meaning misses, and what looking at everything would cost."""
    if report is None:
        screen.show("the index holds nothing to measure")
        return
    screen.show(
        f"recall@{report.k} {report.recall:.4f} ({report.low:.4f} to {report.high:.4f} with 95 % "
        f"confidence) over {report.n_queries} queries of {report.n_chunks:,} chunks"
    )
    screen.show(
        f"{report.index_type}: {report.index_ms:.2f} ms a query; comparing every vector: "
        f"{report.exact_ms:.2f} ms"
    )
