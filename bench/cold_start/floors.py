"""The least that a question costs: interpreter, tokenizer, one embedding, one search.

Two of them. The floor embeds by OpenVINO, its network compiled beforehand and taken from its cache;
the minimum by the program's own network in numpy, which has less to load. Run as ``python -m
bench.cold_start.floors FOLDER`` this writes the network for the floor: in a process of its own,
whose memory would count for those that come after it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rag.embedding.weights import PACKAGED_MODEL, locate

_NETWORK = "network.xml"
_SEARCH = """
flat = faiss.IndexFlatIP(row.shape[1])
flat.add(np.random.default_rng(0).standard_normal((1000, row.shape[1]), dtype=np.float32))
flat.search(row, 10)
"""
_MINIMUM = f"""
import sys
from pathlib import Path
import faiss, numpy as np
from rag.embedding.light import LightModel
model, question = sys.argv[1:]
row = LightModel(Path(model)).embed([question])
{_SEARCH}"""
_FLOOR = f"""
import sys
import faiss, numpy as np
from tokenizers import Tokenizer
sys.modules["openvino.tools.ovc"] = None  # its converter of models, which takes long to import
import openvino
model, question, folder = sys.argv[1:]
tokenizer = Tokenizer.from_file(model + "/tokenizer.json")
tokenizer.no_truncation()
tokenizer.no_padding()
ids = np.array([tokenizer.encode(question).ids], dtype=np.int32)
settings = {{"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "CACHE_DIR": folder}}
network = openvino.Core().compile_model(folder + "/{_NETWORK}", "CPU", settings)
row = network([ids, np.ones(ids.shape, dtype=np.float32)])[0]
{_SEARCH}"""


def minimum(question: str) -> list[str]:
    """The command of the minimum."""
    return [sys.executable, "-c", _MINIMUM, _model(), question]


def floor(question: str, folder: Path) -> list[str]:
    """The command of the floor; what it needs is made in ``folder`` if it is not there."""
    if not (folder / _NETWORK).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "bench.cold_start.floors", str(folder)], check=True)
    return [sys.executable, "-c", _FLOOR, _model(), question, str(folder)]


def _model() -> str:
    return str(locate(PACKAGED_MODEL).path)


def main() -> None:
    """Write the network of the embedder, in OpenVINO's own form, into the folder given."""
    from rag.embedding.light import LightModel
    from rag.embedding.openvino_model import _Graph, _openvino

    light = LightModel(Path(_model()))
    network = _Graph(light.description.shape, light.tensors()).model(light.description.pooling)
    place = Path(sys.argv[1]) / _NETWORK
    _openvino().save_model(network, str(place), compress_to_fp16=False)


if __name__ == "__main__":
    main()
