"""Model files with the exact shapes of Llama 3.2 1B and 3B and 3.1 8B, and random weights.

    python -m bench.shapes 1b --cache DIR

Speed and memory depend on shapes, types and the vocabulary, not on what a model has learnt. So
these files stand for the real ones in every measurement but those of quality, for which they are
useless. The vocabulary is the one that llama.cpp ships for its own tests: 128,256 tokens with all
control tokens of Llama 3.
"""

from __future__ import annotations

import argparse
import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

import gguf
import numpy as np

from bench.floor import vocabulary_file
from rag.generation.llama.library import library
from tests.support.llama_file import LlamaShape, LlamaTokens, random_tensor, start_file

SHAPES = {
    "1b": LlamaShape(16, 2048, 32, 8, 8192, 131_072, tied=True, scaled_rope=True, rope_base=5e5),
    "3b": LlamaShape(28, 3072, 24, 8, 8192, 131_072, tied=True, scaled_rope=True, rope_base=5e5),
    "8b": LlamaShape(32, 4096, 32, 8, 14_336, 131_072, scaled_rope=True, rope_base=5e5),
}
_SCALE = 0.02
_END_OF_TURN = "<|eot_id|>"
_Q4_K_M = 15
"""llama.cpp's ``LLAMA_FTYPE_MOSTLY_Q4_K_M``: the type of the pinned files."""


def shape_file(size: str, cache: Path) -> Path:
    """The Q4_K_M file of ``size`` in ``cache``, made there if it is absent.

    Making one takes the room of its F16 form as well: 2.5 GB for 1b, 6.5 for 3b, 16 for 8b.

    Raises:
        RuntimeError: llama.cpp cannot quantise the file.
    """
    target = cache / f"llama-{size}-random-q4_k_m.gguf"
    if target.is_file():
        return target
    full = cache / f"llama-{size}-random-f16.gguf"
    try:
        _write_full(full, SHAPES[size], _llama_3_tokens(vocabulary_file(cache)), name=target.stem)
        quantise(full, target)
    finally:
        full.unlink(missing_ok=True)
    return target


def _write_full(path: Path, shape: LlamaShape, tokens: LlamaTokens, *, name: str) -> None:
    """Write the F16 file a tensor at a time: a large model does not fit in memory."""
    rng = np.random.Generator(np.random.PCG64(0))
    shapes = shape.tensor_shapes(len(tokens.texts))
    writer = start_file(path, shape, tokens, name=name)
    for tensor, sizes in shapes.items():
        kind = np.dtype(np.float32 if len(sizes) == 1 else np.float16)
        writer.add_tensor_info(tensor, sizes, kind, int(np.prod(sizes)) * kind.itemsize)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for sizes in shapes.values():
        writer.write_tensor_data(random_tensor(rng, sizes, scale=_SCALE))
    writer.close()


def quantise(full: Path, target: Path) -> None:
    """Write ``full`` as Q4_K_M to ``target``; there is no half-written target.

    Raises:
        RuntimeError: llama.cpp cannot do it.
    """
    api = library().api  # with its log caught: it has a line for every tensor
    params = api.llama_model_quantize_default_params()
    params.ftype = _Q4_K_M
    params.nthread = os.cpu_count() or 1
    part = target.with_suffix(".part")
    status = api.llama_model_quantize(os.fsencode(full), os.fsencode(part), ctypes.byref(params))
    if status:
        part.unlink(missing_ok=True)
        raise RuntimeError(f"llama.cpp cannot quantise {full.name} (status {status})")
    part.replace(target)


def _llama_3_tokens(path: Path) -> LlamaTokens:
    """The vocabulary of ``path``, ending turns as an instruct model does."""
    fields = gguf.GGUFReader(path).fields

    def listed(name: str) -> list[str]:
        return list(fields[f"tokenizer.ggml.{name}"].contents())

    texts = listed("tokens")
    return LlamaTokens(
        texts=texts,
        types=[int(kind) for kind in listed("token_type")],
        merges=listed("merges"),
        bos=int(fields["tokenizer.ggml.bos_token_id"].contents()),
        eos=texts.index(_END_OF_TURN),
    )


def main(argv: Iterable[str] | None = None) -> None:
    """Make the files asked for and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="+", choices=sorted(SHAPES))
    parser.add_argument("--cache", type=Path, required=True, help="folder that keeps the files")
    options = parser.parse_args(None if argv is None else list(argv))
    options.cache.mkdir(parents=True, exist_ok=True)
    for size in options.sizes:
        path = shape_file(size, options.cache)
        print(f"{path} ({path.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
