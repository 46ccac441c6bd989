"""With which program a run was made: what decides whether two runs may be compared, and what is
only told."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

import rag
from rag.evaluation.types import CaseResult

DECISIVE = ("engine", "model_sha256", "embedder")
"""Another one of these is another program, not a better or worse version of the same."""
_PACKAGES = (
    "faiss-cpu",
    "llama-cpp-python",
    "numpy",
    "scikit-learn",
    "scipy",
    "sentence-transformers",
    "tantivy",
    "torch",
    "transformers",
)


def provenance_of(results: Sequence[CaseResult]) -> dict[str, str]:
    """How the answers of a run came about; empty if there is none."""
    return next((result.provenance for result in results if result.provenance), {})


def versions() -> dict[str, str]:
    """Versions of this program, of Python and of the packages that figures may depend on, and the
    kind of processor."""
    found = {"rag": rag.__version__, "python": platform.python_version()}
    found["machine"] = platform.machine()
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def decisive_differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What forbids a comparison, one phrase each."""
    return _differing(before, after, DECISIVE)


def told_differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What differs and may be the very thing that is being measured, one phrase each."""
    others = [name for name in dict.fromkeys((*before, *after)) if name not in DECISIVE]
    return _differing(before, after, others)


def _differing(
    before: Mapping[str, str], after: Mapping[str, str], names: Sequence[str]
) -> list[str]:
    return [
        f"{name} is {after.get(name) or 'none'}, was {before.get(name) or 'none'}"
        for name in names
        if (before.get(name) or "") != (after.get(name) or "")
    ]
