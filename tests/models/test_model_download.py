"""Pulling from a real server on loopback that breaks, lies, redirects and stalls."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from rag.errors import DownloadError
from rag.models.catalogue import CatalogueEntry
from rag.models.download import pull
from rag.models.files import path_of, resolve
from rag.models.lock import FileLock
from tests.models.conftest import CONTENT, Hub, entry_for

ENTRY = entry_for(CONTENT)


class Progress:
    """Adds up what it is told."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.n = 0

    def start(self, stage: str, total: int | None) -> None:
        self.stages.append(stage)

    def advance(self, n: int = 1) -> None:
        self.n += n

    def finish(self) -> None:
        self.stages.append("done")


def fetch(hub: Hub, entry: CatalogueEntry = ENTRY, **options: object) -> Path:
    waits: list[float] = []
    return pull(entry, base_url=hub.url, wait=waits.append, **options)  # type: ignore[arg-type]


def part_of(entry: CatalogueEntry = ENTRY) -> Path:
    return path_of(entry).with_name(entry.file + ".part")


def leave_part(content: bytes) -> None:
    part_of().parent.mkdir(parents=True, exist_ok=True)
    part_of().write_bytes(content)


def test_a_file_is_fetched_and_verified(hub: Hub) -> None:
    progress = Progress()
    path = fetch(hub, progress=progress)
    assert path == path_of(ENTRY)
    assert path.read_bytes() == CONTENT
    assert path.stat().st_mode & 0o777 == 0o644
    assert not part_of().exists()
    assert progress.n == len(CONTENT)
    assert progress.stages == ["download", "done", "verify", "done"]


def test_what_is_there_already_is_not_fetched_again(hub: Hub) -> None:
    fetch(hub)
    fetch(hub)
    assert len(hub.seen) == 1


def test_a_broken_connection_is_resumed_where_it_broke(hub: Hub) -> None:
    hub.drop_after = [700_000, 300_000]
    progress = Progress()
    assert fetch(hub, progress=progress).read_bytes() == CONTENT
    assert hub.seen == [None, "bytes=700000-", "bytes=1000000-"]
    assert progress.n == len(CONTENT)


def test_an_earlier_part_is_used(hub: Hub) -> None:
    leave_part(CONTENT[:1_500_000])
    assert fetch(hub).read_bytes() == CONTENT
    assert hub.seen == ["bytes=1500000-"]


def test_a_complete_part_is_only_verified(hub: Hub) -> None:
    leave_part(CONTENT)
    assert fetch(hub).read_bytes() == CONTENT
    assert hub.seen == []


def test_a_part_that_is_too_long_is_begun_anew(hub: Hub) -> None:
    leave_part(CONTENT + b"more")
    assert fetch(hub).read_bytes() == CONTENT
    assert hub.seen == [None]


def test_a_server_without_ranges_begins_anew(hub: Hub) -> None:
    leave_part(b"x" * 1000)
    hub.ranges = False
    progress = Progress()
    assert fetch(hub, progress=progress).read_bytes() == CONTENT
    assert progress.n == len(CONTENT)


def test_a_refused_range_begins_anew(hub: Hub) -> None:
    leave_part(b"x" * 1000)
    hub.statuses = [416]
    assert fetch(hub).read_bytes() == CONTENT
    assert hub.seen == ["bytes=1000-", None]


def test_other_bytes_of_the_same_size_are_deleted(hub: Hub) -> None:
    hub.content = CONTENT[:-1] + b"?"
    with pytest.raises(DownloadError, match=r"what came is not model.gguf: sha256 .* was deleted"):
        fetch(hub)
    assert not path_of(ENTRY).exists()
    assert not part_of().exists()


def test_a_file_of_another_size_is_not_even_read(hub: Hub) -> None:
    hub.content = b"<html>please log in</html>"
    with pytest.raises(DownloadError, match="is a file of 26 bytes, not the pinned 2,048,000"):
        fetch(hub)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_is_final(status: int, hub: Hub) -> None:
    hub.statuses = [status] * 5
    with pytest.raises(DownloadError, match=f"HTTP {status}"):
        fetch(hub)
    assert len(hub.seen) == 1


def test_a_busy_server_is_tried_again_after_growing_waits(hub: Hub) -> None:
    hub.statuses = [503, 429]
    waits: list[float] = []
    path = pull(ENTRY, base_url=hub.url, wait=waits.append)
    assert path.read_bytes() == CONTENT
    assert waits == [1.0, 2.0]


def test_a_line_that_breaks_often_is_trusted_as_long_as_something_comes(hub: Hub) -> None:
    hub.drop_after = [200_000, 0, 0, 0, 200_000, 0, 0, 0, 0]
    waits: list[float] = []
    assert pull(ENTRY, base_url=hub.url, wait=waits.append).read_bytes() == CONTENT
    assert waits == [1.0, 2.0, 4.0, 8.0, 1.0, 2.0, 4.0, 8.0, 16.0]


def test_a_server_that_stays_broken_is_given_up_and_the_part_kept(hub: Hub) -> None:
    hub.drop_after = [100_000] + [0] * 10
    with pytest.raises(DownloadError, match="100,000 of 2,048,000 bytes are here") as caught:
        fetch(hub, tries=3)
    assert "goes on from there" in caught.value.hint
    assert part_of().stat().st_size == 100_000
    hub.drop_after = []
    assert fetch(hub).read_bytes() == CONTENT


def test_a_silent_server_is_given_up(hub: Hub) -> None:
    hub.silence_s = 0.6
    with pytest.raises(DownloadError, match="timed out"):
        fetch(hub, tries=2, timeout_s=0.1)


def test_nobody_at_the_other_end_is_an_error() -> None:
    with pytest.raises(DownloadError, match="refused"):
        pull(ENTRY, base_url="http://127.0.0.1:9", tries=2, wait=lambda s: None)


def test_a_redirect_on_loopback_is_followed(hub: Hub) -> None:
    hub.redirect_to = "/storage/blob"
    hub.drop_after = [500_000]
    assert fetch(hub).read_bytes() == CONTENT
    assert hub.seen[-1] == "bytes=500000-"  # the range survives the redirect


@pytest.mark.parametrize(
    "target", ["http://example.org/x", "ftp://127.0.0.1/x", "file:///etc/passwd"]
)
def test_a_redirect_to_an_unsafe_place_is_refused(target: str, hub: Hub) -> None:
    hub.redirect_to = target
    with pytest.raises(DownloadError, match=r"refused to fetch from|is not allowed"):
        fetch(hub)


def test_an_unencrypted_hub_is_refused() -> None:
    with pytest.raises(DownloadError, match="only https is used"):
        pull(ENTRY, base_url="http://example.org")


def test_a_second_pull_at_the_same_time_is_refused(hub: Hub) -> None:
    path_of(ENTRY).parent.mkdir(parents=True)
    with (
        FileLock(path_of(ENTRY).with_name("model.gguf.lock")),
        pytest.raises(DownloadError, match="is being fetched by another process"),
    ):
        fetch(hub)
    assert fetch(hub).read_bytes() == CONTENT


def test_a_full_disk_is_noticed_before_anything_is_fetched(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A disk cannot be filled in a test: the one call that asks is answered for it.
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1_000_000))
    with pytest.raises(DownloadError, match="1,000,000 bytes free"):
        fetch(hub)
    assert hub.seen == []


def test_a_folder_that_cannot_be_made_is_an_error(hub: Hub, data_folder: Path) -> None:
    data_folder.write_text("a file where the folder should be")
    with pytest.raises(DownloadError, match="cannot write"):
        fetch(hub)


def test_ctrl_c_keeps_what_came(hub: Hub) -> None:
    hub.drop_after = [900_000]

    def wait(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(ENTRY, base_url=hub.url, wait=wait)
    assert part_of().stat().st_size == 900_000
    assert fetch(hub).read_bytes() == CONTENT
    assert hub.seen == [None, "bytes=900000-"]


def test_ctrl_c_while_the_server_is_silent_stops_at_once(hub: Hub) -> None:
    hub.silence_s = 1.0
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        fetch(hub)
    timer.join()


def test_a_pulled_model_resolves_without_being_hashed_again(
    hub: Hub, known_entry: CatalogueEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(hub, known_entry)
    monkeypatch.setattr("rag.models.record.hash_file", lambda path: pytest.fail("hashed again"))
    model = resolve("llama-test")
    assert model.pinned
    assert model.sha256 == known_entry.sha256
