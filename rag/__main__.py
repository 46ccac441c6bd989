"""What the command ``rag`` runs; ``python -m rag`` is the same program."""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress

from rag.cli.app import main
from rag.cli.edge import INTERRUPTED


def run() -> int:
    """The program; its exit status. After Ctrl-C it does not return but ends the process.

    CPython ends itself by the signal, whatever status it is given, once an interrupt has passed
    through the ``exec`` of a string (every dataclass has one), although it was caught later: 130
    would be 130 only most of the time.
    """
    status = main()
    if status == INTERRUPTED:
        atexit._run_exitfuncs()
        with suppress(OSError, ValueError):  # a stream that nobody reads, or that is closed
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
    return status


if __name__ == "__main__":
    sys.exit(run())
