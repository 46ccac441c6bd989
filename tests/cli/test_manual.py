"""The manual page: made from the help, kept in docs/man/, readable by man."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

import rag
from rag.cli.help import manual, roff
from rag.cli.help.reference import commands

ROOT = Path(rag.__file__).parents[1]
PAGE = ROOT / "docs" / "man" / "rag.1"


def formatted(text: str) -> str:
    """What a reader of the roff ``text`` sees."""
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed: the manual page was not set")
    command = ["groff", "-man", "-ww", "-Tutf8", "-P-cbou", "-rLL=78n"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def test_the_page_in_docs_is_what_the_program_says():
    assert PAGE.read_text(encoding="utf-8") == manual.page(), (
        "run: python -m rag.cli.help.manual > docs/man/rag.1"
    )


def test_every_command_option_and_example_is_in_the_page():
    seen = " ".join(formatted(manual.page()).split())
    for path, command, context in commands():
        assert path in seen
        for parameter in command.get_params(context):
            if parameter.param_type_name == "option":
                assert all(name in seen for name in (*parameter.opts, *parameter.secondary_opts))
        for line in (command.epilog or "").splitlines():
            assert " ".join(line.replace("\b", "").split()) in seen


@pytest.mark.parametrize(
    "line",
    [
        ".so /etc/passwd",
        "'br",
        r"a \fBbold\fR \*(xx \n(yy",
        "rag -c 'it''s' ~/x ^ `y`",
        "\\",
        "“é”",
    ],
)
def test_a_line_is_shown_as_it_is(line):
    assert line in formatted(f'.TH X 1 "" "" ""\n{roff.verbatim(line)}\n')
    assert line in formatted(f'.TH X 1 "" "" ""\n{roff.item("term", line)}\n')


def test_a_heading_may_hold_quotation_marks():
    assert 'say "so"' in formatted('.TH X 1 "" "" ""\n' + roff.heading('say "so"') + "\nx\n")


def test_man_reads_the_page():
    if shutil.which("man") is None:
        pytest.skip("man is not installed: the page was not read by it")
    command = ["man", "--warnings=w", "-l", str(PAGE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.count("rag ask") > 2


def test_mandoc_has_nothing_serious_to_say_of_the_page():
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed: the page was not linted")
    command = ["mandoc", "-T", "lint", "-W", "error", str(PAGE)]
    assert subprocess.run(command, capture_output=True, text=True).stdout == ""


def test_what_is_installed_beside_the_package_exists():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared["docs/man/rag.1"] == "share/man/man1/rag.1"
    assert all((ROOT / path).is_file() for path in shared)
