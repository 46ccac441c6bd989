"""``rag ask``: one question, one checked answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options

if TYPE_CHECKING:
    from rag.cli.screen import Screen
    from rag.retrieval.scope import Scope
    from rag.settings import Settings
    from rag.types import Answer

REFUSED = 3
EPILOG = """\
\b
Examples:
  rag ask "Who may use Llama 3 commercially?"
  rag ask What did regulators say -a seeds/ -a notes.md
  rag ask --engine extractive --json "When was Llama 3 released?"
  rag ask --quote "What does the licence forbid?"
  rag ask - < question.txt
  git log -1 --format=%B | rag ask "Which article is this about?"

\b
The answer goes to stdout, everything else to stderr. Exit codes: 0 answered,
1 error, 2 usage, 3 refused (the articles do not say), 130 interrupted.
"""


def ask_command(
    question: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUESTION",
            help="The question; - reads it from stdin. Piped text comes first, then the words.",
            show_default=False,
        ),
    ] = None,
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
    as_json: options.JsonOption = False,
    no_sources: Annotated[
        bool, typer.Option("--no-sources", help="The answer only, no list of sources.")
    ] = False,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Say on stderr what was found, offered and left out."),
    ] = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Answer a question, each sentence cited and checked.

    The index is built when there is none, and brought up to date when articles have changed.
    """
    from rag.cli.question import read_question
    from rag.cli.screen import Screen

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
    text = read_question(question or (), sys.stdin.buffer, is_terminal=sys.stdin.isatty())
    screen = Screen(quiet=quiet, verbose=verbose)
    answer = _answer(text, settings, screen, scope, streams=not as_json)
    _finish(screen, answer, as_json=as_json, sources=not no_sources, explain=explain)
    raise typer.Exit(REFUSED if answer.refused else 0)


def _answer(
    question: str, settings: Settings, screen: Screen, scope: Scope, *, streams: bool
) -> Answer:
    from rag.cli.answering import show_events
    from rag.cli.progress import Activity
    from rag.parts import open_assistant

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
            activity.wait("reading the articles")
            return show_events(
                screen, assistant.stream(question), activity, question=question, streams=streams
            )


def _finish(screen: Screen, answer: Answer, *, as_json: bool, sources: bool, explain: bool) -> None:
    from rag.cli.disputes import show_disputes
    from rag.cli.explain import show_explanation, show_usage
    from rag.cli.json_output import answer_record, write_json
    from rag.cli.render import show_refusal
    from rag.cli.sources import show_sources

    if as_json:
        write_json(answer_record(answer))
    elif answer.refused:
        show_refusal(screen, answer)
    else:
        show_disputes(screen, answer)
        if sources:
            show_sources(screen, answer)
    if answer.provenance.scope:
        screen.notice(f"only these were looked at: {answer.provenance.scope}")
    if explain:
        show_explanation(screen, answer)
    if screen.verbose:
        show_usage(screen, answer)
