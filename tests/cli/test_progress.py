"""Progress: on a terminal's stderr, nowhere else."""

from __future__ import annotations

from rag.cli.progress import Activity


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
