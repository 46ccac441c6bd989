"""Commands that change what answers: the model, the corpus, the index."""

from __future__ import annotations

import os
from collections.abc import Iterable

from rag.cli.chat.altering import DEFAULT_CORPUS, with_corpus, with_model, with_values
from rag.cli.chat.busy import busy
from rag.cli.chat.chat import Chat
from rag.cli.chat.commands import Command
from rag.cli.chat.setting import COMMANDS as SETTING
from rag.cli.chat.standing import Row, say_rows, show_status
from rag.cli.chat.words import split
from rag.cli.index.report import N_NAMED, has_changed, summary
from rag.cli.model.table import model_rows, size_text
from rag.cli.show.skipped import skipped_lines
from rag.cli.status.report import holdings, standing
from rag.corpora import Corpus, known_corpora
from rag.errors import UsageError
from rag.setting_values import Settings, choices
from rag.upkeep import index_status

_WITHOUT_MODEL = {
    "extractive": "the articles' own sentences, no model",
    "endpoint": "a model on the server that the setting endpoint names",
}


def _model(chat: Chat, name: str) -> None:
    if not name:
        _list_models(chat)
        return
    with busy(chat, f"loading {name}"):
        chat.desk.change(with_model(chat.desk.settings, name))
    facts = chat.desk.engine
    chat.screen.notice(f"engine: {facts}" + (f"; {facts.running}" if facts.running else ""))


def _list_models(chat: Chat) -> None:
    facts = chat.desk.engine
    rows: list[Row] = [("in use", str(facts))]
    for row in model_rows():
        if row.is_installed:
            size = f", {size_text(row.entry.size_bytes)}" if row.entry else ""
            rows.append((row.name, f"installed{size}"))
    rows += _WITHOUT_MODEL.items()
    say_rows(chat.screen, rows, width=_width(rows))
    others = [row.name for row in model_rows() if not row.is_installed]
    more = f"; rag model pull fetches {', '.join(others)}" if others else ""
    chat.screen.notice(f"/model and a name, or the path of a .gguf file, takes another{more}")


def _model_names(chat: Chat) -> Iterable[str]:
    installed = [row.name for row in model_rows() if row.is_installed]
    return [*installed, *(name for name in choices("engine") if name)]


def _corpus(chat: Chat, name: str) -> None:
    if not name:
        _list_corpora(chat)
        return
    first = chat.desk.first_settings
    with busy(chat, f"opening {name}"):
        chat.desk.change(with_corpus(chat.desk.settings, name, first=first))
    _say_articles(chat)


def _say_articles(chat: Chat) -> None:
    """What is asked from now on. What was said before stands, and the numbers of its sources are
    not given again."""
    status = chat.desk.index_status()
    within = chat.desk.within
    corpus = chat.desk.settings.corpus or DEFAULT_CORPUS
    chat.screen.notice(f"corpus: {corpus}, {holdings(status)}" + (f"; {within}" if within else ""))


def _list_corpora(chat: Chat) -> None:
    rows = [_corpus_row(chat, corpus) for corpus in _corpora(chat)]
    say_rows(chat.screen, rows, width=_width(rows))
    chat.screen.notice("/corpus and a name takes another; rag index -c NAME FOLDER makes one")


def _corpora(chat: Chat) -> list[Corpus]:
    """Those that are known, and the one in use, whose index may have been named by its folder."""
    now = chat.desk.settings
    found = [corpus for corpus in known_corpora() if corpus.name != now.corpus]
    return [Corpus(now.corpus, now), *found]


def _corpus_row(chat: Chat, corpus: Corpus) -> Row:
    status = index_status(corpus.settings)
    in_use = "in use; " if corpus.name == chat.desk.settings.corpus else ""
    state = standing(status, corpus.name)
    return corpus.name or DEFAULT_CORPUS, f"{in_use}{holdings(status)}; {state}"


def _corpus_names(chat: Chat) -> Iterable[str]:
    return [corpus.name or DEFAULT_CORPUS for corpus in _corpora(chat)]


def _index(chat: Chat, given: str) -> None:
    settings = _with_folders(chat.desk.settings, given) if given else None
    with busy(chat, "reading the articles"):
        report = chat.desk.sync(settings)
    for line in skipped_lines(report.skipped, in_full=chat.screen.verbose):
        chat.screen.notice(f"skipped {line}")
    for note in report.notes[:N_NAMED]:
        chat.screen.notice(f"note: {note}")
    chat.screen.notice(summary(report) if has_changed(report) else f"up to date: {summary(report)}")


def _with_folders(settings: Settings, given: str) -> Settings:
    paths = [os.path.abspath(os.path.expanduser(path)) for path in split(given)]
    for path in paths:
        if not os.path.exists(path):
            raise UsageError(f"there is no {path}", hint="/index FOLDER")
    return with_values(settings, {"articles": paths})


def _width(rows: Iterable[Row]) -> int:
    return min(max(len(name) for name, _ in rows) + 2, 24)


COMMANDS: tuple[Command, ...] = (
    Command(
        "model", "[NAME]", "the models there are; or answer with another", _model, _model_names
    ),
    Command(
        "corpus", "[NAME]", "the corpora there are; or ask another one", _corpus, _corpus_names
    ),
    *SETTING,
    Command("index", "[PATH...]", "bring the index up to date, or index other folders", _index),
    Command("status", "", "what answers, from what, and how it stands", show_status),
)
