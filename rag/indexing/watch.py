"""Following folders: batches of changes as they happen, each a reason to sync again.

The system's notifications (by ``watchfiles``) say when to look; what changed is then found out by
walking the folders, as without them. So a notification that gets lost costs time, not truth, and
everything is looked at now and then even if nothing was heard.
"""

from __future__ import annotations

import logging
import os
import stat
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import InputError
from rag.indexing.notifying import has_silent
from rag.indexing.relevant import Event, Happened, absolute, relevant
from rag.ingest.ignore import Patterns
from rag.text.terminal import safe

_log = logging.getLogger(__name__)
_LONGEST_WAIT_MS = 10_000
_Looks = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the watching is.

    Attributes:
        settle_ms: how long nothing must happen before a batch is given, so that a file that is
            being written is read when it is complete; what goes on for more than ten seconds is
            given all the same.
        tick_ms: how often it is looked whether the folders are still there, or asked to stop.
        poll_ms: how often files are looked at where the file system does not tell of changes.
        look_again_s: how long nothing may be heard before everything is looked at anyway.
    """

    settle_ms: int = 500
    tick_ms: int = 500
    poll_ms: int = 2_000
    look_again_s: float = 600.0


def changes(
    roots: Sequence[Path],
    index_dir: Path,
    *,
    patterns: Patterns | None = None,
    stop: threading.Event | None = None,
    force_polling: bool | None = None,
    pace: Pace | None = None,
) -> Iterator[tuple[str, ...]]:
    """Paths that changed under ``roots`` and could change the index in ``index_dir``, in batches.

    An empty batch says to look at everything: the first one, given once the folders are watched
    (what happens from then on is not missed), one when a root goes, comes back or is replaced,
    and one after a long silence. It ends when ``stop`` is set; Ctrl-C is raised as it is. While
    the caller works on a batch, changes are gathered for the next.

    Args:
        force_polling: look at the files again and again instead of listening; None: only where
            the file system tells nothing, and if ``WATCHFILES_FORCE_POLLING`` is set.

    Raises:
        InputError: if the folders cannot be watched at all.
    """
    watch = _Watch(
        absolute(roots),
        os.path.abspath(index_dir),
        patterns or Patterns(),
        stop or threading.Event(),
        pace or Pace(),
        force_polling,
    )
    while not watch.stop.is_set():
        yield from watch.while_roots_stay()


@dataclass(slots=True)
class _Watch:
    roots: list[str]
    index_dir: str
    patterns: Patterns
    stop: threading.Event
    pace: Pace
    force_polling: bool | None
    _heard_s: float = field(default_factory=time.monotonic)
    _moving: set[str] = field(default_factory=set)

    def while_roots_stay(self) -> Iterator[tuple[str, ...]]:
        """Batches until a root goes, comes or is replaced: then they must be watched anew."""
        looks = _looks(self.roots)
        is_first = True
        with closing(self._events(looks)) as heard:
            for events in heard:
                before, looks = looks, _looks(self.roots)
                # A folder that is made again may get the number of the one that was deleted.
                deleted = any((Happened.DELETED, root) in events for root in _folders(before))
                if deleted or _folders(looks) != _folders(before):
                    return
                settled = self._settled_files(before, looks)
                batch: tuple[str, ...] | None = ()
                if not is_first and not self._is_silent_for_long():
                    found = relevant(events, self.roots, self.index_dir, self.patterns)
                    batch = tuple(sorted({*found, *settled})) or None
                is_first = False
                if batch is not None:
                    self._heard_s = time.monotonic()
                    yield batch

    def _settled_files(self, before: _Looks, now: _Looks) -> set[str]:
        """Roots that are files, changed, and stayed as they are since the last look."""
        moving = {root for root in self.roots if now.get(root) != before.get(root)}
        settled, self._moving = self._moving - moving, moving
        return settled

    def _is_silent_for_long(self) -> bool:
        return time.monotonic() - self._heard_s > self.pace.look_again_s

    def _events(self, looks: _Looks) -> Generator[set[Event], None, None]:
        """What is heard of the folders that are there; an empty set at each tick without news."""
        folders = sorted(_folders(looks))
        if folders:
            yield from self._heard(folders)
            return
        yield set()
        while not self.stop.wait(self.pace.tick_ms / 1000):
            yield set()

    def _heard(self, folders: list[str]) -> Iterator[set[Event]]:
        from watchfiles import watch

        polling = self.force_polling
        if polling is None and has_silent(folders):
            polling = True
        try:
            for events in watch(
                *folders,
                watch_filter=None,
                debounce=_LONGEST_WAIT_MS,
                step=self.pace.settle_ms,
                stop_event=self.stop,
                rust_timeout=self.pace.tick_ms,
                yield_on_timeout=True,
                force_polling=polling,
                poll_delay_ms=self.pace.poll_ms,
                ignore_permission_denied=True,
            ):
                yield {(int(change), path) for change, path in events}
        except FileNotFoundError:  # gone since it was looked at: look again, but not at once
            self.stop.wait(self.pace.tick_ms / 1000)
        except (OSError, RuntimeError) as exc:
            self._poll_from_now_on(exc)

    def _poll_from_now_on(self, exc: Exception) -> None:
        """The system may watch only so many folders (``fs.inotify.max_user_watches``)."""
        if self.force_polling:
            why = safe(str(exc))
            raise InputError(
                f"The folders cannot be watched: {why}.", hint="Run rag index when they change."
            ) from exc
        _log.warning("the system does not tell of changes (%s): looking for them", safe(str(exc)))
        self.force_polling = True


def _looks(roots: Sequence[str]) -> _Looks:
    """How each root that is there looks: a folder by its number, a file also by size and time."""
    looks: _Looks = {}
    for root in roots:
        try:
            status = os.stat(root)
        except OSError:
            continue
        number = (status.st_dev, status.st_ino)
        is_folder = stat.S_ISDIR(status.st_mode)
        looks[root] = number if is_folder else (*number, status.st_size, status.st_mtime_ns)
    return looks


def _folders(looks: _Looks) -> _Looks:
    return {root: look for root, look in looks.items() if len(look) == 2}
