"""Fetches a model file of the catalogue: resumable, verified before it counts as there."""

from __future__ import annotations

import http.client
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from rag.errors import DownloadError
from rag.models.catalogue import CatalogueEntry
from rag.models.files import path_of
from rag.models.lock import FileLock
from rag.models.record import file_record, hash_file, remember_hash

HUB = "https://huggingface.co"
_BLOCK_BYTES = 1 << 18
_SPARE_BYTES = 64 << 20
"""What must stay free on the disk beside the file."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_BREAKS = (
    urllib.error.URLError,
    http.client.HTTPException,
    ConnectionError,
    TimeoutError,
    ssl.SSLError,
)
_PASSING_STATUS = (408, 425, 429, 500, 502, 503, 504)


_FIRST_TRIES = 3
"""How many tries may fail before anything came at all: without a network it should say so soon."""


class Progress(Protocol):
    """Is told how far a stage is; ``advance`` gets a negative number when it begins anew."""

    def start(self, stage: str, total: int | None) -> None: ...

    def advance(self, n: int = 1) -> None: ...

    def finish(self) -> None: ...


class _Silent:
    def start(self, stage: str, total: int | None) -> None: ...

    def advance(self, n: int = 1) -> None: ...

    def finish(self) -> None: ...


_GO_ON = "the same command goes on from there"
_ELSEWHERE = "is this machine online? a file that was fetched elsewhere: rag model use FILE.gguf"


@dataclass(frozen=True, slots=True)
class _Source:
    """Where and how to fetch: what stays the same from try to try."""

    url: str
    size_bytes: int
    timeout_s: float
    opener: urllib.request.OpenerDirector


class _Interrupted(Exception):
    """The transfer broke in a way that may pass; what came stays."""


def pull(
    entry: CatalogueEntry,
    *,
    base_url: str = HUB,
    progress: Progress | None = None,
    timeout_s: float = 30.0,
    tries: int = 6,
    wait: Callable[[float], None] = time.sleep,
) -> Path:
    """The path of the file of ``entry``, fetched unless it is there already.

    Interrupted by Ctrl-C or a broken line, the part that came is kept, and the next call goes on
    from there.

    Args:
        timeout_s: longest silence of the server in seconds.
        tries: how many in a row may bring nothing before it is given up.
        wait: is called with the seconds to wait before another try.

    Raises:
        DownloadError: no room, no connection, a refusal by the server, another pull at work, or
            bytes that are not the pinned ones.
    """
    _require_safe(base_url)
    progress = progress or _Silent()
    target = path_of(entry)
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_name(target.name + ".lock")) as lock:
            if not lock.held:
                raise DownloadError(f"{target.name} is being fetched by another process")
            if not _is_done(target, entry):
                opener = urllib.request.build_opener(_SafeRedirects)
                source = _Source(base_url + entry.url_path, entry.size_bytes, timeout_s, opener)
                _fetch(source, part, progress=progress, tries=tries, wait=wait)
                _verify(part, entry, progress)
                part.chmod(0o644)
                part.replace(target)
                remember_hash(target, entry.sha256)
    except OSError as exc:
        raise DownloadError(f"cannot write {target}: {exc.strerror or exc}") from exc
    return target


def _is_done(target: Path, entry: CatalogueEntry) -> bool:
    if not target.is_file() or target.stat().st_size != entry.size_bytes:
        return False
    return file_record(target).sha256 == entry.sha256


def _fetch(
    source: _Source, part: Path, *, progress: Progress, tries: int, wait: Callable[[float], None]
) -> None:
    """Bring ``part`` to its full size, going on after each break."""
    have_bytes = _size_of(part)
    if have_bytes > source.size_bytes:
        part.unlink()
        have_bytes = 0
    _require_room(part.parent, source.size_bytes - have_bytes)
    progress.start("download", source.size_bytes)
    progress.advance(have_bytes)
    failures, patience = 0, min(tries, _FIRST_TRIES)
    while have_bytes < source.size_bytes:
        try:
            _transfer(source, part, progress)
            reason = "the connection was closed"
        except _Interrupted as exc:
            reason = str(exc)
        now_bytes = _size_of(part)
        if now_bytes > have_bytes:
            failures, patience = 0, tries
        failures += 1
        have_bytes = now_bytes
        if have_bytes < source.size_bytes and failures >= patience:
            raise DownloadError(
                f"{source.url}: {reason}; {have_bytes:,} of {source.size_bytes:,} bytes are here",
                hint=_GO_ON if have_bytes else _ELSEWHERE,
            )
        if have_bytes < source.size_bytes:
            wait(min(2.0 ** (failures - 1), 30.0))
    progress.finish()


def _transfer(source: _Source, part: Path, progress: Progress) -> None:
    """One request: append to ``part`` what is missing, or begin anew if the server wants it."""
    have_bytes = _size_of(part)
    headers = {"User-Agent": "rag-model-pull", "Accept-Encoding": "identity"}
    if have_bytes:
        headers["Range"] = f"bytes={have_bytes}-"
    try:
        request = urllib.request.Request(source.url, headers=headers)
        with source.opener.open(request, timeout=source.timeout_s) as response:
            resumes = response.status == 206 and _first_byte(response) == have_bytes
            _require_size(response, source, resumes=resumes)
            if have_bytes and not resumes:
                progress.advance(-have_bytes)
            _append(response, part, source=source, resumes=resumes, progress=progress)
    except urllib.error.HTTPError as exc:
        exc.close()
        if exc.code == 416:  # the part is no prefix of what the server has
            part.unlink(missing_ok=True)
            progress.advance(-have_bytes)
            raise _Interrupted("the server refused to resume") from exc
        if exc.code in _PASSING_STATUS:
            raise _Interrupted(f"HTTP {exc.code} {exc.reason}") from exc
        raise DownloadError(f"{source.url}: HTTP {exc.code} {exc.reason}") from exc
    except _BREAKS as exc:
        if isinstance(getattr(exc, "reason", exc), ssl.SSLCertVerificationError):
            raise DownloadError(f"{source.url}: the server's certificate is not valid") from exc
        raise _Interrupted(_reason(exc)) from exc


def _reason(exc: BaseException) -> str:
    """Why a connection failed, in the system's words without its number."""
    cause = getattr(exc, "reason", None) or exc
    return str(getattr(cause, "strerror", None) or cause) or type(cause).__name__


def _append(
    response: http.client.HTTPResponse,
    part: Path,
    *,
    source: _Source,
    resumes: bool,
    progress: Progress,
) -> None:
    with part.open("ab" if resumes else "wb") as file:
        have_bytes = file.tell()
        while block := response.read(_BLOCK_BYTES):
            have_bytes += len(block)
            if have_bytes > source.size_bytes:
                raise DownloadError(f"{source.url} sends more than {source.size_bytes:,} bytes")
            file.write(block)
            progress.advance(len(block))


def _require_size(response: http.client.HTTPResponse, source: _Source, *, resumes: bool) -> None:
    """Stop before gigabytes of something else are read."""
    if resumes:
        announced = response.headers.get("Content-Range", "").rpartition("/")[2]
    else:
        announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) != source.size_bytes:
        raise DownloadError(
            f"{source.url} is a file of {int(announced):,} bytes, not the pinned "
            f"{source.size_bytes:,}"
        )


def _verify(part: Path, entry: CatalogueEntry, progress: Progress) -> None:
    progress.start("verify", None)
    sha256 = hash_file(part)
    progress.finish()
    if sha256 != entry.sha256:
        part.unlink()
        raise DownloadError(
            f"what came is not {entry.file}: sha256 {sha256} instead of {entry.sha256}; "
            "it was deleted",
            hint=f"rag model pull {entry.name}",
        )


def _first_byte(response: http.client.HTTPResponse) -> int | None:
    """Where the partial content begins; None if the server does not say."""
    start = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(start) if start.isdigit() else None


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _require_room(folder: Path, needed_bytes: int) -> None:
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes + _SPARE_BYTES:
        raise DownloadError(
            f"{folder} has {free_bytes:,} bytes free; {needed_bytes + _SPARE_BYTES:,} are needed",
            hint="set RAG_MODELS_DIR to a folder on another disk",
        )


def _require_safe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise DownloadError(f"refused to fetch from {url}: only https is used")


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows the hub to its storage, but never to an unencrypted host."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        _require_safe(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
