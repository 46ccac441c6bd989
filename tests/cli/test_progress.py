"""Progress: on a terminal's stderr, nowhere else."""

from __future__ import annotations

import re

from rich.cells import cell_len

from rag.cli.show.progress import Activity


def run_through(activity: Activity) -> None:
    with activity:
        activity.wait("waiting")
        activity.start("embed", 3)
        activity.advance(2)
        activity.advance()
        activity.finish()
        activity.start("verify", None)
        activity.advance()


def test_a_pipe_sees_nothing_of_it(make_screen):
    shown = make_screen()
    run_through(Activity(shown.screen))
    assert (shown.out, shown.err) == ("", "")


def test_quiet_sees_nothing_of_it(make_screen):
    shown = make_screen(is_terminal=True, quiet=True)
    run_through(Activity(shown.screen))
    assert (shown.out, shown.err) == ("", "")


def test_a_terminal_sees_each_stage_on_stderr_and_all_of_it_is_taken_away(make_screen):
    shown = make_screen(is_terminal=True)
    run_through(Activity(shown.screen, in_bytes=True))
    assert shown.out == ""
    for text in ("waiting", "embed", "verify", "3/3 bytes"):
        assert text in shown.err
    assert shown.err.endswith("\x1b[2K")  # the last line is erased


def test_a_notice_does_not_disturb_the_bar(make_screen):
    shown = make_screen(is_terminal=True)
    with Activity(shown.screen) as activity:
        activity.start("embed", 2)
        shown.screen.notice("something happened")
        activity.advance()
    assert "something happened\n" in shown.err.replace("\x1b[0m", "")


def test_after_a_stage_the_spinner_comes_back(make_screen):
    shown = make_screen(is_terminal=True)
    with Activity(shown.screen) as activity:
        activity.wait("waiting")
        activity.start("embed", 1)
        activity.finish()
    assert shown.err.rindex("waiting") > shown.err.rindex("embed")


def test_a_bar_names_what_it_counts_where_there_is_room(make_screen):
    for columns, is_named in ((80, True), (40, False)):
        shown = make_screen(is_terminal=True, columns=columns)
        with Activity(shown.screen) as activity:
            activity.start("embedding", 3, "chunks")
            activity.advance(3)
        assert "embedding" in shown.err
        assert "3/3" in shown.err
        assert ("chunks" in shown.err) is is_named


def spoken(shown) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.err)


def test_the_spinner_says_how_far_a_model_is(make_screen):
    shown = make_screen(is_terminal=True)
    with Activity(shown.screen) as activity:
        activity.wait("reading the articles")
        assert "reading the articles" in spoken(shown)
        activity.reading(1203, 2410)
        redraw(activity)
        assert re.search(r"reading 1,203 of 2,410 tokens +0 s", spoken(shown))
        activity.writing(37)
        redraw(activity)
        assert re.search(r"writing, 37 tokens +0 s", spoken(shown))


def redraw(activity: Activity) -> None:
    activity._shows._display.refresh()


def test_the_clock_of_a_question_runs_on_over_bars_and_starts_anew_behind_a_stop(
    make_screen, monkeypatch
):
    now = 100.0
    monkeypatch.setattr("rag.cli.show.bars.time.monotonic", lambda: now)
    shown = make_screen(is_terminal=True)
    with Activity(shown.screen) as activity:
        activity.wait("loading")
        now = 165.0
        activity.start("embed", 1)
        activity.finish()
        assert re.search(r"loading +1:05", spoken(shown))
        activity.wait("thinking")
        assert re.search(r"thinking +1:05", spoken(shown))
        activity.stop()
        activity.wait("again")
        assert re.search(r"again +0 s", spoken(shown))


def test_the_line_of_a_meter_fits_a_narrow_terminal(make_screen):
    shown = make_screen(is_terminal=True, columns=40)
    with Activity(shown.screen) as activity:
        activity.wait("reading the articles")
        activity.reading(120_300, 241_000)
        redraw(activity)
    assert all(cell_len(line) <= 40 for line in re.split(r"[\r\n]", spoken(shown)))
    assert "120,300 of 241,000" in spoken(shown)


def test_a_meter_says_nothing_where_nothing_is_shown(make_screen):
    for activity, shown in (
        (Activity((pipe := make_screen()).screen), pipe),
        (Activity((quiet := make_screen(is_terminal=True, quiet=True)).screen), quiet),
    ):
        with activity:
            activity.wait("waiting")
            activity.reading(1, 2)
            activity.writing(1)
        assert shown.err == ""
