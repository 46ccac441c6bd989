"""Articles as JSON: objects on lines or in a list, each with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ingest_builders import headings

from rag.errors import InputError
from rag.ingest import json_lines
from rag.ingest.collection import notes_of
from rag.ingest.registry import reader_for
from rag.ingest.table_keys import TableKeys
from rag.types import Document


def articles(data: str, name: str = "news.jsonl", **keys: str) -> list[Document]:
    reader = reader_for(Path(name), TableKeys(**keys))
    assert reader is not None
    found = reader.read(Path("/articles") / name, data.encode(), document_id=name)
    return found if isinstance(found, list) else list(found)


def first_lines(found: list[Document]) -> list[int]:
    return [document.place_starts[0][1] for document in found]


def test_a_line_is_an_article() -> None:
    text = '{"id": 5, "title": "A", "text": "One.", "date": "2024-04-18"}\n\n{"text": "Two."}\n'
    one, two = articles(text)
    assert (one.id, one.title, one.text, one.date) == ("news.jsonl#5", "A", "One.", "2024-04-18")
    assert (two.id, two.title) == ("news.jsonl#2", "Two.")
    assert first_lines([one, two]) == [1, 3]


def test_a_list_is_read_whatever_the_file_is_called() -> None:
    items = [{"title": "A", "content": "One."}, {"content": "Two."}]
    for name in ("a.json", "a.jsonl", "a.ndjson"):
        assert [d.text for d in articles(json.dumps(items), name)] == ["One.", "Two."]
    found = articles('{"text": "One."}\n{"text": "Two."}', "a.json")
    assert [d.text for d in found] == ["One.", "Two."]


def test_the_line_is_that_of_the_text_where_it_can_be_told() -> None:
    items = [{"title": "A", "content": "One."}, {"content": 'Two "content": x', "n": 1}]
    assert first_lines(articles(json.dumps(items, indent=1), "a.json")) == [4, 7]
    twice = [{"a": {"content": "x"}, "content": "One."}]
    assert first_lines(articles(json.dumps(twice, indent=1), "a.json")) == [2]


def test_one_object_is_one_article_and_a_list_in_it_is_several() -> None:
    assert [d.text for d in articles('{\n"text": "One."}', "a.json")] == ["One."]
    wrapped = {"status": "ok", "articles": [{"body": "One."}, {"body": "Two."}]}
    found = articles(json.dumps(wrapped, indent=1), "a.json")
    assert [d.text for d in found] == ["One.", "Two."]
    assert first_lines(found) == [5, 8]


def test_keys_may_lie_deeper() -> None:
    (found,) = articles('{"article": {"body": "One.", "headline": "H", "author": "A"}}')
    assert (found.text, found.title, found.meta) == ("One.", "H", {"author": "A"})
    text = '{"a": {"b": {"c": "Deep."}}, "x.y": "T", "text": "no"}'
    (found,) = articles(text, text="a.b.c", title="x.y")
    assert (found.text, found.title) == ("Deep.", "T")


def test_a_list_of_strings_is_paragraphs() -> None:
    (found,) = articles('{"text": ["A Title", "One sentence here."]}')
    assert (found.text, headings(found)) == ("A Title\n\nOne sentence here.", ["A Title"])


def test_lines_that_are_no_objects_are_noted() -> None:
    found = articles('{"text": "One."}\n{bad\n[1]\n{"title": "T"}\n{"text": "Two."}')
    assert [d.text for d in found] == ["One.", "Two."]
    assert notes_of(found) == (
        "2 are not JSON objects (lines 2, 3)",
        "one object has no text (line 4)",
    )


def test_a_broken_list_gives_what_came_before() -> None:
    found = articles('[{"text": "One."},\n{"text": "Tw', "a.json")
    assert [d.text for d in found] == ["One."]
    assert notes_of(found) == ("one line is not a JSON object (line 2)",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no JSON in it"),
        ("[]", "there is no JSON in it"),
        ("nothing", "line 1 is not a JSON object"),
        ('{"a": 1, "b": {}}', r"no key with a known name for the text: it has a, b; name"),
        ("[" * 100_000, "is not a JSON object"),
        ('{"a":' * 100_000, "is not a JSON object"),
        ('{"text": ' + "9" * 5000 + "}", "is not a JSON object"),
    ],
)
def test_a_file_without_articles_says_why(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        articles(text, "a.json")


def test_a_key_that_is_missing_is_named_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"no key 'c' \(setting text_key\) for the text"):
        articles('{"text": "One."}', text="c")


def test_what_cannot_be_stored_is_replaced() -> None:
    (found,) = articles(r'{"text": "a\ud800b\u0000c", "title": "t\udfffu\u001b[1m"}')
    assert found.text == "a\ufffdb\ufffdc"
    assert found.title == "t\ufffdu␛[1m"
    found.text.encode()


def test_an_object_too_large_to_parse_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "MAX_OBJECT_CHARS", 40)  # the real bound is 10 million
    large = {"text": "word " * 30}
    found = articles('{"text": "One."}\n' + json.dumps(large))
    assert [d.text for d in found] == ["One."]
    items = [{"text": "One."}] * 20 + [large]
    found = articles(json.dumps(items), "a.json")
    assert (len(found), notes_of(found)) == (20, ("one line is not a JSON object (line 1)",))
