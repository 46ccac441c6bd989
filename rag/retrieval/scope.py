"""Which articles a question is asked of: by title or path (``--in``), by date (``--since``,
``--until``)."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.errors import UsageError
from rag.text.dates import Period, period
from rag.text.terminal import safe

if TYPE_CHECKING:
    import numpy as np

    from rag.indexing.corpus import CorpusIndex
    from rag.store.records import ArticleRecord

_GLOB = re.compile(r"[*?\[]")
_MAX_TITLES = 20_000
"""Titles looked through for near ones: a mistyped name is not worth more than a second."""
_N_NEAR = 3


@dataclass(frozen=True, slots=True)
class Scope:
    """What limits a search. An empty one does not.

    Attributes:
        in_: an article matches when its title or path contains one of these (case and accents do
            not matter), or when its path matches one with ``*``, ``?`` or ``[`` as in gitignore.
        since, until: ISO dates, both inclusive; ``2024`` and ``2024-04`` are whole periods.

    Raises:
        UsageError: something that is no date, an empty or impossible pattern, nothing in between.
    """

    in_: tuple[str, ...] = ()
    since: str = ""
    until: str = ""

    def __post_init__(self) -> None:
        for text in self.in_:
            _matcher(text)
        since = _asked_period(self.since, "--since") if self.since else ("", "")
        until = _asked_period(self.until, "--until") if self.until else ("", "")
        if self.since and self.until and since[0] > until[1]:
            raise UsageError(
                f"no day lies between --since {self.since} and --until {self.until}",
                hint="--since is the earlier one",
            )

    def __bool__(self) -> bool:
        return bool(self.in_ or self.since or self.until)

    def __str__(self) -> str:
        """As it would be typed: ``--in llama --since 2024``; empty for an empty one."""
        flags = [f"--in {safe(_quoted(text))}" for text in self.in_]
        flags += [f"--since {self.since}"] * bool(self.since)
        flags += [f"--until {self.until}"] * bool(self.until)
        return " ".join(flags)


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The articles of an index that lie in a scope.

    Attributes:
        keys: of their chunks, int64 ``(n,)``, rising; None where nothing is left out.
        n_articles: how many they are; n_total: articles in the index.
        n_undated: those left out because they state no date.
    """

    scope: Scope
    keys: np.ndarray | None
    n_articles: int
    n_total: int
    n_undated: int = 0

    def __str__(self) -> str:
        """``--in llama --since 2024: 3 of 8 articles, 2 left out for want of a date``; empty for
        an empty scope."""
        if not self.scope:
            return ""
        undated = f", {self.n_undated} left out for want of a date" if self.n_undated else ""
        return f"{self.scope}: {self.n_articles} of {self.n_total} articles{undated}"


def select(scope: Scope, index: CorpusIndex) -> Selection:
    """The articles of ``index`` in ``scope``. No text is read.

    Raises:
        UsageError: if there is none; the hint names what is near.
    """
    if not scope:
        return Selection(scope, None, index.n_documents, index.n_documents)
    articles = index.articles()
    named = _named(scope, articles)
    if not named:
        flags = " ".join(f"--in {safe(_quoted(text))}" for text in scope.in_)
        raise UsageError(f"no article matches {flags}", hint=_near(scope.in_, articles))
    chosen = [a for a in named if _is_dated_in(scope, a.date)]
    undated = [a for a in named if not period(a.date)] if scope.since or scope.until else []
    if not chosen:
        raise UsageError(f"no article matches {scope}", hint=_dates_of(named))
    keys = index.chunk_keys([article.key for article in chosen])
    return Selection(scope, keys, len(chosen), len(articles), len(undated))


def _named(scope: Scope, articles: Sequence[ArticleRecord]) -> list[ArticleRecord]:
    if not scope.in_:
        return list(articles)
    matchers = [_matcher(text) for text in scope.in_]
    return [article for article in articles if any(match(article) for match in matchers)]


def _matcher(text: str) -> Callable[[ArticleRecord], bool]:
    """What tells whether an article is meant by ``text``.

    Raises:
        UsageError: if ``text`` is empty or a pattern that cannot be understood.
    """
    wanted = fold(text)
    if not wanted:
        raise UsageError("--in: the text is empty", hint='--in "part of a title or path"')
    is_path = "/" in wanted

    def contains(article: ArticleRecord) -> bool:
        if wanted in fold(article.title) or wanted in fold(article.id):
            return True
        return is_path and wanted in fold(article.source)

    matches = _glob(text) if _GLOB.search(text) else None
    if matches is None:
        return contains
    return lambda article: contains(article) or matches(fold(article.file))


def _glob(text: str) -> Callable[[str], bool] | None:
    """What tells whether a path, folded, or a folder of it matches a pattern as in gitignore; None
    for what is no pattern but the beginning of a title in brackets."""
    from rag.ingest.glob import Glob

    try:
        glob = Glob.of(fold(text))
    except ValueError as exc:
        if "*" not in text and "?" not in text:
            return None
        raise UsageError(f"--in {safe(text)}: {exc}", hint="--in 'news/**/*.md'") from exc
    if glob is None or glob.negated:
        raise UsageError(f"--in {safe(text)} is no pattern", hint="--in 'news/**/*.md'")

    def matches(path: str) -> bool:
        inside = path.rpartition("/")[0] if glob.folders_only else path
        return bool(inside) and glob.regex.search(inside) is not None

    return matches


def fold(text: str) -> str:
    """``text`` without case, accents and superfluous blanks."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(bare.split())


def _is_dated_in(scope: Scope, date: str) -> bool:
    """Whether the day, month or year that an article is dated overlaps what is asked for."""
    if not (scope.since or scope.until):
        return True
    stated = period(date)
    if stated is None:
        return False
    after = not scope.since or stated[1] >= _asked_period(scope.since, "--since")[0]
    before = not scope.until or stated[0] <= _asked_period(scope.until, "--until")[1]
    return after and before


def _asked_period(date: str, flag: str) -> Period:
    found = period(date)
    if found is None:
        raise UsageError(f"{flag} {safe(date)} is not a date", hint=f"{flag} 2024-04-25 or 2024-04")
    return found


def _near(texts: Sequence[str], articles: Sequence[ArticleRecord]) -> str:
    """Titles with words like those that were asked for, for a hint."""
    titles: dict[str, str] = {}
    for article in articles[:_MAX_TITLES]:
        for name in (article.title, article.file, *article.title.split()):
            titles.setdefault(fold(name), article.title)
    near = [
        titles[name]
        for text in texts
        for name in difflib.get_close_matches(fold(text), titles, n=_N_NEAR)
    ]
    if not near:
        return "rag status lists what is indexed"
    named = ", ".join(f"“{safe(title)}”" for title in list(dict.fromkeys(near))[:_N_NEAR])
    return f"near: {named}"


def _dates_of(articles: Sequence[ArticleRecord]) -> str:
    dates = sorted(article.date for article in articles if period(article.date))
    if not dates:
        return "none of them states a date"
    undated = len(articles) - len(dates)
    more = f"; {undated} state none" if undated else ""
    return f"they are dated from {dates[0]} to {dates[-1]}{more}"


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w./-]+", text) else f"“{text}”"
