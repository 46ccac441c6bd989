"""What may explain figures: the machine, the versions, the state of the code. It names nobody."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    "faiss-cpu", "llama-cpp-python", "numpy", "openvino", "sentence-transformers", "tantivy",
    "tokenizers", "torch",
)  # fmt: skip
_ROOT = Path(__file__).parents[1]


def forget_thread_settings() -> None:
    """Take the environment's settings of OpenMP out of this process and those it starts, before
    one of its libraries is loaded: with ``OMP_WAIT_POLICY=PASSIVE``, say, threads of llama.cpp
    sleep wherever they wait for each other, and it writes at half the speed."""
    for name in [name for name in os.environ if name.startswith(("OMP_", "GOMP_", "KMP_"))]:
        del os.environ[name]


def describe() -> dict[str, str]:
    """Name of a fact -> the fact."""
    return {
        "processor": processor(),
        "cores": _cores(),
        "instructions": _instructions(),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{_system()}, kernel {platform.release().partition('-')[0]}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": ", ".join(f"{name} {found}" for name in _PACKAGES if (found := _version(name))),
    }


def now() -> dict[str, str]:
    """The date (UTC), the commit, and the load before a run."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        "commit": commit(),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


_CODE = ("rag", "bench", ":!bench/results")
"""What a measurement depends on: not on what the one before it wrote."""


def commit() -> str:
    """The commit of the checkout, and whether the code differs from it; "" outside of one."""
    head = _git("rev-parse", "--short=10", "HEAD")
    changed = head and _git("status", "--porcelain", "--untracked-files=no", "--", *_CODE)
    return f"{head}, changed" if changed else head


def processor() -> str:
    """The processor's model, with its family: clouds hide the exact name."""
    found = _cpuinfo()
    if not found:
        return platform.processor() or platform.machine()
    family = f"family {found.get('cpu family', '?')}, model {found.get('model', '?')}"
    return f"{found.get('model name', platform.machine())} ({family})"


def _cores() -> str:
    from rag.generation.llama.machine import physical_cores

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{physical_cores()} physical, {usable} usable processors"


def _instructions() -> str:
    """Which of those are there that decide how fast numbers are multiplied."""
    wanted = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "asimd", "bf16")
    flags = _cpuinfo().get("flags", _cpuinfo().get("Features", "")).split()
    return ", ".join(name for name in wanted if name in flags) or platform.machine()


def _cpuinfo() -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            found.setdefault(name.strip(), value.strip())
    except OSError:
        return {}
    return found


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), *arguments], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
