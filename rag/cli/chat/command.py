"""``rag chat``: a conversation with the articles."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options

if TYPE_CHECKING:
    from rag.cli.chat.chat import Chat
    from rag.cli.chat.lines import LineReader

EPILOG = """\
\b
Examples:
  rag chat
  rag chat -a seeds/ --engine extractive
  rag chat --quote
  rag chat --continue
  rag chat --resume licence-work
  printf 'Who released Llama 3?\\nAnd when?\\n' | rag chat

\b
In the chat: /help lists the commands; Ctrl-C stops an answer and keeps the
chat; Ctrl-D leaves. You can type on while an answer is made: Enter queues the
line, the arrow up takes it back. Alt-Enter begins a new line, as does Enter
after \"\"\"; Ctrl-R searches what was typed; Tab completes commands and what
they may be told. When stdin is no terminal, each line is a question; the exit
code is then 1 if one of them failed.
"""


def chat_command(
    articles: options.ArticlesOption = None,
    corpus: options.CorpusOption = None,
    index: options.IndexOption = None,
    in_: options.InOption = None,
    since: options.SinceOption = None,
    until: options.UntilOption = None,
    passages: options.PassagesOption = None,
    engine: options.EngineOption = None,
    model: options.ModelOption = None,
    endpoint: options.EndpointOption = None,
    quote: options.QuoteOption = None,
    strict: options.StrictOption = None,
    gpu_layers: options.GpuLayersOption = None,
    threads: options.ThreadsOption = None,
    context: options.ContextOption = None,
    continues: Annotated[
        bool, typer.Option("--continue", help="Go on with the last chat about these articles.")
    ] = False,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            metavar="ID|NAME",
            help="Go on with a chat of `rag sessions list`, about its own articles.",
            show_default=False,
        ),
    ] = None,
    history: options.HistoryOption = None,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Talk with the articles; follow-ups are understood."""
    from rag.chat.session import ChatSession
    from rag.cli.chat import resuming
    from rag.cli.chat.chat import Chat
    from rag.cli.chat.desk import open_desk
    from rag.cli.chat.loop import ChatLoop
    from rag.cli.show.progress import Activity
    from rag.cli.show.screen import Screen

    settings = options.load_settings(
        corpus=corpus,
        articles=articles,
        index_dir=index,
        passages=passages,
        engine=engine,
        model=model,
        endpoint=endpoint,
        quote=quote,
        strict=strict,
        gpu_layers=gpu_layers,
        threads=threads,
        context_tokens=context,
        history=history,
    )
    earlier = resuming.chosen(
        settings,
        continues=continues,
        resume=resume,
        names_articles=bool(articles or corpus or index),
    )
    settings = earlier.settings
    scope = options.scope_of(in_, since, until)
    screen = Screen(quiet=quiet, verbose=verbose)
    with Activity(screen) as activity:
        activity.wait("loading")
        with open_desk(
            settings, scope, activity, notice=screen.notice, detail=screen.detail
        ) as desk:
            activity.stop()  # rich stands between a program and sys.stdout while it draws
            reader = _reader(lambda: chat)
            chat = Chat(ChatSession(desk), screen, activity, reader, desk)
            resuming.take_up(chat, earlier)
            only = f", {scope}" if scope else ""
            n_failed = ChatLoop(chat).run(greeting=f"engine: {desk.engine}{only}")
            resuming.tell_how_to_go_on(chat)
    raise typer.Exit(1 if n_failed and not sys.stdin.isatty() else 0)


def _reader(chat: Callable[[], Chat]) -> LineReader:
    """A prompt on a terminal, a plain one where the cursor cannot be moved; elsewhere the lines of
    stdin."""
    from rag.cli.chat.lines import PlainLines, PlainPrompt

    if not sys.stdin.isatty() or not (sys.stdout.isatty() or sys.stderr.isatty()):
        return PlainLines(sys.stdin.buffer)
    if os.environ.get("TERM", "").casefold() in ("dumb", "unknown"):
        return PlainPrompt(sys.stdin.buffer, sys.stdout if sys.stdout.isatty() else sys.stderr)
    from rag.cli.chat.prompt import Prompt

    return Prompt(chat)
