"""What the command ``rag`` runs; ``python -m rag`` is the same program."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress

from rag.cli.app import main
from rag.cli.edge import INTERRUPTED

_GARBAGE = 50_000
"""Objects that come before garbage is looked for. Python looks after 700, and finds none among all
that modules define: 5% of the time of a question."""


def run() -> int:
    """The program; its exit status. After Ctrl-C it does not return but ends the process.

    CPython ends itself by the signal, whatever status it is given, once an interrupt has passed
    through the ``exec`` of a string (every dataclass has one), although it was caught later: 130
    would be 130 only most of the time.
    """
    gc.set_threshold(_GARBAGE)
    status = main()
    gc.freeze()  # all that is left ends with the process: no need to look through it for garbage
    if status == INTERRUPTED:
        atexit._run_exitfuncs()
        with suppress(OSError, ValueError):  # a stream that nobody reads, or that is closed
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
    return status


if __name__ == "__main__":
    sys.exit(run())
