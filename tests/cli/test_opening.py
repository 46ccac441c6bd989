"""Opening the source of a citation: editors and pagers are scripts that note what they are told."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rag.cli.opening import handover
from rag.cli.opening.source import open_view
from rag.cli.opening.view import View, view_of_article, view_of_passage
from rag.errors import UsageError
from rag.ingest.pdf import PdfReader
from rag.settings import Settings
from rag.types import Chunk, Evidence, Place, PlaceUnit, Span
from tests.cli.conftest import Stream
from tests.support.pdf import Line, pdf

TEXT = "A first line.\n\nThe oven bakes 340 loaves.\nIt is old.\n"
QUOTE = "The oven bakes 340 loaves."
NOTE = """#!/bin/sh
printf '%s\\n' "$@" > "{record}"
{then}
"""


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "record"


@pytest.fixture
def install(tmp_path: Path, record: Path) -> Callable[..., Path]:
    """Makes a program of a name that notes its arguments, one on a line, and then does more."""

    def make(name: str, then: str = "") -> Path:
        folder = tmp_path / "my tools"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(NOTE.format(record=record, then=then))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return make


@pytest.fixture
def shown(make_screen, monkeypatch):
    """A screen of somebody who sits at a terminal, without an editor and a pager of their own."""
    made = make_screen(is_terminal=True)
    monkeypatch.setattr("sys.stdin", Stream(is_terminal=True))
    for name in ("VISUAL", "EDITOR", "PAGER", "LESS"):
        monkeypatch.delenv(name, raising=False)
    return made


def chunk_of(source: Path, *, unit: PlaceUnit = PlaceUnit.LINE) -> Chunk:
    at = TEXT.index(QUOTE)
    text = TEXT[at:]
    return Chunk(
        "c1",
        "a.md",
        Span(at, len(TEXT)),
        text,
        (Span(0, len(QUOTE)), Span(len(QUOTE) + 1, len(text) - 1)),
        (),
        "A title",
        str(source),
        "2024-04-25",
        ((0, 3), (len(QUOTE) + 1, 4)),
        unit,
    )


def quote_in(chunk: Chunk) -> Evidence:
    span = Span(chunk.span.start, chunk.span.start + len(QUOTE))
    place = Place(3, 3, chunk.unit)
    return Evidence(
        1, chunk.id, chunk.document_id, chunk.source, chunk.title, "", span, QUOTE, place
    )


@pytest.fixture
def view(tmp_path: Path) -> Callable[..., View]:
    """A view of a passage in a file of a name; no index is there."""

    def make(name: str = "a.md", **kinds: PlaceUnit) -> View:
        path = tmp_path / name
        path.write_text(TEXT)
        chunk = chunk_of(path, **kinds)
        settings = Settings(index_dir=str(tmp_path / "no index"))
        return view_of_passage(settings, chunk, (quote_in(chunk),))

    return make


def use(monkeypatch, variable: str, program: Path, *options: str) -> None:
    monkeypatch.setenv(variable, " ".join((f"'{program}'", *options)))


def test_the_editor_gets_its_options_the_line_and_the_absolute_path(
    shown, view, install, record, monkeypatch, tmp_path
):
    use(monkeypatch, "EDITOR", install("vim"), "-u", "NONE")
    open_view(shown.screen, view(), interactive=True)
    assert record.read_text().splitlines() == ["-u", "NONE", "+3", str(tmp_path / "a.md")]
    assert shown.out + shown.err == ""


@pytest.mark.parametrize("name", ["-c quit.md", "a b.md", "100%.md", 'say "x".md', "$(touch x).md"])
def test_a_hostile_name_is_one_argument_and_no_option(
    name, shown, view, install, record, monkeypatch, tmp_path
):
    use(monkeypatch, "EDITOR", install("nano"))
    open_view(shown.screen, view(name), interactive=True)
    assert record.read_text().splitlines() == ["+3", str(tmp_path / name)]
    assert sorted(p.name for p in Path.cwd().iterdir()) == []


def test_a_name_with_control_characters_is_opened_and_never_written_raw(
    shown, view, install, record, monkeypatch, tmp_path
):
    name = "a\x1b]52;c;eA==\x07\n\x9b2Jb.md"
    use(monkeypatch, "EDITOR", install("vim", "exit 3"))
    found = view(name)
    open_view(shown.screen, found, interactive=True)
    assert record.read_text() == f"+3\n{tmp_path / name}\n"
    (tmp_path / name).unlink()
    open_view(shown.screen, replace(found, state="gone"), interactive=False)
    assert "\x1b]" not in shown.out + shown.err
    assert "\x9b" not in shown.out + shown.err
    assert "vim ended with status 3" in shown.err


def test_an_editor_that_is_missing_is_an_error_that_says_what_to_type(shown, view, monkeypatch):
    monkeypatch.setenv("VISUAL", "/nowhere/vim")
    with pytest.raises(UsageError, match="cannot start /nowhere/vim: No such file") as found:
        open_view(shown.screen, view(), interactive=True)
    assert found.value.hint == "export EDITOR=nano"


def test_an_editor_that_a_signal_ends_is_named_and_the_screen_cleaned(
    shown, view, install, monkeypatch
):
    use(monkeypatch, "EDITOR", install("vim", "kill -SEGV $$"))
    open_view(shown.screen, view(), interactive=True)
    assert "vim was ended by SIGSEGV" in shown.err
    assert "\x1b[?1049l\x1b[?25h" in shown.err


def test_without_an_editor_the_text_goes_to_the_pager_at_its_line(
    shown, view, install, record, monkeypatch
):
    use(monkeypatch, "PAGER", install("less", 'cat > "$0.in"'), "-S")
    found = view()
    open_view(shown.screen, found, interactive=True)
    fed = (record.parent / "my tools" / "less.in").read_text().splitlines()
    assert fed[0] == "A title (2024-04-25)"
    assert fed[1].endswith("a.md:3")
    assert fed[4] == ">     3  The oven bakes 340 loaves."
    assert fed[5] == "|     4  It is old."
    assert record.read_text().splitlines() == ["-S", "+2"]  # three lines stay visible above


def test_a_pager_that_cannot_go_to_a_line_begins_near_it(
    shown, install, record, monkeypatch, tmp_path, view
):
    use(monkeypatch, "PAGER", install("bat", 'cat > "$0.in"'))
    lines = [f"line {number}" for number in range(1, 101)]
    text = "\n".join(lines)
    at = text.index("line 60")
    starts = tuple((text.index(f"line {n}\n") if n < 100 else 0, n) for n in range(1, 100))
    long = replace(view(), text=text, starts=starts, passage=Span(at, at + 7), quotes=())
    open_view(shown.screen, long, interactive=True)
    fed = (record.parent / "my tools" / "bat.in").read_text().splitlines()
    assert fed[4] == "     55  line 55"
    assert "|    60  line 60" in fed
    assert record.read_text() == "\n"  # no argument


def test_what_the_pager_gets_holds_no_control_character(shown, view, install, monkeypatch, record):
    use(monkeypatch, "PAGER", install("less", 'cat > "$0.in"'))
    hostile = "".join(map(chr, [*range(32), *range(127, 160)])) + "\x1b]8;;x\x1b\\ \u202e"
    found = view()
    worse = replace(found, title=hostile, text=hostile + found.text, source="/tmp/\x1b[2J")
    open_view(shown.screen, worse, interactive=True)
    fed = (record.parent / "my tools" / "less.in").read_bytes().decode()
    assert not [c for c in fed if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160]
    assert "\u202e" not in fed


@pytest.mark.parametrize(
    ("unit", "place"), [(PlaceUnit.PAGE, "page 3"), (PlaceUnit.PARAGRAPH, "paragraph 3")]
)
def test_a_place_that_is_no_line_goes_to_the_pager_though_there_is_an_editor(
    unit, place, shown, view, install, record, monkeypatch
):
    use(monkeypatch, "EDITOR", install("vim"))
    use(monkeypatch, "PAGER", install("less", 'cat > "$0.in"'))
    open_view(shown.screen, view("a.pdf", unit=unit), interactive=True)
    fed = (record.parent / "my tools" / "less.in").read_text()
    assert f"a.pdf, {place}\n" in fed
    assert f"numbers: {unit}s" in fed
    assert ">     3  The oven bakes" in fed


def test_without_a_pager_the_passage_and_a_few_lines_around_it_are_printed(
    shown, view, monkeypatch
):
    monkeypatch.setenv("PAGER", "cat")
    open_view(shown.screen, view(), interactive=True)
    assert ">     3  The oven bakes 340 loaves." in shown.out


@pytest.mark.parametrize("interactive", [True, False])
def test_where_nobody_sits_the_place_is_printed(
    interactive, make_screen, view, install, record, monkeypatch
):
    piped = make_screen()
    use(monkeypatch, "EDITOR", install("vim"))
    open_view(piped.screen, view(), interactive=interactive)
    assert piped.out.endswith("a.md:3\n")
    assert not record.exists()


class TestFilesThatChange:
    """Real files in a real index, changed after they were read."""

    @pytest.fixture
    def bakery(self, index: Path, folder: Path, shown) -> tuple[Path, Callable[[], View]]:
        from rag.cli.opening.kept_articles import articles

        settings = Settings(index_dir=str(index))
        (known,) = [a for a in articles(settings) if a.source.endswith("bakery.md")]
        with _store(index) as store:
            chunk = next(c for c in store.all_chunks() if c.document_id == known.id)
        at = chunk.text.index("It bakes 340")
        span = Span(at, at + len("It bakes 340 loaves of rye bread on every working day."))
        evidence = Evidence(
            1,
            chunk.id,
            chunk.document_id,
            chunk.source,
            chunk.title,
            chunk.date,
            span.shifted(chunk.span.start),
            span.of(chunk.text),
            Place(6, 6),
        )
        return folder / "bakery.md", lambda: view_of_passage(settings, chunk, (evidence,))

    def test_an_unchanged_file_is_opened_without_a_word(
        self, bakery, shown, install, record, monkeypatch
    ):
        path, look = bakery
        use(monkeypatch, "EDITOR", install("vim"))
        open_view(shown.screen, look(), interactive=True)
        assert record.read_text().splitlines() == ["+6", str(path)]
        assert shown.err == ""

    def test_a_quote_that_moved_is_followed(self, bakery, shown, install, record, monkeypatch):
        path, look = bakery
        path.write_text("\n\n\n" + path.read_text())
        use(monkeypatch, "EDITOR", install("vim"))
        open_view(shown.screen, look(), interactive=True)
        assert record.read_text().splitlines() == ["+9", str(path)]
        assert "has changed since it was read; this is line 9 now" in _one_line(shown.err)

    def test_a_quote_that_is_gone_is_shown_as_it_was(
        self, bakery, shown, install, record, monkeypatch
    ):
        path, look = bakery
        path.write_text("Nothing of it is left.\n")
        use(monkeypatch, "EDITOR", install("vim"))
        open_view(shown.screen, look(), interactive=True)
        assert "has changed since it was read; this is as it was" in _one_line(shown.err)
        assert "It bakes 340 loaves" in _one_line(shown.out)
        assert record.read_text().splitlines() == ["+6", str(path)]

    def test_a_file_that_is_gone_is_shown_from_the_index_and_no_editor_makes_it_anew(
        self, bakery, shown, install, record, monkeypatch
    ):
        path, look = bakery
        path.unlink()
        use(monkeypatch, "EDITOR", install("vim"))
        use(monkeypatch, "PAGER", install("less", 'cat > "$0.in"'))
        open_view(shown.screen, look(), interactive=True)
        assert "is gone; this is what was read of it" in _one_line(shown.err)
        fed = (record.parent / "my tools" / "less.in").read_text()
        assert ">     6  The bakery of Anselm Quist" in fed
        assert "      8  Its oven was built" in fed or "|     8  Its oven was built" in fed

    def test_an_article_opens_at_its_beginning_or_at_a_line(self, index, folder):
        from rag.cli.opening.kept_articles import article, articles

        settings = Settings(index_dir=str(index))
        (known,) = [a for a in articles(settings) if a.source.endswith("harbour.md")]
        document = article(settings, known.id)
        assert view_of_article(document).place == Place(1, 1)
        assert view_of_article(document, 6).place == Place(6, 6)


def _store(index: Path):
    from rag.store.reader import StoreReader
    from rag.store.schema import FILE_NAME

    return StoreReader.open(index / FILE_NAME)


def _one_line(text: str) -> str:
    import re

    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", text).split())


def test_the_handlers_of_signals_are_as_before_afterwards(shown, install):
    before = signal.getsignal(signal.SIGINT)
    handover.run([str(install("vim"))], hint="")
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_meanwhile_reaches_the_program_alone(shown, install, record):
    parent = os.getpid()
    program = install("vim", f"trap 'echo trapped >> \"$1\"; exit 0' INT; kill -INT {parent} $$")
    assert handover.run([str(program), str(record)], hint="") == 0
    assert record.read_text().endswith("trapped\n")  # and no KeyboardInterrupt came here


def test_a_program_that_reads_nothing_of_what_it_is_fed_is_no_error(shown, install):
    assert handover.run([str(install("less"))], feed="x" * 1_000_000, hint="") == 0


class TestSearch:
    """``rag search --open N``."""

    def test_the_place_of_a_hit_is_printed_where_nobody_sits(self, program, index, folder):
        done = program("search", "rye bread loaves", "--open", "1")
        assert (done.status, done.out) == (0, f"{folder}/bakery.md:6-8\n")

    def test_a_hit_that_is_not_there_is_an_error(self, program, index):
        done = program("search", "rye bread loaves", "--open", "9")
        assert done.status == 2
        assert "there is no hit 9: 2 passages were found" in done.err

    def test_json_and_open_exclude_each_other(self, program):
        done = program("search", "bread", "--open", "1", "--json")
        assert done.status == 2
        assert "--open and --json exclude each other" in done.out + done.err


def test_a_page_of_a_pdf_is_shown_with_its_neighbours_and_opened_by_no_editor(
    shown, install, record, monkeypatch, tmp_path
):
    def page(*lines: str) -> list[Line]:
        return [Line(72, 740 - 14 * n, line) for n, line in enumerate(lines)]

    path = tmp_path / "oven.pdf"
    path.write_bytes(
        pdf([page("The first page tells of flour."), page("The oven bakes 340 loaves a day.")])
    )
    (document,) = PdfReader().read(path, path.read_bytes(), document_id="oven.pdf")
    use(monkeypatch, "EDITOR", install("vim"))
    use(monkeypatch, "PAGER", install("less", 'cat > "$0.in"'))
    open_view(shown.screen, view_of_article(document, 2), interactive=True)
    fed = (record.parent / "my tools" / "less.in").read_text()
    assert "oven.pdf, page 2\nnumbers: pages\n" in fed
    assert "      1  The first page tells of flour." in fed
    assert "      2  The oven bakes 340 loaves a day." in fed
