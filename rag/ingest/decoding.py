"""Bytes of a text file to characters, or a plain word that they are not text."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from rag.errors import InputError
from rag.text.terminal import safe

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MAX_CONTROL_SHARE = 0.001
MAX_LINES = 3_000_000
"""Readers keep about 200 bytes for each line, however short it is."""
_MAX_ODD_SHARE = 0.1
_STRAY = re.compile("[\udc80-\udcff]")
_HIGH = re.compile(r"[^\x00-\x7f]")
_NOT_OF_FILES = ("utf-7", "utf-16", "utf-32", "idna", "punycode", "undefined", "unicode", "raw")
"""How codecs begin in which no page is written, or that make what cannot be stored."""
_HINT = "Save it as UTF-8 text, or take it out of the folder (.ragignore leaves files out)."


@dataclass(frozen=True, slots=True)
class Decoded:
    """The characters of a file, and the encoding they were read as (``utf-8``, ``cp1252``, ...)."""

    text: str
    encoding: str

    @property
    def meta(self) -> dict[str, str]:
        """What a document says of its encoding: nothing for UTF-8."""
        return {} if self.encoding == "utf-8" else {"encoding": self.encoding}


def decode(data: bytes, *, name: str, declared: str = "") -> Decoded:
    """The text of ``data``: UTF-8, UTF-16 with a mark, or Windows-1252 if that makes sense.

    UTF-8 into which other text was pasted (``utf-8+cp1252``) keeps its own characters: stray bytes
    are read as Windows-1252. A byte order mark is dropped; nothing else is changed, line ends
    included. ``declared`` is an encoding that the file names itself (HTML); it is tried after UTF-8
    and not believed blindly. ``name`` is used in messages.

    Raises:
        InputError: if the bytes are not text, or millions of lines.
    """
    if data.startswith(_UTF32):
        raise _not_text(name, "it is UTF-32")
    for mark, encoding in _UTF16.items():
        if data.startswith(mark):
            return _checked(_strict(data[2:], encoding, name), encoding, name)
    if b"\0" in data:
        raise _not_text(name, "it holds NUL bytes")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return _checked(data.decode("utf-8"), "utf-8", name)
    except UnicodeDecodeError as error:
        return _guessed(data, declared, error, name)


def _strict(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as exc:
        raise _not_text(name, f"byte {exc.start} is not {encoding}") from exc


def _guessed(data: bytes, declared: str, error: UnicodeDecodeError, name: str) -> Decoded:
    for encoding in (*_usable(declared), "cp1252"):
        if encoding == "cp1252" and (mixed := _mixed(data)):
            return _checked(mixed, "utf-8+cp1252", name)
        try:
            text = data.decode(encoding)
        except (ValueError, LookupError):
            continue
        if encoding != "cp1252" or _looks_western(text):
            return _checked(text, encoding, name)
    raise _not_text(name, f"byte {error.start} is neither UTF-8 nor Windows-1252") from error


def _usable(declared: str) -> tuple[str, ...]:
    try:
        info = codecs.lookup(declared)
    except (LookupError, ValueError):
        return ()
    # codecs that are not text encodings (rot13, zlib) would run code of no use here
    is_text = getattr(info, "_is_text_encoding", True) and not info.name.startswith(_NOT_OF_FILES)
    return (info.name,) if is_text else ()


def _mixed(data: bytes) -> str:
    """The text if it is UTF-8 but for fewer stray bytes than it has characters above ASCII."""
    text = data.decode("utf-8", "surrogateescape")
    n_stray = sum(1 for _ in _STRAY.finditer(text))
    n_high = sum(1 for _ in _HIGH.finditer(text)) - n_stray
    return _STRAY.sub(_as_western, text) if n_high > n_stray else ""


def _as_western(stray: re.Match[str]) -> str:
    return bytes((ord(stray.group()) - 0xDC00,)).decode("cp1252", "replace")


def _looks_western(text: str) -> bool:
    """Whether the characters above ASCII are few and mostly letters or typographic signs."""
    high = [char for char in text if ord(char) > 0x7F]
    odd = sum(1 for char in high if not (char.isalpha() or char in "‘’“”–—…•€£©®°«»·§™ "))
    return len(high) <= 0.3 * len(text) and odd <= max(1, _MAX_ODD_SHARE * len(text))


def _checked(text: str, encoding: str, name: str) -> Decoded:
    n_lines = text.count("\n") + text.count("\r")
    if n_lines > MAX_LINES:
        raise InputError(f"{safe(name)} has {n_lines:,} lines, and {MAX_LINES:,} are the most.",
                         hint="Split it into smaller files.")  # fmt: skip
    controls = sum(1 for _ in _CONTROL.finditer(text))
    if controls > max(2, _MAX_CONTROL_SHARE * len(text)):
        raise _not_text(name, f"it holds {controls} control characters")
    return Decoded(text, encoding)


def _not_text(name: str, why: str) -> InputError:
    return InputError(f"{safe(name)} is not text: {why}.", hint=_HINT)
