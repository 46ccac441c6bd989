"""Commands that look at the last answer: its sources, its evidence, the articles themselves."""

from __future__ import annotations

from rag.cli.chat.chat import Chat
from rag.cli.chat.commands import Command, Offer
from rag.cli.chat.labels import (
    article,
    label_of,
    labels_offered,
    named,
    offered,
    only_source,
    source_names,
)
from rag.cli.opening.source import open_view
from rag.cli.opening.view import view_of_article, view_of_passage
from rag.cli.show.passage import show_passage
from rag.cli.show.pieces import one_line
from rag.cli.show.sources import show_source, show_sources
from rag.cli.show.why import show_sentence, show_why
from rag.errors import UsageError
from rag.types import Answer


def _sources(chat: Chat, _: str) -> None:
    answer = chat.session.last
    if answer is None:
        chat.screen.notice("there is no answer yet; ask a question first")
    elif not answer.refused:
        show_sources(chat.screen, answer)
    elif answer.passages:
        _show_closest(chat, answer)
    else:
        chat.screen.notice("the last question was refused, and nothing comes close to it")


def _show_closest(chat: Chat, answer: Answer) -> None:
    denied = [answer.denial] if answer.denial else []
    chat.screen.notice("the last question was refused; these come closest (/show N, /open N):")
    for label in offered(answer):
        evidence = [e for e in denied if e.label == label]
        show_source(chat.screen, label, evidence, answer)


def _show(chat: Chat, typed: str) -> None:
    source = named(chat.session.answers, _label(chat, typed, "show"), "show")
    view = view_of_passage(chat.desk.settings, source.chunk, source.evidence)
    show_passage(chat.screen, source.label, source.chunk, view)


def _open(chat: Chat, typed: str) -> None:
    settings = chat.desk.settings
    if typed and label_of(typed) is None:
        document, line = article(settings, typed)
        view = view_of_article(document, line)
    else:
        source = named(chat.session.answers, _label(chat, typed, "open"), "open")
        view = view_of_passage(settings, source.chunk, source.evidence)
    open_view(chat.screen, view, interactive=chat.reader.is_interactive)


def _label(chat: Chat, typed: str, command: str) -> int:
    if not typed:
        return only_source(chat.session.answers, command)
    label = label_of(typed)
    if label is None:
        raise UsageError(f"not the number of a source: {typed}", hint=f"/{command} 1")
    return label


def _why(chat: Chat, typed: str) -> None:
    answer = chat.session.last
    if answer is None:
        raise UsageError("there is no answer yet", hint="ask a question first")
    if not typed:
        show_why(chat.screen, answer)
        return
    number = label_of(typed)
    if number is None or not 1 <= number <= len(answer.sentences):
        raise UsageError(f"the answer has no sentence {typed}", hint=_numbers(answer))
    show_sentence(chat.screen, answer.sentences[number - 1], answer, number=number)


def _numbers(answer: Answer) -> str:
    n_sentences = len(answer.sentences)
    if not n_sentences:
        return "/why says why there is none"
    return f"/why 1 to /why {n_sentences}" if n_sentences > 1 else "/why 1"


def _sentence_numbers(chat: Chat) -> list[Offer]:
    answer = chat.session.last
    sentences = answer.sentences if answer else ()
    return [Offer(str(n), one_line(s.text)) for n, s in enumerate(sentences, 1)]


COMMANDS: tuple[Command, ...] = (
    Command("sources", "", "the sources of the last answer again", _sources),
    Command("show", "N", "passage [N] as it was read, evidence set off", _show, labels_offered),
    Command("why", "[N]", "what bears the answer, or its sentence N", _why, _sentence_numbers),
    Command("open", "N|FILE", "the article at that line; also !N", _open, source_names),
)
