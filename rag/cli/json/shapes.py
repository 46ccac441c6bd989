"""Objects of ``--json`` that commands put together by hand, as records that say what they hold.

None of them is ever made: they are read by the page docs/json.md and by its schemas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rag.doctor import Finding
from rag.models.catalogue import CatalogueEntry
from rag.types import Evidence, Hit, PromptPart


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole of an answer.

    Attributes:
        answer: the answer as one text with its markers; the reason if it was refused.
        evidence: every distinct piece of evidence of the sentences, in order of first use.
    """

    answer: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class PlannedPrompt:
    """The prompt that a model would be asked with.

    Attributes:
        parts: its text, in order; null unless ``--show-prompt`` asks for it.
        n_tokens: of it; n_room: of the context, the longest answer taken off.
        is_estimate: whether tokens are estimated, since the model's vocabulary is not known.
    """

    parts: tuple[PromptPart, ...] | None
    n_tokens: int
    n_room: int
    is_estimate: bool


@dataclass(frozen=True, slots=True)
class Planned:
    """What a model would be asked.

    Attributes:
        prompt: null for an engine without a model, and for a question that is refused at once.
    """

    prompt: PlannedPrompt | None


@dataclass(frozen=True, slots=True)
class Error:
    """What went wrong.

    Attributes:
        message: what is wrong, with the offending value and where it came from.
        hint: what to do about it, if possible a command to type; may be empty.
        exit_code: what the program exits with.
    """

    message: str
    hint: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A command that failed.

    Attributes:
        error: why.
    """

    error: Error


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found."""

    query: str
    scope: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts of a text that was checked.

    Attributes:
        sound: whether every statement is supported, and by what it cites.
        n_claims: statements that assert something; n_supported: those that the articles support.
        n_wrong_citations: citations whose source does not support their statement.
    """

    sound: bool
    n_claims: int
    n_supported: int
    n_wrong_citations: int


@dataclass(frozen=True, slots=True)
class Session:
    """A chat.

    Attributes:
        title: its name, else its first question; when: when it was held, or empty.
        corpus: what it is about; empty for the default corpus.
        answers: objects ``rag.answer/1``, in order.
    """

    title: str
    when: str
    corpus: str
    answers: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class KeptChat:
    """A kept chat without its answers.

    Attributes:
        id: what it is called in commands; name: what it was named, or empty.
        title: its first question; answers: how many it has.
        begun, used: first and last change, ISO time in UTC.
        corpus: name of the corpus, empty for the default one.
        index_dir: folder of the index; articles: folders, where they were named.
        engine: what answered.
    """

    id: str
    name: str
    title: str
    answers: int
    begun: str
    used: str
    corpus: str
    index_dir: str
    articles: tuple[str, ...]
    engine: str


@dataclass(frozen=True, slots=True)
class Sessions:
    """The kept chats.

    Attributes:
        sessions: the one used last first.
    """

    sessions: tuple[KeptChat, ...]


@dataclass(frozen=True, slots=True)
class FoundAnswer:
    """An answer that holds what was looked for.

    Attributes:
        session: its chat; number: its place there, from 1.
        excerpt: the part of the answer that holds the words.
    """

    session: KeptChat
    number: int
    question: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class FoundSessions:
    """What a search in kept chats found.

    Attributes:
        found: best first.
    """

    found: tuple[FoundAnswer, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A model.

    Attributes:
        name: what is typed, or the path of a file of yours.
        installed: whether its file is here; in_use: whether it is the one that answers.
        pin: the very file that can be pulled; null for a file of yours.
    """

    name: str
    installed: bool
    in_use: bool
    pin: CatalogueEntry | None


@dataclass(frozen=True, slots=True)
class Models:
    """The models.

    Attributes:
        models: those of the catalogue, and the file in use if it is another one.
    """

    models: tuple[Model, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting in force.

    Attributes:
        name: as in docs/settings.md, or ``corpora.NAME.SETTING``.
        source: the flag, variable or file it comes from, or that it is the default.
    """

    name: str
    value: Any
    source: str


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A settings file that is looked for.

    Attributes:
        kind: whose it is; path: null if there is no rag.toml in this folder or above.
        exists: whether it is there.
    """

    kind: str
    path: str | None
    exists: bool


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings.

    Attributes:
        corpus: the corpus that was chosen; empty for the default one.
        settings: every setting, in the order of docs/settings.md.
        corpora: what the tables of corpora say; files: where settings are looked for.
    """

    corpus: str
    settings: tuple[Setting, ...]
    corpora: tuple[Setting, ...]
    files: tuple[SettingsFile, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """The state of an installation.

    Attributes:
        findings: in the order of the checks.
    """

    findings: tuple[Finding, ...]
