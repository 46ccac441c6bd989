"""Times the steps of one run of the program, from inside its process.

The functions that the steps begin with are wrapped from outside once their modules are there, so
that the program itself holds nothing of it. Every moment belongs to the innermost step; an import
is a step of its own, wherever it happens. Only the main thread is timed: what runs beside it shows
as the wait for it. Nothing but builtin modules is imported here, or it would be measured.
"""

import _thread
import builtins
import sys
import time

_WRITTEN = "written"
TARGETS = {
    "rag.cli.options:load_settings": "settings",
    "rag.parts:open_embedder": "weights",
    "rag.embedding.light:LightModel.__init__": "weights",
    "rag.parts:bring_up_to_date": "articles compared",
    "rag.wiring:open_index": "index opened",
    "rag.embedding.sentence_transformer:SentenceTransformerEmbedder.embed_query": (
        "question embedded"
    ),
    "rag.embedding.sentence_transformer:SentenceTransformerEmbedder.embed_sentences": (
        "sentences embedded"
    ),
    "rag.embedding.sentence_transformer:SentenceTransformerEmbedder.embed_documents": (
        "articles embedded"
    ),
    "rag.indexing.derived:refresh": "index written",
    "rag.parts:choose_model": "model loaded",
    "rag.parts:open_engine": "model loaded",
    "rag.retrieval.spelling:SpellingCorrector.correct": "spelling",
    "rag.retrieval.hybrid:HybridRetriever.retrieve": "searched",
    "rag.retrieval.evidence:SentenceRanker.rank": "ranked",
    "rag.retrieval.evidence:SentenceRanker.rank_prepared": "ranked",
    "rag.grounding.answerability:Answerability.decide": "decided",
    "rag.generation.extractive:ExtractiveEngine.generate": _WRITTEN,
    "rag.generation.extractive:ExtractiveGeneration.next": _WRITTEN,
    "rag.generation.llama.engine:LlamaEngine.fit": "prompt packed",
    "rag.generation.llama.engine:LlamaEngine.generate": _WRITTEN,
    "rag.generation.llama.generation:LlamaGeneration.next": _WRITTEN,
    "rag.generation.llama.generation:LlamaGeneration.retry": "written again",
    "rag.generation.llama.prefix:PrefixedState.become": ("prompt read", "tokens decoded"),
    "rag.grounding.check:SentenceChecker.check": "checked",
    "rag.cli.show.hits:show_hits": "shown",
    "rag.cli.ask.asking:show_events": "shown",
    "rag.cli.ask.asking:show_sources": "shown",
    "rag.parts:Parts.close": "closed",
}
"""``module:name`` of what a step begins with, as it is looked up by its caller -> the step; two
where the first call is one step and every other one is another."""
IMPORTS, REST = "imports", "the rest"


class Stopwatch:
    """Seconds of every step so far."""

    def __init__(self):
        self.seconds = {REST: 0.0}
        self._steps = [REST]
        self._last = time.monotonic()
        self._thread = _thread.get_ident()
        self._waiting = dict(TARGETS)
        self._n_modules = 0
        self._import = builtins.__import__

    def start(self):
        """From here on, imports are timed, and wrapped is what they bring."""
        builtins.__import__ = self._importing

    def enter(self, step):
        """What comes now belongs to ``step``."""
        self._note()
        self._steps.append(step)

    def leave(self):
        """What comes now belongs to the step before."""
        self._note()
        self._steps.pop()

    def _note(self):
        now = time.monotonic()
        step = self._steps[-1]
        self.seconds[step] = self.seconds.get(step, 0.0) + now - self._last
        self._last = now

    def _elsewhere(self):
        return _thread.get_ident() != self._thread

    def _importing(self, *arguments, **options):
        if self._steps[-1] == IMPORTS or self._elsewhere():
            return self._import(*arguments, **options)
        self.enter(IMPORTS)
        try:
            return self._import(*arguments, **options)
        finally:
            if len(sys.modules) != self._n_modules:
                self._wrap_new()
                self._n_modules = len(sys.modules)
            self.leave()

    def _wrap_new(self):
        for target in [t for t in self._waiting if t.partition(":")[0] in sys.modules]:
            owner, name = located(target)
            if owner is not None:
                setattr(owner, name, self._timed(self._waiting.pop(target), getattr(owner, name)))

    def _timed(self, step, function):
        following = [step] if isinstance(step, str) else list(reversed(step))

        def timed(*arguments, **options):
            if self._elsewhere():
                return function(*arguments, **options)
            self.enter(following.pop() if len(following) > 1 else following[0])
            try:
                return function(*arguments, **options)
            finally:
                self.leave()

        return timed


def located(target):
    """What holds the function of ``target``, and its name there; (None, "") if its module is not
    imported, or not so far that it is there."""
    module, _, path = target.partition(":")
    owner = sys.modules.get(module)
    *owners, name = path.split(".")
    for part in owners:
        owner = getattr(owner, part, None)
    return (owner, name) if hasattr(owner, name) else (None, "")


def main():
    """``FILE ARGUMENTS...``: run ``rag ARGUMENTS`` and write what it took to ``FILE``."""
    began = time.monotonic()
    place, sys.argv = sys.argv[1], ["rag", *sys.argv[2:]]
    stopwatch = Stopwatch()
    stopwatch.start()
    from rag.__main__ import run

    status = run()
    stopwatch.enter(REST)
    with open(place, "w", encoding="utf-8") as file:
        file.write(repr({"began": began, "ended": time.monotonic(), "steps": stopwatch.seconds}))
    sys.exit(status)
