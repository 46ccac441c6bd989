"""PDFs made to do harm: each costs itself a line, in bounded time and memory, and no other file."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import InputError
from rag.ingest.isolated import IsolatedParsers
from rag.ingest.isolated_wire import Limits
from rag.ingest.pdf import PdfReader
from rag.types import Document
from tests.support.pdf import Line, flate_stream, pdf, pdf_of_contents
from tests.support.pdf_encrypted import encrypted_pdf

SENTENCE = "The harbour was opened again in the spring of that year."
PAGE = [Line(60, 740, SENTENCE)]


@pytest.fixture(scope="module")
def reader() -> Iterator[PdfReader]:
    parsers = IsolatedParsers(Limits(wall_s=20, cpu_s=3, memory_bytes=500_000_000))
    yield PdfReader(parsers)
    parsers.close()


@pytest.fixture(scope="module")
def hasty_reader() -> Iterator[PdfReader]:
    """One that gives up soon."""
    parsers = IsolatedParsers(Limits(wall_s=20, cpu_s=1, memory_bytes=300_000_000))
    yield PdfReader(parsers)
    parsers.close()


def of(reader: PdfReader, data: bytes) -> Document:
    (document,) = reader.read(Path("/articles/a.pdf"), data, document_id="a.pdf")
    return document


def read_or_refused(reader: PdfReader, data: bytes) -> Document | InputError:
    try:
        return of(reader, data)
    except InputError as error:
        return error


def test_a_file_that_needs_a_password_says_so(reader: PdfReader) -> None:
    with pytest.raises(InputError, match="it is encrypted and needs a password") as caught:
        of(reader, encrypted_pdf(PAGE, password="open sesame"))
    assert "without a password" in caught.value.hint


def test_a_file_that_anyone_may_open_is_read_although_it_is_encrypted(reader: PdfReader) -> None:
    assert of(reader, encrypted_pdf(PAGE, password="")).text == SENTENCE


def test_an_unknown_encryption_is_named(reader: PdfReader) -> None:
    data = encrypted_pdf(PAGE, password="").replace(b"/V 1 /R 2", b"/V 9 /R 9")
    with pytest.raises(InputError, match="encrypted in a way that is not known"):
        of(reader, data)


def test_a_stream_that_unpacks_to_gigabytes_is_refused(hasty_reader: PdfReader) -> None:
    bomb = zlib.compress(bytes(100_000_000), 9)
    twice = zlib.compress(bomb * 40, 9)
    entries = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n" % len(twice)
    data = pdf([PAGE], extra={1001: entries + twice + b"\nendstream"})
    assert len(data) < 200_000
    with pytest.raises(InputError, match=r"too much memory|takes too long|no text"):
        of(hasty_reader, data)
    assert of(hasty_reader, pdf([PAGE])).text == SENTENCE


def test_forms_that_draw_each_other_without_end_take_bounded_time(hasty_reader: PdfReader) -> None:
    extra = {}
    for number in range(20, 60):
        entries = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject "
        entries += b"<< /A %d 0 R >> >>" % (number + 1)
        extra[number] = flate_stream(b"/A Do /A Do", entries=entries)
    with pytest.raises(InputError, match="takes too long"):
        of(hasty_reader, pdf_of_contents([b"/Im1 Do"], extra={**extra, 5: extra[20]}))
    assert of(hasty_reader, pdf([PAGE])).text == SENTENCE


def test_a_page_of_thousands_of_scattered_words_is_read_in_bounded_time(
    reader: PdfReader,
) -> None:
    page = [Line(20 + 37 * (at % 15), 10 + at * 0.4, f"word{at}", 3) for at in range(2000)]
    assert of(reader, pdf([page])).text.count("word") == 2000


def test_a_hundred_thousand_nested_arrays_in_a_page_cost_that_page(reader: PdfReader) -> None:
    drawn = PAGE[0].drawn()
    document = of(reader, pdf_of_contents([drawn, b"[" * 100_000]))
    assert document.text == SENTENCE


def test_numbers_beyond_measure_do_no_harm(reader: PdfReader) -> None:
    drawn = b"BT /F1 1e300 Tf 1e300 0 0 -1e300 1e300 1e300 Tm (far off) Tj ET\n" + PAGE[0].drawn()
    drawn += b"BT /F1 0 Tf 0 0 0 0 0 0 Tm (nothing) Tj ET\n"
    assert SENTENCE in of(reader, pdf_of_contents([drawn])).text


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_changed_bytes_give_a_document_or_one_line(reader: PdfReader, data: st.DataObject) -> None:
    whole = bytearray(pdf([PAGE, PAGE], info="/Title (The harbour was opened)"))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(whole) - 1))
        n_bytes = data.draw(st.integers(0, 12))
        whole[at : at + n_bytes] = data.draw(st.binary(max_size=12))
    document = read_or_refused(reader, bytes(whole))
    if isinstance(document, InputError):
        assert "\n" not in document.message
        assert document.hint
        return
    for block in document.blocks:
        assert block.span.of(document.text).strip()
    document.text.encode()
    document.title.encode()
    assert document.title
