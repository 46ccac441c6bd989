"""Any cross-encoder on this machine as verifier: MiniCheck, an NLI model, a fine-tuned one.

Nothing is downloaded, and no code of the model's own is run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import ModelError
from rag.grounding.signals import signals
from rag.grounding.windows import windows_for
from rag.types import Support

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_WINDOW_WORDS = 300
_SUPPORTING = ("entail", "support", "consistent", "faithful", "true", "yes")
_OPPOSED = ("not", "un", "non", "in")


class CrossEncoderVerifier:
    """Scores ``(evidence, claim)`` pairs by a sentence-transformers cross-encoder.

    One output is read as log-odds of support; of several the one whose label says so (entailment,
    supported, consistent); of two without telling labels the second.

    Args:
        model: a folder, or an id in the local model cache.
        idf: weight of a term, for choosing which stretches of long evidence are read.
        threshold: the probability from which a claim counts as supported.

    Raises:
        ModelError: on first use, if there is no such model here or it cannot be used so.
    """

    def __init__(
        self,
        model: str,
        idf: Callable[[str], float] | None = None,
        *,
        threshold: float = 0.5,
    ) -> None:
        self._path = os.path.expanduser(model)
        self._idf = idf or (lambda term: 1.0)
        self.threshold = threshold
        self.name = os.path.basename(os.path.normpath(self._path))

    def verify(self, claim: str, evidence: Sequence[str], *, least: float = 0.0) -> Support:
        """The support of ``claim`` by ``evidence``: that of the stretch which supports it best.
        Score None for a claim without content words, 0 without evidence.

        Raises:
            ModelError: see the class.
        """
        found = signals(claim, evidence, self._idf)
        if found is None:
            return Support(score=None)
        windows = windows_for(claim, evidence, self._idf, max_words=_WINDOW_WORDS)
        if not windows:
            return Support(score=0.0)
        score = float(max(self._probabilities([(window, claim) for window in windows])))
        return Support(score, {"read": score}, found.missing, found.best, found.span)

    @cached_property
    def _model(self) -> CrossEncoder:
        try:
            from sentence_transformers import CrossEncoder

            loaded: CrossEncoder = CrossEncoder(self._path, local_files_only=True)
        except Exception as exc:  # the library raises anything from KeyError to its own errors
            first = (str(exc).strip() or type(exc).__name__).splitlines()[0]
            raise ModelError(
                f"no verifier can be loaded from {self._path!r} (nothing is downloaded): {first}",
                hint="set verifier to combined, lexical, or the folder of a cross-encoder",
            ) from exc
        return loaded

    def _probabilities(self, pairs: list[tuple[str, str]]) -> np.ndarray:
        from torch import nn

        logits = np.asarray(
            self._model.predict(pairs, activation_fn=nn.Identity(), show_progress_bar=False),
            dtype=np.float64,
        ).reshape(len(pairs), -1)
        if logits.shape[1] == 1:
            return np.asarray(1 / (1 + np.exp(-np.clip(logits[:, 0], -60, 60))))
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        at = self._supporting(logits.shape[1])
        return np.asarray(shares[:, at] / shares.sum(axis=1))

    def _supporting(self, n_labels: int) -> int:
        config: Any = self._model.config
        labels = {int(i): str(name).lower() for i, name in (config.id2label or {}).items()}
        for i in range(n_labels):
            label = labels.get(i, "")
            if any(word in label for word in _SUPPORTING) and not label.startswith(_OPPOSED):
                return i
        if n_labels == 2:
            return 1
        raise ModelError(
            f"{self._path} has {n_labels} labels, none of which says that a claim is supported: "
            f"{', '.join(labels.values())}",
            hint="set verifier to combined or lexical",
        )
