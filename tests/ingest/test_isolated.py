"""The child process for parsers: what a file does to it costs that file and no other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import InputError
from rag.ingest.isolated import IsolatedParsers
from rag.ingest.isolated_wire import Limits

_HERE = str(Path(__file__).parent)
_REPOSITORY = str(Path(__file__).parents[2])
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of processes are Linux's")


@pytest.fixture
def parsers() -> Iterator[IsolatedParsers]:
    running = IsolatedParsers(Limits(wall_s=30, cpu_s=20, memory_bytes=400_000_000))
    yield running
    running.close()


def call(parsers: IsolatedParsers, function: str, data: bytes = b"four") -> object:
    return parsers.parse(f"isolated_parsers:{function}", data, name="an-article.bin")


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pid: int) -> bool:
    """Whether a process ends within some seconds (one that no parent reaps counts as ended)."""
    for _ in range(200):
        if not is_running(pid) or "(zombie)" in status_of(pid):
            return True
        time.sleep(0.05)
    return False


def status_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return ""


def test_one_child_serves_many_files(parsers: IsolatedParsers) -> None:
    assert parsers.pid is None
    first, second = call(parsers, "length"), call(parsers, "length", b"x" * 5_000_000)
    assert first == {"n_bytes": 4, "pid": parsers.pid}
    assert second == {"n_bytes": 5_000_000, "pid": parsers.pid}
    assert parsers.pid != os.getpid()


def test_the_child_loads_nothing_but_the_parser(parsers: IsolatedParsers) -> None:
    loaded = call(parsers, "modules")
    assert isinstance(loaded, list)
    assert "isolated_parsers" in loaded
    heavy = {"numpy", "torch", "lxml", "typer", "rich", "rag.cli", "rag.store", "pickle"}
    assert not heavy & set(loaded)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("crash", r"makes the parser crash \(Segmentation fault\)"),
        ("leave", "the parser ends with status 3"),
        ("eat_at_once", "needs too much memory"),
        ("eat_slowly", "needs too much memory"),
        ("fail", r"it is damaged \(KeyError: 'Root'\)"),
        ("no_json", "it is damaged"),
    ],
)
@on_linux
def test_a_file_that_ends_the_parser_is_reported_and_the_next_is_read(
    parsers: IsolatedParsers, function: str, reason: str
) -> None:
    call(parsers, "length")
    with pytest.raises(InputError, match=f"^an-article.bin cannot be read: .*{reason}") as caught:
        call(parsers, function)
    assert caught.value.hint
    assert call(parsers, "length", b"next") == {"n_bytes": 4, "pid": parsers.pid}


def test_a_parser_that_hangs_is_ended() -> None:
    parsers = IsolatedParsers(Limits(wall_s=0.3))
    with pytest.raises(InputError, match="takes too long"):
        call(parsers, "hang")
    assert parsers.pid is None
    assert call(parsers, "length") == {"n_bytes": 4, "pid": parsers.pid}
    parsers.close()


@on_linux
def test_a_parser_that_computes_without_end_is_ended_by_its_processor_time() -> None:
    parsers = IsolatedParsers(Limits(wall_s=60, cpu_s=0))
    with pytest.raises(InputError, match="takes too long"):
        call(parsers, "spin")
    parsers.close()


def test_the_processor_time_of_a_file_is_not_that_of_all_files() -> None:
    parsers = IsolatedParsers(Limits(cpu_s=1))
    for _ in range(3):
        assert call(parsers, "length")
    parsers.close()


def test_a_refusal_is_one_safe_line_with_its_hint(parsers: IsolatedParsers) -> None:
    with pytest.raises(InputError, match=r"it is of .*the wrong kind") as caught:
        call(parsers, "refuse")
    assert "\n" not in caught.value.message
    assert "\x1b" not in caught.value.message
    assert caught.value.hint == "Do this"


def test_names_cannot_steer_the_terminal(parsers: IsolatedParsers) -> None:
    with pytest.raises(InputError, match="cannot be read") as caught:
        parsers.parse("isolated_parsers:fail", b"", name="a\nb\x1b[2J.pdf")
    assert "\n" not in caught.value.message
    assert "\x1b" not in caught.value.message


def test_a_parser_that_prints_does_not_disturb_the_answer(parsers: IsolatedParsers) -> None:
    assert call(parsers, "chatter") == "said"
    assert call(parsers, "chatter") == "said"


def test_the_verdict_on_a_file_does_not_depend_on_those_before_it(
    parsers: IsolatedParsers,
) -> None:
    first = call(parsers, "crash_once_used")
    second = call(parsers, "crash_once_used")
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert first["pid"] != second["pid"]


def test_threads_wait_for_each_other(parsers: IsolatedParsers) -> None:
    found: list[object] = []
    sizes = range(1, 9)

    def ask(n_bytes: int) -> None:
        found.append((n_bytes, call(parsers, "length", b"x" * n_bytes)))

    threads = [threading.Thread(target=ask, args=(n_bytes,)) for n_bytes in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=str) == [(n, {"n_bytes": n, "pid": parsers.pid}) for n in sizes]


def test_a_child_that_was_killed_from_outside_is_replaced(parsers: IsolatedParsers) -> None:
    call(parsers, "length")
    pid = parsers.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    answer = call(parsers, "length")
    assert answer == {"n_bytes": 4, "pid": parsers.pid}
    assert parsers.pid != pid


def test_ctrl_c_while_a_file_is_parsed_ends_the_child(parsers: IsolatedParsers) -> None:
    call(parsers, "length")
    pid = parsers.pid
    assert pid is not None
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        call(parsers, "hang")
    timer.join()
    assert parsers.pid is None
    assert not is_running(pid)
    assert call(parsers, "length") == {"n_bytes": 4, "pid": parsers.pid}


def test_the_child_leaves_ctrl_c_to_the_program(parsers: IsolatedParsers) -> None:
    assert call(parsers, "ignores_ctrl_c") is True


@pytest.mark.parametrize("how", ["", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"])
@on_linux
def test_no_child_outlives_the_program(how: str) -> None:
    code = (
        f"import sys; sys.path[:0] = {[_HERE, _REPOSITORY]!r}\n"
        "from rag.ingest.isolated import shared_parsers\n"
        "answer = shared_parsers().parse('isolated_parsers:length', b'', name='x')\n"
        f"print(answer['pid'], flush=True)\n{how}\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    assert wait_until_gone(int(done.stdout))


def test_a_program_that_cannot_be_started_is_an_error_of_the_file(
    monkeypatch: pytest.MonkeyPatch, parsers: IsolatedParsers
) -> None:
    # Nothing real makes a running interpreter's own path wrong.
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(InputError, match="the parser cannot be started"):
        call(parsers, "length")
