"""``rag ask --dry-run``, ``--show-prompt``, ``--explain``, ``--strict`` and ``-v``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rag.cli.ask.plan_report import show_plan, show_prompt
from rag.cli.show.explain import show_explanation, show_usage
from rag.types import (
    Answer,
    CheckedSentence,
    Claim,
    Decision,
    Hit,
    PromptPart,
    Provenance,
    Usage,
    Verdict,
    WrittenPrompt,
)
from tests.cli.answers import answer, chunk, evidence, refusal, sentence
from tests.support.gguf import scripted_gguf
from tests.support.servers import FalseServer, saying

QUESTION = "How many loaves does the bakery bake?"
TRUE = "The bakery bakes 340 loaves of rye bread on every working day [1]."
INVENTED = "It was sold for 7 million crowns in 2022 [1]."


@pytest.fixture(scope="module")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scripted_gguf(tmp_path_factory.mktemp("m") / "m.gguf", (TRUE, INVENTED), n_ctx=8192)


@pytest.fixture
def model(model_path, monkeypatch) -> Path:
    """In force; that it was tried in a process of its own is remembered from test to test."""
    monkeypatch.setenv("XDG_DATA_HOME", str(model_path.parent))
    monkeypatch.setenv("RAG_ENGINE", "llama")
    monkeypatch.setenv("RAG_MODEL", str(model_path))
    return model_path


def test_a_dry_run_says_what_would_be_offered_and_asked_and_writes_nothing(
    program, index, model, monkeypatch
):
    from rag.generation.llama.backend import Backend

    def not_to_be_loaded(*_: object, **__: object) -> None:
        raise AssertionError("the weights were loaded")

    program("ask", QUESTION)  # an unknown file is tried once, in a process of its own
    monkeypatch.setattr(Backend, "__init__", not_to_be_loaded)
    done = program("ask", "--dry-run", QUESTION)
    assert (done.status, done.err) == (0, "")
    assert f"searched for: {QUESTION}" in done.out
    assert re.search(r"^offered: 1 passage of 2 found$", done.out, re.MULTILINE)
    assert re.search(r"^decided: to answer \(probability 0\.\d\d, 0\.20 is", done.out, re.MULTILINE)
    assert re.search(
        r"^would be asked: the llama engine, with a prompt of [\d,]+ tokens, for which there are "
        r"7,792$",
        done.out,
        re.MULTILINE,
    )


def test_a_plan_is_what_is_then_done(program, index, model):
    planned = json.loads(program("ask", "--dry-run", "--json", QUESTION).out)
    done = json.loads(program("ask", "--json", QUESTION).out)
    assert planned["schema"] == "rag.ask-plan/1"
    for same in ("query", "passages", "hits", "left_out", "decision", "provenance", "refused"):
        assert planned[same] == done[same]
    assert planned["prompt"]["n_tokens"] == done["usage"]["prompt_tokens"]
    assert planned["prompt"]["parts"] is None
    assert "sentences" not in planned


def test_a_dry_run_says_that_a_question_would_be_refused(program, index, model):
    done = program("ask", "--dry-run", "Who won the football cup in Brazil?")
    assert done.status == 0
    assert "would be refused: The articles do not say: nothing in them mentions “" in done.out
    assert "would be asked" not in done.out
    assert re.search(r"^decided: to refuse", done.out, re.MULTILINE)


def test_the_prompt_is_shown_where_the_rest_of_it_is(program, index, model):
    planned = program("ask", "--dry-run", "--show-prompt", QUESTION)
    done = program("ask", "--show-prompt", "-q", QUESTION)
    assert f"Question: {QUESTION}\n" in planned.out
    assert planned.err == ""
    assert "<|begin_of_text|><|start_header_id|>system<|end_header_id|>" in done.err
    assert done.err == planned.out[planned.out.index("prompt: ") :]
    assert "Question:" not in done.out
    assert done.out == program("ask", "-q", QUESTION).out


def test_the_extractive_engine_needs_no_prompt(program, index):
    done = program("ask", "--dry-run", "--show-prompt", QUESTION)
    assert "would be asked: the extractive engine, which needs no prompt" in done.out
    assert done.out.endswith("prompt: none: the extractive engine needs none\n")


def test_no_prompt_is_shown_for_what_is_refused_before(program, index, model):
    done = program("ask", "--show-prompt", "Who won the football cup in Brazil?")
    assert done.status == 3
    assert "prompt: none: the llama engine is not asked" in done.err


def test_a_server_is_sent_nothing_in_a_dry_run(program, index, server: FalseServer):
    server.then(saying(TRUE))
    command = ["ask", "--dry-run", "--show-prompt", "--engine", "endpoint"]
    done = program(*command, "--endpoint", server.url, QUESTION)
    assert server.chats == []
    assert re.search(r"with a prompt of about [\d,]+ tokens", done.out)
    assert "[system]\n" in done.out
    assert "[user]\n" in done.out


def test_strict_refuses_the_whole_answer_with_status_3(program, index, model):
    loose = program("ask", QUESTION)
    done = program("ask", "--strict", QUESTION)
    assert (loose.status, done.status) == (0, 3)
    assert done.out.strip() == (
        "The articles do not say all of this: 1 of 2 sentences could not be supported."
    )
    assert program("ask", "--strict", "--engine", "extractive", QUESTION).status == 0


def test_strict_may_be_a_setting_and_be_taken_back(program, index, model, monkeypatch):
    monkeypatch.setenv("RAG_STRICT", "on")
    assert program("ask", QUESTION).status == 3
    assert program("ask", "--no-strict", QUESTION).status == 0


def test_a_strict_refusal_in_json_holds_every_sentence_with_its_verdict(program, index, model):
    record = json.loads(program("ask", "--strict", "--json", QUESTION).out)
    assert record["refused"] is True
    assert record["sentences"] == []
    assert [s["verdict"] for s in record["dropped"]] == ["supported", "unsupported"]


def test_a_strict_chat_refuses_too(program, index, model, monkeypatch):
    import io

    monkeypatch.setenv("RAG_STRICT", "on")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(QUESTION.encode())))
    assert "1 of 2 sentences could not be supported" in program("chat").out


def test_verbose_says_what_was_read_and_written_and_how_fast(program, index, model):
    done = program("ask", "-v", QUESTION)
    assert re.search(r"^engine llama \(model sha256 [0-9a-f]{12}\), embedder ", done.err, re.M)
    read = re.search(
        r"^prompt of ([\d,]+) tokens: ([\d,]+) evaluated, (\d+) from kept state, [\d,.]+ tokens/s$",
        done.err,
        re.M,
    )
    assert read
    n_all, n_read, n_kept = (int(number.replace(",", "")) for number in read.groups())
    assert n_all == n_read + n_kept
    assert re.search(r"^answer of \d+ tokens .*[\d,.]+ tokens/s$", done.err, re.M)
    moments = re.search(
        r"^search done after (\S+) s, first token after (\S+) s, first sentence after (\S+) s, "
        r"all after (\S+) s$",
        done.err,
        re.M,
    )
    assert moments
    assert list(moments.groups()) == sorted(moments.groups(), key=float)


def test_quiet_says_nothing_but_the_answer(program, index, model):
    done = program("ask", "-q", "--no-sources", QUESTION)
    assert (done.out, done.err) == (TRUE + "\n", "")


def test_an_engine_without_tokens_is_not_said_to_have_any(program, index):
    err = program("ask", "-v", QUESTION).err
    assert "token" not in err
    assert "engine extractive, embedder" in err


# How it looks.


def told() -> Answer:
    """An answer of which everything can be said."""
    long = chunk("It is so. " * 30, title="A long one", source="/long.md")
    long = type(long)(**{f: getattr(long, f) for f in long.__dataclass_fields__} | {"id": "c9"})
    made = answer(sentence("It is so [1].", evidence()), chunks=(chunk(),))
    failed = CheckedSentence(
        "It\x1b[2J is \u202enot so [1].",
        Claim("It is not so", ()),
        Verdict.UNSUPPORTED,
        0.25,
        missing=("no\x07t",),
        tries=3,
    )
    hits = (*made.hits, Hit(long, 0.25, 2, "hybrid", {"dense": 0.5, "bm25": 2.0, "rank_bm25": 3.0}))
    return Answer(
        **{name: getattr(made, name) for name in made.__dataclass_fields__}
        | {
            "hits": (*hits, Hit(long, 0.125, 3, "hybrid")),
            "left_out": hits[1:2],
            "dropped": (failed,),
            "decision": Decision(True, 0.876, ("Xyl\x1boph",), "", 0.2),
            "provenance": Provenance(engine="llama", model="m\x1b[0m at h"),
            "usage": Usage(prompt_tokens=12, answer_tokens=1, written_tokens=3, seconds=1.5),
        }
    )


@pytest.mark.parametrize("columns", [80, 40])
def test_an_explanation_fits_the_terminal_and_runs_nothing(make_screen, columns):
    shown = make_screen(is_terminal=True, columns=columns)
    show_explanation(shown.screen, told())
    show_usage(shown.screen, told())
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown.err).splitlines()
    assert max(map(len, lines)) <= columns
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", "".join(lines))
    assert "It␛[2J is <U+202E>not so" in " ".join("".join(lines).split())
    assert shown.out == ""


def test_an_explanation_says_all_of_it(make_screen):
    shown = make_screen()
    show_explanation(shown.screen, told())
    assert shown.err.splitlines() == [
        "searched for: Is it so?",
        "offered: 1 passage of 2 found",
        "  [1] A title (2024-04-25)",
        "      /a.md:12-14, whole, 9 characters",
        "      score 0.500: dense 0.700",
        "did not fit the context: 1 passage",
        "  2. /long.md:12-14, score 0.250: dense 0.500, bm25 2.000",
        "decided: to answer (probability 0.88, 0.20 is needed)",
        "  in no article: Xyl␛oph",
        "sentences:",
        "  supported 0.90  It is so [1].",
        "      stands in [1]",
        "  not shown, unsupported 0.25  It␛[2J is <U+202E>not so [1].",
        "      written 3 times",
        "      not in the passages: no␇t",
    ]


def test_a_narrowed_passage_and_one_offered_earlier_are_told(make_screen):
    made = answer(sentence())
    whole = chunk("It is so. And much more.")
    hits = (Hit(whole, 0.5, 1, "hybrid"),)
    fields = {name: getattr(made, name) for name in made.__dataclass_fields__}
    shown = make_screen()
    show_explanation(shown.screen, Answer(**fields | {"hits": hits}))
    assert "the best 9 of 24 characters" in shown.err
    show_explanation(shown.screen, Answer(**fields | {"hits": ()}))
    assert "offered earlier in the conversation" in shown.err


def test_a_refusal_is_explained_by_its_decision(make_screen):
    made = refusal("The articles do not say.", chunk())
    decision = Decision(False, 0.034, (), "The articles do not say.", 0.2)
    fields = {name: getattr(made, name) for name in made.__dataclass_fields__}
    shown = make_screen()
    show_plan(shown.screen.out, Answer(**fields | {"decision": decision}), None)
    assert "decided: to refuse (probability 0.03, 0.20 is needed)" in shown.out
    assert shown.out.endswith("would be refused: The articles do not say.\n")


def test_a_hostile_prompt_is_shown_and_not_run(make_screen):
    parts = (
        PromptPart("<|eot_id|>", is_control=True),
        PromptPart("a\x1b]8;;x\x07b\r\n\u202ec <|eot_id|> d\x85"),
    )
    for is_terminal in (False, True):
        shown = make_screen(is_terminal=is_terminal)
        show_prompt(shown.screen.out, WrittenPrompt(parts, 4, 9), answer(sentence()))
        plain = re.sub(r"\x1b\[[0-9;]*m", "", shown.out)
        assert plain.startswith("prompt: 4 tokens, for which there are 9\n<|eot_id|>a␛]8;;x␇b\n")
        assert "<U+202E>c <\\|eot_id|> d<U+0085>\n" in plain
        assert not re.search("[\x00-\x09\x0b-\x1f\x80-\x9f\u202e]", plain)


def test_a_model_named_for_an_engine_that_has_none_is_said_to_be_no_use(program, index):
    done = program("ask", "-m", "llama-3.2-1b", "--engine", "extractive", QUESTION)
    assert done.status == 0
    assert "the extractive engine needs no model: -m has no effect" in done.err
    assert program("ask", "--engine", "extractive", QUESTION).err == ""
