"""Put a trained pair network into the package: eight bits a weight, sha256 printed.

    python -m bench.pack_verifier STATE

The sha256 belongs into ``WEIGHTS_SHA256`` of ``rag/grounding/pair_weights.py``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from rag.embedding.weights import PACKAGED_MODEL, locate
from rag.grounding.pair_model import PairModel, save_weights
from rag.grounding.pair_weights import WEIGHTS_FILE


def main() -> None:
    """Pack and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("state", type=Path)
    model = PairModel(locate(PACKAGED_MODEL).path)
    model.load_state_dict(torch.load(parser.parse_args().state))
    print(save_weights(model, WEIGHTS_FILE), f"{WEIGHTS_FILE.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
