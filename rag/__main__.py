"""``python -m rag`` is the same program as ``rag``."""

from __future__ import annotations

import sys

from rag.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
