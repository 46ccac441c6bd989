"""What is not evaluated twice: the fixed rules of a prompt, and the passages of the last turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure
from bench.llama.costs import ANSWER
from bench.llama.rig import Rig, passages
from rag.generation.llama.decode import common_prefix
from rag.generation.llama.prefix import PrefixedState
from rag.generation.llama.prefix_store import PrefixStore
from rag.generation.prompting import packaged
from rag.types import Passage, Turn

LEAST_SAVED = 0.9
MOST_OF_FIRST_TURN = 0.1
N_PASSAGES = 5
FIRST = "What did the bill ask of developers?"
SECOND = "And who supported it at the time?"
_ROOM_BYTES = 1 << 30


def kept_rules(rig: Rig, *, rounds: int) -> list[Figure]:
    """What is saved by taking the state of the rules from disk instead of evaluating them."""
    rules = _rules(rig)
    saved, cold, warm = [], [], []
    with TemporaryDirectory() as folder:
        _become(rig, [*rules, rig.ids[0]], _store(folder))  # writes the file
        for _ in range(rounds):
            cold.append(_become(rig, [*rules, rig.ids[0]], None))
            warm.append(_become(rig, [*rules, rig.ids[0]], _store(folder)))
            saved.append(1 - warm[-1] / cold[-1])
        n_bytes = sum(path.stat().st_size for path in Path(folder).rglob("*.state"))
    return [
        Figure(
            "prefill of the rules saved by their state on disk",
            tuple(saved),
            "×",
            aim=LEAST_SAVED,
            how=f"{len(rules)} tokens and one behind them, file read and checked",
        ),
        Figure("the rules evaluated", tuple(cold), "s"),
        Figure("the rules restored", tuple(warm), "s"),
        Figure("the kept state", (n_bytes / 1e6,), "MB"),
    ]


def _rules(rig: Rig) -> list[int]:
    """The tokens that all prompts for answers begin with."""
    asked = [
        rig.vocabulary.assemble(packaged().answer(question, offered, ()))
        for question, offered in (("?", []), (FIRST, passages(rig.vocabulary, 1)))
    ]
    return asked[0][: common_prefix(*asked)]


def _store(folder: str) -> PrefixStore:
    return PrefixStore(Path(folder) / "states", max_bytes=_ROOM_BYTES)


def _become(rig: Rig, ids: list[int], store: PrefixStore | None) -> float:
    """Seconds until a fresh state holds ``ids``, whose rules are ``ids[:-1]``."""
    rig.state.truncate(0)
    state = PrefixedState(rig.backend, 1, store=store, facts={"model": rig.engine.model_sha256})
    state.expect(ids[:-1])
    start = time.perf_counter()
    state.become(ids)
    seconds = time.perf_counter() - start
    state.truncate(0)
    return seconds


def second_turns(rig: Rig, *, rounds: int) -> list[Figure]:
    """A follow-up over the same passages against the first turn, to the first token."""
    offered = passages(rig.vocabulary, N_PASSAGES)
    figures = [fig for n in (2, 4) for fig in _second_turn(rig, offered, n, rounds=rounds)]
    history = [Turn(FIRST, " ".join(ANSWER))]
    condensing = [_seconds(lambda: rig.engine.condense(SECOND, history)) for _ in range(rounds)]
    how = "random weights never stop: the most tokens that are allowed"
    return [
        *figures,
        Figure("making the second question stand alone", tuple(condensing), "s", how=how),
    ]


def _second_turn(rig: Rig, offered: list[Passage], n: int, *, rounds: int) -> list[Figure]:
    """The same with an answer of ``n`` sentences between the turns."""
    history = [Turn(FIRST, " ".join(ANSWER[:n]))]
    first, second, shares, tokens = [], [], [], []
    for _ in range(rounds):
        rig.state.truncate(0)
        first.append(_to_first_token(rig, FIRST, offered, []))
        before = rig.state.n_evaluated
        second.append(_to_first_token(rig, SECOND, offered, history))
        tokens.append(float(rig.state.n_evaluated - before))
        shares.append(second[-1] / first[-1])
    how = f"the same {N_PASSAGES} passages, an answer of {n} sentences between"
    share = Figure(
        "second turn / first turn, to the first token",
        tuple(shares),
        "×",
        aim=MOST_OF_FIRST_TURN,
        least=False,
        how=how,
    )
    return [
        share,
        Figure("first turn, to the first token", tuple(first), "s"),
        Figure(f"second turn behind {n} sentences, to the first token", tuple(second), "s"),
        Figure(f"evaluated for it behind {n} sentences", tuple(tokens), "tokens"),
    ]


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _to_first_token(rig: Rig, question: str, offered: list[Passage], history: list[Turn]) -> float:
    return rig.seconds_to_scores(lambda: rig.engine.generate(question, offered, history).next())
