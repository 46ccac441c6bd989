"""Local, cited question answering over a folder of articles.

    import rag

    with rag.open("articles/", engine="extractive") as library:
        answer = library.ask("Who may use Llama 3 commercially?")

``docs/library.md`` says more. Importing this loads nothing but itself: names are looked up when
they are used (PEP 562).
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOMES = {
    "rag.library.library": ("Library",),
    "rag.library.once": ("ask", "check", "index", "search", "status", "stream"),
    "rag.setting_values": ("Settings",),
    "rag.assistant.events": ("Dropped", "Event", "Finished", "Retrieved", "Shown"),
    "rag.assistant.text_report": (
        "CheckedStatement",
        "MissingQuote",
        "SourceFinding",
        "SourceVerdict",
        "TextReport",
    ),
    "rag.chat.session": ("ChatSession",),
    "rag.indexing.progress": ("Progress", "SyncReport"),
    "rag.indexing.status": ("IndexStatus",),
    "rag.types": (
        "Answer",
        "CheckedSentence",
        "Chunk",
        "Citation",
        "Claim",
        "Conflict",
        "ConflictSide",
        "Decision",
        "Evidence",
        "Hit",
        "Passage",
        "Place",
        "PlaceUnit",
        "Provenance",
        "Skipped",
        "Span",
        "Turn",
        "Usage",
        "Verdict",
        "as_json",
    ),
    "rag.errors": (
        "ContextOverflow",
        "CorpusIndexError",
        "DamagedIndexError",
        "DamagedSessionsError",
        "DownloadError",
        "EmbedderError",
        "EngineError",
        "EvalError",
        "IndexBusyError",
        "InputError",
        "ModelError",
        "PassingInputError",
        "RagError",
        "SessionError",
        "UsageError",
    ),
}
__all__ = ["__version__", "open", *(name for names in _HOMES.values() for name in names)]

if TYPE_CHECKING:
    from rag.assistant.events import Dropped as Dropped
    from rag.assistant.events import Event as Event
    from rag.assistant.events import Finished as Finished
    from rag.assistant.events import Retrieved as Retrieved
    from rag.assistant.events import Shown as Shown
    from rag.assistant.text_report import CheckedStatement as CheckedStatement
    from rag.assistant.text_report import MissingQuote as MissingQuote
    from rag.assistant.text_report import SourceFinding as SourceFinding
    from rag.assistant.text_report import SourceVerdict as SourceVerdict
    from rag.assistant.text_report import TextReport as TextReport
    from rag.chat.session import ChatSession as ChatSession
    from rag.errors import ContextOverflow as ContextOverflow
    from rag.errors import CorpusIndexError as CorpusIndexError
    from rag.errors import DamagedIndexError as DamagedIndexError
    from rag.errors import DamagedSessionsError as DamagedSessionsError
    from rag.errors import DownloadError as DownloadError
    from rag.errors import EmbedderError as EmbedderError
    from rag.errors import EngineError as EngineError
    from rag.errors import EvalError as EvalError
    from rag.errors import IndexBusyError as IndexBusyError
    from rag.errors import InputError as InputError
    from rag.errors import ModelError as ModelError
    from rag.errors import PassingInputError as PassingInputError
    from rag.errors import RagError as RagError
    from rag.errors import SessionError as SessionError
    from rag.errors import UsageError as UsageError
    from rag.indexing.progress import Progress as Progress
    from rag.indexing.progress import SyncReport as SyncReport
    from rag.indexing.status import IndexStatus as IndexStatus
    from rag.library.library import Library as Library
    from rag.library.library import open_library as open
    from rag.library.once import ask as ask
    from rag.library.once import check as check
    from rag.library.once import index as index
    from rag.library.once import search as search
    from rag.library.once import status as status
    from rag.library.once import stream as stream
    from rag.setting_values import Settings as Settings
    from rag.types import Answer as Answer
    from rag.types import CheckedSentence as CheckedSentence
    from rag.types import Chunk as Chunk
    from rag.types import Citation as Citation
    from rag.types import Claim as Claim
    from rag.types import Conflict as Conflict
    from rag.types import ConflictSide as ConflictSide
    from rag.types import Decision as Decision
    from rag.types import Evidence as Evidence
    from rag.types import Hit as Hit
    from rag.types import Passage as Passage
    from rag.types import Place as Place
    from rag.types import PlaceUnit as PlaceUnit
    from rag.types import Provenance as Provenance
    from rag.types import Skipped as Skipped
    from rag.types import Span as Span
    from rag.types import Turn as Turn
    from rag.types import Usage as Usage
    from rag.types import Verdict as Verdict
    from rag.types import as_json as as_json
else:

    def __getattr__(name):  # to a type checker every name would be known
        from importlib import import_module

        if name == "open":
            found = import_module("rag.library.library").open_library
        elif home := next((home for home, names in _HOMES.items() if name in names), ""):
            found = getattr(import_module(home), name)
        else:
            raise AttributeError(f"module 'rag' has no attribute {name!r}")
        globals()[name] = found
        return found

    def __dir__():
        return sorted({*globals(), *__all__})
