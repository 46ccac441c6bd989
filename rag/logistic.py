"""A logistic model over named features, kept as a small JSON file with its provenance."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class LogisticModel:
    """``p = 1 / (1 + exp(-(x @ weights + bias)))``.

    Attributes:
        weights: float64 ``(n_features,)``, in the order of ``features``.
    """

    features: tuple[str, ...]
    weights: np.ndarray
    bias: float

    @classmethod
    def load(cls, path: Path, features: Sequence[str]) -> LogisticModel:
        """The model in ``path``.

        Raises:
            ValueError: if it is for other features than ``features``.
        """
        record = json.loads(path.read_text(encoding="utf-8"))
        weights: Mapping[str, float] = record["weights"]
        if set(weights) != set(features):
            raise ValueError(f"{path.name} is for other features: {set(weights) ^ set(features)}")
        return cls(tuple(features), np.array([weights[f] for f in features]), float(record["bias"]))

    def save(self, path: Path, *, fitted_on: str, fitted_by: str) -> None:
        """Write the model, four decimals, with what it was fitted on and by."""
        record = {
            "fitted_on": fitted_on,
            "fitted_by": fitted_by,
            "bias": round(self.bias, 4),
            "weights": {
                f: round(float(w), 4) for f, w in zip(self.features, self.weights, strict=True)
            },
        }
        path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    def logits(self, rows: np.ndarray) -> np.ndarray:
        """The log-odds of each row: float64 ``(n,)`` for ``(n, n_features)``."""
        return np.asarray(rows @ self.weights + self.bias)


def sigmoid(logit: float) -> float:
    """The probability for a log-odds, without overflow at either end."""
    return float(1.0 / (1.0 + np.exp(-np.clip(logit, -60.0, 60.0))))
