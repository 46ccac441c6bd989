"""The chat in a real terminal: keys, signals, what is alive while an answer is made."""

from __future__ import annotations

import io
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from tests.cli.slow_chat import STORY
from tests.cli.terminals import Terminal, go

SCRIPT = Path(__file__).with_name("slow_chat.py")
CTRL_C, CTRL_D, CTRL_L, CTRL_R = "\x03", "\x04", "\x0c", "\x12"
ENTER, ALT_ENTER, TAB, UP = "\r", "\x1b\r", "\t", "\x1b[A"
PASTE = "\x1b[200~{}\x1b[201~"
EMPTY = r"^>$\n*\Z"


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Terminal]]:
    """Starts the slow chat in a terminal and waits for its prompt."""
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    started: list[Terminal] = []

    def begin(*settings: str, rows: int = 24, columns: int = 80, shell: str = "") -> Terminal:
        arguments = [sys.executable, str(SCRIPT), str(tmp_path), *settings]
        if shell:
            arguments = ["/bin/sh", "-c", shell, "sh", *arguments]
        terminal = Terminal(arguments, rows=rows, columns=columns)
        started.append(terminal)
        terminal.shows(EMPTY)
        return terminal

    yield begin
    for terminal in started:
        terminal.close()


def answered(terminal: Terminal, tmp_path: Path, said: str) -> None:
    """Let the answer come and wait until it stands there, sources and a prompt below it."""
    go(tmp_path)
    terminal.shows(rf"{said}[^>]*A title[^>]*”\n\n>")


def test_what_is_typed_while_an_answer_is_awaited_is_shown_at_once(start, tmp_path):
    terminal = start()
    terminal.send("first\r")
    terminal.shows("reading the articles . s")
    terminal.send("second")
    terminal.shows("reading the articles .*\n> second$")
    answered(terminal, tmp_path, "After 0 turns: first")
    terminal.shows("^> second$")  # it is the beginning of the next line


def test_what_is_typed_goes_on_in_the_next_line_where_the_cursor_was(start, tmp_path):
    terminal = start()
    terminal.send("first\r")
    terminal.shows("reading")
    terminal.send("third\x1b[D\x1b[D")
    terminal.shows("> third")
    answered(terminal, tmp_path, "first")
    terminal.send("--\r")
    terminal.shows("> thi--rd$")


def test_a_line_ended_while_an_answer_is_made_is_answered_next(start, tmp_path):
    terminal = start()
    terminal.send("first\r")
    terminal.shows("reading")
    terminal.send("second\rthird\rfou")
    terminal.shows("queued: second\nqueued: third\n> fou$")
    answered(terminal, tmp_path, "After 0 turns: first")
    terminal.shows("^> second$")
    terminal.shows("queued: third\n> fou$")
    answered(terminal, tmp_path, "After 1 turns: second")
    answered(terminal, tmp_path, "After 2 turns: third")
    terminal.shows("^> fou$")
    assert terminal.screen.text.count("> second\n") == 1


def test_the_line_queued_last_can_be_taken_back(start, tmp_path):
    terminal = start()
    terminal.send("first\r")
    terminal.shows("reading")
    terminal.send("second\rthird\r")
    terminal.shows("queued: third\n>$")
    terminal.send(UP)
    terminal.shows("queued: second\n> third$")


def test_ctrl_c_stops_the_answer_and_keeps_the_chat_and_what_is_typed(start, tmp_path):
    terminal = start()
    terminal.send("begun\r")
    terminal.shows("After 0 turns: begun")
    terminal.send("next")
    terminal.shows("> next$")
    terminal.send(CTRL_C)
    terminal.shows("stopped; the chat goes on\n> next$")
    terminal.send(ENTER)
    answered(terminal, tmp_path, "After 0 turns: next")  # the stopped answer is no turn


def test_ctrl_c_stops_one_answer_not_the_next(start, tmp_path):
    terminal = start()
    terminal.send("first\r")
    terminal.shows("reading")
    terminal.send("second\r")
    terminal.shows("queued: second")
    terminal.send(CTRL_C)
    terminal.shows("stopped; the chat goes on\n> second$")
    answered(terminal, tmp_path, "After 0 turns: second")


def test_an_interrupt_from_elsewhere_stops_the_answer_too(start):
    terminal = start()
    terminal.send("first\r")
    terminal.shows("reading")
    os.kill(terminal.pid, signal.SIGINT)
    terminal.shows("stopped; the chat goes on\n>$")


def test_ctrl_d_while_an_answer_is_made_leaves_after_it(start, tmp_path):
    terminal = start()
    terminal.send("first\r")
    terminal.shows("reading")
    terminal.send(CTRL_D)
    terminal.shows("leaving after this")
    go(tmp_path)
    assert terminal.ends() == (0, None)
    assert "After 0 turns: first" in terminal.screen.text


def test_an_answer_longer_than_the_screen_scrolls_by_above_the_prompt(start, tmp_path):
    terminal = start(rows=10, columns=40)
    terminal.send("story\r")
    terminal.send("typed")
    terminal.shows(f"sentence 0 of[^>]*sentence {STORY - 1} of[^>]*writing the answer[^>]*> typed$")
    assert "> typed" in terminal.screen.lines[-2:]
    answered(terminal, tmp_path, r"So it\s+ends")
    whole = " ".join(terminal.screen.text.split())
    story = " ".join(f"This is sentence {n} of a story [1]." for n in range(STORY))
    assert f"> story {story} So it ends [1]. [1] A title" in whole


def test_nothing_is_left_of_what_was_alive(start, tmp_path):
    terminal = start()
    terminal.send("story\r")
    terminal.shows(f"sentence {STORY - 1}")
    answered(terminal, tmp_path, r"So it\s+ends")
    assert "writing" not in terminal.screen.text
    assert "reading" not in terminal.screen.text


def test_wide_and_combining_characters_wrap_whole_in_the_line_that_grows(start, tmp_path):
    terminal = start(columns=20)
    terminal.send("begun 漢字漢字漢字漢字 e\u0301te\u0301 end\r")
    terminal.shows("After 0 turns: begun\n漢字漢字漢字漢字 e\u0301te\u0301\nend \\[1\\]\\.$")
    answered(terminal, tmp_path, "e\u0301te\u0301\nend")


def test_a_notice_and_a_stray_line_stand_above_the_line_that_grows(start, tmp_path):
    terminal = start()
    terminal.send("stray\r")
    terminal.shows("a stray line\na notice\nIt begins \\[1\\]\\.\n.*writing.*\n>$")
    answered(terminal, tmp_path, "It begins")


def test_counted_work_is_said_in_the_same_place(start):
    terminal = start()
    terminal.send("count\r")
    terminal.shows("counting . s 3/5 beans\n>$")


def test_quiet_says_nothing_of_what_goes_on_but_keeps_the_prompt(start, tmp_path):
    terminal = start("quiet")
    terminal.send("first\r")
    terminal.send("second")
    terminal.shows("> first\n> second$")
    answered(terminal, tmp_path, "first")
    assert "reading" not in terminal.raw


def test_an_error_is_shown_and_the_chat_goes_on(start, tmp_path):
    terminal = start()
    terminal.send("error\r")
    terminal.shows("reading")
    go(tmp_path)
    terminal.shows("error: the engine broke\n  hint: mend it\n>$")


def test_an_error_in_the_thread_of_the_prompt_ends_neither_answer_nor_chat(start, tmp_path):
    terminal = start()
    terminal.send("broken\r")
    answered(terminal, tmp_path, "After 0 turns: broken")
    terminal.shows(EMPTY)
    terminal.send("/pick it\r")
    terminal.shows("^it$")
    assert "Traceback" not in terminal.raw


def test_a_terminal_that_changes_its_size_gets_the_prompt_in_its_new_size(start, tmp_path):
    terminal = start()
    terminal.send("story\r")
    terminal.send("typed")
    terminal.shows("> typed$")
    terminal.resize(12, 40)
    terminal.send(" and more than there is room for in one row")
    terminal.shows("> typed and more than there is room for\n +in one row$")
    go(tmp_path)
    terminal.shows(r"So it\s+ends")
    terminal.shows("> typed and more")


WATCHED = 'stty -a; echo begin; "$@"; echo status $?; stty -a; echo over; read -r _'


def before_and_after(terminal: Terminal) -> tuple[str, str]:
    """What ``stty -a`` said before the program began and after it ended."""
    terminal.shows("^over$")
    before, _, rest = terminal.raw.partition("begin\r\n")
    return before, rest.rpartition("status ")[2].partition("\r\n")[2].partition("over")[0]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("question", ["", "begun\r"])
def test_a_signal_that_ends_the_program_leaves_the_terminal_as_it_was(
    start, tmp_path, ending, question
):
    terminal = start(shell=WATCHED, rows=40)
    terminal.send(f"{question}typed")
    terminal.shows("> typed$")
    os.kill(int((tmp_path / "pid").read_text()), ending)
    terminal.shows(f"status {128 + ending}$")
    before, after = before_and_after(terminal)
    assert before == after
    assert terminal.raw.rindex("\x1b[?2004l") > terminal.raw.rindex("\x1b[?2004h")
    assert terminal.raw.rindex("\x1b[?25h") > terminal.raw.rfind("\x1b[?25l")


@pytest.mark.parametrize("question", ["error\r", "broken\r", "crash\r", "begun\r" + CTRL_C])
def test_the_terminal_is_as_it_was_however_a_chat_went(start, tmp_path, question):
    terminal = start(shell=WATCHED, rows=40)
    terminal.send(question)
    terminal.send(CTRL_D)
    go(tmp_path)
    before, after = before_and_after(terminal)
    assert before == after


def test_the_program_can_be_put_to_sleep_and_woken(start, tmp_path):
    terminal = start(shell='set -m; "$@"; echo asleep; fg >/dev/null; echo over')
    terminal.send("begun\r")
    terminal.shows("After 0 turns: begun")
    terminal.send("typed\x1a")
    terminal.shows("^asleep$")
    terminal.shows("asleep\n[^>]*> typed$")
    terminal.send("\x15")
    answered(terminal, tmp_path, "begun")
    terminal.send(CTRL_D)
    terminal.shows("^over$")


def test_ctrl_c_on_an_empty_line_gives_a_hint_and_on_a_full_one_empties_it(start):
    terminal = start()
    terminal.send(CTRL_C)
    terminal.shows("press Ctrl-D or type /quit to leave\n>$")
    terminal.send("never sent")
    terminal.shows("> never sent$")
    terminal.send(CTRL_C)
    terminal.shows("leave\n>$")
    terminal.send("sent\r")
    terminal.shows("> sent$")
    assert "never sent" not in terminal.screen.text


def test_ctrl_d_leaves(start):
    terminal = start()
    terminal.send(CTRL_D)
    assert terminal.ends() == (0, None)


def test_ctrl_l_clears_the_screen_and_keeps_the_line(start):
    terminal = start()
    terminal.send("typed" + CTRL_L)
    terminal.reaches(lambda: terminal.screen.lines[0] == "> typed")
    assert not any(terminal.screen.lines[1:])


@pytest.mark.parametrize(
    "keys",
    [
        f"one{ALT_ENTER}two",
        '"""one\rtwo"""',
        '"""\rone\rtwo\r"""',
        PASTE.format("one\r\ntwo"),
        PASTE.format("one\ntwo\n"),
    ],
)
def test_a_text_of_several_lines_is_one_question(start, tmp_path, keys):
    terminal = start()
    terminal.send(keys)
    terminal.shows('^\\. .*(two|"""|)$')
    terminal.send(ENTER)
    answered(terminal, tmp_path, "After 0 turns: one␊two")


def test_a_text_of_several_lines_that_is_pasted_while_an_answer_is_made_is_one_question(
    start, tmp_path
):
    terminal = start()
    terminal.send("first\r")
    terminal.shows("reading")
    terminal.send(PASTE.format("one\ntwo"))
    terminal.shows("reading.*\n> one\n\\. two$")
    terminal.send(ENTER)
    terminal.shows("queued: one two\n>$")
    answered(terminal, tmp_path, "first")
    terminal.shows("^> one\n\\. two$")
    answered(terminal, tmp_path, "After 1 turns: one␊two")


def test_an_earlier_line_comes_back_with_the_arrow_key_in_the_next_chat(start, tmp_path):
    terminal = start()
    terminal.send("first\r")
    answered(terminal, tmp_path, "first")
    terminal.send("/quit\r")
    assert terminal.ends() == (0, None)
    kept = tmp_path / "state" / "chat-history"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    terminal = start()
    terminal.send(UP)
    terminal.shows("> /quit$")
    terminal.send(UP)
    terminal.shows("> first$")


def test_an_earlier_line_is_found_by_ctrl_r(start, tmp_path):
    terminal = start()
    for line in ("/pick needle", "/pick hay"):
        terminal.send(f"{line}\r")
        terminal.shows(f"> {line}\n.*\n>$")
    terminal.send(CTRL_R + "need")
    terminal.shows("reverse-i-search.*needle$")


def test_with_the_setting_history_off_nothing_typed_is_kept(start, tmp_path):
    terminal = start("forget")
    terminal.send("/pick it\r")
    terminal.shows("^it\n>$")
    terminal.send(UP)
    terminal.shows("> /pick it$")  # within the chat it comes back
    assert not (tmp_path / "state").exists()


def test_the_tabulator_completes_commands_and_says_what_they_mean(start):
    terminal = start()
    terminal.send("/cle" + TAB)
    terminal.shows("> /clear$")
    terminal.send("\x15/" + TAB)
    terminal.shows("/retry +ask the last question again")


def test_the_tabulator_completes_what_a_command_may_be_told(start):
    terminal = start()
    terminal.send("/pic" + TAB)
    terminal.shows("> /pick$")
    terminal.send("RYE" + TAB)  # the blank behind the name is there already
    terminal.shows("> /pick rye and wheat.md$")
    terminal.send("\x15/pick " + TAB)
    terminal.shows("bakery.md")
    assert "evil" not in terminal.screen.text  # its name would not be shown as it is


def test_the_tabulator_completes_while_an_answer_is_made(start, tmp_path):
    terminal = start()
    terminal.send("first\r")
    terminal.shows("reading")
    terminal.send("/pick w" + TAB)
    terminal.shows("reading.*\n> /pick rye and wheat.md$")
    answered(terminal, tmp_path, "first")
    terminal.shows("> /pick rye and wheat.md$")


def test_forty_columns_have_room_for_the_menu(start):
    terminal = start(rows=20, columns=40)
    terminal.send("/" + TAB)
    terminal.shows("/help +this list")


@pytest.mark.parametrize(("redirected", "left"), [("1>", 2), ("2>", 1)])
def test_what_is_redirected_goes_to_its_file_and_the_prompt_stays_alive(
    start, tmp_path, redirected, left
):
    terminal = start(shell=f'exec "$@" {redirected} "{tmp_path}/file"')
    terminal.send("stray\r")
    terminal.send("typed")
    terminal.shows("ing the a.*\n> typed$")
    go(tmp_path)
    terminal.shows("^> typed$")
    terminal.send("\x15" + CTRL_D)
    assert terminal.ends() == (0, None)
    text = (tmp_path / "file").read_text()
    assert "\x1b" not in text
    assert ("It begins [1]. After 0 turns: stray [1].\n" in text) is (left == 2)
    assert ("a stray line\na notice\n" in text) is (left == 1)
    assert ("It begins" in terminal.screen.text) is (left == 1)
    assert ("a notice" in terminal.screen.text) is (left == 2)


@pytest.fixture
def spawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable]:
    """Starts the real program in a terminal, with an article and a place for an index."""
    (tmp_path / "bakery.md").write_text(
        "# Bakery\n\nThe bakery of Anselm Quist bakes 340 loaves of rye bread a day.\n"
    )
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("RAG_INDEX_DIR", str(tmp_path / "index"))
    monkeypatch.setenv("RAG_ARTICLES", str(tmp_path / "bakery.md"))
    monkeypatch.setenv("RAG_ENGINE", "extractive")
    started = []

    def begin(*arguments: str) -> pexpect.spawn:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "rag", *arguments],
            dimensions=(24, 80),
            encoding="utf-8",
            timeout=60,
        )
        child.logged = child.logfile_read = io.StringIO()
        started.append(child)
        return child

    yield begin
    for child in started:
        child.close(force=True)


def test_the_program_shows_a_spinner_a_bar_and_a_coloured_answer(spawn):
    child = spawn("ask", "How many loaves of bread does the bakery of Anselm Quist bake?")
    child.expect("loading")
    child.expect("embedding.*0/")
    child.expect(r"340 loaves of rye bread a day \x1b\[36m\[1\]\x1b\[0m\.")
    child.expect("“The bakery of Anselm Quist")
    child.expect(pexpect.EOF)
    child.wait()  # its end of the terminal closes a little before it ends
    assert child.exitstatus == 0


def test_ctrl_c_ends_a_single_question_with_status_130_and_without_a_trace(spawn):
    child = spawn("ask", "How many loaves does the bakery bake?")
    child.expect("loading")
    child.send(CTRL_C)
    child.expect("interrupted")
    child.expect(pexpect.EOF)
    child.wait()  # its end of the terminal closes a little before it ends
    assert (child.exitstatus, child.signalstatus) == (130, None)
    assert "Traceback" not in child.before


def test_a_terminal_that_cannot_move_its_cursor_gets_a_plain_prompt(spawn, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    child = spawn("chat")
    child.expect("Ctrl-D leaves.\r\n> ")
    child.sendline('"""How many loaves of bread')
    child.expect(r"\. ")
    child.sendline('does the bakery of Anselm Quist bake?"""')
    child.expect("340 loaves of rye bread a day")
    child.expect("\n> ")
    child.send(CTRL_D)
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    assert "\x1b" not in child.logged.getvalue()


def test_a_chat_with_the_real_assistant_takes_what_is_typed_ahead(spawn, monkeypatch):
    child = spawn("chat")
    child.expect("Ctrl-D leaves.")
    child.expect("\x1b\\[\\?25h")
    child.send("How many loaves of bread does the bakery of Anselm Quist bake?\r/sources\r/quit\r")
    child.expect("340 loaves of rye bread a day")
    child.expect("“The bakery of Anselm Quist")
    child.expect("> /sources\r\n")
    child.expect("“The bakery of Anselm Quist")
    child.expect("> /quit\r\n")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
