"""``rag doctor``: what is installed, what is in use, what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from rag.cli import options

if TYPE_CHECKING:
    from rag.cli.show.screen import Screen
    from rag.doctor import Finding

EPILOG = """\
\b
Examples:
  rag doctor
  rag doctor --json
  rag doctor --index ./index -m llama-3.2-1b

\b
Exit codes: 0 nothing is broken, 1 something is.
"""
_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor_command(
    corpus: options.CorpusOption = None,
    index: options.IndexOption = None,
    model: options.ModelOption = None,
    gpu_layers: options.GpuLayersOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Check the installation, the model, the embedder and the index."""
    from rag.cli.json.output import write_json
    from rag.cli.show.screen import Screen
    from rag.doctor import Status, examine
    from rag.types import as_json as plain

    findings = examine(
        {"corpus": corpus, "index_dir": index, "model": model, "gpu_layers": gpu_layers}
    )
    if as_json:
        write_json({"schema": "rag.doctor/1", "findings": plain(findings)})
    else:
        _show(Screen(), findings)
    raise typer.Exit(1 if any(item.status is Status.FAIL for item in findings) else 0)


def _show(screen: Screen, findings: list[Finding]) -> None:
    from rich.text import Text

    from rag.cli.show.screen import write
    from rag.text.terminal import safe

    width = max(len(item.name) for item in findings) + 2
    for item in findings:
        mark = Text(f"{item.status:<6}", style=_STYLES[item.status])
        line = Text.assemble(mark, safe(item.name).ljust(width), safe(item.value))
        write(screen.out, line, hanging=6 + width)
        if item.hint:
            write(screen.out, Text.assemble("try: ", (safe(item.hint), "bold")), indent=6 + width)
