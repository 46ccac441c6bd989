"""How the list of models looks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.cli.model.table import model_rows, show_models, size_text
from rag.models import catalogue, files


def shown_rows(make_screen, **kwargs) -> str:
    shown = make_screen(**kwargs)
    show_models(shown.screen, model_rows())
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.out)


def test_without_a_model_none_is_in_use(make_screen):
    assert [row.is_in_use for row in model_rows()] == [False] * 3
    assert shown_rows(make_screen, is_terminal=True, columns=80).count("not here") == 3


def test_a_terminal_of_forty_columns_is_wide_enough(make_screen):
    out = shown_rows(make_screen, is_terminal=True, columns=40)
    assert max(map(len, out.splitlines())) <= 40
    assert "llama-3.2-1b    0.81 GB  not here" in out


def test_a_file_that_was_chosen_by_its_path_is_listed_too(make_screen, tmp_path, monkeypatch):
    path = tmp_path / "my\x1b[31m.gguf"
    path.write_bytes(b"GGUF")
    monkeypatch.setattr(files, "active", lambda: str(path))
    rows = model_rows()
    assert (rows[-1].name, rows[-1].is_in_use) == (str(path), True)
    assert "my␛[31m.gguf\t-\t-\tyes\tyes\ta file of yours" in shown_rows(make_screen)
    assert rows[-1].as_record()["pin"] is None


@pytest.mark.parametrize(("size_bytes", "text"), [(807_694_464, "0.81 GB"), (0, "0.00 GB")])
def test_sizes_are_in_decimal_gigabytes(size_bytes, text):
    assert size_text(size_bytes) == text


def test_an_installed_model_is_in_use_when_it_is_the_only_one(tmp_path, monkeypatch):
    monkeypatch.setenv("RAG_MODELS_DIR", str(tmp_path))
    entry = catalogue.CATALOGUE[0]
    with Path(files.path_of(entry)).open("wb") as file:
        file.truncate(entry.size_bytes)  # sparse: takes no room
    row = model_rows()[0]
    assert (row.is_installed, row.is_in_use) == (True, True)
