"""A small article in every format that can be read, and what must hold of anything read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from itertools import pairwise

from rag.types import BlockKind, Document, PlaceUnit

PARAGRAPHS = (
    "Llama 3 was released in April 2024 and comes in two sizes, of 8 and 70 billion parameters.",
    "It was trained on fifteen trillion tokens, seven times as many as the model before it.",
)


def article(suffix: str) -> bytes:
    """The bytes of a file named with ``suffix`` that holds ``PARAGRAPHS`` below a title."""
    one, two = PARAGRAPHS
    if suffix in (".csv", ".tsv"):
        cut = "," if suffix == ".csv" else "\t"
        return f'id{cut}title{cut}text\n1{cut}On Llama{cut}"{one}\n\n{two}"\n'.encode()
    if suffix in (".jsonl", ".ndjson", ".json"):
        return json.dumps({"id": 1, "title": "On Llama", "text": [one, two]}).encode()
    if suffix in (".md", ".markdown"):
        return f"---\ntitle: On Llama\n---\n\n# On Llama\n\n{one}\n\n{two}\n".encode()
    if suffix in (".html", ".htm", ".xhtml"):
        return _page(f"<h1>On Llama</h1><p>{one}</p><p>{two}</p>").encode()
    if suffix in (".docx", ".docm"):
        return _word(one, two)
    if suffix == ".epub":
        return _book(f"<h1>On Llama</h1><p>{one}</p><p>{two}</p>")
    if suffix == ".pdf":
        return _pdf(one, two)
    return f"On Llama\n\n{one}\n\n{two}\n".encode()


def require_sound(documents: Sequence[Document], document_id: str) -> None:
    """Fail unless every document keeps what ``Document`` and ``Reader`` promise."""
    ids = [document.id for document in documents]
    assert len(set(ids)) == len(ids), "two articles have one id"
    assert all(i == document_id or i.startswith(f"{document_id}#") for i in ids), ids
    for document in documents:
        _require_sound(document)


def _require_sound(document: Document) -> None:
    document.text.encode()  # a lone surrogate cannot be stored
    assert document.title.strip()
    assert "\n" not in document.title
    assert "\x1b" not in document.title
    at = 0
    for block in document.blocks:
        assert at <= block.span.start < block.span.end <= len(document.text)
        assert block.span.of(document.text).strip()
        assert (block.level > 0) == (block.kind is BlockKind.HEADING)
        at = block.span.end
    starts = document.place_starts
    assert starts[0][0] == 0
    assert all(one[0] < two[0] for one, two in pairwise(starts)), "offsets are not sorted"
    assert all(0 <= offset <= len(document.text) and number >= 1 for offset, number in starts)
    assert isinstance(document.unit, PlaceUnit)
    assert all(isinstance(v, str) for pair in document.meta.items() for v in pair)


def _page(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html><head><title>On Llama</title>'
        f"</head><body>{body}</body></html>"
    )


def _word(one: str, two: str) -> bytes:
    import docx

    made = docx.Document()
    made.add_heading("On Llama", 0)
    made.add_paragraph(one)
    table = made.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Sizes", "8B and 70B"
    made.add_paragraph(two)
    out = io.BytesIO()
    made.save(out)
    with zipfile.ZipFile(out) as archive:
        return _zipped({name: archive.read(name) for name in archive.namelist()})


def _book(body: str) -> bytes:
    entries = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": (
            '<container><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>'
        ),
        "book.opf": (
            '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>On Llama'
            '</dc:title></metadata><manifest><item id="a" href="a.xhtml" '
            'media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine>'
            "</package>"
        ),
        "a.xhtml": _page(body),
    }
    return _zipped({name: content.encode() for name, content in entries.items()})


def _zipped(entries: Mapping[str, bytes]) -> bytes:
    """An archive that is the same at every time of day, or examples could not be repeated."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name)
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _pdf(one: str, two: str) -> bytes:
    """A page of one column in a standard font, lines of at most 70 characters."""
    import textwrap

    lines = [*textwrap.wrap(one, 70), "", *textwrap.wrap(two, 70)]
    shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
    content = f"BT /F1 11 Tf 72 720 Td {shown}ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    out_and_table = out + b"xref\n0 6\n0000000000 65535 f \n" + table
    return out_and_table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)
