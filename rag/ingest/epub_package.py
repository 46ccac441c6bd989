"""The package of an EPUB: what the book is called, its sections in order, and their names."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from rag.errors import InputError
from rag.ingest.xml_tree import xml_root
from rag.ingest.zipped import ZippedFile
from rag.text.terminal import safe

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_FONT_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_TEXT_TYPES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")
_NOT_READ = ("cover", "toc", "loi", "lot", "index")
"""Kinds of pages, as EPUB 2 names them in its guide, that hold lists of places, not text."""
_MAX_SECTIONS = 10_000
_MAX_VALUE_CHARS = 500
_HINT = "Save the book again with the program that made it, or take it out of the folder."
_DRM_HINT = "Only a copy without copy protection can be read; take this one out of the folder."


@dataclass(frozen=True, slots=True)
class Section:
    """An item of the spine.

    Attributes:
        entry: its name in the archive.
        number: from 1, of all items of the spine.
        label: its name in the table of contents; may be empty.
    """

    entry: str
    number: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """What the package says; strings may be empty and are not made safe to show."""

    title: str
    author: str
    date: str
    publisher: str
    language: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class _Item:
    """An entry of the manifest: its name in the archive, media type and properties."""

    entry: str
    media_type: str
    properties: tuple[str, ...]


def open_book(archive: ZippedFile, *, name: str) -> Book:
    """The book in an archive; ``name`` is used in messages.

    Raises:
        InputError: if the package is missing or damaged, or the text is encrypted.
    """
    shown = safe(name)
    entry = _package_entry(archive, shown)
    package = xml_root(archive.read(entry), name=shown)
    items = _items(package, posixpath.dirname(entry))
    order = [ref.get("idref", "") for ref in _all(package, "spine", "itemref")][:_MAX_SECTIONS]
    sections = [items[ref].entry for ref in order if ref in items]
    if not sections:
        raise InputError(f"{shown} cannot be read: the book has no sections.", hint=_HINT)
    _require_readable(archive, sections, shown)
    left_out = _guide(package, posixpath.dirname(entry))
    labels = _labels(archive, items.values(), shown)
    first = {ref: number for number, ref in reversed(list(enumerate(order, 1))) if ref in items}
    return Book(
        title=_value(package, "title"),
        author=", ".join(_values(package, "creator")),
        date=_date(package),
        publisher=_value(package, "publisher"),
        language=_value(package, "language"),
        sections=tuple(
            Section(items[ref].entry, number, labels.get(items[ref].entry, ""))
            for ref, number in sorted(first.items(), key=lambda pair: pair[1])
            if _is_text(items[ref]) and items[ref].entry not in left_out
        ),
    )


def _package_entry(archive: ZippedFile, shown: str) -> str:
    if _CONTAINER not in archive:
        raise InputError(f"{shown} is not an EPUB: {_CONTAINER} is missing in it.", hint=_HINT)
    for rootfile in _all(xml_root(archive.read(_CONTAINER), name=shown), "rootfile"):
        entry = str(rootfile.get("full-path", ""))
        if entry in archive:
            return entry
    raise InputError(f"{shown} is not an EPUB: it names no package.", hint=_HINT)


def _items(package: Any, folder: str) -> dict[str, _Item]:
    return {
        item.get("id", ""): _Item(
            _entry(folder, item.get("href", "")),
            item.get("media-type", "").strip().casefold(),
            tuple(item.get("properties", "").split()),
        )
        for item in _all(package, "manifest", "item")
    }


def _is_text(item: _Item) -> bool:
    return item.media_type in _TEXT_TYPES and "nav" not in item.properties


def _guide(package: Any, folder: str) -> set[str]:
    """The entries that the guide calls cover, table of contents and the like."""
    return {
        _entry(folder, reference.get("href", ""))
        for reference in _all(package, "guide", "reference")
        if reference.get("type", "").casefold() in _NOT_READ
    }


def _require_readable(archive: ZippedFile, sections: Sequence[str], shown: str) -> None:
    """Refuse a book of which more is encrypted than fonts."""
    if _ENCRYPTION not in archive:
        return
    for encrypted in _all(xml_root(archive.read(_ENCRYPTION), name=shown), "EncryptedData"):
        methods = [method.get("Algorithm", "") for method in _all(encrypted, "EncryptionMethod")]
        entries = {_entry("", ref.get("URI", "")) for ref in _all(encrypted, "CipherReference")}
        is_obfuscation = any(method in _FONT_OBFUSCATION for method in methods)
        if not is_obfuscation and (not entries or not entries.isdisjoint(sections)):
            raise InputError(
                f"{shown} cannot be read: the book is copy-protected (DRM).", hint=_DRM_HINT
            )


def _labels(archive: ZippedFile, items: Iterable[_Item], shown: str) -> Mapping[str, str]:
    """The first name that the table of contents has for each entry; none if it is damaged."""
    found: dict[str, str] = {}
    for item in items:
        is_ncx = item.media_type == "application/x-dtbncx+xml"
        if not (is_ncx or "nav" in item.properties) or item.entry not in archive:
            continue
        try:
            root = xml_root(archive.read(item.entry), name=shown)
        except InputError:
            continue
        folder = posixpath.dirname(item.entry)
        for href, label in _points(root) if is_ncx else _links(root):
            if label:
                found.setdefault(_entry(folder, href), label)
    return found


def _points(ncx: Any) -> Iterator[tuple[str, str]]:
    for point in _all(ncx, "navPoint"):
        content = next(_children(point, "content"), None)
        label = next(_children(point, "navLabel"), None)
        if content is not None and label is not None:
            yield content.get("src", ""), _text(label)


def _links(nav: Any) -> Iterator[tuple[str, str]]:
    for link in _all(nav, "a"):
        yield link.get("href", ""), _text(link)


def _date(package: Any) -> str:
    """The date of publication, not the one on which the file was made."""
    dates = [element for element in _all(package, "date") if not _event(element)]
    told = [
        e for e in _all(package, "date") if _event(e) in ("publication", "original-publication")
    ]
    return next((_text(element) for element in (*told, *dates)), "")


def _event(element: Any) -> str:
    values = (value for key, value in element.attrib.items() if key.rpartition("}")[2] == "event")
    return str(next(values, "")).casefold()


def _value(package: Any, tag: str) -> str:
    return next(_values(package, tag), "")


def _values(package: Any, tag: str) -> Iterator[str]:
    for metadata in _children(package, "metadata"):
        for element in _all(metadata, tag):
            if text := _text(element):
                yield text


def _text(element: Any) -> str:
    found, n_chars = [], 0
    for piece in element.itertext():
        found.append(piece)
        n_chars += len(piece)
        if n_chars > 4 * _MAX_VALUE_CHARS:  # elements may be nested, each with all that is below
            break
    return " ".join("".join(found).split())[:_MAX_VALUE_CHARS]


def _all(element: Any, name: str, child: str = "") -> Iterator[Any]:
    """The descendants of that name, or their children ``child``; namespaces are passed over,
    because older books have several or none."""
    for found in element.iter(f"{{*}}{name}"):
        if child:
            yield from _children(found, child)
        else:
            yield found


def _children(element: Any, name: str) -> Iterator[Any]:
    return iter(element.iterchildren(f"{{*}}{name}"))


def _entry(folder: str, href: str) -> str:
    """The name in the archive of what ``href`` refers to from ``folder``."""
    try:
        path = unquote(urlsplit(href).path)
    except ValueError:
        return ""
    return posixpath.normpath(posixpath.join(folder, path)) if path else ""
