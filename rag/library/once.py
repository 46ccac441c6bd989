"""One call, one index opened and closed again: for scripts that ask a single thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Unpack

from rag.library.arguments import OpenArguments, Paths
from rag.library.library import open_library

if TYPE_CHECKING:
    from rag.assistant.events import Event
    from rag.assistant.text_report import TextReport
    from rag.indexing.progress import SyncReport
    from rag.indexing.status import IndexStatus
    from rag.types import Answer, Hit


def ask(
    question: str,
    articles: Paths | None = None,
    *,
    in_: str | Sequence[str] = (),
    since: str = "",
    until: str = "",
    **how: Unpack[OpenArguments],
) -> Answer:
    """``Library.ask`` of what ``rag.open(articles, **how)`` opens; raises what the two raise."""
    with open_library(articles, **how) as library:
        return library.ask(question, in_=in_, since=since, until=until)


def stream(
    question: str,
    articles: Paths | None = None,
    *,
    in_: str | Sequence[str] = (),
    since: str = "",
    until: str = "",
    **how: Unpack[OpenArguments],
) -> Iterator[Event]:
    """``Library.stream`` of what ``rag.open(articles, **how)`` opens, once it is read."""
    with open_library(articles, **how) as library:
        yield from library.stream(question, in_=in_, since=since, until=until)


def search(
    query: str,
    articles: Paths | None = None,
    *,
    k: int | None = None,
    in_: str | Sequence[str] = (),
    since: str = "",
    until: str = "",
    **how: Unpack[OpenArguments],
) -> list[Hit]:
    """``Library.search`` of what ``rag.open(articles, **how)`` opens."""
    with open_library(articles, **how) as library:
        return library.search(query, k, in_=in_, since=since, until=until)


def check(
    text: str,
    articles: Paths | None = None,
    *,
    threshold: float | None = None,
    in_: str | Sequence[str] = (),
    since: str = "",
    until: str = "",
    **how: Unpack[OpenArguments],
) -> TextReport:
    """``Library.check`` of what ``rag.open(articles, **how)`` opens."""
    with open_library(articles, **how) as library:
        return library.check(text, threshold=threshold, in_=in_, since=since, until=until)


def index(
    articles: Paths | None = None,
    *,
    rebuild: bool = False,
    verify: bool = False,
    **how: Unpack[OpenArguments],
) -> SyncReport:
    """``Library.index`` of what ``rag.open(articles, **how)`` opens."""
    with open_library(articles, **how) as library:
        return library.index(rebuild=rebuild, verify=verify)


def status(articles: Paths | None = None, **how: Unpack[OpenArguments]) -> IndexStatus:
    """``Library.status`` of what ``rag.open(articles, **how)`` opens."""
    with open_library(articles, **how) as library:
        return library.status()
