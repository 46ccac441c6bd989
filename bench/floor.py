"""llama.cpp's own bench, built from the source of the installed llama-cpp-python.

    python -m bench.floor --cache DIR

The package vendors llama.cpp but installs only its libraries. Here its source is fetched by pip (76
MB, once), ``llama-bench`` is built from it (minutes; needs cmake and a C++ compiler), and is run
with the *installed* libraries: what is compared is the way they are called, not two builds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

_FLAGS = (
    "CMAKE_BUILD_TYPE=Release",
    "CMAKE_SKIP_RPATH=ON",  # else the libraries built along the way would be used
    "BUILD_SHARED_LIBS=ON",
    "GGML_NATIVE=ON",
    "LLAMA_OPENSSL=OFF",
    "LLAMA_BUILD_TESTS=OFF",
    "LLAMA_BUILD_EXAMPLES=OFF",
    "LLAMA_BUILD_SERVER=OFF",
    "LLAMA_BUILD_APP=OFF",
)


@dataclass(frozen=True, slots=True)
class FloorTest:
    """What llama-bench is to do behind ``depth`` tokens: read ``n_prompt``, write ``n_written``, or
    the one and then the other."""

    n_prompt: int = 0
    n_written: int = 0
    depth: int = 0


def llama_bench(cache: Path) -> Path:
    """The tool in ``cache``, built there if it is absent.

    Raises:
        RuntimeError: a tool to build it with is missing.
        subprocess.CalledProcessError: pip, cmake or the compiler fails.
    """
    build = cache / f"build-{version('llama-cpp-python')}"
    tool = build / "bin" / "llama-bench"
    if tool.is_file():
        return tool
    if not shutil.which("cmake"):
        raise RuntimeError("cmake is missing: pip install cmake, or take it from the system")
    source = _source(cache) / "vendor" / "llama.cpp"
    flags = [f"-D{flag}" for flag in _FLAGS]
    subprocess.run(["cmake", "-S", source, "-B", build, *flags], check=True)
    subprocess.run(
        ["cmake", "--build", build, "--target", "llama-bench", "-j", str(os.cpu_count() or 1)],
        check=True,
    )
    return tool


def vocabulary_file(cache: Path) -> Path:
    """The vocabulary of Llama 3 that llama.cpp carries for its own tests."""
    return _source(cache) / "vendor" / "llama.cpp" / "models" / "ggml-vocab-llama-bpe.gguf"


def _source(cache: Path) -> Path:
    """The package's source in ``cache``, fetched and unpacked if it is absent."""
    wanted = version("llama-cpp-python")
    folder = cache / f"llama_cpp_python-{wanted}"
    if folder.is_dir():
        return folder
    options = ["--no-binary", ":all:", "--no-deps", "--dest", str(cache)]
    pip = [sys.executable, "-m", "pip", "download", *options]
    subprocess.run([*pip, f"llama-cpp-python=={wanted}"], check=True)
    with tarfile.open(cache / f"llama_cpp_python-{wanted}.tar.gz") as archive:
        archive.extractall(cache, filter="data")
    return folder


def floor_speed(tool: Path, model: Path, test: FloorTest, *, n_threads: int) -> float:
    """Tokens a second: one run after llama-bench's own warm-up, flash attention on.

    Raises:
        subprocess.CalledProcessError: llama-bench fails.
    """
    return (test.n_prompt + test.n_written) / floor_seconds(tool, model, test, n_threads=n_threads)


def floor_seconds(tool: Path, model: Path, test: FloorTest, *, n_threads: int) -> float:
    """Seconds of the same; what lies before ``test.depth`` is not timed.

    Raises:
        subprocess.CalledProcessError: llama-bench fails.
    """
    what = {"-pg": f"{test.n_prompt},{test.n_written}", "-d": test.depth, "-t": n_threads}
    options = [str(part) for pair in what.items() for part in pair]
    command = [str(tool), "-m", str(model), "-p", "0", "-n", "0", *options]
    done = subprocess.run(
        [*command, "-fa", "1", "-lm", "none", "-r", "1", "-o", "json"],
        check=True,
        capture_output=True,
        env=_environment(tool),
    )
    return float(json.loads(done.stdout)[0]["avg_ns"]) / 1e9


def _environment(tool: Path) -> dict[str, str]:
    """The environment that makes the tool use the libraries of the installed package."""
    package = find_spec("llama_cpp")
    if package is None or package.origin is None:
        raise RuntimeError("llama-cpp-python is not installed")
    libraries = Path(package.origin).parent / "lib"
    return {**os.environ, "LD_LIBRARY_PATH": f"{libraries}{os.pathsep}{tool.parent}"}


def main() -> None:
    """Build the tool and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="folder that keeps source, tool")
    cache = parser.parse_args().cache
    cache.mkdir(parents=True, exist_ok=True)
    print(llama_bench(cache.absolute()))


if __name__ == "__main__":
    main()
