"""Word documents: the text a reader sees, in the order of the body, by paragraphs."""

from __future__ import annotations

import docx
import pytest
from ingest_builders import headings, paragraphs, read
from package_builders import paragraph, saved, word_of, zipped

from rag.errors import InputError
from rag.ingest.zipped import ZippedFile
from rag.text.places import place_of
from rag.types import Document, PlaceUnit


def word(data: bytes, name: str = "an-article.docx") -> Document:
    return read(data, name)


@pytest.fixture(scope="module")
def article() -> Document:
    made = docx.Document()
    made.add_heading("The Size of Llamas", 0)
    made.add_paragraph("Llama 3 has two sizes.")
    made.add_heading("A table", 1)
    table = made.add_table(2, 2)
    for at, text in enumerate(("Model", "Size", "Llama", "8B")):
        table.cell(at // 2, at % 2).text = text
    made.add_paragraph("The small one.", style="List Bullet")
    made.add_paragraph("")
    made.add_heading("Deeper", 2)
    made.add_paragraph("The end of it.")
    return word(saved(made))


def test_paragraphs_tables_and_lists_come_in_the_order_of_the_body(article: Document) -> None:
    assert [block.span.of(article.text) for block in article.blocks] == [
        "The Size of Llamas",
        "Llama 3 has two sizes.",
        "A table",
        "Model | Size",
        "Llama | 8B",
        "The small one.",
        "Deeper",
        "The end of it.",
    ]


def test_headings_have_the_levels_of_their_styles(article: Document) -> None:
    assert [block.level for block in article.blocks] == [1, 0, 1, 0, 0, 0, 2, 0]
    assert article.title == "The Size of Llamas"


def test_a_place_is_the_number_of_a_paragraph_with_text(article: Document) -> None:
    assert article.unit is PlaceUnit.PARAGRAPH
    places = [place_of(article.place_starts, block.span).first for block in article.blocks]
    assert places == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_document_has_no_date_but_one_that_it_shows(article: Document) -> None:
    assert article.date == ""  # python-docx's template says 2013
    made = docx.Document()
    made.styles.add_style("Date", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    made.add_paragraph("April 18, 2024", style="Date")
    assert word(saved(made)).date == "2024-04-18"


def test_tracked_deletions_are_left_out_and_insertions_kept() -> None:
    body = (
        "<w:p><w:r><w:t>It has </w:t></w:r>"
        "<w:del><w:r><w:delText>seven</w:delText><w:t>nine</w:t></w:r></w:del>"
        "<w:ins><w:r><w:t>eight</w:t></w:r></w:ins>"
        "<w:r><w:t xml:space='preserve'> parts.</w:t></w:r>"
        "<w:moveFrom><w:r><w:t>Moved.</w:t></w:r></w:moveFrom></w:p>"
    )
    assert word(word_of(body)).text == "It has eight parts."


def test_hidden_text_and_field_orders_are_left_out() -> None:
    body = (
        paragraph("Hidden.", run="<w:vanish/>")
        + paragraph("Shown.", run='<w:vanish w:val="0"/>')
        + "<w:p><w:r><w:instrText>PAGE \\* MERGEFORMAT</w:instrText></w:r></w:p>"
        + "<w:p><w:r><w:t>a</w:t></w:r><mc:AlternateContent><mc:Choice><w:r><w:t>b</w:t></w:r>"
        + "</mc:Choice></mc:AlternateContent><m:oMath><m:r><m:t>=c</m:t></m:r></m:oMath></w:p>"
    )
    assert word(word_of(body)).text == "Shown.\n\na=c"


def test_text_in_content_controls_and_links_is_kept() -> None:
    body = (
        f"<w:sdt><w:sdtPr><w:t>no</w:t></w:sdtPr><w:sdtContent>{paragraph('Inside.')}"
        "</w:sdtContent></w:sdt>"
        "<w:p><w:r><w:t>See </w:t></w:r><w:hyperlink><w:r><w:t>this</w:t></w:r></w:hyperlink></w:p>"
    )
    assert word(word_of(body)).text == "Inside.\n\nSee this"


def test_breaks_and_tabs_are_blanks_or_lines() -> None:
    body = "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>"
    assert word(word_of(body)).text == "a b\nc"


def test_a_frame_around_text_is_not_a_table() -> None:
    cell = f"<w:tc>{paragraph('A Heading', style='Heading1')}{paragraph('One. Two.')}</w:tc>"
    document = word(word_of(f"<w:tbl><w:tr>{cell}<w:tc><w:p/></w:tc></w:tr></w:tbl>"))
    assert (headings(document), paragraphs(document)) == (["A Heading"], ["One. Two."])


def test_a_short_bold_line_above_text_is_a_heading() -> None:
    body = (
        paragraph("What Changed", run="<w:b/>")
        + paragraph("A whole sentence in bold.", run="<w:b/>")
        + paragraph("Text that follows.")
        + paragraph("Not Bold", run='<w:b w:val="0"/>')
        + paragraph("Last Words", run="<w:b/>")
    )
    document = word(word_of(body))
    assert headings(document) == []  # two bold lines in a row are no heading and its text
    body = paragraph("What Changed", run="<w:b/>") + paragraph("Text that follows.")
    assert headings(word(word_of(body))) == ["What Changed"]


def test_footnotes_follow_the_paragraph_that_refers_to_them() -> None:
    data = saved(docx.Document())
    body = (
        "<w:p><w:r><w:t>A claim.</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r></w:p>"
        + paragraph("The next.")
    )
    archive = ZippedFile(data, name="template")
    rels = archive.read("word/_rels/document.xml.rels").replace(
        b"</Relationships>",
        b'<Relationship Id="rIdN" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/footnotes" Target="footnotes.xml"/></Relationships>',
    )
    notes = (
        '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f'<w:footnote w:type="separator" w:id="0">{paragraph("---")}</w:footnote>'
        f'<w:footnote w:id="2">{paragraph("Its source.")}</w:footnote></w:footnotes>'
    )
    parts = {"word/_rels/document.xml.rels": rels, "word/footnotes.xml": notes}
    assert paragraphs(word(word_of(body, **parts))) == ["A claim.", "Its source.", "The next."]


def test_a_title_that_a_program_put_in_is_not_believed() -> None:
    made = docx.Document()
    made.core_properties.title = "Microsoft Word - draft3"
    made.add_paragraph("Some words about llamas.")
    assert word(saved(made), "the-llama.docx").title == "the llama"
    made.core_properties.title = "On Llamas"
    assert word(saved(made), "x.docx").title == "On Llamas"


def test_a_document_with_macros_is_read_without_them() -> None:
    made = docx.Document()
    made.add_paragraph("Text.")
    data = saved(made)
    archive = ZippedFile(data, name="template")
    entries = {name: archive.read(name) for name in archive.names}
    types = entries["[Content_Types].xml"]
    entries["[Content_Types].xml"] = types.replace(
        b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        b"application/vnd.ms-word.document.macroEnabled.main+xml",
    )
    assert entries["[Content_Types].xml"] != types
    entries["word/vbaProject.bin"] = b"\xd0\xcf macros"
    assert word(zipped(entries), "a.docm").text == "Text."


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"PK\x03\x04 cut off", "not a whole zip archive"),
        (zipped({"a.txt": "x"}), "not a Word document"),
        (zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<a"}), "not a Word"),
        (word_of("<w:p><w:p>"), "not a Word document"),
        (word_of("", **{"word/styles.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"}), "entities"),
        (word_of("<w:p/>" * 1_100_000), "made to explode"),
        (
            zipped({"word/document.xml": "<a xmlns='http://purl.oclc.org/ooxml/wordprocessingml/main'/>"}),
            "Strict Open XML",
        ),
    ],
    ids=["cut", "other zip", "no parts", "broken xml", "entities", "bomb", "strict"],
)  # fmt: skip
def test_what_is_no_word_document_is_named(data: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        word(data)


def test_deep_nesting_ends_in_an_error_not_a_crash() -> None:
    with pytest.raises(InputError, match="not a Word document"):
        word(word_of("<w:sdt>" * 5000 + "</w:sdt>" * 5000))
