"""Which editor is chosen, and how each family is told the line."""

from __future__ import annotations

import pytest

from rag.cli.opening.editors import at_line, chosen_editor, program_name
from rag.cli.opening.pager import chosen_pager, goes_to_line
from rag.errors import UsageError


@pytest.mark.parametrize(
    "editor",
    "vi vim nvim view nano emacs emacsclient micro kak joe /usr/bin/vim.basic".split(),
)
def test_editors_that_take_a_line_before_the_file(editor):
    assert at_line([editor], "/a b.md", 12) == [editor, "+12", "/a b.md"]


@pytest.mark.parametrize("editor", ["hx", "helix", "subl", "zed", "/opt/zed"])
def test_editors_that_take_a_line_behind_the_file(editor):
    assert at_line([editor, "-w"], "/a.md", 12) == [editor, "-w", "/a.md:12"]


@pytest.mark.parametrize("editor", ["code", "codium", "cursor", "windsurf", "code.cmd"])
def test_editors_that_are_told_to_go_to_a_line_are_not_told_to_wait(editor):
    assert at_line([editor], "/a.md", 12) == [editor, "--goto", "/a.md:12"]


@pytest.mark.parametrize("editor", ["kate", "mate", "pycharm"])
def test_editors_with_an_option_for_the_line(editor):
    assert at_line([editor], "/a.md", 12) == [editor, "--line", "12", "/a.md"]


@pytest.mark.parametrize("editor", ["unheard-of", "env", "vimish"])
def test_an_unknown_editor_gets_the_file_alone(editor):
    assert at_line([editor, "x"], "/a.md", 12) == [editor, "x", "/a.md"]


@pytest.mark.parametrize("editor", ["hx", "code"])
def test_a_name_that_ends_like_a_line_is_not_given_another_one(editor):
    assert at_line([editor], "/a.md:3", 12) == [editor, "/a.md:3"]
    assert at_line(["vim"], "/a.md:3", 12) == ["vim", "+12", "/a.md:3"]


def test_visual_comes_before_editor_and_blank_values_are_none():
    assert chosen_editor({"VISUAL": "nvim", "EDITOR": "nano"}) == ["nvim"]
    assert chosen_editor({"VISUAL": " ", "EDITOR": "nano"}) == ["nano"]
    assert chosen_editor({"EDITOR": ""}) is None


def test_the_value_is_split_as_a_shell_would_and_runs_none():
    value = "'/opt/my tools/vim' -u NONE ; touch $HOME"
    expected = ["/opt/my tools/vim", "-u", "NONE", ";", "touch", "$HOME"]
    assert chosen_editor({"EDITOR": value}) == expected


@pytest.mark.parametrize("value", ["'open", '""'])
def test_a_value_that_is_no_command_is_an_error_that_names_it(value):
    with pytest.raises(UsageError, match=r"\$EDITOR is no command") as found:
        chosen_editor({"EDITOR": value})
    assert found.value.hint == "export EDITOR=nano"


def test_the_pager_is_chosen_by_the_user_then_less_then_more(monkeypatch):
    assert chosen_pager({"PAGER": "most -s"}) == ["most", "-s"]
    there = {"less", "more"}
    monkeypatch.setattr("shutil.which", lambda name: name if name in there else None)
    assert chosen_pager({}) == ["less"]
    there.remove("less")
    assert chosen_pager({"PAGER": ""}) == ["more"]
    there.clear()
    assert chosen_pager({}) is None
    assert chosen_pager({"PAGER": "cat"}) is None  # it pages nothing


def test_only_known_pagers_are_told_a_line():
    assert goes_to_line(["/usr/bin/less", "-R"])
    assert not goes_to_line(["bat"])


def test_the_name_of_a_program_is_what_it_is_called_by():
    assert program_name("/usr/bin/vim.tiny") == "vim"
    assert program_name("code.exe") == "code"
