"""Where the files that ship with the program are: prompts/, seeds/ and eval/."""

from __future__ import annotations

from pathlib import Path

from rag.errors import RagError

_PACKAGE = Path(__file__).resolve().parent
CHECKOUT = _PACKAGE.parent
"""The folder above the package: the repository's top when the program runs from a checkout."""


def data_dir(name: str) -> Path:
    """The folder ``name`` (``prompts``, ``seeds`` or ``eval``), installed or in a checkout.

    Raises:
        RagError: if it is in neither place: the installation is incomplete.
    """
    for folder in (_PACKAGE / "data" / name, CHECKOUT / name):
        if folder.is_dir():
            return folder
    raise RagError(
        f"the folder {name}/ is missing from this installation",
        hint="pip install --force-reinstall .",
    )


def in_checkout() -> bool:
    """Whether the program runs from a checkout of its repository (not an installed wheel)."""
    return (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / "seeds").is_dir()
