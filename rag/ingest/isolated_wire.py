"""What goes between the program and its parsing child: limits, and messages with their length."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import IO

_LENGTH_BYTES = 8
_BYTES_PER_S = 25_000
_MAX_CPU_S = 900


@dataclass(frozen=True, slots=True)
class Limits:
    """What the parsing of one file may take.

    Attributes:
        wall_s: seconds by the clock.
        cpu_s: seconds of processor time, whole; where the system can limit it.
        memory_bytes: address space of the child, Python included; where the system can limit it.
    """

    wall_s: float = 180.0
    cpu_s: int = 90
    memory_bytes: int = 2_000_000_000

    @classmethod
    def of_file(cls, size_bytes: int) -> Limits:
        """Several times what an ordinary file of this size takes on a slow machine.

        Measured: a PDF of 1.4 MB and 397 pages takes 14 s of processor time.
        """
        cpu_s = min(60 + size_bytes // _BYTES_PER_S, _MAX_CPU_S)
        memory_bytes = 1_500_000_000 + 5 * size_bytes
        return cls(wall_s=2.0 * cpu_s, cpu_s=cpu_s, memory_bytes=memory_bytes)

    def as_json(self) -> dict[str, float | int]:
        """The limits as JSON values."""
        return asdict(self)


def write_message(pipe: IO[bytes], data: bytes) -> None:
    """Send ``data`` after its length.

    Raises:
        OSError: if nobody reads.
    """
    pipe.write(len(data).to_bytes(_LENGTH_BYTES, "big"))
    pipe.write(data)
    pipe.flush()


def read_message(pipe: IO[bytes], max_bytes: int) -> bytes:
    """The next message; nothing is allocated for one that claims to be longer than ``max_bytes``.

    Raises:
        EOFError: if the pipe ends before the message does.
        ValueError: if the message is too long.
    """
    n_bytes = int.from_bytes(_exactly(pipe, _LENGTH_BYTES), "big")
    if n_bytes > max_bytes:
        raise ValueError(f"a message of {n_bytes} bytes, and {max_bytes} are the most")
    return _exactly(pipe, n_bytes)


def _exactly(pipe: IO[bytes], n_bytes: int) -> bytes:
    data = pipe.read(n_bytes)
    if len(data) != n_bytes:
        raise EOFError
    return data
