"""What llama.cpp can do on this machine, for ``rag doctor``."""

from __future__ import annotations

import ctypes
import importlib
import re
from collections.abc import Callable
from typing import Any

from rag.generation.llama.backend import Backend, Placement
from rag.generation.llama.library import library
from rag.generation.llama.machine import physical_cores
from rag.models.files import resolve
from rag.models.header import read_header
from rag.models.trial import ensure_loadable, library_version


def describe() -> dict[str, Any]:
    """Version, processor features in use, and GPU support.

    Keys: ``version``, ``threads``, ``features`` (as llama.cpp lists them, by device),
    ``gpu_offload``, ``devices`` (name and description of each).

    Raises:
        EngineError: llama-cpp-python is not installed or cannot run here.
    """
    api = library().api
    return {
        "version": library_version(),
        "threads": physical_cores(),
        "features": _features(api.llama_print_system_info().decode("utf-8", "replace")),
        "gpu_offload": bool(api.llama_supports_gpu_offload()),
        "devices": _devices(),
    }


def describe_model(
    name_or_path: str,
    *,
    placement: Placement | None = None,
    notice: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """What a model file is, and with ``placement`` how it runs, found out by loading it.

    Keys: ``path``, ``name``, ``sha256``, ``pinned``, ``calls_itself``, ``trained_context``; loaded
    also ``description``, ``context``, ``threads``, ``layers`` (where they went), ``running`` (all
    of it in words).

    Args:
        notice: gets a line for each thing that was asked for and cannot be had.

    Raises:
        ModelError: the file is missing, broken, or of a kind that cannot be used.
    """
    model = resolve(name_or_path)
    header = read_header(model.path)
    facts: dict[str, Any] = {
        "path": str(model.path),
        "name": model.name,
        "sha256": model.sha256,
        "pinned": model.pinned,
        "calls_itself": header.name,
        "trained_context": header.values.get("llama.context_length"),
    }
    if placement is None:
        return facts
    ensure_loadable(model)
    backend = Backend(model.path, placement, notice=notice)
    try:
        return facts | {
            "description": backend.describe(),
            "context": backend.n_ctx,
            "threads": backend.n_threads,
            "layers": backend.running.layers,
            "running": str(backend.running),
        }
    finally:
        backend.close()


def _features(system_info: str) -> dict[str, list[str]]:
    """``{"CPU": ["AVX2", "FMA", ...]}`` from ``CPU : SSE3 = 1 | AVX2 = 1 | ...``."""
    found: dict[str, list[str]] = {}
    device = "CPU"
    for part in system_info.split("|"):
        match = re.fullmatch(r"(?:(\w+) : )?(\w+) = (\w+)", part.strip())
        if match is None:
            continue
        device = match[1] or device
        if match[3] != "0":
            value = "" if match[3] == "1" else f"={match[3]}"
            found.setdefault(device, []).append(match[2] + value)
    return found


def _devices() -> list[dict[str, str]]:
    """The devices ggml knows; empty where this build does not let itself be asked."""
    try:
        ggml = importlib.import_module("llama_cpp._ggml").libggml
        ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
        ggml.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
        ggml.ggml_backend_dev_get.restype = ctypes.c_void_p
        for name in ("ggml_backend_dev_name", "ggml_backend_dev_description"):
            getattr(ggml, name).argtypes = [ctypes.c_void_p]
            getattr(ggml, name).restype = ctypes.c_char_p
        handles = [ggml.ggml_backend_dev_get(i) for i in range(ggml.ggml_backend_dev_count())]
        return [
            {
                "name": ggml.ggml_backend_dev_name(handle).decode("utf-8", "replace"),
                "description": ggml.ggml_backend_dev_description(handle).decode("utf-8", "replace"),
            }
            for handle in handles
        ]
    except (ImportError, AttributeError, OSError):
        return []
