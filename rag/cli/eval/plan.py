"""What ``rag eval`` is about to do: from the command line and the suite to cases and settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from rag.errors import UsageError
from rag.evaluation.case_file import UNREVIEWED
from rag.evaluation.cases import choose, load_cases
from rag.evaluation.gate import select
from rag.evaluation.gold import verify_gold
from rag.evaluation.identity import Identity, identity_of
from rag.evaluation.regression import Tolerance
from rag.evaluation.suite import Suite, load_suite
from rag.evaluation.types import EvalCase, Gate
from rag.settings import Settings, index_path


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for. ``n_each`` None: all cases."""

    suite: Path | None = None
    cases: tuple[Path, ...] = ()
    kinds: tuple[str, ...] = ()
    n_each: int | None = None
    has_articles: bool = False
    baseline: Path | None = None

    @property
    def is_part(self) -> bool:
        """Whether less than the suite is asked (one's own cases are a suite of their own)."""
        return bool(self.kinds or self.n_each or (self.cases and self.suite))


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be run: cases with their gold looked up, and the settings to answer them with.

    Attributes:
        identity: of these cases over these articles.
        baseline: file of the results to compare with; None if none is named.
        is_part: whether only a part of the suite is asked.
    """

    suite: str
    cases: tuple[EvalCase, ...]
    gates: tuple[Gate, ...]
    aims: tuple[Gate, ...]
    settings: Settings
    identity: Identity
    baseline: Path | None = None
    tolerance: Tolerance = Tolerance()  # noqa: RUF009 - frozen
    is_part: bool = False
    seed: int = 0


def make_plan(wish: Wish, settings: Settings, *, notice: Callable[[str], None]) -> Plan:
    """The plan for ``wish``: the named or own suite, or one's own cases over one's own articles.

    Raises:
        EvalError: a suite, case or gold quote that is wrong.
        UsageError: articles given although the suite names its own.
    """
    if wish.cases and wish.suite is None:
        folders = tuple(Path(article).absolute() for article in settings.articles)
        suite = Suite("cases", folders, wish.cases)
    else:
        suite = _named_suite(wish)
        settings = _settings_of(suite, settings)
    cases = choose(load_cases(suite.cases), kinds=wish.kinds, n_each=wish.n_each)
    if suite.articles:
        cases = verify_gold(cases, suite.articles)
    else:
        notice("gold quotes were not looked up: name the articles with --articles")
    if n_drafts := sum(UNREVIEWED in case.tags for case in cases):
        notice(f"{n_drafts} of {len(cases)} cases are drafts that nobody has reviewed")
    kinds = {case.kind for case in cases}
    is_chosen = bool(wish.cases or wish.kinds)
    return Plan(
        suite=suite.name,
        cases=cases,
        gates=select(suite.gates, kinds) if is_chosen else suite.gates,
        aims=select(suite.aims, kinds) if is_chosen else suite.aims,
        settings=settings,
        identity=identity_of(suite.name, cases, suite.articles),
        baseline=wish.baseline or suite.baseline,
        tolerance=suite.tolerance,
        is_part=wish.is_part,
        seed=suite.seed,
    )


def _named_suite(wish: Wish) -> Suite:
    if wish.has_articles:
        raise UsageError("the suite names its own articles", hint="leave out --articles")
    suite = load_suite(wish.suite)
    return replace(suite, cases=wish.cases) if wish.cases else suite


def _settings_of(suite: Suite, settings: Settings) -> Settings:
    """A suite has an index of its own, so that it never touches the user's."""
    folder = index_path(settings) / f"eval-{suite.name}"
    return replace(settings, articles=tuple(map(str, suite.articles)), index_dir=str(folder))
