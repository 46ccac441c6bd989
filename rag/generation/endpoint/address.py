"""Where an endpoint is: its URL, taken apart and checked once."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from rag.errors import UsageError

EXAMPLE = "http://127.0.0.1:8080/v1"
_HINT = f"an address such as {EXAMPLE}"
_ODD = re.compile(r"[\s\\\x00-\x20\x7f-\x9f]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """The base of an endpoint's paths; holds no credentials.

    Attributes:
        host: as it is looked up: ASCII, an IPv6 address without brackets.
        path: begins with a slash and ends without one, or is empty.
    """

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> Address:
        """The address in ``url``; without a path it is that of the interface's version, ``/v1``.

        Raises:
            UsageError: if it is no http or https URL, or holds a user, a password, a query or a
                fragment. None of these is repeated in the message: one may be a secret.
        """
        if not url:
            raise UsageError("the endpoint engine has no address", hint=f"--endpoint {EXAMPLE}")
        try:
            parts = urlsplit(url)
            port = parts.port
            host = (parts.hostname or "").encode("idna").decode("ascii")
        except ValueError as exc:  # UnicodeError is one
            raise UsageError("the endpoint's address is no URL", hint=_HINT) from exc
        if parts.username is not None or parts.password is not None:
            raise UsageError(
                "the endpoint's address holds a user or password",
                hint="give the key in the variable RAG_ENDPOINT_KEY",
            )
        if parts.scheme not in _DEFAULT_PORTS or not host or _ODD.search(url):
            raise UsageError("the endpoint's address is no http or https URL", hint=_HINT)
        if parts.query or parts.fragment:
            raise UsageError("the endpoint's address goes on behind its path", hint=_HINT)
        path = parts.path.rstrip("/") or "/v1"
        return cls(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme], path)

    @property
    def place(self) -> str:
        """Host and port: what an answer's provenance says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_usual = self.port == _DEFAULT_PORTS[self.scheme]
        return host if is_usual else f"{host}:{self.port}"

    @property
    def root(self) -> str:
        """The URL without a path."""
        return f"{self.scheme}://{self.place}"

    @property
    def url(self) -> str:
        """The whole base URL."""
        return self.root + self.path

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine, so that nothing leaves it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")


def checked_key(key: str, address: Address) -> str:
    """``key`` as it may be sent to ``address``; empty for none.

    Raises:
        UsageError: it holds what no header may hold, or would go unencrypted over a network. The
            key is not repeated in the message.
    """
    key = key.strip()
    if not all("!" <= char <= "~" for char in key):
        raise UsageError("RAG_ENDPOINT_KEY holds characters that no key has", hint="set it anew")
    if key and address.scheme != "https" and not address.is_loopback:
        raise UsageError(
            f"refused to send RAG_ENDPOINT_KEY to {address.url}: the line is not encrypted",
            hint="use https, or a tunnel: ssh -L 8080:localhost:8080 HOST",
        )
    return key
