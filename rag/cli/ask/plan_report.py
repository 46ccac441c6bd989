"""How a planned answer looks, and the prompt that a model is asked with."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from rag.cli.show.explain import head, show_search
from rag.cli.show.screen import put, write
from rag.text.terminal import safe
from rag.types import Answer, WrittenPrompt, as_json

ASK_PLAN_SCHEMA = "rag.ask-plan/1"
_UNPLANNED = ("sentences", "dropped", "usage", "conflicts", "denial")
"""Fields of an answer that nothing is known of before it is written."""


def show_plan(where: Console, plan: Answer, prompt: WrittenPrompt | None) -> None:
    """Print what was searched, found and offered, and what would be asked of which engine."""
    show_search(where, plan)
    engine = safe(plan.provenance.engine)
    if plan.refused:
        head(where, "would be refused", safe(plan.reason))
    elif prompt is None:
        head(where, "would be asked", f"the {engine} engine, which needs no prompt")
    else:
        head(where, "would be asked", f"the {engine} engine, with a prompt of {_size(prompt)}")


def show_prompt(where: Console, prompt: WrittenPrompt | None, answer: Answer) -> None:
    """Print the prompt as the model reads it; control tokens are set off, and what only looks like
    one has a backslash in it, wherever colours are not shown."""
    if prompt is None:
        engine = safe(answer.provenance.engine)
        asked = answer.decision is None or answer.decision.answerable
        head(
            where,
            "prompt",
            f"none: the {engine} engine {'needs none' if asked else 'is not asked'}",
        )
        return
    head(where, "prompt", _size(prompt))
    text = Text()
    for part in prompt.parts:
        if not part.is_control:
            text.append(safe(part.text, keep_newlines=True).replace("<|", "<\\|"))
        elif prompt.is_estimate:  # a role: which tokens a server makes of it is not known
            text.append(f"\n[{safe(part.text)}]\n", style="bold cyan")
        else:
            text.append(safe(part.text), style="bold cyan")
    for line in text.split("\n", allow_blank=True):
        if where.is_terminal:
            write(where, line)
        else:
            put(where, line)


def plan_answer_record(
    plan: Answer, prompt: WrittenPrompt | None, *, with_text: bool
) -> dict[str, Any]:
    """The object of ``rag ask --dry-run --json``: an answer without what is not known yet, and the
    size of its prompt (null: there is none), with its text if that is wanted."""
    planned = {name: value for name, value in as_json(plan).items() if name not in _UNPLANNED}
    record = as_json(prompt)
    if record is not None and not with_text:
        record["parts"] = None
    return {"schema": ASK_PLAN_SCHEMA, **planned, "prompt": record}


def _size(prompt: WrittenPrompt) -> str:
    about = "about " if prompt.is_estimate else ""
    return f"{about}{prompt.n_tokens:,} tokens, for which there are {prompt.n_room:,}"
