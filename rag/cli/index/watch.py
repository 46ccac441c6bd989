"""``rag index --watch``: one line for each time that something changed, until Ctrl-C."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.text import Text

from rag.cli import edge
from rag.cli.index.report import changes, has_changed, show_report
from rag.cli.json.output import index_record, write_json
from rag.cli.show.progress import Activity
from rag.cli.show.skipped import skipped_lines
from rag.errors import RagError, UsageError
from rag.text.terminal import safe

if TYPE_CHECKING:
    from rag.cli.show.screen import Screen
    from rag.indexing.sync import SyncReport
    from rag.protocols import Embedder
    from rag.settings import Settings


def watch_articles(settings: Settings, screen: Screen, *, rebuild: bool, as_json: bool) -> None:
    """Sync at once, and again whenever something changes; it ends with ``KeyboardInterrupt``.

    An error of a later sync is said and does not end it: the next change is another chance.

    Raises:
        RagError: the first sync fails.
    """
    from rag import upkeep

    if rebuild:
        raise UsageError("--watch and --rebuild do not go together", hint="rag index --rebuild")
    embedder = upkeep.open_embedder(settings)
    report = _sync(settings, embedder, screen)
    _show_first(screen, report, as_json=as_json)
    before = {item.source for item in report.skipped}
    for _ in upkeep.follow(settings):
        try:
            report = _sync(settings, embedder, screen)
        except RagError as exc:
            edge.show_traceback(exc)
            screen.say(Text(f"{_now()} {safe(exc.message)}", style="yellow"))
            continue
        _show(screen, report, before, as_json=as_json)
        before = {item.source for item in report.skipped}


def _sync(settings: Settings, embedder: Embedder, screen: Screen) -> SyncReport:
    from rag import upkeep

    with Activity(screen) as activity:
        return upkeep.sync_index(
            settings, embedder=embedder, progress=activity, notice=screen.notice
        )


def _show_first(screen: Screen, report: SyncReport, *, as_json: bool) -> None:
    if as_json:
        write_json(index_record(report))
    else:
        show_report(screen, report)
    screen.out.file.flush()
    screen.notice("watching; Ctrl-C ends it")


def _show(screen: Screen, report: SyncReport, before: set[str], *, as_json: bool) -> None:
    """Say what changed; nothing if only the search for changes came to its end."""
    fresh = [item for item in report.skipped if item.source not in before]
    for line in skipped_lines(fresh, in_full=True):
        screen.notice(f"{_now()} skipped {line}")
    if not has_changed(report):
        return
    if as_json:
        write_json(index_record(report))
    else:
        screen.show(
            f"{_now()} {changes(report)}: {report.n_documents} articles, "
            f"{report.n_chunks} chunks ({report.n_embedded} embedded) in {report.seconds:.1f} s"
        )
    screen.out.file.flush()


def _now() -> str:
    return time.strftime("%H:%M:%S")
