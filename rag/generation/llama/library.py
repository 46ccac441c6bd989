"""llama-cpp-python, imported once, its log caught.

llama.cpp writes to stderr from C, whatever Python thinks of it, and says only there why a load
failed. Its log goes to a ring that errors are explained from, and to ``logging`` at DEBUG.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
from collections import deque
from functools import lru_cache
from types import ModuleType

from rag.errors import EngineError

logger = logging.getLogger(__name__)
_DEBUG, _ERROR, _CONTINUED = 1, 4, 5
"""ggml's levels as of llama-cpp-python 0.3.36, whose own table of them is out of date."""
_HINT = "pip install llama-cpp-python; or use --engine extractive, which needs no model"


class LogTail:
    """The last lines that llama.cpp logged, with their level."""

    def __init__(self) -> None:
        self._lines: deque[tuple[int, str]] = deque(maxlen=1000)

    def take(self, level: int, text: bytes) -> None:
        """Add a message; one that continues the line before is joined to it."""
        if level == _DEBUG:  # thousands of lines on graphs
            return
        decoded = text.decode("utf-8", "replace")
        if level == _CONTINUED and self._lines:
            level, start = self._lines.pop()
            decoded = start + decoded
        self._lines.append((level, decoded))
        logger.debug("%s", decoded.rstrip())

    def clear(self) -> None:
        """Forget everything: what follows belongs to a new operation."""
        self._lines.clear()

    def lines(self) -> list[str]:
        """The lines kept, oldest first, without line ends."""
        return [text.strip() for _, text in self._lines]

    def first_error(self) -> str:
        """The first error since ``clear``: the cause of those after it. Empty if there is none."""
        found = (text.strip() for level, text in self._lines if level == _ERROR)
        return next(filter(None, found), "")


class Library:
    """The module ``llama_cpp`` and the tail of its log."""

    def __init__(self, module: ModuleType) -> None:
        self.api = module
        self.log = LogTail()
        # The C side keeps only a pointer: this reference is what keeps the callback alive.
        self._callback = module.llama_log_callback(self._on_log)
        module.llama_log_set(self._callback, ctypes.c_void_p(0))
        module.llama_backend_init()

    def build(self) -> str:
        """Version, source and processor features of this build: what its states depend on."""
        parts = [
            self.api.__version__,
            self.api.llama_print_system_info().decode("utf-8", "replace"),
        ]
        try:  # not part of the package's interface: absent in some builds
            ggml = importlib.import_module("llama_cpp._ggml").libggml
            for name in ("ggml_version", "ggml_commit"):
                getattr(ggml, name).restype = ctypes.c_char_p
                parts.append(getattr(ggml, name)().decode("utf-8", "replace"))
        except (ImportError, AttributeError, OSError):
            parts.append("unknown commit")
        return "; ".join(parts)

    def _on_log(self, level: int, text: bytes, _: ctypes.c_void_p) -> None:
        self.log.take(level, text)


@lru_cache(maxsize=1)
def library() -> Library:
    """The library, loaded on the first call; its log callback is one for the process.

    Raises:
        EngineError: it is not installed, or cannot run on this machine.
    """
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # an assertion would start a debugger
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError) as exc:
        raise EngineError(f"llama-cpp-python cannot be loaded: {exc}", hint=_HINT) from exc
    return Library(llama_cpp)
