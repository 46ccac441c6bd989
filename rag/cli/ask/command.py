"""``rag ask``: one question, one checked answer."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from rag.cli import options

REFUSED = 3
EPILOG = """\
\b
Examples:
  rag ask "Who may use Llama 3 commercially?"
  rag ask What did regulators say -a seeds/ -a notes.md
  rag ask --engine extractive --json "When was Llama 3 released?"
  rag ask --quote "What does the licence forbid?"
  rag ask --strict -q "When was it released?" || echo "no sure answer"
  rag ask --explain -v "Why is Llama 3 disputed?"
  rag ask --dry-run --show-prompt "What would the model be told?"
  rag ask - < question.txt
  git log -1 --format=%B | rag ask "Which article is this about?"

\b
Many questions, one process: a line of JSON each, in and out. A line is a
string, or an object with "question", if you like "id" (any value, it comes
back) and "history" (a list of {"question": ..., "answer": ...}).
  rag ask --jsonl questions.jsonl > answers.jsonl
  echo '{"id": 7, "question": "Who wrote it?"}' | rag ask --jsonl -

\b
The answer goes to stdout, everything else to stderr.
Exit codes:
  0    answered, or only planned (--dry-run)
  1    error; with --jsonl: at least one question failed
  2    usage
  3    refused: the articles do not say; with --jsonl: at least one question
       was refused, and none failed
  130  interrupted
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
    strict: options.StrictOption = None,
    gpu_layers: options.GpuLayersOption = None,
    threads: options.ThreadsOption = None,
    context: options.ContextOption = None,
    as_json: options.JsonOption = False,
    jsonl: Annotated[
        str | None,
        typer.Option(
            "--jsonl",
            metavar="FILE|-",
            help="Questions from a file or stdin, a line of JSON each; answers likewise.",
            show_default=False,
        ),
    ] = None,
    no_sources: Annotated[
        bool, typer.Option("--no-sources", help="The answer only, no list of sources.")
    ] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Say on stderr what was found, offered and left out, why it is answered, and "
            "how each sentence fared.",
        ),
    ] = False,
    show_prompt: Annotated[
        bool,
        typer.Option(
            "--show-prompt",
            help="Show the prompt, its control tokens marked, on stderr (--dry-run: on stdout).",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Say what would be searched, found, offered and asked; no model writes.",
        ),
    ] = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
) -> None:
    """Answer a question, each sentence cited and checked.

    The index is built when there is none, and brought up to date when articles have changed.
    """
    from rag.cli.ask.question import read_question

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
    )
    scope = options.scope_of(in_, since, until)
    text = ""
    if jsonl is None:
        text = read_question(question or (), sys.stdin.buffer, is_terminal=sys.stdin.isatty())
    else:
        _require_nothing_else(question=question, dry_run=dry_run, explain=explain or show_prompt)

    from rag.cli.ask.asking import Task  # here, so that what is wrong above is said at once
    from rag.cli.show.screen import Screen

    screen = Screen(quiet=quiet, verbose=verbose)
    task = Task(settings, scope, screen, as_json=as_json, shows_prompt=show_prompt)
    if jsonl is not None:
        raise typer.Exit(task.answer_many(jsonl))
    if dry_run:
        task.plan(text)
        return
    answer = task.answer(text, sources=not no_sources, explain=explain)
    raise typer.Exit(REFUSED if answer.refused else 0)


def _require_nothing_else(*, question: list[str] | None, dry_run: bool, explain: bool) -> None:
    """Raises ``UsageError`` if there is something that --jsonl leaves no room for."""
    from rag.errors import UsageError

    if question:
        raise UsageError("--jsonl takes its questions from lines, not from the command line")
    if dry_run or explain:
        raise UsageError(
            "--jsonl does not go with --dry-run, --explain or --show-prompt",
            hint="every line of its output holds all that --explain says",
        )
