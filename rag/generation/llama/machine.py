"""What this machine has for a model: cores and memory."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def physical_cores() -> int:
    """Cores this process may use, counting threads of one core once; at least 1.

    Two threads on one core, or more threads than a container's quota allows, make llama.cpp slower:
    its threads wait for each other in a busy loop.
    """
    if hasattr(os, "sched_getaffinity"):
        usable = os.sched_getaffinity(0)
    else:
        usable = set(range(os.cpu_count() or 1))
    siblings = set()
    for cpu in usable:
        place = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        try:
            siblings.add(place.read_text())
        except OSError:
            siblings.add(str(cpu))
    return max(1, min(len(siblings), _quota_cores()))


def _quota_cores() -> int:
    """The processor quota of the container in whole cores; many if there is none."""
    with contextlib.suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if quota != "max":
            return max(1, int(quota) // int(period))
    return 1 << 16


def available_bytes() -> int | None:
    """Memory that can be had without swapping; None where the system does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    with contextlib.suppress(ValueError, OSError, AttributeError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    return None


def choose_context(asked: int, *, trained: int, bytes_per_token: int) -> int:
    """Tokens of context: what was asked for, else as many as are useful and affordable.

    Args:
        asked: the setting; 0 leaves the choice.
        trained: the longest context the model was made for; never exceeded.
        bytes_per_token: what a token costs in the key/value memory.
    """
    if asked:
        return min(asked, trained)
    free_bytes = available_bytes()
    affordable = _USEFUL if free_bytes is None else free_bytes // 3 // max(1, bytes_per_token)
    return min(trained, max(_LEAST, min(_USEFUL, affordable) // 256 * 256))


_USEFUL = 8192
"""More is not needed for a handful of passages, and costs memory from the start."""
_LEAST = 1024
