"""Zip archives that are made to do harm are refused before they are unpacked."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from package_builders import zipped

from rag.errors import InputError
from rag.ingest import xml_tree
from rag.ingest import zipped as zipped_module
from rag.ingest.xml_tree import xml_root
from rag.ingest.zipped import ZippedFile

REPEATED = b"\0" * 8_000_000


def opened(data: bytes) -> ZippedFile:
    return ZippedFile(data, name="a.zip")


def changed(data: bytes, offset: int, form: str, value: int) -> bytes:
    """``data`` with a number written at ``offset`` of its first directory entry."""
    at = data.index(b"PK\x01\x02") + offset
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]


def test_entries_are_read_by_name() -> None:
    archive = opened(zipped({"../a": "x", "b": b"\xff"}))
    assert archive.names == ("../a", "b")
    assert (archive.read("../a"), archive.read("b"), "c" in archive) == (b"x", b"\xff", False)
    with pytest.raises(InputError, match="c is missing"):
        archive.read("c")


def test_an_entry_that_unpacks_to_a_thousand_times_its_size_is_refused() -> None:
    with pytest.raises(InputError, match=r"from 8 kB to 8 MB: it is made to explode"):
        opened(zipped({"a.xml": REPEATED}))


def test_a_small_entry_may_shrink_as_far_as_it_likes() -> None:
    assert len(opened(zipped({"a": REPEATED[:4_000_000]})).read("a")) == 4_000_000


def test_an_entry_gives_no_more_than_it_claims() -> None:
    data = changed(zipped({"a.xml": REPEATED}), 24, "<L", 1000)
    with pytest.raises(InputError, match="is damaged in it"):
        opened(data).read("a.xml")


def test_all_readings_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped_module, "MAX_READ_BYTES", 10)  # 100 MB would take long
    archive = opened(zipped({"a": "12345678"}))
    archive.read("a")
    with pytest.raises(InputError, match="a unpacks to 0 MB"):
        archive.read("a")


def test_overlapping_entries_are_refused() -> None:
    data = zipped({"a": "x" * 50, "b": "y" * 50})
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data = data[: second + 42] + struct.pack("<L", 0) + data[second + 46 :]
    with pytest.raises(InputError, match="overlap"):
        opened(data)


def test_too_many_entries_are_refused_before_they_are_listed() -> None:
    with pytest.raises(InputError, match="more than 10,000 entries"):
        opened(b"PK\x01\x02" * 10_001)


def test_an_encrypted_archive_is_named_as_such() -> None:
    with pytest.raises(InputError, match="it is encrypted"):
        opened(changed(zipped({"a": "x"}), 8, "<H", 1))


def test_unusual_packing_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", "x")
    with pytest.raises(InputError, match="packed in a way"):
        opened(out.getvalue())


def test_every_truncation_is_an_input_error() -> None:
    data = zipped({"a.xml": "<a>some text</a>", "b.xml": "<b/>"})
    for end in range(len(data)):
        with pytest.raises(InputError, match="not a whole zip archive"):
            opened(data[:end])


def test_entities_are_neither_expanded_nor_fetched() -> None:
    outside = b"<!DOCTYPE a SYSTEM 'http://localhost:9/a.dtd'><a>b</a>"
    assert xml_root(outside, name="a").text == "b"
    with pytest.raises(InputError, match="declares entities"):
        xml_root(b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", name="a")


def test_xml_of_millions_of_tags_is_refused_unparsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_tree, "_MAX_MARKS", 10)
    with pytest.raises(InputError, match="too many tags"):
        xml_root(b"<a>" + b"<b c='d'/>" * 5 + b"</a>", name="a")
