"""The options that several commands share, and how they become settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag import settings
from rag.text.terminal import safe

if TYPE_CHECKING:
    from rag.retrieval.scope import Scope

IndexOption = Annotated[
    str | None,
    typer.Option("--index", metavar="DIR", help="Folder of the index.", show_default=False),
]
CorpusOption = Annotated[
    str | None,
    typer.Option(
        "--corpus",
        "-c",
        metavar="NAME",
        help="A named corpus: folders and an index of its own.",
        show_default=False,
    ),
]
ArticlesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--articles",
        "-a",
        metavar="PATH",
        help="Folder or file of articles; may be given several times.",
        show_default=False,
    ),
]
InOption = Annotated[
    list[str] | None,
    typer.Option(
        "--in",
        metavar="TEXT",
        help="Only articles with TEXT in title or path, or a path like *.md; repeatable.",
        show_default=False,
    ),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DATE",
        help="Only articles from DATE on: 2024, 2024-04 or 2024-04-25.",
        show_default=False,
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="DATE", help="Only articles up to and with DATE.", show_default=False
    ),
]
PassagesOption = Annotated[
    int | None,
    typer.Option("--passages", "-k", metavar="N", help="How many passages.", show_default=False),
]
EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine", metavar="NAME", help="llama, extractive or endpoint.", show_default=False
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="NAME|FILE",
        help="A model that was pulled, or a GGUF file; with an endpoint, a model it offers.",
        show_default=False,
    ),
]
EndpointOption = Annotated[
    str | None,
    typer.Option(
        "--endpoint",
        metavar="URL",
        help="OpenAI-compatible server to ask with --engine endpoint.",
        show_default=False,
    ),
]
QuoteOption = Annotated[
    bool | None,
    typer.Option(
        "--quote/--no-quote",
        help="Answer only with sentences of the articles, word for word.",
        show_default=False,
    ),
]
HistoryOption = Annotated[
    bool | None,
    typer.Option(
        "--history/--no-history",
        help="Keep this chat and what is typed, or nothing of it.",
        show_default=False,
    ),
]
StrictOption = Annotated[
    bool | None,
    typer.Option(
        "--strict/--no-strict",
        help="Refuse the whole answer if one sentence fails its check.",
        show_default=False,
    ),
]
GpuLayersOption = Annotated[
    str | None,
    typer.Option(
        "--gpu-layers",
        metavar="auto|N",
        help="Layers of the model on the GPU; 0: none.",
        show_default=False,
    ),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option("--threads", metavar="N", help="Threads of the model.", show_default=False),
]
ContextOption = Annotated[
    int | None,
    typer.Option(
        "--context", metavar="TOKENS", help="Context window of the model.", show_default=False
    ),
]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="No notices and no progress on stderr.")
]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")]
JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON object on stdout, also for an error.")
]


def scope_of(in_: list[str] | None, since: str | None, until: str | None) -> Scope:
    """Which articles alone are looked at.

    Raises:
        UsageError: something that is no date, an impossible pattern, or no day in between.
    """
    from rag.retrieval.scope import Scope

    return Scope(tuple(in_ or ()), since or "", until or "")


def load_settings(**flags: Any) -> settings.Settings:
    """The settings in force. Flags that were not given are None and leave the rest as it is.

    Raises:
        UsageError: if a flag, a variable or a settings file holds what it may not.
    """
    for variable in settings.unknown_variables(os.environ):
        typer.echo(f"note: no such setting: {safe(variable)}", err=True)
    return settings.load(flags)
