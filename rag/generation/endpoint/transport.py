"""One request to an endpoint and its bounded reply: the only socket of an answer.

On httpcore, the layer below httpx: redirects, cookies, ``.netrc`` and content encodings, which
would have to be switched off for a server that nobody vouches for, do not exist there; and its
network backend lets every read end at a deadline, so that no drip of single bytes lasts.
A request has a connection of its own, closed with it: that is what stops the server's work.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2 as httpcore

from rag.errors import EngineError
from rag.generation.endpoint.address import Address
from rag.generation.endpoint.failures import PassingFailure

CONNECT_S = 5.0
_BLOCK_BYTES = 1 << 20
"""More than the network gives in one piece."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in seconds.

    Attributes:
        idle_s: for the next byte; total_s: for the whole reply.
    """

    idle_s: float
    total_s: float


class _Deadline(httpcore.NetworkBackend):
    """A network whose connections end at one moment, whatever they still send."""

    def __init__(self, total_s: float) -> None:
        self._until = time.monotonic() + total_s
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._backend.connect_tcp(
            host, port, self.left(timeout), local_address, socket_options
        )
        return _TimedStream(stream, self)

    def left(self, timeout: float | None) -> float:
        """The time-out of a step: that asked for, or what is left if that is less."""
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout("the whole reply took too long")
        return left_s if timeout is None else min(timeout, left_s)


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left_s = self._deadline.left(timeout)
        stream = self._stream.start_tls(ssl_context, server_hostname, left_s)
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Reply:
    """The answer to a request. Close it: that ends the connection.

    Attributes:
        headers: names in lower case.
    """

    def __init__(
        self, response: httpcore.Response, pool: httpcore.ConnectionPool, address: Address
    ) -> None:
        self._response = response
        self._pool = pool
        self._address = address
        self.status = response.status
        self.headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }

    @property
    def media_type(self) -> str:
        """What the body is said to be: ``text/event-stream``."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def blocks(self, max_bytes: int) -> Iterator[bytes]:
        """The body as it arrives.

        Raises:
            EngineError: the connection breaks, a time is over, or more than ``max_bytes`` come.
        """
        n_bytes = 0
        try:
            for block in self._response.iter_stream():
                n_bytes += len(block)
                if n_bytes > max_bytes:
                    raise EngineError(f"{self._address.url} sent more than {max_bytes:,} bytes")
                yield block
        except _ERRORS as exc:
            raise _translated(exc, self._address) from exc

    def beginning(self, max_bytes: int) -> bytes:
        """The first ``max_bytes`` of the body. Raises as ``blocks`` does."""
        data = bytearray()
        for block in self.blocks(max_bytes + _BLOCK_BYTES):
            data += block
            if len(data) >= max_bytes:
                break
        return bytes(data[:max_bytes])

    def close(self) -> None:
        """End the connection at once, read or not. May be called twice."""
        self._response.close()
        self._pool.close()


_ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    OSError,
)


def send(
    address: Address, path: str, *, patience: Patience, key: str = "", body: bytes | None = None
) -> Reply:
    """The reply to a GET of ``path`` (with its own leading slash), or to a POST of a JSON ``body``.

    Raises:
        EngineError: no connection, no valid HTTP, or no reply in time; ``PassingFailure`` where
            another try may help.
    """
    headers: dict[bytes | str, bytes | str] = {
        "Host": address.place,
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    headers |= {"User-Agent": "rag", "Accept": "text/event-stream, application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    if body is not None:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    connect_s = min(CONNECT_S, patience.idle_s)
    times = {"connect": connect_s, "read": patience.idle_s, "write": patience.idle_s}
    pool = _pool(address, patience)
    try:
        response = pool.handle_request(
            httpcore.Request(
                "GET" if body is None else "POST",
                address.root + path,
                headers=headers,
                content=body,
                extensions={"timeout": times},
            )
        )
        return Reply(response, pool, address)
    except _ERRORS as exc:
        pool.close()
        raise _translated(exc, address) from exc
    except BaseException:  # Ctrl-C above all: the connection ends with the request
        pool.close()
        raise


def _pool(address: Address, patience: Patience) -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(
        ssl_context=httpcore.default_ssl_context() if address.scheme == "https" else None,
        proxy=_proxy(address),
        max_keepalive_connections=0,
        network_backend=_Deadline(patience.total_s),
    )


def _proxy(address: Address) -> httpcore.Proxy | None:
    """The proxy of the environment; never for this machine itself."""
    if address.is_loopback or proxy_bypass(address.host):
        return None
    url = getproxies().get(address.scheme, "")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    auth = (parts.username, parts.password or "") if parts.username else None
    place = f"{parts.scheme}://{parts.hostname}:{parts.port or 8080}"
    return httpcore.Proxy(place, auth=auth)


def _translated(exc: Exception, address: Address) -> EngineError:
    cause = exc.__cause__ or exc.__context__ or exc
    url = address.url
    if isinstance(cause, ssl.SSLCertVerificationError):
        return EngineError(f"{url}: the server's certificate is not valid: {cause.verify_message}")
    if isinstance(cause, ConnectionRefusedError):
        return PassingFailure(
            f"nothing listens at {url}",
            hint="start the server (llama-server -m FILE --port 8080), or set endpoint",
            refused=True,
        )
    if isinstance(exc, httpcore.ConnectTimeout):
        return PassingFailure(
            f"{url} cannot be reached: no answer", hint="see the setting endpoint"
        )
    if isinstance(exc, httpcore.TimeoutException):
        return EngineError(
            f"{url} took too long to answer",
            hint="raise the setting endpoint_timeout_s, or see what the server is doing",
        )
    if isinstance(exc, httpcore.ConnectError):
        return PassingFailure(f"{url} cannot be reached: {cause}", hint="see the setting endpoint")
    if isinstance(exc, httpcore.LocalProtocolError | httpcore.UnsupportedProtocol):
        return EngineError(f"{url} cannot be asked: {exc}")
    if isinstance(exc, httpcore.RemoteProtocolError):
        return PassingFailure(
            f"{url} broke off, or does not speak HTTP: {exc}", hint="see the server's log"
        )
    return PassingFailure(f"{url}: the connection broke: {exc}", hint="see the server's log")
