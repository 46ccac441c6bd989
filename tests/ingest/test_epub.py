"""EPUB books: the chapters in reading order, by sections of the spine."""

from __future__ import annotations

import pytest
from ingest_builders import headings, paragraphs, read
from package_builders import CONTAINER, book_of, page_of, zipped

from rag.errors import InputError
from rag.text.places import place_of
from rag.types import Document, PlaceUnit

ONE = "<h1>Chapter One</h1><p>Llamas live in <i>the</i> Andes.</p>"
TWO = "<h1>Chapter Two</h1><p>They eat grass &amp; shrubs.</p>"


def book(data: bytes) -> Document:
    return read(data, "a-book.epub")


def test_chapters_come_in_the_order_of_the_spine() -> None:
    document = book(book_of({"z.xhtml": ONE, "a.xhtml": TWO}))
    assert headings(document) == ["Chapter One", "Chapter Two"]
    assert paragraphs(document) == ["Llamas live in the Andes.", "They eat grass & shrubs."]


def test_the_package_says_title_author_and_date() -> None:
    document = book(book_of({"a.xhtml": ONE}))
    assert (document.title, document.date) == ("A Book of Llamas", "2023-07-18")
    assert document.meta == {"author": "An Author", "language": "en"}


def test_the_date_is_that_of_publication() -> None:
    dates = (
        '<dc:date xmlns:opf="http://www.idpf.org/2007/opf" opf:event="conversion">2024-01-01'
        '</dc:date><dc:date xmlns:opf="http://www.idpf.org/2007/opf" opf:event="publication">2019'
        "</dc:date>"
    )
    assert book(book_of({"a.xhtml": ONE}, metadata=dates)).date == "2019"


def test_a_book_without_metadata_is_called_by_its_first_heading() -> None:
    assert book(book_of({"a.xhtml": ONE}, metadata="")).title == "Chapter One"


def test_a_place_is_the_number_of_a_section() -> None:
    document = book(book_of({"empty.xhtml": "", "a.xhtml": ONE, "b.xhtml": TWO}))
    assert document.unit is PlaceUnit.SECTION
    places = [place_of(document.place_starts, block.span).first for block in document.blocks]
    assert places == [2, 2, 3, 3]
    assert [number for _, number in document.place_starts] == [2, 3]


def test_cover_and_tables_of_contents_are_left_out() -> None:
    chapters = {
        "cover.xhtml": "<p>Cover by a painter.</p>",
        "toc.xhtml": "<h2>Contents</h2><p>Chapter One</p><p>Chapter Two</p>",
        "nav.xhtml": "<nav><a href='a.xhtml'>Chapter One</a></nav>",
        "a.xhtml": ONE,
    }
    guide = '<reference type="cover" href="cover.xhtml"/>'
    assert book(book_of(chapters, guide=guide)).text == "Chapter One\n\nLlamas live in the Andes."


def test_a_chapter_without_a_heading_gets_its_name_from_the_contents() -> None:
    chapters = {"a b.xhtml": "<p>Llamas live there.</p>", "c.xhtml": "<p>two</p><p>Text.</p>"}
    nav = '<ol><li><a href="a%20b.xhtml#x">One</a></li><li><a href="c.xhtml">Two</a></li></ol>'
    document = book(book_of(chapters, nav=nav))
    assert headings(document) == ["One", "two"]
    assert paragraphs(document) == ["Llamas live there.", "Text."]


def test_a_navigation_document_in_the_spine_is_left_out() -> None:
    package = (
        "<package><manifest><item id='a' href='a.xhtml' media-type='application/xhtml+xml'/>"
        "<item id='n' href='n.xhtml' properties='nav' media-type='application/xhtml+xml'/>"
        "</manifest><spine><itemref idref='n'/><itemref idref='a'/></spine></package>"
    )
    parts = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package,
        "OEBPS/n.xhtml": page_of("<h1>Where to Find What</h1><p>One</p>"),
        "OEBPS/a.xhtml": page_of(ONE),
    }
    assert headings(book(zipped(parts))) == ["Chapter One"]


def test_the_names_of_an_older_book_are_in_its_ncx() -> None:
    package = (
        "<package><manifest><item id='a' href='t/a.xhtml' media-type='application/xhtml+xml'/>"
        "<item id='n' href='toc.ncx' media-type='application/x-dtbncx+xml'/></manifest>"
        "<spine toc='n'><itemref idref='a'/></spine></package>"
    )
    ncx = (
        "<!DOCTYPE ncx PUBLIC '-//NISO//DTD ncx 2005-1//EN' 'http://localhost:9/ncx.dtd'>"
        "<ncx><navMap><navPoint><navLabel><text>The Andes</text></navLabel>"
        "<content src='t/a.xhtml#start'/></navPoint></navMap></ncx>"
    )
    parts = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package,
        "OEBPS/toc.ncx": ncx,
        "OEBPS/t/a.xhtml": page_of("<p>Llamas live there.</p>"),
    }
    assert headings(book(zipped(parts))) == ["The Andes"]


def test_a_script_that_closes_itself_hides_nothing() -> None:
    body = '<script src="x.js"/><p>Shown.</p><script>var no = 1;</script>'
    assert book(book_of({"a.xhtml": body})).text == "Shown."


def test_a_section_that_is_damaged_or_named_twice_does_no_harm() -> None:
    data = book_of({"a.xhtml": ONE, "b.xhtml": TWO}, extra={"OEBPS/b.xhtml": b"\0\1\2\3"})
    assert headings(book(data)) == ["Chapter One"]
    package = (
        "<package><manifest><item id='a' href='a.xhtml' media-type='application/xhtml+xml'/>"
        "</manifest><spine><itemref idref='a'/><itemref idref='a'/></spine></package>"
    )
    parts = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package,
        "OEBPS/a.xhtml": page_of(ONE),
    }
    assert headings(book(zipped(parts))) == ["Chapter One"]


def encrypted(algorithm: str, entry: str) -> dict[str, str]:
    return {
        "META-INF/encryption.xml": (
            "<encryption xmlns:enc='http://www.w3.org/2001/04/xmlenc#'><enc:EncryptedData>"
            f"<enc:EncryptionMethod Algorithm='{algorithm}'/><enc:CipherData>"
            f"<enc:CipherReference URI='{entry}'/></enc:CipherData></enc:EncryptedData>"
            "</encryption>"
        )
    }


def test_a_copy_protected_book_is_named_as_such() -> None:
    extra = encrypted("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OEBPS/a.xhtml")
    with pytest.raises(InputError, match="copy-protected"):
        book(book_of({"a.xhtml": ONE}, extra=extra))


def test_obfuscated_fonts_and_encrypted_pictures_do_not_count() -> None:
    for extra in (
        encrypted("http://www.idpf.org/2008/embedding", "OEBPS/a.xhtml"),
        encrypted("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OEBPS/picture.jpg"),
    ):
        assert headings(book(book_of({"a.xhtml": ONE}, extra=extra))) == ["Chapter One"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (zipped({"a.txt": "x"}), "container.xml is missing"),
        (zipped({"META-INF/container.xml": CONTAINER}), "names no package"),
        (zipped({"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": "<a/>"}), "no sections"),
        (zipped({"META-INF/container.xml": "<"}), "XML is damaged"),
    ],
    ids=["no container", "no package", "no spine", "broken"],
)
def test_what_is_no_book_is_named(data: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        book(data)
