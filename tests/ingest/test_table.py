"""CSV and TSV: an article a row, on the line where its text stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from ingest_builders import headings, paragraphs

from rag.errors import InputError
from rag.ingest.collection import notes_of
from rag.ingest.registry import reader_for
from rag.ingest.table_keys import TableKeys
from rag.text.places import place_of
from rag.types import Document


def table(data: str | bytes, name: str = "news.csv", **keys: str) -> list[Document]:
    reader = reader_for(Path(name), TableKeys(**keys))
    assert reader is not None
    raw = data.encode() if isinstance(data, str) else data
    found = reader.read(Path("/articles") / name, raw, document_id=name)
    return found if isinstance(found, list) else list(found)


def lines_of(document: Document) -> list[int]:
    return [place_of(document.place_starts, b.span).first for b in document.blocks]


def test_a_row_is_an_article_with_the_id_title_and_date_of_its_columns() -> None:
    text = (
        "ID,Headline,Body Text,published_at,author\n7,Two Sizes,It has two.,2024-04-18T10:00Z,A\n"
    )
    (document,) = table(text)
    assert (document.id, document.title, document.date) == ("news.csv#7", "Two Sizes", "2024-04-18")
    assert (document.text, document.meta) == ("It has two.", {"author": "A"})


def test_rows_without_an_id_are_numbered() -> None:
    found = table("text\nOne is here.\n\nTwo is here.\n")
    assert [d.id for d in found] == ["news.csv#1", "news.csv#2"]


def test_equal_ids_are_told_apart() -> None:
    found = table("id,text\na,One is here.\na,Two is here.\n\x1b[1m,Three.\n")
    assert [d.id for d in found] == ["news.csv#a", "news.csv#a~2", "news.csv#␛[1m"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_line_of_a_cell_leads_to_its_own_line(end: str) -> None:
    rows = ["id,note,text", '1,"two', 'lines","First here.', "", 'Second here."', "2,x,Third."]
    one, two = table(end.join(rows) + end)
    assert one.text == f"First here.{end}{end}Second here."
    assert (lines_of(one), lines_of(two)) == ([3, 5], [6])


def test_a_row_without_a_title_is_called_by_its_first_words() -> None:
    one, two = table('text\nIt begins like this and ends.\n"A Heading\n\nText that follows."\n')
    assert one.title == "It begins like this and ends."
    assert (two.title, headings(two)) == ("A Heading", ["A Heading"])


def test_cells_with_markup_are_read_like_pages() -> None:
    (document,) = table('html\n"<h2>Sizes</h2>\n<p>Two &amp; more.</p>\n<script>x</script>"\n')
    assert (headings(document), paragraphs(document)) == (["Sizes"], ["Two & more."])
    assert lines_of(document) == [2, 3]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("title;text\nA;One, two; three\nB;b, c\n", "a.csv"),
        ("title\ttext\nA\tOne, two\n", "a.csv"),
        ("title\ttext\nA\tOne, two\n", "a.tsv"),
        ("title|text\nA|One, two\n", "a.csv"),
        ("sep=;\ntitle;text\nA;One, two\n", "a.csv"),
        ('title,text\nA,"One, two"\n', "a.csv"),
    ],
)
def test_the_delimiter_is_told_by_the_table(text: str, name: str) -> None:
    assert table(text.replace("; three", ""), name)[0].text == "One, two"


def test_names_set_by_the_user_win() -> None:
    text = "text,LONG text,when,name\nno,Yes it is.,2020,N\n"
    (document,) = table(text, text="long text", date="when", title="name")
    assert (document.text, document.date, document.title) == ("Yes it is.", "2020", "N")


def test_an_unknown_column_is_named_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"known name for the text: it has a, b; name") as caught:
        table("a,b\n1,2\n")
    assert "text_key" in caught.value.hint
    with pytest.raises(InputError, match=r"no column 'c' \(setting text_key\) for the text"):
        table("text\nx\n", text="c")


def test_rows_without_text_are_left_out_and_noted() -> None:
    found = table("text,title\n,A\nSome words.,B\n ,C\n")
    assert [d.title for d in found] == ["B"]
    assert notes_of(found) == ("2 rows have no text (lines 2, 4)",)
    with pytest.raises(InputError, match="no row has text in the column 'text'"):
        table("text,title\n,A\n")


def test_a_broken_row_costs_itself_only() -> None:
    rows = ("text,n", "One is here.,1", '"Two" is here.,2', "a,b,c", "Three is here.,3", '"open,4')
    found = table("\n".join((*rows, "Four.,5\n")))
    assert [d.text for d in found] == ["One is here.", "Three is here.", "Four."]
    assert notes_of(found) == ("3 rows are broken (lines 3, 4, 6)",)


def test_many_broken_rows_end_the_reading() -> None:
    found = table("text,n\nOne is here.,1\n" + '"a"b,2\n' * 60 + "Last.,1\n")
    assert [d.text for d in found] == ["One is here."]
    assert notes_of(found) == ("51 rows are broken (lines 3, 4, 5, 6, 7, ...)",)


def test_quotes_in_a_table_with_tabs_are_signs_like_others() -> None:
    (document,) = table('title\ttext\nA\t"Two" are here.\n', "a.tsv")
    assert document.text == '"Two" are here.'


def test_long_cells_are_read_whole() -> None:
    (document,) = table(f"text\n{'word ' * 100_000}\n")
    assert len(document.text) == 500_000


@pytest.mark.parametrize("text", ["", "\n\n", "   \n"])
def test_a_file_without_a_table_is_named(text: str) -> None:
    with pytest.raises(InputError, match=r"holds no table|has no column"):
        table(text)


@pytest.mark.parametrize(
    ("cell", "date"),
    [
        ("1713398400", "2024-04-18"),
        ("1713398400000", "2024-04-18"),
        ("1713398400.5", "2024-04-18"),
        ("2024", "2024"),
        ("12345", ""),
        ('"Thu, 18 Apr 2024 10:00:00 GMT"', "2024-04-18"),
        ('"April 18, 2024"', "2024-04-18"),
        ("yesterday", ""),
    ],
)
def test_dates_are_read_as_they_are_written(cell: str, date: str) -> None:
    assert table(f"text,date\nWords.,{cell}\n")[0].date == date
