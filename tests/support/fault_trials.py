"""An index that is brought up to date while something fails, over and over from the same start."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.disk import power_losses
from tests.support.disk_log import Change, Kind, read_log
from tests.support.faults import Fault, Forks, Outcome

BATCH = 2
"""Texts that are embedded at a time, and so may be paid for twice."""
MISSING = {"error": "no index in INDEX"}
_BEFORE = {
    "ships.txt": "Ships sail from the harbour. They carry grain and coal to the south.",
    "cats.md": "---\ntitle: On cats\ndate: 2024-01-02\n---\n\nCats sleep all day. They hunt mice.",
    "deep/dogs.txt": "Dogs bark at night. A dog guards the house and the garden.",
    "birds.txt": "Birds sing at dawn. A stork nests on the roof of the old mill.",
}
_AFTER = {
    "ships.txt": "Ships sail from the harbour. They carry grain and salt to the north, says the "
    "master.\n\nA ship without a keel rolls. The tide turns twice in a day and lifts it.",
    "deep/hounds.txt": _BEFORE["deep/dogs.txt"],
    "birds.txt": _BEFORE["birds.txt"],
    "lights.txt": "Lighthouses shine. Their lamps turn all night so that no ship is lost.\n\n"
    "The keeper of a lighthouse climbs many stairs. He carries oil and trims the wick.",
}


@dataclass(frozen=True, slots=True)
class World:
    """An index of some articles, and the articles after an edit: one is changed, one new, one
    gone, one renamed.

    Attributes:
        start: the index before; missing for a first build.
        index: where every trial runs.
        old, new: what a reader sees before and after.
        changes: what an undisturbed run does to the files.
        how: how runs go: ``rebuild``, ``grown``.
    """

    forks: Forks
    start: Path
    index: Path
    articles: Path
    old: dict[str, Any]
    new: dict[str, Any]
    changes: list[Change]
    how: dict[str, bool]

    @property
    def syncs(self) -> list[int]:
        """The last change before each fsync, and each fsync."""
        numbers = [n for n, c in enumerate(self.changes, 1) if c.kind is Kind.SYNC]
        return sorted({n - 1 for n in numbers if n > 1} | set(numbers))

    @property
    def _bill(self) -> Path:
        return self.index.parent / "bill"

    @property
    def run(self) -> dict[str, Any]:
        """The arguments of a run."""
        paths = {"index": self.index, "articles": self.articles, "bill": self._bill}
        return {**{name: str(path) for name, path in paths.items()}, **self.how}

    def disturbed(self, fault: Fault, at: int) -> Outcome:
        """One run from the start, with ``fault`` at change ``at``."""
        self.reset()
        return self.forks.run("bring_up_to_date", below=self.index, fault=fault, at=at, **self.run)

    def looked_at(self, at: int) -> dict[str, Any]:
        """What a reader sees while a run from the start has come to change ``at``."""
        self.reset()
        look = ("look", {"index": str(self.index)})
        outcome = self.forks.run(
            "bring_up_to_date", below=self.index, fault=Fault.PAUSE, at=at, meanwhile=look,
            **self.run,
        )  # fmt: skip
        assert outcome.meanwhile is not None, outcome.error
        assert outcome.value is not None, outcome.error
        return _value(outcome.meanwhile)

    def killed_after(self, seconds: float) -> Outcome:
        """One run from the start, killed after so many seconds if it still runs then."""
        self.reset()
        return self.forks.run("bring_up_to_date", kill_after_s=seconds, **self.run)

    def reset(self) -> None:
        """Put the index back to the start."""
        shutil.rmtree(self.index, ignore_errors=True)
        self.forget_the_bill()
        if self.start.exists():
            shutil.copytree(self.start, self.index)
        else:
            self.index.mkdir()

    def forget_the_bill(self) -> None:
        """Take nothing as paid for."""
        self._bill.unlink(missing_ok=True)

    def complaints(self, outcome: Outcome) -> list[str]:
        """What is wrong with the index that a run left, and with the run after it."""
        paid = _lines(self._bill)
        later = self.forks.run(
            "look_and_go_on", index=str(self.index), articles=str(self.articles),
            bill=str(self._bill),
        )  # fmt: skip
        again = set(_lines(self._bill)[len(paid) :]) & set(paid[:-BATCH])
        wrong = [f"the run: {outcome.error}"] if "[not ours]" in outcome.error else []
        if later.error or later.killed:
            return [*wrong, f"afterwards: {later.error}"]
        seen = later.value
        if seen["before"] not in (self.old, self.new):
            wrong.append(f"a third state: {_difference(seen['before'], self.new)}")
        if seen["after"] != self.new:
            wrong.append(f"not mended: {_difference(seen['after'], self.new)}")
        if seen["sound"] != "ok":
            wrong.append(f"SQLite: {seen['sound']}")
        if again and not self.how["rebuild"]:
            wrong.append(f"embedded again: {sorted(again)}")
        if seen["before"] == self.new and seen["n_embedded"]:
            wrong.append(f"published, yet {seen['n_embedded']} texts embedded again")
        return wrong


def make_world(
    forks: Forks, folder: Path, *, first: bool = False, rebuild: bool = False, grown: bool = False
) -> World:
    """A world in ``folder``.

    Args:
        first: there is no index yet.
        rebuild: runs rebuild it.
        grown: runs change the search structures in place, as they do in an index of some size.
    """
    how = {"rebuild": rebuild, "grown": grown}
    start, index, articles = folder / "start", folder / "index", folder / "articles"
    bill = str(folder / "bill")
    old = MISSING
    if not first:
        _write(articles, _BEFORE)
        build = {"index": str(start), "articles": str(articles), "bill": bill}
        _value(forks.run("bring_up_to_date", **build))
        old = _value(forks.run("look", index=str(start)))
        shutil.rmtree(articles)
    _write(articles, _AFTER)
    world = World(forks, start, index, articles, old, {}, [], how)
    world.reset()
    log = folder / "log"
    _value(forks.run("bring_up_to_date", below=index, log=log, **world.run))
    new = _value(forks.run("look", index=str(index)))
    changes = read_log(log, index)
    return World(forks, start, index, articles, old, new, changes, how)


def trials(world: World, fault: Fault, points: Iterable[int]) -> list[str]:
    """Every complaint, with the call it came after; empty if all is well."""
    return [
        f"{fault.name} at {at} ({_named(world, at)}): {complaint}"
        for at in points
        for complaint in world.complaints(world.disturbed(fault, at))
    ]


def blackouts(world: World, points: Iterable[int]) -> tuple[list[str], int]:
    """Every complaint after a power loss at ``points``, and how many different disks were seen."""
    wrong, seen = [], set()
    for at, survivor, disk in power_losses(world.start, world.changes, list(points)):
        shutil.rmtree(world.index, ignore_errors=True)
        world.forget_the_bill()
        disk.write(world.index, survivor, seed=at)
        if (digest := _digest(world.index)) not in seen:
            seen.add(digest)
            told = world.complaints(Outcome(None, "", True, True))
            wrong += [f"{survivor} kept at {at} ({_named(world, at)}): {line}" for line in told]
    return wrong, len(seen)


def _named(world: World, at: int) -> str:
    if at > len(world.changes):
        return "after the end"
    change = world.changes[at - 1]
    return f"{change.kind.name} {change.path or 'the folder'}"


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{path} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")


def _lines(bill: Path) -> list[str]:
    if not bill.exists():
        return []
    return [json.loads(line) for line in bill.read_text(encoding="utf-8").splitlines()]


def _value(outcome: Outcome) -> Any:
    assert outcome.value is not None, outcome.error
    return outcome.value


def _difference(one: dict[str, Any], other: dict[str, Any]) -> str:
    if "error" in one:
        return str(one["error"])
    return "; ".join(f"{k}: {one[k]} not {other.get(k)}" for k in one if one[k] != other.get(k))
