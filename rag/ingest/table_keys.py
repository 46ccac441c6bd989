"""Which column of a table, or key of an object, holds what of an article."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag.errors import InputError
from rag.text.terminal import safe

_TEXT = (
    "text", "body", "content", "article", "articletext", "articlebody", "fulltext", "maintext",
    "contenttext", "bodytext", "plaintext", "pagecontent", "maincontent", "story", "document",
    "passage", "contents", "markdown", "html", "contenthtml", "bodyhtml", "transcript", "message",
    "abstract", "description", "summary",
)  # fmt: skip
_TITLE = ("title", "headline", "heading", "articletitle", "subject", "name", "question")
_DATE = (
    "date", "published", "publishedat", "datepublished", "publisheddate", "publishdate",
    "publicationdate", "pubdate", "publishedon", "postedat", "posteddate", "createdat", "created",
    "datetime", "timestamp", "year",
)  # fmt: skip
_ID = ("id", "uuid", "guid", "docid", "documentid", "articleid", "url", "link", "permalink")
_META = ("author", "authors", "byline", "url", "link", "source", "publisher", "section", "topic",
         "category", "tags", "language", "licence", "license")  # fmt: skip
_MAX_KEYS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class TableKeys:
    """The names as a user set them; empty: found by common names.

    A name with dots leads into nested objects: ``article.body``.
    """

    text: str = ""
    title: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class FoundKeys:
    """The names in force for one file or object; empty: there is none."""

    text: str = ""
    title: str = ""
    date: str = ""
    id: str = ""
    meta: tuple[str, ...] = ()


def found_keys(keys: TableKeys, there: Collection[str]) -> FoundKeys:
    """Which of the names that are ``there`` hold what.

    A name that the user set counts only as it was set, but for upper and lower case.
    """
    plain: dict[str, str] = {}
    for name in there:
        plain.setdefault(_plain(name), name)
    exact = {name.strip().casefold(): name for name in reversed(list(there))}
    title = _chosen(keys.title, exact, plain, _TITLE)
    return FoundKeys(
        text=_chosen(keys.text, exact, plain, _TEXT),
        title=title,
        date=_chosen(keys.date, exact, plain, _DATE),
        id=_chosen("", exact, plain, _ID),
        meta=tuple(plain[known] for known in _META if known in plain),
    )


def no_text_key(name: str, keys: TableKeys, there: Sequence[str], *, what: str) -> InputError:
    """The error for a file in which nothing is the text; ``what`` is ``column`` or ``key``.

    ``there`` are the names that it has.
    """
    shown = ", ".join(safe(key.strip()[:60]) or "(no name)" for key in there[:_MAX_KEYS_SHOWN])
    more = ", ..." if len(there) > _MAX_KEYS_SHOWN else ""
    missing = f"{safe(keys.text)!r} (setting text_key)" if keys.text else "with a known name"
    return InputError(
        f"{name} has no {what} {missing} for the text: it has {shown}{more}; name one of them with "
        "the setting text_key.",
        hint='For example in rag.toml: text_key = "body"',
    )


def _chosen(wanted: str, exact: dict[str, str], plain: dict[str, str], known: Sequence[str]) -> str:
    if wanted:
        return exact.get(wanted.strip().casefold(), "")
    return next((plain[name] for name in known if name in plain), "")


def _plain(name: str) -> str:
    return re.sub(r"[\s_.-]+", "", name[:200]).casefold()
