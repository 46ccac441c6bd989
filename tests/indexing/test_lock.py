"""One writer at a time, and the second learns who the first is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from index_builders import Sync

from rag.errors import CorpusIndexError
from rag.indexing.lock import writing

_HOLD = (
    "import sys, time; from pathlib import Path; from rag.indexing.lock import writing\n"
    "with writing(Path(sys.argv[1]), timeout_s=1):\n"
    "    print('held', flush=True); time.sleep(float(sys.argv[2]))"
)


def _holder(folder: Path, seconds: float) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_writer_is_told_who_holds_the_index(run: Sync, index_dir: Path) -> None:
    index_dir.mkdir()
    with _holder(index_dir, 60) as process:
        try:
            with pytest.raises(CorpusIndexError, match=f"by process {process.pid} since"):
                run(lock_timeout_s=0.2)
        finally:
            process.kill()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with _holder(tmp_path, 60) as process:
        process.kill()
        process.wait()
        with writing(tmp_path, timeout_s=1):
            pass


def test_a_writer_waits_for_one_that_is_soon_done(tmp_path: Path) -> None:
    with _holder(tmp_path, 0.5):
        started = time.monotonic()
        with writing(tmp_path, timeout_s=20):
            assert time.monotonic() - started > 0.05


def test_the_lock_is_free_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside"), writing(tmp_path, timeout_s=0):
        raise ValueError("inside")
    with writing(tmp_path, timeout_s=0):
        assert str(os.getpid()) in (tmp_path / "lock").read_text()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(CorpusIndexError, match="cannot write the index folder"),
        writing(tmp_path / "none", timeout_s=0),
    ):
        pass


def test_who_waits_is_told_once_for_whom_and_then_gets_the_lock(tmp_path: Path) -> None:
    said: list[str] = []
    with (
        _holder(tmp_path, 0.5) as process,
        writing(tmp_path, timeout_s=30, on_wait=said.append),
    ):
        pass
    assert len(said) == 1
    assert f"waiting for process {process.pid} since" in said[0]


def test_nobody_is_told_of_a_lock_that_is_free(tmp_path: Path) -> None:
    said: list[str] = []
    with writing(tmp_path, timeout_s=1, on_wait=said.append):
        pass
    assert said == []
