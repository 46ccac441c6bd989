"""A Word file as python-docx opens it, with nothing in it that could hurt."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from typing import Any

import docx
from docx.opc.exceptions import PackageNotFoundError
from lxml import etree  # type: ignore[import-untyped]

from rag.errors import InputError
from rag.ingest.xml_tree import require_modest, xml_root
from rag.ingest.zipped import ZippedFile
from rag.text.terminal import safe

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARTS = (".xml", ".rels")
_MAX_ENTRIES = 3000
_TYPES = "[Content_Types].xml"
_MAIN_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_OTHER_MAIN_TYPES = (
    b"application/vnd.ms-word.document.macroEnabled.main+xml",
    b"application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_NOTES = ("/footnotes", "/endnotes")
_MAX_STYLE_DEPTH = 20
_FAILURES = (
    PackageNotFoundError, etree.LxmlError, KeyError, ValueError, AttributeError, TypeError,
    IndexError, AssertionError, RecursionError, LookupError,
)  # fmt: skip
_HINT = "Open it in a word processor and save it as .docx, or take it out of the folder."


@dataclass(frozen=True, slots=True)
class Style:
    """What is needed of a paragraph style: its name, lower case, and outline level (0: text)."""

    name: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True)
class WordFile:
    """A Word document.

    Attributes:
        body: the element ``w:body``.
        styles: by their ids.
        notes: the elements of footnotes and endnotes, by kind (``footnote``) and id.
        title, author: of the core properties; may be empty, not made safe to show.
    """

    body: Any
    styles: dict[str, Style] = field(default_factory=dict)
    notes: dict[tuple[str, str], Any] = field(default_factory=dict)
    title: str = ""
    author: str = ""


def open_word_file(data: bytes, *, name: str) -> WordFile:
    """The Word document in ``data``; ``name`` is used in messages.

    Raises:
        InputError: if it is not a whole Word document, or one that is made to do harm.
    """
    shown = safe(name)
    package = _lean(ZippedFile(data, name=name), shown)
    try:
        document = docx.Document(package)
        properties = document.core_properties
        return WordFile(
            body=document.element.body,
            styles=_styles(document.styles.element),
            notes=_notes(document.part, shown),
            title=" ".join((properties.title or "").split()),
            author=" ".join((properties.author or "").split()),
        )
    except _FAILURES as exc:
        raise InputError(f"{shown} is not a Word document: parts are missing or damaged.",
                         hint=_HINT) from exc  # fmt: skip


def _lean(archive: ZippedFile, shown: str) -> io.BytesIO:
    """The package with its XML alone: pictures and macros become empty.

    python-docx reads every part into memory, and takes no other type of document for its own.
    """
    if len(archive.names) > _MAX_ENTRIES:
        raise InputError(f"{shown} has more than {_MAX_ENTRIES} parts.", hint=_HINT)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as out:
        for entry in dict.fromkeys(archive.names):
            part = archive.read(entry) if entry.lower().endswith(_PARTS) else b""
            require_modest(part, name=shown)
            if _STRICT in part[:4096]:
                raise InputError(f"{shown} is Strict Open XML: save it as plain .docx.", hint=_HINT)
            if entry == _TYPES:
                for other in _OTHER_MAIN_TYPES:
                    part = part.replace(other, _MAIN_TYPE)
            out.writestr(zipfile.ZipInfo(entry), part)
    package.seek(0)
    return package


def _styles(element: Any) -> dict[str, Style]:
    found = {style.get(f"{W}styleId", ""): style for style in element.iterchildren(f"{W}style")}
    return {style_id: _style(style, found) for style_id, style in found.items()}


def _style(style: Any, found: dict[str, Any]) -> Style:
    """Name and level of a style; what it does not say itself, the style it is based on says."""
    name = _value(style, "name").casefold()
    base, depth = style, 0
    while base is not None and depth < _MAX_STYLE_DEPTH:
        own = _value(base, "name").casefold()
        if own == "title":
            return Style(name, 1)
        if own.startswith("heading ") and own[8:].strip().isdecimal():
            return Style(name, min(max(int(own[8:].strip()[:2]), 1), 6))
        outline = base.find(f"{W}pPr/{W}outlineLvl")
        if outline is not None:
            return Style(name, outline_level(outline))
        base, depth = found.get(_value(base, "basedOn")), depth + 1
    return Style(name)


def outline_level(element: Any) -> int:
    """The heading level from 1 to 6 of a ``w:outlineLvl``; 0 for text (9 in the file)."""
    value = element.get(f"{W}val", "")
    told = int(value) if value.isascii() and value.isdecimal() and len(value) == 1 else 9
    return min(told + 1, 6) if told < 9 else 0


def _value(element: Any, child: str) -> str:
    found = element.find(f"{W}{child}")
    return "" if found is None else str(found.get(f"{W}val", ""))


def _notes(part: Any, shown: str) -> dict[tuple[str, str], Any]:
    found = {}
    for relation in part.rels.values():
        if relation.is_external or not relation.reltype.endswith(_NOTES):
            continue
        root = xml_root(relation.target_part.blob, name=shown)
        for note in root:
            if note.get(f"{W}type") is None:  # else a separator line
                kind = str(note.tag).rpartition("}")[2]
                found[(kind, note.get(f"{W}id", ""))] = note
    return found
