"""Zip archives (DOCX, EPUB) read in memory, whatever was put into them.

Nothing is ever written to disk, so the names of entries are only looked up. What can go wrong is
size: a few kilobytes may claim, and hold, gigabytes. Everything is bounded before it is unpacked,
and Python's ``zipfile`` gives no more of an entry than its directory says.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

from rag.errors import InputError
from rag.text.terminal import safe

MAX_ENTRIES = 10_000
MAX_READ_BYTES = 100_000_000
"""What may be unpacked of one archive, all readings together."""
_MAX_RATIO = 200
_UNSUSPECTED_BYTES = 5_000_000
"""An entry up to this size may shrink as far as it likes."""
_DIRECTORY_MARK = b"PK\x01\x02"
_LOCAL_HEADER_BYTES = 30
_IS_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, KeyError,
    IndexError, OverflowError, NotImplementedError, RuntimeError,
)  # fmt: skip
_HINT = "Save the file again with the program that made it, or take it out of the folder."


class ZippedFile:
    """The entries of an archive, by name.

    Attributes:
        names: of all entries, in the order of the directory.
    """

    def __init__(self, data: bytes, *, name: str) -> None:
        """Open ``data``; ``name`` is used in messages.

        Raises:
            InputError: if it is no whole zip archive, is encrypted, or is made to explode.
        """
        self._name = safe(name)
        # Before zipfile builds an object for each entry.
        if data.count(_DIRECTORY_MARK) > MAX_ENTRIES:
            raise self._refused(f"it claims to hold more than {MAX_ENTRIES:,} entries")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            entries = self._archive.infolist()
        except _BROKEN as exc:
            raise self._refused("it is not a whole zip archive") from exc
        self._check(entries)
        self.names: tuple[str, ...] = tuple(entry.filename for entry in entries)
        self._left_bytes = MAX_READ_BYTES

    def __contains__(self, entry: str) -> bool:
        return entry in self._archive.NameToInfo

    def read(self, entry: str) -> bytes:
        """The bytes of an entry.

        Raises:
            InputError: if there is no such entry, it is damaged, or all that was read of the
                archive comes to more than ``MAX_READ_BYTES``.
        """
        shown = safe(entry[:80])
        info = self._archive.NameToInfo.get(entry)
        if info is None:
            raise self._refused(f"{shown} is missing in it")
        self._left_bytes -= info.file_size
        if self._left_bytes < 0:
            raise self._refused(f"{shown} unpacks to {info.file_size / 1e6:.0f} MB")
        try:
            return self._archive.read(info)
        except _BROKEN as exc:
            raise self._refused(f"{shown} is damaged in it") from exc

    def _check(self, entries: Sequence[zipfile.ZipInfo]) -> None:
        if len(entries) > MAX_ENTRIES:
            raise self._refused(f"it holds {len(entries):,} entries")
        end = 0
        for entry in sorted(entries, key=lambda entry: entry.header_offset):
            if entry.header_offset < end:
                raise self._refused("its entries overlap: it is made to explode")
            end = entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size
            self._check_entry(entry)

    def _check_entry(self, entry: zipfile.ZipInfo) -> None:
        if entry.flag_bits & _IS_ENCRYPTED:
            raise self._refused("it is encrypted")
        if entry.compress_type not in _METHODS:
            # bzip2 and LZMA unpack without a bound; Office files and books may not use them.
            raise self._refused("it is packed in a way that documents are not")
        is_large = entry.file_size > _UNSUSPECTED_BYTES
        if is_large and entry.file_size > _MAX_RATIO * max(entry.compress_size, 1):
            raise self._refused(
                f"{safe(entry.filename[:80])} unpacks from {entry.compress_size / 1e3:.0f} kB to "
                f"{entry.file_size / 1e6:.0f} MB: it is made to explode"
            )

    def _refused(self, why: str) -> InputError:
        return InputError(f"{self._name} cannot be read: {why}.", hint=_HINT)
