"""Every error a user can meet, in one tree.

    RagError
    ├── UsageError            exit 2: the command line or a setting is wrong
    ├── InputError            articles: a folder or file that cannot be used
    │   └── PassingInputError a file that cannot be read just now
    ├── CorpusIndexError      the index: missing, damaged, built by something else
    │   ├── DamagedIndexError its store is not what was written
    │   └── IndexBusyError    another process keeps writing it
    ├── EmbedderError         the embedding model cannot be loaded or used
    ├── ModelError            a Llama model file: missing, broken, wrong kind
    │   └── DownloadError     a model file that could not be fetched or verified
    ├── EngineError           an answer engine failed while answering
    ├── ContextOverflow       the question does not fit the model's context
    ├── SessionError          kept chats cannot be read or written
    │   └── DamagedSessionsError  their file is not what was written
    └── EvalError             cases or suite that cannot be run

The command line shows ``message`` and ``hint`` on one line each, never a traceback.
"""

from __future__ import annotations


class RagError(Exception):
    """An error that a user can act on.

    Attributes:
        message: what is wrong, with the offending value and where it came from.
        hint: what to do about it, if possible a command to type; may be empty.
        exit_code: the status the command line exits with.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RagError):
    """The command line or a setting is wrong."""

    exit_code = 2


class InputError(RagError):
    """A folder or file of articles cannot be used."""


class PassingInputError(InputError):
    """A file cannot be read just now: trying again later may help, though it looks the same."""


class CorpusIndexError(RagError):
    """The index is missing, damaged, or was built by something else."""


class DamagedIndexError(CorpusIndexError):
    """The store of the index is not what was written: it is made anew from the articles."""


class IndexBusyError(CorpusIndexError):
    """Another process is writing the index, and was waited for long enough."""


class EmbedderError(RagError):
    """The embedding model cannot be loaded or used."""


class ModelError(RagError):
    """A language model file is missing, broken, or of a kind that cannot be used."""


class DownloadError(ModelError):
    """A model file could not be fetched, or is not the file that was pinned."""


class EngineError(RagError):
    """An answer engine failed while answering, or cannot run here."""


class ContextOverflow(EngineError):
    """The question does not fit the model's context window, even without passages."""


class EvalError(RagError):
    """An evaluation suite or its cases cannot be run."""


class SessionError(RagError):
    """Kept chats cannot be read or written."""


class DamagedSessionsError(SessionError):
    """The file of the kept chats is not what was written."""
