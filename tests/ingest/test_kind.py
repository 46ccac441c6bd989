"""Files whose first bytes say another format than their names."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from package_builders import book_of, saved, zipped

from rag.errors import InputError
from rag.ingest.folder import FoundFile, find_files
from rag.ingest.kind import wrong_kind
from rag.ingest.read import read_documents
from rag.types import Skipped

WORD = saved(docx.Document())
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"%PDF-1.7\n", "it is a PDF named .txt"),
        ("a.md", b"\x89PNG\r\n\x1a\n....", "it is a PNG image named .md"),
        ("a.txt", WORD, "it is a Word document named .txt"),
        ("a.docx", book_of({"a.xhtml": "x"}), "it is an EPUB book named .docx"),
        ("a.epub", zipped({"x": "y"}), "it is a zip archive named .epub"),
        ("a.docx", OLE + bytes(100), "it is a document of an old Office format named .docx"),
        ("a.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "locked with a password"),
        ("a.docx", b"<html><body>", "it is an HTML page named .docx"),
        ("a.csv", b"\xef\xbb\xbf <!DOCTYPE html>", "it is an HTML page named .csv"),
        ("a.csv", b"{\\rtf1", "it is rich text"),
        ("a.html", b"\x1f\x8b\x08\0", "it is a gzip archive named .html"),
    ],
)
def test_a_file_of_another_kind_is_named(name: str, data: bytes, reason: str) -> None:
    assert reason in wrong_kind(Path(name), data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", WORD),
        ("a.DOCX", WORD),
        ("a.epub", book_of({"a.xhtml": "x"})),
        ("a.html", b"<!DOCTYPE html>"),
        ("a.md", b"<html><p>"),
        ("a.txt", b"GIF89a is a format of pictures."),
        ("a.txt", b"PDF files begin with %PDF-"),
        ("a.txt", b""),
    ],
)
def test_a_file_that_is_what_it_says_is_read(name: str, data: bytes) -> None:
    assert wrong_kind(Path(name), data) == ""


def test_reading_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"%PDF-1.4 ...")
    (found,) = find_files([tmp_path])
    assert isinstance(found, FoundFile)
    with pytest.raises(InputError, match=r"it is a PDF named \.txt: rename it to \.pdf\."):
        read_documents(found)


def test_an_unsupported_format_comes_with_advice(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(OLE)
    (skipped,) = find_files([tmp_path])
    assert isinstance(skipped, Skipped)
    assert skipped.reason == "unsupported format .doc: save it as .docx"
