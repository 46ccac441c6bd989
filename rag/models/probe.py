"""Loads a GGUF file and decodes one token, as a process of its own.

    probe.py FILE MEMORY_BYTES PROCESSOR_SECONDS

Run by ``rag.models.trial``: what goes wrong in here, an assertion of llama.cpp or worse, ends this
process and not the user's. Writes the reason to stderr and exits 1 if llama.cpp refuses the file.
"""

from __future__ import annotations

import ctypes
import os
import sys

_ERROR = 4
"""The level at which llama.cpp logs why a load failed; the first such line is the cause."""


def main(path: str, memory_bytes: int, cpu_s: int) -> int:
    """Exit status 0 if the file loads and decodes a token."""
    _limit(memory_bytes, cpu_s)
    os.environ["GGML_NO_BACKTRACE"] = "1"  # else an assertion starts a debugger
    import llama_cpp

    errors: list[str] = []

    def on_log(level: int, text: bytes, _: ctypes.c_void_p) -> None:
        if level == _ERROR:
            errors.append(text.decode("utf-8", "replace").strip())

    callback = llama_cpp.llama_log_callback(on_log)
    llama_cpp.llama_log_set(callback, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    reason = _load_and_decode(llama_cpp, os.fsencode(path))
    if reason:
        sys.stderr.write(next(filter(None, errors), reason) + "\n")
    return 1 if reason else 0


def _limit(memory_bytes: int, cpu_s: int) -> None:
    """No core file, bounded memory and processor time; where the system knows such limits."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    if sys.platform == "linux":  # macOS refuses this one
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _load_and_decode(llama_cpp, path: bytes) -> str:  # type: ignore[no-untyped-def]
    """Empty if all went well, else what failed."""
    model_params = llama_cpp.llama_model_default_params()
    model_params.n_gpu_layers = 0
    model = llama_cpp.llama_model_load_from_file(path, model_params)
    if not model:
        return "llama.cpp cannot load it"
    context_params = llama_cpp.llama_context_default_params()
    context_params.n_ctx, context_params.n_batch, context_params.n_ubatch = 256, 32, 32
    context_params.n_threads = context_params.n_threads_batch = 1
    context = llama_cpp.llama_init_from_model(model, context_params)
    if not context:
        return "llama.cpp cannot make a context for it"
    vocab = llama_cpp.llama_model_get_vocab(model)
    if llama_cpp.llama_vocab_n_tokens(vocab) < 1:
        return "it has no vocabulary"
    tokens = (llama_cpp.llama_token * 16)()
    n_tokens = llama_cpp.llama_tokenize(vocab, b"Hello", 5, tokens, 16, False, False)
    if n_tokens < 1:
        return "its tokenizer does not work"
    if llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(tokens, n_tokens)):
        return "it cannot decode"
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
