"""PDFs encrypted as the standard says (RC4, 40 bits, revision 2): real ones, if weak.

Source: ISO 32000-1, 7.6.2 algorithm 1 and 7.6.3 algorithms 2, 3 and 4.
"""

from __future__ import annotations

import hashlib

from tests.support.pdf import Line, flate_stream, pdf

_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
_ID = bytes(range(16))
_ALL_ALLOWED = 0xFFFFFFFC
_CONTENT = 1001


def encrypted_pdf(page: list[Line], *, password: str) -> bytes:
    """A page that only this user password opens; everybody can open one with an empty password."""
    owner = _rc4(_md5(_padded("owner"))[:5], _padded(password))
    permissions = _ALL_ALLOWED.to_bytes(4, "little")
    key = _md5(_padded(password) + owner + permissions + _ID)[:5]
    entry = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (
        owner.hex().encode(),
        _rc4(key, _PAD).hex().encode(),
    )
    plain = flate_stream(b"".join(line.drawn() for line in page))
    head, rest = plain.split(b"stream\n", 1)
    packed = rest.removesuffix(b"\nendstream")
    own_key = _md5(key + _CONTENT.to_bytes(3, "little") + bytes(2))[:10]
    sealed = head + b"stream\n" + _rc4(own_key, packed) + b"\nendstream"
    ids = b"[<%s> <%s>]" % (_ID.hex().encode(), _ID.hex().encode())
    return pdf(
        [page], extra={_CONTENT: sealed, 7: entry}, trailer=b"/Encrypt 7 0 R /ID " + ids + b" "
    )


def _padded(password: str) -> bytes:
    return (password.encode("latin-1") + _PAD)[:32]


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
