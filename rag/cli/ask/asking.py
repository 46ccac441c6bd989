"""What ``rag ask`` can be asked to do: answer a question, plan an answer, answer many.

What only some runs need is imported when they do: a plain answer waits for none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rag.assistant.assistant import Assistant
from rag.cli.show.answering import show_events
from rag.cli.show.disputes import show_disputes
from rag.cli.show.progress import Activity
from rag.cli.show.render import show_refusal
from rag.cli.show.screen import Screen
from rag.cli.show.sources import show_sources
from rag.parts import open_assistant
from rag.retrieval.scope import Scope
from rag.settings import Settings
from rag.types import Answer


@dataclass(frozen=True, slots=True)
class Task:
    """What one command is to do, and where it shows it.

    Attributes:
        as_json: one object on stdout in place of text.
        shows_prompt: whether the prompt is shown.
    """

    settings: Settings
    scope: Scope
    screen: Screen
    as_json: bool = False
    shows_prompt: bool = False

    def answer(self, question: str, *, sources: bool, explain: bool) -> Answer:
        """Answer ``question``, and show the answer as it comes about.

        Raises:
            RagError: whatever the assistant raises.
        """
        with Activity(self.screen) as activity, self._open(activity) as assistant:
            activity.wait("reading the articles")
            events = assistant.stream(question)
            answer = show_events(
                self.screen, events, activity, question=question, streams=not self.as_json
            )
            prompt = assistant.written_prompt(answer) if self.shows_prompt else None
        self._finish(answer, sources=sources)
        if explain:
            from rag.cli.show.explain import show_explanation

            show_explanation(self.screen, answer)
        if self.shows_prompt:
            from rag.cli.ask.plan_report import show_prompt

            show_prompt(self.screen.err, prompt, answer)
        if self.screen.verbose:
            from rag.cli.show.explain import show_usage

            show_usage(self.screen, answer)
        return answer

    def plan(self, question: str) -> None:
        """Show what would be done to answer ``question``.

        Raises:
            RagError: whatever the assistant raises before it asks the engine.
        """
        from rag.cli.ask.plan_report import plan_answer_record, show_plan, show_prompt

        with Activity(self.screen) as activity, self._open(activity, plans=True) as assistant:
            activity.wait("reading the articles")
            plan = assistant.plan(question)
            prompt = assistant.written_prompt(plan)
        if self.as_json:
            from rag.cli.json.output import write_json

            write_json(plan_answer_record(plan, prompt, with_text=self.shows_prompt))
            return
        show_plan(self.screen.out, plan, prompt)
        if self.shows_prompt:
            show_prompt(self.screen.out, prompt, plan)

    def answer_many(self, place: str) -> int:
        """Answer the lines of the file ``place``, or of stdin; the exit code.

        Raises:
            InputError: the file cannot be read.
            RagError: the assistant cannot be opened.
        """
        from rag.cli.ask.lines import lines_of, open_lines
        from rag.cli.ask.many import answer_lines

        with (
            open_lines(place) as stream,
            Activity(self.screen) as activity,
            self._open(activity) as assistant,
        ):
            activity.stop()
            tally = answer_lines(lines_of(stream), assistant, self.screen, activity)
        self.screen.detail(str(tally))
        return tally.exit_code

    @contextmanager
    def _open(self, activity: Activity, *, plans: bool = False) -> Iterator[Assistant]:
        activity.wait("loading")
        with open_assistant(
            self.settings,
            notice=self.screen.notice,
            detail=self.screen.detail,
            progress=activity,
            scope=self.scope,
            meter=activity if self.screen.shows_progress else None,
            plans=plans,
        ) as assistant:
            yield assistant

    def _finish(self, answer: Answer, *, sources: bool) -> None:
        """Show what belongs behind the sentences, or the whole as JSON."""
        if self.as_json:
            from rag.cli.json.output import answer_record, write_json

            write_json(answer_record(answer))
        elif answer.refused:
            show_refusal(self.screen, answer)
        else:
            show_disputes(self.screen, answer)
            if sources:
                show_sources(self.screen, answer)
        if answer.provenance.scope:
            self.screen.notice(f"only these were looked at: {answer.provenance.scope}")
