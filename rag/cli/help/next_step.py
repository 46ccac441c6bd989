"""What somebody who typed only ``rag`` could type next, by what is there already."""

from __future__ import annotations

from rag.errors import RagError

QUESTION = 'rag ask "Who may use Llama 3 commercially?"'
"""One that the sample articles answer."""


def next_step() -> str:
    """One or two lines: the next command. Only looks which files exist."""
    from rag import settings as settings_module
    from rag.corpora import indexing_command, with_corpus
    from rag.store.schema import FILE_NAME

    try:
        settings = settings_module.load({})
        has_index = (settings_module.index_path(settings) / FILE_NAME).is_file()
        has_model = _has_model(settings.engine, settings.model)
    except RagError as exc:
        return f"Next: {exc.hint or 'rag doctor'}  ({exc.message})"
    if not has_index:
        own = with_corpus(indexing_command(), settings.corpus)
        return f"Next: {own}  (your articles)\n   or {QUESTION}  (the sample articles)"
    if not has_model:
        return (
            'Next: rag ask "..."  or  rag chat\n'
            "      rag model pull llama-3.2-1b lets a Llama model write the answers"
        )
    return 'Next: rag ask "..."  or  rag chat'


def _has_model(engine: str, model: str) -> bool:
    from rag.models.files import active

    return engine in ("extractive", "endpoint") or bool(model or active())
