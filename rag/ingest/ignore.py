"""Names that a ``.ragignore`` file leaves out.

One pattern a line, as in a small part of gitignore: ``*.log``, ``drafts/``, ``notes/*.md``. ``#``
begins a comment. A pattern with a slash is relative to the folder of the file, one without matches
a name at any depth below it; a slash at the end matches folders only.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

IGNORE_FILE = ".ragignore"
_MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class _Rule:
    folder: Path
    pattern: str
    folders_only: bool

    def matches(self, path: Path) -> bool:
        if "/" not in self.pattern:
            return fnmatchcase(path.name, self.pattern)
        return fnmatchcase(path.relative_to(self.folder).as_posix(), self.pattern.lstrip("/"))


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The patterns in force in a folder: its own and those of the folders above."""

    rules: tuple[_Rule, ...] = ()

    def entering(self, folder: Path) -> IgnoreRules:
        """The rules inside ``folder``, which has an ignore file; an unreadable one adds nothing."""
        if not (folder / IGNORE_FILE).is_file():  # a pipe of that name would never end
            return self
        try:
            with (folder / IGNORE_FILE).open("rb") as file:
                text = file.read(_MAX_BYTES).decode("utf-8", "replace")
        except OSError:
            return self
        return IgnoreRules(self.rules + tuple(_rules(folder, text)))

    def ignores(self, path: Path, *, is_folder: bool) -> bool:
        """Whether a path below the folders of these rules is left out."""
        return any(rule.matches(path) for rule in self.rules if is_folder or not rule.folders_only)


def _rules(folder: Path, text: str) -> list[_Rule]:
    lines = (line.strip() for line in text.splitlines())
    patterns = [line for line in lines if line and not line.startswith("#")]
    return [_Rule(folder, line.rstrip("/"), line.endswith("/")) for line in patterns if line != "/"]
