"""One gitignore pattern, by ``pathspec``, asked about one name at a time."""

from __future__ import annotations

import re
import unicodedata
import warnings
from dataclasses import dataclass

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_STAR = "[^/]*"
"""What pathspec makes of a ``*``; ``?`` becomes the same without the asterisk."""
_MAX_ANY_DEPTH = 2
"""How often a pattern may say ``**/``: what each stands for is tried with all the others."""
_BELOW = "ps_d"


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern that says something.

    Attributes:
        negated: ``!pattern``; folders_only: ``pattern/``.
    """

    regex: re.Pattern[str]
    negated: bool
    folders_only: bool

    @staticmethod
    def of(line: str) -> Glob | None:
        """The pattern of a line; None for an empty line or a comment.

        Raises:
            ValueError: if git would not understand it, or matching it could take for ever.
        """
        bare = unicodedata.normalize("NFC", line)
        bare = bare if bare.endswith("\\ ") else bare.rstrip()
        folders_only = bare.endswith("/") and not bare.startswith("#")
        if f"/{bare.removeprefix('!')}".count("/**/") > _MAX_ANY_DEPTH:
            raise ValueError(f"it has more than {_MAX_ANY_DEPTH} times **/")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # of re, about [[
                compiled = GitIgnoreSpecPattern(bare.removesuffix("/") if folders_only else bare)
        except re.error as exc:
            raise ValueError(exc.msg) from exc
        if compiled.regex is None or compiled.include is None:
            if not bare or bare.startswith("#"):
                return None
            raise ValueError("it matches nothing")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            regex = re.compile(_steady(compiled.regex.pattern))
        return Glob(regex, not compiled.include, folders_only)

    def matches(self, path: str) -> bool:
        """Whether the pattern names ``path`` itself, not only a folder around it."""
        match = self.regex.search(path)
        # pathspec lets a pattern match what lies below, too; that group is how it tells
        return match is not None and not match.groupdict().get(_BELOW)


def _steady(regex: str) -> str:
    """``regex`` with stars that are not tried again once what follows them has been found.

    Within one name the first place where the text between two stars fits is as good as any later
    one, so nothing is lost; without this a pattern like ``*a*a*a*a*b`` takes minutes for one name.
    Source: the translation of ``fnmatch`` in Python's library, which does the same.
    """
    first, *rest = regex.split(_STAR)
    parts = [first]
    for number, text in enumerate(rest):
        within_name = "/" not in text.replace("[^/]", "")
        is_last = number == len(rest) - 1
        parts.append(f"(?>[^/]*?{text})" if within_name and not is_last else _STAR + text)
    return "".join(parts)
