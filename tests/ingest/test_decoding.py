"""Bytes to characters: what is text is read, what is not is refused by name."""

from __future__ import annotations

import pytest

from rag.errors import InputError
from rag.ingest.decoding import decode

WORDS = "Das Übermaß kostet 5 € — “so” sagt man."


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (WORDS.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + WORDS.encode(), "utf-8"),
        (b"\xff\xfe" + WORDS.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + WORDS.encode("utf-16-be"), "utf-16-be"),
        (WORDS.encode("cp1252"), "cp1252"),
    ],
)
def test_text_is_read_in_the_encodings_that_occur(data: bytes, encoding: str) -> None:
    decoded = decode(data, name="a.txt")
    assert (decoded.text, decoded.encoding) == (WORDS, encoding)


def test_only_an_unusual_encoding_is_noted() -> None:
    assert decode(b"plain", name="a").meta == {}
    assert decode("Grüße von hier".encode("cp1252"), name="a").meta == {"encoding": "cp1252"}


def test_line_ends_stay_as_they_are() -> None:
    assert decode(b"a\r\nb\rc\n", name="a").text == "a\r\nb\rc\n"


def test_a_declared_encoding_is_tried_where_utf8_fails() -> None:
    data = "Привет".encode("cp1251")
    assert decode(data, name="a", declared="windows-1251").text == "Привет"


@pytest.mark.parametrize(
    "declared",
    ["rot13", "zlib", "no-such", "utf-7\0", "", "idna", "punycode", "unicode_escape", "utf-16-le"],
)
def test_a_senseless_declaration_is_passed_over(declared: str) -> None:
    assert (
        decode("Grüße von hier".encode("cp1252"), name="a", declared=declared).text
        == "Grüße von hier"
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"GGUF\0\0\0\3", "NUL bytes"),
        (b"\x89PNG\r\n\x1a\n\xff\xd8\xff\xe0\x90\x81" * 9, "neither UTF-8 nor Windows-1252"),
        (bytes(range(128, 256)) * 4, "neither UTF-8 nor Windows-1252"),
        (b"\x01\x02\x03\x04" * 50, "control characters"),
        (b"\xff\xfe\x00\xd8", "utf-16-le"),
        (b"\xff\xfe\0\0a\0\0\0", "UTF-32"),
    ],
)
def test_what_is_not_text_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(InputError, match=f"a␊b.txt is not text.*{why}") as caught:
        decode(data, name="a\nb.txt")
    assert caught.value.hint


def test_millions_of_lines_are_refused() -> None:
    assert decode(b"\r\n" * 1_500_000, name="a.txt").text.endswith("\r\n")
    with pytest.raises(InputError, match="has 3,000,001 lines, and 3,000,000 are the most"):
        decode(b"\n" * 3_000_001, name="a.txt")


def test_pasted_bytes_of_another_encoding_leave_the_rest_as_it_was() -> None:
    data = WORDS.encode() + " Ein Café".encode("cp1252") + b" \x81\x8d"
    decoded = decode(data, name="a.txt")
    assert (decoded.text, decoded.encoding) == (f"{WORDS} Ein Café \ufffd\ufffd", "utf-8+cp1252")


def test_a_western_text_with_one_sequence_that_could_be_utf8_stays_western() -> None:
    text = "Über Größe und Maße schrieb er â€” so etwa."
    assert decode(text.encode("cp1252"), name="a.txt").text == text


@pytest.mark.parametrize("declared", ["unicode_escape", "utf-7", "raw_unicode_escape"])
def test_no_declaration_makes_characters_that_cannot_be_stored(declared: str) -> None:
    data = "Grüße".encode("cp1252") + rb" \ud800 +2AA-"
    decode(data, name="a.html", declared=declared).text.encode()
