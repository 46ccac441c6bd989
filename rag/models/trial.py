"""Tries a model file that nobody vouches for in a process of its own, once.

A hostile or damaged GGUF can end the process that loads it. Files of the catalogue are vouched for
by their sha256; any other is loaded in a child with limits first, and the result is remembered.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from rag.errors import ModelError
from rag.models.files import ModelFile
from rag.models.header import read_header
from rag.models.record import file_record, remember_trial

_PROBE = Path(__file__).with_name("probe.py")
_CHILD_ENVIRONMENT = {
    "GGML_NO_BACKTRACE": "1",
    # A GPU's driver reserves more address space than the child may have; the CPU will do.
    "CUDA_VISIBLE_DEVICES": "",
    "HIP_VISIBLE_DEVICES": "",
}
_BASE_TIMEOUT_S = 60.0
_SLOW_DISK_BYTES_PER_S = 20e6


def ensure_loadable(model: ModelFile) -> None:
    """Return if the file may be loaded into this process.

    Raises:
        ModelError: it is not a sane Llama GGUF, or the trial load failed, crashed or hung; with
            the reason.
    """
    if is_vouched_for(model):
        return
    read_header(model.path)
    try_in_child(model.path)
    remember_trial(file_record(model.path), version=library_version())


def is_vouched_for(model: ModelFile) -> bool:
    """Whether its bytes are the catalogue's, or were tried with this version of the library: then
    its header needs no look, which takes as long as its list of words is (0.35 s for a 1B model).

    Raises:
        ModelError: if the file cannot be read.
    """
    return model.pinned or file_record(model.path).tried_with == library_version()


def library_version() -> str:
    """The installed version of llama-cpp-python; ``absent`` if there is none."""
    # slow to import, and a model of the catalogue is never asked for it
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("llama-cpp-python")
    except PackageNotFoundError:
        return "absent"


def try_in_child(path: Path, *, timeout_s: float | None = None) -> None:
    """Load ``path`` and decode one token in a child process.

    Raises:
        ModelError: if the child fails, crashes or takes longer than ``timeout_s``.
    """
    size_bytes = path.stat().st_size
    limit_s = timeout_s or _BASE_TIMEOUT_S + size_bytes / _SLOW_DISK_BYTES_PER_S
    memory_bytes = 3 * size_bytes + (8 << 30)  # mapped, repacked, and the libraries' own space
    # -P keeps the probe's own folder off the import path: its neighbours must not hide others.
    command = [
        sys.executable,
        "-P",
        str(_PROBE),
        str(path),
        str(memory_bytes),
        str(int(limit_s) + 1),
    ]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limit_s,
            env={**os.environ, **_CHILD_ENVIRONMENT},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ModelError(f"{path} was given up: no token after {limit_s:.0f} s") from None
    if done.returncode:
        raise ModelError(f"{path} cannot be used: {_reason(done)}", hint="rag model list")


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    if done.returncode < 0:
        return f"llama.cpp crashes on it ({signal.Signals(-done.returncode).name})"
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else f"the trial ended with status {done.returncode}"
