"""One file to one document, or one sentence that says why not."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import time
from pathlib import Path

import pytest

from rag.chunking.packer import SentenceChunker
from rag.errors import InputError
from rag.ingest import read as read_module
from rag.ingest.folder import FoundFile, find_files
from rag.ingest.read import read_documents
from rag.ingest.registry import SUPPORTED_SUFFIXES, reader_for
from rag.protocols import Reader


def found(path: Path) -> FoundFile:
    (file,) = find_files([path])
    assert isinstance(file, FoundFile)
    return file


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "an-article.txt"
    path.write_bytes("Übung macht den Meister.\r\n".encode())
    return path


def test_a_document_knows_where_it_comes_from(article: Path) -> None:
    (document,) = read_documents(found(article))
    assert document.id == "an-article.txt"
    assert document.source == str(article)
    assert document.sha256 == hashlib.sha256(article.read_bytes()).hexdigest()
    assert document.text.encode() == article.read_bytes()


def test_a_file_that_has_vanished_is_named(article: Path) -> None:
    file = found(article)
    article.unlink()
    with pytest.raises(InputError, match=r"an-article\.txt vanished"):
        read_documents(file)


def test_a_file_that_has_changed_is_named(article: Path) -> None:
    file = found(article)
    with article.open("ab") as out:
        out.write(b"More.")
    with pytest.raises(InputError, match="changed while it was being read"):
        read_documents(file)


def test_a_file_that_became_a_pipe_is_not_waited_for(article: Path) -> None:
    file = found(article)
    article.unlink()
    os.mkfifo(article)
    with pytest.raises(InputError, match="no longer a regular file"):
        read_documents(file)


def test_a_file_that_became_a_folder_is_named(article: Path) -> None:
    file = found(article)
    article.unlink()
    article.mkdir()
    with pytest.raises(InputError, match="an-article"):
        read_documents(file)


def test_a_file_that_is_too_large_is_refused_unread(
    article: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_module, "MAX_FILE_BYTES", 10)  # a real one would take 200 MB
    with pytest.raises(InputError, match="is too large: 0 MB") as caught:
        read_documents(found(article))
    assert caught.value.hint == "Split it into smaller files."


def test_an_unsupported_format_is_named(article: Path) -> None:
    file = dataclasses.replace(found(article), path=article.with_suffix(".odt"))
    with pytest.raises(InputError, match=r"the format '.odt' is not supported"):
        read_documents(file)


def test_bytes_that_are_no_text_are_refused(article: Path) -> None:
    article.write_bytes(b"words\0\0\0words")
    with pytest.raises(InputError, match="is not text"):
        read_documents(found(article))


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.txt", " \n\t"), ("a.md", "---\ntitle: T\n---\n"), ("a.html", "<p></p>")],
)
def test_a_file_without_article_text_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(InputError, match="holds no article text"):
        read_documents(found(tmp_path / name))


@pytest.mark.parametrize("suffix", SUPPORTED_SUFFIXES)
def test_every_supported_suffix_has_a_reader_that_owns_it(suffix: str) -> None:
    reader = reader_for(Path(f"x{suffix.upper()}"))
    assert isinstance(reader, Reader)
    assert suffix in reader.suffixes


def test_other_suffixes_have_none() -> None:
    assert reader_for(Path("a.odt")) is None


@pytest.mark.parametrize("text", ["a sentence of it. ", "x", "Line one here.\n", "word\n"])
def test_a_large_text_is_read_and_chunked_in_bounded_time(tmp_path: Path, text: str) -> None:
    path = tmp_path / "large.txt"
    path.write_text(text * (400_000 // len(text)), "utf-8")
    began = time.perf_counter()
    chunker = SentenceChunker(lambda texts: [len(text.split()) for text in texts])
    chunks = chunker.chunk(read_documents(found(path))[0])
    assert time.perf_counter() - began < 10
    assert max(len(chunk.text) for chunk in chunks) <= 8 * 254
