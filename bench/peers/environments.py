"""An environment for each peer, with the pinned versions of ``bench/peers/NAME.txt``."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

HERE = Path(__file__).parent
NAMES = ("llamaindex", "langchain", "txtai", "haystack")


def python_of(name: str, cache: Path) -> Path:
    """The interpreter of the peer ``name``, its environment made when it is not there.

    torch, sentence-transformers and faiss are those of this environment, reached through a .pth
    file: the same builds for all, and gigabytes saved.
    """
    folder = cache / name
    python = folder / "bin" / "python"
    if not (folder / ".ready").is_file():
        venv.create(folder, with_pip=True, clear=True)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        ours = folder / "lib" / version / "site-packages" / "zz_shared.pth"
        ours.write_text(sysconfig.get_path("purelib") + "\n")
        pins = str(HERE / f"{name}.txt")
        install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "-r", pins]
        subprocess.run(install, check=True)
        (folder / ".ready").touch()
    return python
