"""Things that are open, each with what it was made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Open:
    thing: Any
    made_from: tuple[Any, ...]
    release: Callable[[], None] | None


class Held:
    """Holds things by name for as long as they are made from the same."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}

    def get(
        self,
        name: str,
        made_from: tuple[Any, ...],
        make: Callable[[], T],
        *,
        release: Callable[[T], None] | None = None,
    ) -> T:
        """What is held as ``name`` if it was made from what equals ``made_from``; else what
        ``make`` makes now, which takes its place.

        Args:
            release: gives up what was made.
        """
        held = self._open.get(name)
        if held is None or held.made_from != made_from:
            made = make()
            held = _Open(made, made_from, (lambda: release(made)) if release else None)
            self._open[name] = held
        return cast(T, held.thing)

    def shared(self, *, without: tuple[str, ...] = ()) -> Held:
        """Another that holds the same, but for those named."""
        other = Held()
        other._open = {name: held for name, held in self._open.items() if name not in without}
        return other

    def close(self, *, keep: Held | None = None) -> None:
        """Release, the youngest first, what ``keep`` does not hold. May be called twice."""
        kept = [] if keep is None else [id(held.thing) for held in keep._open.values()]
        for name in reversed(tuple(self._open)):
            held = self._open.pop(name)
            if held.release is not None and id(held.thing) not in kept:
                held.release()
