"""Hostile bytes in every format: sound documents or an ``InputError``, never anything else.

Examples are few and the same on every run; ``READER_FUZZ_EXAMPLES=5000`` looks further.
"""

from __future__ import annotations

import io
import os
import resource
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import InputError
from rag.ingest.registry import SUPPORTED_SUFFIXES, reader_for
from tests.support.reading import article, require_sound

_EXAMPLES = int(os.environ.get("READER_FUZZ_EXAMPLES", "0"))
_ONE_OF_EACH = (".txt", ".md", ".html", ".docx", ".epub", ".csv", ".tsv", ".jsonl", ".pdf")
FORMATS = [suffix for suffix in _ONE_OF_EACH if suffix in SUPPORTED_SUFFIXES]
ZIPPED = [suffix for suffix in FORMATS if suffix in (".docx", ".epub")]
_MAX_SECONDS = 20.0
"""Far more than any of these files needs, so that a busy machine does not fail a run."""
_PIECES = st.sampled_from(
    [b"\0", b"\r", b"\n\n", b"\xe2\x80\xae", b"\xff", b'"', b"'", b",", b"\t", b"{", b"[",
     b"]}", b"<",
     b"</", b"<!--", b"<![CDATA[", b"<script>", b"&#0;", b"<meta charset=idna>", b"\xe9",
     b"&#xd800;", b"\\ud800", b"PK\x01\x02",
     b"---\n", b"```", b"|", b"# ", b"9" * 400, b" " * 300, b"<b>" * 300, b"[" * 300, b"> " * 200]
)  # fmt: skip


def bounded(n: int):  # type: ignore[no-untyped-def]  # hypothesis' own decorator
    return settings(
        max_examples=_EXAMPLES or n,
        deadline=None,
        derandomize=not _EXAMPLES,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def read_soundly(suffix: str, data: bytes) -> None:
    """Read; what comes back must be sound, and come back soon."""
    reader = reader_for(Path(f"a{suffix}"))
    assert reader is not None
    began = time.perf_counter()
    try:
        documents = reader.read(Path(f"/in/a{suffix}"), data, document_id="a")
    except InputError:
        documents = ()
    require_sound(documents, "a")
    assert time.perf_counter() - began < _MAX_SECONDS


@st.composite
def mutated(draw: st.DrawFn, original: bytes) -> bytes:
    """``original`` with a few bytes changed, pieces put in, stretches doubled, or its end gone."""
    data = bytearray(original)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(st.integers(0, 4)):
            case 0 if data:
                data[at] = draw(st.integers(0, 255))
            case 1:
                data[at:at] = draw(_PIECES)
            case 2:
                del data[at : at + draw(st.integers(1, 40))]
            case 3:
                data[at:at] = data[at : at + draw(st.integers(1, 200))]
            case _:
                del data[draw(st.integers(at, len(data))) :]
    return bytes(data)


@pytest.mark.parametrize("suffix", FORMATS)
def test_any_bytes_are_read_or_refused(suffix: str) -> None:
    @bounded(40)
    @given(st.one_of(st.binary(max_size=300), st.lists(_PIECES, max_size=12).map(b"".join)))
    def run(data: bytes) -> None:
        read_soundly(suffix, data)

    run()


@pytest.mark.parametrize("suffix", FORMATS)
def test_damaged_files_are_read_or_refused(suffix: str) -> None:
    @bounded(40)
    @given(mutated(article(suffix)))
    def run(data: bytes) -> None:
        read_soundly(suffix, data)

    run()


@pytest.mark.parametrize("suffix", ZIPPED)
def test_damaged_parts_inside_a_whole_archive_are_read_or_refused(suffix: str) -> None:
    original = article(suffix)
    with zipfile.ZipFile(io.BytesIO(original)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changeable = sorted(name for name in parts if name.endswith((".xml", ".rels", ".opf", "html")))

    @bounded(60)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(changeable))
        changed = {**parts, name: data.draw(mutated(parts[name]))}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for entry, content in changed.items():
                archive.writestr(entry, content)
        read_soundly(suffix, out.getvalue())

    run()


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_cut_is_read_or_refused(suffix: str) -> None:
    data = article(suffix)
    for end in range(0, len(data), max(1, len(data) // 25)):
        read_soundly(suffix, data[:end])


BOMBS = {
    "nested tags": (".html", b"<html><body>" + b"<div>" * 100_000 + b"words here"),
    "nested lists": (".md", b"> " * 100_000 + b"words"),
    "open brackets": (".md", b"[" * 100_000),
    "open comments": (".html", b"<!--" * 100_000 + b"<p>words"),
    "nested json": (".json", b'{"text":' * 100_000),
    "json of brackets": (".json", b"[" + b"[]," * 400_000 + b"1]"),
    "open quotes": (".csv", b"text,n\n" + b'"a' * 200_000),
    "broken quotes": (".csv", b"text,n\n" + b'"a"b,c\n' * 100_000),
    "columns": (".csv", b"text," * 200_000 + b"\n" + b"a," * 200_000),
    "rows": (".csv", b"text,n\n" + b"a,\n" * 6_000),
    "control marks": (".txt", "\u202e\u200b\u2066".encode() * 100_000),
    "line ends": (".txt", b"\r" * 300_000 + b"word"),
    "equal ids": (".csv", b"id,text\n" + b"x,Some words.\n" * 5_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_files_made_to_cost_much_cost_little(name: str) -> None:
    suffix, data = BOMBS[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read_soundly(suffix, data)
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_mb < 500
