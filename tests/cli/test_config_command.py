"""``rag config``: what is set, by what, and how a settings file is changed."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import rag
from rag.cli.config.report import setting_rows, show_rows
from rag.cli.help.settings_page import page
from rag.setting_values import KEYS, Settings
from rag.settings import load
from tests.cli.programs import assert_refused_input
from tests.test_layers import HEAVY

DOCS = Path(rag.__file__).parents[1] / "docs" / "settings.md"


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's settings file; it is not there yet."""
    path = tmp_path / "config" / "user.toml"
    monkeypatch.setenv("RAG_CONFIG", str(path))
    return path


@pytest.fixture
def project() -> Path:
    path = Path.cwd() / "rag.toml"
    path.write_text("# ours\nseed = 1  # lucky\n\n[corpora.work]\n# reports\nthreads = 2\n")
    return path


def editor(tmp_path: Path, code: str) -> str:
    """A command that runs ``code`` on the file (``path``) it is given."""
    script = tmp_path / "an editor.py"
    script.write_text(f"import sys\nfrom pathlib import Path\npath = Path(sys.argv[1])\n{code}\n")
    return f"{sys.executable} '{script}'"


# -- show ----------------------------------------------------------------------------------------


def test_every_setting_is_shown_with_its_source(program, user, project, monkeypatch):
    monkeypatch.setenv("RAG_QUOTE", "on")
    user.parent.mkdir()
    user.write_text('seed = 5\nignore = ["a b", "c"]\n')
    done = program("config", "show")
    assert (done.status, done.err) == (0, "")
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert [row[0] for row in rows] == [*KEYS, "corpora.work.threads"]
    shown = {name: (value, source) for name, value, source in rows}
    assert shown["seed"] == ("1", str(project))
    assert shown["ignore"] == ("'a b' c", str(user))
    assert shown["quote"] == ("on", "RAG_QUOTE")
    assert shown["temperature"] == ("0.0", "default")
    assert shown["corpora.work.threads"] == ("2", str(project))


def test_one_setting_or_one_corpus_can_be_shown(program, user, project):
    assert program("config", "show", "seed").out == f"seed\t1\t{project}\n"
    done = program("config", "show", "corpora.work.threads")
    assert done.out == f"corpora.work.threads\t2\t{project}\n"
    done = program("config", "show", "threads", "-c", "work")
    assert done.out == f"threads\t2\t{project} [corpora.work]\n"


def test_an_unknown_name_is_refused_with_the_nearest(program, user, project):
    assert_refused_input(program("config", "show", "sead"), 2, "unknown setting 'sead'", "seed?")
    assert_refused_input(program("config", "show", "corpora.work.seed"), 2, "is not set")
    assert_refused_input(program("config", "show", "-c", "play"), 2, "there is no corpus play")


def test_json_has_every_setting_in_its_own_type(program, user, project):
    record = json.loads(program("config", "show", "--json").out)
    assert record["schema"] == "rag.config/1"
    values = {row["name"]: row["value"] for row in record["settings"]}
    assert values == {**{k: getattr(Settings(), k) for k in KEYS}, "articles": [], "seed": 1} | {
        "include": [],
        "ignore": [],
    }
    assert record["corpora"] == [
        {"name": "corpora.work.threads", "value": 2, "source": str(project)}
    ]
    assert record["files"] == [
        {"kind": "project", "path": str(project), "exists": True},
        {"kind": "user", "path": str(user), "exists": False},
    ]


def test_a_terminal_gets_a_table_and_a_narrow_one_lines(make_screen):
    rows = setting_rows(Settings(engine="llama", sources={"engine": "RAG_ENGINE"}))
    shown = make_screen(is_terminal=True)
    show_rows(shown.screen, rows)
    assert "setting" in shown.out.splitlines()[0]
    assert max(len(line) for line in _plain(shown.out)) <= 80
    shown = make_screen(is_terminal=True, columns=40)
    show_rows(shown.screen, rows)
    assert "engine = llama" in _plain(shown.out)
    assert max(len(line) for line in _plain(shown.out)) <= 40


def test_a_hostile_value_is_shown_and_not_executed(program, user):
    user.parent.mkdir()
    user.write_text('model = "\\u001b]0;owned\\u0007"\nignore = ["\\u202egpj"]\n')
    done = program("config", "show")
    assert "owned" in done.out
    assert not set("\x1b\x07\u202e") & set(done.out)


def _plain(text: str) -> list[str]:
    import re

    return [re.sub("\x1b\\[[0-9;]*m", "", line) for line in text.splitlines()]


# -- path ----------------------------------------------------------------------------------------


def test_the_files_looked_for_are_named_whether_they_are_there_or_not(program, user):
    assert program("config", "path").out == (
        f"project\tno rag.toml in this folder or above\tnot there\nuser\t{user}\tnot there\n"
    )
    Path("rag.toml").write_text("nonsense =")
    assert f"project\t{Path.cwd()}/rag.toml\tthere\n" in program("config", "path").out


@pytest.mark.parametrize("command", ["path", "show"])
def test_telling_what_is_set_loads_nothing_heavy(command, tmp_path):
    code = (
        "import sys\nfrom rag.cli.app import main\n"
        f"assert main(['config', {command!r}]) == 0\n"
        f"print([n for n in (*{HEAVY!r}, 'numpy', 'tomlkit') if n in sys.modules], end='')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.endswith("[]"), done.stderr


# -- set and unset -------------------------------------------------------------------------------


def test_a_value_is_kept_in_the_users_file_that_nobody_else_reads(program, user):
    done = program("config", "set", "engine", "extractive")
    assert (done.status, done.out, done.err) == (0, f"engine = extractive  ({user})\n", "")
    assert user.read_text() == 'engine = "extractive"\n'
    assert stat.S_IMODE(user.stat().st_mode) == 0o600
    assert load().engine == "extractive"
    assert os.listdir(user.parent) == ["user.toml"]


def test_comments_and_order_stay(program, user, project):
    project.chmod(0o640)
    program("config", "set", "seed", "7", "--project")
    program("config", "set", "quote", "on", "--project")
    program("config", "set", "prefer", "newest", "-c", "work", "--project")
    program("config", "set", "corpora.other.temperature", "0.5", "--project")
    assert project.read_text() == (
        "# ours\nseed = 7  # lucky\nquote = true\n\n"
        '[corpora.work]\n# reports\nthreads = 2\nprefer = "newest"\n\n'
        "[corpora.other]\ntemperature = 0.5\n"
    )
    assert stat.S_IMODE(project.stat().st_mode) == 0o640
    assert not user.exists()


def test_line_ends_stay(program, user):
    user.parent.mkdir()
    user.write_bytes(b"# one\r\nseed = 1\r\n")
    program("config", "set", "seed", "2")
    assert user.read_bytes() == b"# one\r\nseed = 2\r\n"


def test_a_project_file_is_made_in_the_working_folder(program, user):
    program("config", "set", "passages", "4", "--project")
    assert Path("rag.toml").read_text() == "passages = 4\n"
    below = Path("below")
    below.mkdir()
    os.chdir(below)
    program("config", "set", "passages", "5", "--project")
    assert Path("../rag.toml").read_text() == "passages = 5\n"


def test_paths_are_meant_from_the_working_folder(program, user, project):
    here = Path.cwd()
    (here / "sub").mkdir()
    os.chdir("sub")
    program("config", "set", "articles", "notes", "/abs", "~/x", "../..", "--project")
    assert load().articles[:2] == (str(here / "sub" / "notes"), "/abs")
    assert 'articles = ["sub/notes", "/abs", "~/x", ' in project.read_text()
    program("config", "set", "index_dir", "ix", "-c", "mine")
    assert load({"corpus": "mine"}).index_dir == str(here / "sub" / "ix")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["pasages", "4"], ["unknown setting 'pasages'", "did you mean passages?"]),
        (["passages", "51"], ["51 is not between 0 and 50"]),
        (["passages", "many"], ["'many' is not a whole number"]),
        (["passages", "1", "2"], ["one value, not 2"]),
        (["quote", "maybe"], ["'maybe' is not on or off"]),
        (["endpoint_key", "sk-1"], ["a key is not kept in a file", "export RAG_ENDPOINT_KEY"]),
        (["corpus", "a", "-c", "work"], ["a corpus cannot choose a corpus"]),
        (["seed", "1", "-c", "../x"], ["'../x' is not a name"]),
        (["corpora.x.sead", "1"], ["unknown setting 'sead'"]),
    ],
)
def test_a_wrong_value_is_refused_and_nothing_is_written(program, user, arguments, parts):
    assert_refused_input(program("config", "set", *arguments), 2, *parts)
    assert not user.exists()


@pytest.mark.parametrize("text", ["seed = ", "sead = 1\n", "corpora = 3\n", "\x00"])
def test_a_file_that_is_wrong_stays_as_it_is(program, user, text):
    user.parent.mkdir()
    user.write_text(text)
    for command in (["set", "seed", "1"], ["set", "seed", "1", "-c", "work"]):
        assert_refused_input(program("config", *command), 2, str(user))
        assert user.read_text() == text


def test_what_goes_first_is_said(program, user, project, monkeypatch):
    done = program("config", "set", "seed", "3")
    assert done.err == f"note: {project} goes first: seed = 1\n"
    monkeypatch.setenv("RAG_SEED", "9")
    done = program("config", "set", "seed", "3", "--project")
    assert done.err == "note: RAG_SEED goes first: seed = 9\n"
    monkeypatch.setenv("RAG_CORPUS", "work")
    done = program("config", "set", "articles", "x")
    assert done.err == "note: the corpus work is chosen, which has articles of its own\n"


def test_a_value_can_be_taken_out_again(program, user, project):
    assert program("config", "unset", "seed", "--project").status == 0
    program("config", "unset", "threads", "-c", "work", "--project")
    assert project.read_text().strip() == "# ours"
    for name in ("seed", "corpora.work.threads"):
        done = program("config", "unset", name, "--project")
        assert_refused_input(done, 2, f"{name} is not set in {project}")


def test_an_unknown_setting_can_be_taken_out(program, user):
    user.parent.mkdir()
    user.write_text("seed = 1\nsead = 1\n")
    assert program("config", "unset", "sead").status == 0
    assert user.read_text() == "seed = 1\n"


def test_a_link_stays_a_link_and_a_device_is_not_replaced(program, user, tmp_path, monkeypatch):
    user.parent.mkdir()
    (tmp_path / "dotfiles.toml").write_text("seed = 1\n")
    user.symlink_to(tmp_path / "dotfiles.toml")
    program("config", "set", "seed", "2")
    assert user.is_symlink()
    assert (tmp_path / "dotfiles.toml").read_text() == "seed = 2\n"
    monkeypatch.setenv("RAG_CONFIG", str(tmp_path))
    for command in (["set", "seed", "1"], ["unset", "seed"], ["edit"]):
        assert_refused_input(program("config", *command), 2, "is not a file")


def test_a_folder_that_cannot_be_made_is_said(program, tmp_path, monkeypatch):
    (tmp_path / "plain").write_text("")
    monkeypatch.setenv("RAG_CONFIG", str(tmp_path / "plain" / "user.toml"))
    assert_refused_input(program("config", "set", "seed", "1"), 1, "cannot write")


# -- edit ----------------------------------------------------------------------------------------


def test_the_editor_gets_the_file_and_it_is_checked(program, user, tmp_path, monkeypatch):
    monkeypatch.setenv("VISUAL", editor(tmp_path, "path.write_text('seed = 3\\n')"))
    monkeypatch.setenv("EDITOR", "false")
    assert program("config", "edit").out == f"{user}: valid\n"
    assert load().seed == 3
    assert stat.S_IMODE(user.stat().st_mode) == 0o600


def test_what_an_editor_left_wrong_is_said_and_kept(program, user, tmp_path, monkeypatch):
    monkeypatch.setenv("EDITOR", editor(tmp_path, "path.write_text('sead = 3\\n')"))
    done = program("config", "edit", "--project")
    assert_refused_input(
        done, 2, "unknown setting 'sead'", "is kept as it is", "rag config edit --project"
    )
    assert Path("rag.toml").read_text() == "sead = 3\n"


def test_a_file_in_which_nothing_was_written_is_not_left_behind(
    program, user, tmp_path, monkeypatch
):
    monkeypatch.setenv("EDITOR", editor(tmp_path, "assert 'TOML' in path.read_text()"))
    assert program("config", "edit").out == f"{user}: nothing was set\n"
    assert not user.exists()


@pytest.mark.parametrize(
    ("command", "status", "part"),
    [
        ("false", 1, "ended with status 1"),
        ("/nowhere/ed", 2, "cannot start the editor /nowhere/ed"),
        ("'", 2, "$EDITOR is no command"),
    ],
)
def test_an_editor_that_fails_is_said(program, user, monkeypatch, command, status, part):
    monkeypatch.setenv("EDITOR", command)
    assert_refused_input(program("config", "edit"), status, part)
    assert not user.exists()


# -- the page ------------------------------------------------------------------------------------


def test_the_page_of_settings_is_what_the_code_says():
    assert DOCS.read_text(encoding="utf-8") == page(), (
        "run: python -m rag.cli.help.settings_page > docs/settings.md"
    )


def test_the_page_tells_all_of_each_setting():
    rows = dict.fromkeys(KEYS, "")
    for line in page().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].strip("`") in rows and len(cells) == 5:
            rows[cells[0].strip("`")] = line
    assert all(rows.values())
    assert "a whole number, 0 to 50 | `0` |" in rows["passages"]
    assert "drop, flag | `drop` |" in rows["unsupported"]
    assert "`RAG_SEED`" in rows["seed"]
    assert "2,147,483,647" in rows["seed"]
