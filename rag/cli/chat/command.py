"""``rag chat``: a conversation with the articles."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from rag.cli import options

if TYPE_CHECKING:
    from rag.cli.chat.lines import LineReader

EPILOG = """\
\b
Examples:
  rag chat
  rag chat -a seeds/ --engine extractive
  rag chat --quote
  printf 'Who released Llama 3?\\nAnd when?\\n' | rag chat

\b
In the chat: /help lists the commands; Ctrl-C stops an answer and keeps the
chat; Ctrl-D leaves. When stdin is no terminal, each line is a question; the
exit code is then 1 if one of them failed.
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
    gpu_layers: options.GpuLayersOption = None,
    threads: options.ThreadsOption = None,
    context: options.ContextOption = None,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Talk with the articles; follow-ups are understood."""
    from rag.chat.session import ChatSession
    from rag.cli.chat.chat import Chat
    from rag.cli.chat.desk import OpenDesk
    from rag.cli.chat.loop import ChatLoop
    from rag.cli.progress import Activity
    from rag.cli.screen import Screen
    from rag.parts import open_assistant

    settings = options.load_settings(
        corpus=corpus,
        articles=articles,
        index_dir=index,
        passages=passages,
        engine=engine,
        model=model,
        endpoint=endpoint,
        quote=quote,
        gpu_layers=gpu_layers,
        threads=threads,
        context_tokens=context,
    )
    scope = options.scope_of(in_, since, until)
    screen = Screen(quiet=quiet, verbose=verbose)
    with Activity(screen) as activity:
        activity.wait("loading")
        with open_assistant(
            settings,
            notice=screen.notice,
            detail=screen.detail,
            progress=activity,
            scope=scope,
            meter=activity,
        ) as assistant:
            reader = _reader()
            activity.stop()
            desk = OpenDesk(assistant, settings, scope)
            chat = Chat(ChatSession(desk), screen, activity, reader, desk)
            only = f", {scope}" if scope else ""
            n_failed = ChatLoop(chat).run(greeting=f"engine: {assistant.engine_name}{only}")
    raise typer.Exit(1 if n_failed and not sys.stdin.isatty() else 0)


def _reader() -> LineReader:
    """A prompt on a terminal; elsewhere the lines of stdin."""
    if sys.stdin.isatty() and (sys.stdout.isatty() or sys.stderr.isatty()):
        from rag.cli.chat.prompt import Prompt

        return Prompt()
    from rag.cli.chat.lines import PlainLines

    return PlainLines(sys.stdin.buffer)
