"""Whether the light way of running a model was found to give what sentence-transformers gives.

The packaged model is compared by tests/embedding/test_light.py. Any other is compared on this
machine whenever sentence-transformers is loaded for it anyway, which is to say when articles are
indexed; that it is equal is noted under its fingerprint, and believed until a library changes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
from platformdirs import user_cache_dir

TOLERANCE = 1e-5
"""Greatest difference of two unit vectors' numbers."""
_TESTED = frozenset({"c006c9485a9b"})
"""Fingerprints of the models that the tests compare: the packaged one."""
_LIBRARIES = ("sentence-transformers", "transformers", "tokenizers", "torch")
_FORM = 1
"""Raised when ``rag.embedding.light`` computes something else than before."""
PROBES = (
    "",
    "Who?",
    "It costs $4.92 (or 3,50 €), e-mail: a_b@c.example; see §3 & 'quotes' — naïve CAFÉ.",
    "Когда был построен мост? 桥是什么时候建的？ متى بُني الجسر؟ पुल कब बना? 🌉 \t\n x²",
    "The harbour of the town was rebuilt after the storm of 1953, and nobody sails there. " * 40,
)

_log = logging.getLogger(__name__)


def default_folder() -> Path:
    """Where it is noted which models were found equal."""
    return Path(user_cache_dir("rag", appauthor=False)) / "equal-embedders"


def is_proven(fingerprint: str, folder: Path) -> bool:
    """Whether the model was found equal, by a test or on this machine."""
    return fingerprint in _TESTED or _note(fingerprint, folder).is_file()


def prove(
    fingerprint: str,
    folder: Path,
    *,
    light: Callable[[list[str]], np.ndarray],
    reference: Callable[[list[str]], np.ndarray],
) -> bool:
    """Compare both on texts of many kinds, and note it if they are equal; both give unit rows.

    A note that cannot be written costs time later, nothing else.
    """
    texts = list(PROBES)
    difference = float(np.abs(light(texts) - reference(texts)).max())
    equal = difference <= TOLERANCE
    _log.debug("run lightly, the embedder differs by %.1e: equal is %s", difference, equal)
    if equal:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _note(fingerprint, folder).write_text(json.dumps({"difference": difference}), "utf-8")
        except OSError as exc:
            _log.debug("cannot note that: %s", exc)
    return equal


def _note(fingerprint: str, folder: Path) -> Path:
    from importlib.metadata import version  # slow to import, and the packaged model needs no note

    told = [fingerprint, str(_FORM), *(f"{name} {version(name)}" for name in _LIBRARIES)]
    return folder / f"{sha256(' '.join(told).encode()).hexdigest()[:24]}.json"
