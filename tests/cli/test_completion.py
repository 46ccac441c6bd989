"""What the tabulator offers: told line by line, and typed in real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
import typer

from rag.cli.app import app, main
from rag.cli.help.completion import SHELLS, script
from rag.cli.help.completion_values import values_of

TAB = "\t"


@pytest.fixture
def offered(capsys):
    """What is offered for words, the last of which is being typed: values by what else may be."""

    def offer(*words: str, shell: str = "zsh") -> tuple[str, list[str]]:
        assert main(["__complete", shell, *words]) == 0
        also, *lines = capsys.readouterr().out.splitlines()
        return also, [line.split("\t")[0] for line in lines]

    return offer


def test_commands_are_completed_with_what_they_do(capsys):
    main(["__complete", "zsh", "sta"])
    assert capsys.readouterr().out == (
        "words\nstatus\tShow what is indexed, what has changed, what was left out.\n"
    )


def test_commands_of_a_group_are_completed(offered):
    assert offered("config", "") == ("words", ["show", "path", "set", "unset", "edit"])


def test_options_are_those_of_the_command(offered):
    assert offered("status", "--a") == ("words", ["--all"])
    assert offered("eval", "draft", "--o") == ("words", ["--out"])


def test_an_option_is_not_offered_twice_unless_it_may_be_repeated(offered):
    assert "--engine" not in offered("ask", "--engine", "llama", "--")[1]
    assert "--articles" in offered("ask", "--articles", "x", "--")[1]


@pytest.mark.parametrize("typed", [["--engine", "e"], ["-q", "--engine", "e"]])
def test_a_value_belongs_to_the_option_before_it(offered, typed):
    assert offered("ask", *typed) == ("words", ["extractive", "endpoint"])


def test_a_value_behind_an_equals_sign_keeps_its_option(offered):
    assert offered("ask", "--engine=ex") == ("words", ["--engine=extractive"])


def test_bash_takes_an_equals_sign_for_a_word_of_its_own(offered):
    assert offered("ask", "--engine", "=", "ex", shell="bash") == ("words", ["extractive"])
    assert offered("ask", "--engine", "=", shell="bash")[1] == ["llama", "extractive", "endpoint"]


def test_letters_may_stand_together_before_a_value(offered):
    Path("rag.toml").write_text('[corpora.papers]\narticles = "papers/"\n')
    assert offered("ask", "-qc", "") == ("words", ["papers"])


def test_corpora_come_from_settings_files(offered):
    Path("rag.toml").write_text('[corpora.papers]\narticles = "a"\n[corpora.notes]\n')
    assert offered("status", "-c", "") == ("words", ["notes", "papers"])
    assert offered("status", "-c", "p") == ("words", ["papers"])


def test_a_broken_settings_file_offers_nothing_and_complains_of_nothing(offered, capsys):
    Path("rag.toml").write_text("articles = [\n")
    assert offered("status", "-c", "") == ("words", [])
    assert capsys.readouterr().err == ""


def test_models_to_pull_are_those_that_are_known(offered):
    assert offered("model", "pull", "llama-3.2")[1] == ["llama-3.2-1b", "llama-3.2-3b"]


def test_a_model_to_use_may_be_a_file(offered):
    assert offered("ask", "-m", "") == ("files", [])


def test_settings_and_their_values_are_completed(offered):
    assert offered("config", "show", "kv") == ("words", ["kv_type"])
    assert offered("config", "set", "prefer", "n")[1] == ["none", "newest"]
    assert offered("config", "set", "quote", "o")[1] == ["on", "off"]


def test_an_index_is_a_folder_and_articles_are_files(offered):
    assert offered("status", "--index", "")[0] == "folders"
    assert offered("index", "")[0] == "files"


def test_nothing_is_offered_behind_two_dashes_or_for_an_unknown_command(offered):
    assert offered("ask", "--", "--js") == ("words", [])
    assert offered("aks", "") == ("words", [])


def test_a_name_that_could_steer_the_terminal_is_left_out(offered, monkeypatch):
    from rag.cli.help import completion_values as values

    names = [values.Offer("good", "two\nlines\x1b[2J"), values.Offer("bad\x1b[2J")]
    monkeypatch.setitem(values.VALUES, "corpus", values.Values(lambda _: names))
    assert offered("status", "-c", "") == ("words", ["good"])


def parameters() -> Iterator[tuple[str, Any]]:
    """Every parameter that takes a value, with the path of its command."""
    waiting: list[tuple[str, Any]] = [("rag", typer.main.get_command(app))]
    while waiting:
        path, command = waiting.pop()
        waiting += [(f"{path} {name}", c) for name, c in getattr(command, "commands", {}).items()]
        for parameter in command.params:
            if parameter.param_type_name == "argument" or not parameter.is_flag:
                yield path, parameter


def test_for_every_parameter_somebody_has_said_what_may_stand_there():
    unknown = [f"{path} {p.name}" for path, p in parameters() if values_of(path, p.name) is None]
    assert not unknown, f"add to VALUES in rag/cli/help/completion_values.py: {unknown}"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_printed_for_each_shell(capsys, shell):
    assert main(["completion", shell]) == 0
    assert "rag __complete" in capsys.readouterr().out.replace('"', "") or shell != "powershell"
    assert "__complete " + shell in script(shell)


def test_an_unknown_shell_is_an_error_that_names_the_known_ones(capsys):
    assert main(["completion", "bsh"]) == 2
    err = capsys.readouterr().err
    assert "bash, zsh, fish, powershell" in err
    assert "hint: rag completion bash" in err


class Shell:
    """A real shell on a terminal, with the script sourced, and a program that notes down what it
    was called with."""

    def __init__(self, name: str, home: Path) -> None:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"{name} is not installed: its completion was not tried")
        self.seen = home / "seen"
        (home / "bin").mkdir(parents=True)
        program = home / "bin" / "rag"
        program.write_text(
            f'#!/bin/sh\n[ "$1" = __complete ] && exec "{sys.executable}" -m rag "$@"\n'
            f'printf "%s\\n" "$@" > "{self.seen}"; echo "no""ted"\n'
        )
        program.chmod(0o755)
        (home / SHELLS[name]).write_text(script(name))
        flags, *lines = {
            "bash": (["--norc", "--noprofile"], f"source {home}/rag.bash"),
            "zsh": (["-f"], "autoload -U compinit; compinit -u -D", f"source {home}/_rag"),
            "fish": (["--no-config"], f"source {home}/rag.fish"),
        }[name]
        paths = {"HOME": str(home), "PATH": f"{home / 'bin'}:/usr/bin:/bin"}
        self.child = pexpect.spawn(
            path,
            [*flags, "-i"],
            encoding="utf-8",
            timeout=30,
            dimensions=(40, 200),
            cwd=str(home),
            env={**os.environ, **paths, "TERM": "xterm", "LC_ALL": "C.UTF-8"},
        )
        for line in (*lines, "echo rea''dy"):
            self.child.sendline(line)
        self.child.expect_exact("ready")

    def completed(self, typed: str) -> list[str]:
        """The words that the program gets when ``typed``, Tab and Enter are pressed; without the
        slash behind a folder, which zsh takes away again."""
        self.seen.unlink(missing_ok=True)
        self.child.sendline(typed + TAB)
        self.child.expect_exact("noted")
        return [word.rstrip("/") for word in self.seen.read_text().splitlines()]


@pytest.fixture(params=["bash", "zsh", "fish"])
def shell(request, tmp_path):
    opened = Shell(request.param, tmp_path / "typing")
    yield opened
    opened.child.close(force=True)


def test_the_tab_key_completes_in_a_real_shell(shell):
    home = shell.seen.parent
    (home / "rag.toml").write_text('[corpora.papers]\narticles = "a"\n')
    (home / "articles of mine").mkdir()
    assert shell.completed("rag comp") == ["completion"]
    assert shell.completed("rag ask --no-so") == ["ask", "--no-sources"]
    assert shell.completed("rag status -c pa") == ["status", "-c", "papers"]
    assert shell.completed("rag ask --engine=ext") == ["ask", "--engine=extractive"]
    assert shell.completed("rag index arti") == ["index", "articles of mine"]
    assert shell.completed("rag status --index arti")[-1] == "articles of mine"


def test_every_script_is_one_that_its_shell_can_read():
    for name in ("bash", "zsh", "fish"):
        if shutil.which(name) is None:
            continue
        done = subprocess.run([name, "-n"], input=script(name), capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), name
