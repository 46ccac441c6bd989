"""``rag index``: what would be done, what is damaged, what is missed, and following changes."""

from __future__ import annotations

import json
import re

import pytest

from rag import upkeep
from rag.cli.index.report import plan_summary, show_check, show_plan
from rag.cli.index.watch import watch_articles
from rag.embedding.hashing import HashingEmbedder
from rag.errors import UsageError
from rag.indexing.check import IndexCheck
from rag.indexing.plan import SyncPlan
from rag.settings import load
from rag.store.check import StoreCheck
from tests.cli.programs import assert_refused_input


def test_a_dry_run_names_what_would_be_done_and_does_nothing(program, index, folder):
    (folder / "new.md").write_text("A new article about a mill.")
    (folder / "bakery.md").unlink()
    done = program("index", "--dry-run")
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[:2] == ["new: new.md", "removed: bakery.md"]
    assert lines[-1].startswith("would be: 1 added, 0 changed, 1 removed, 0 moved, 1 unchanged: up")
    record = json.loads(program("index", "--dry-run", "--json").out)
    assert (record["schema"], record["added"], record["empty"]) == ("rag.plan/1", ["new.md"], False)


def test_a_dry_run_of_nothing_says_so(program, index):
    assert program("index", "--dry-run").out == "nothing to do: 2 files unchanged\n"


def test_files_that_only_grew_older_are_not_called_touched(program, index, folder):
    assert program("index").out.startswith("0 added, 0 changed, 0 removed, 2 unchanged, ")
    (folder / "harbour.md").write_text((folder / "harbour.md").read_text())
    assert "touched" not in program("index", "--dry-run").out.splitlines()[-1]


def test_a_dry_run_says_why_everything_would_be_read_anew(program, index, monkeypatch):
    monkeypatch.setenv("RAG_CHUNK_TOKENS", "64")
    out = program("index", "--dry-run").out
    assert "every article is read anew: the index was cut by sentences-128" in out


def test_the_cost_is_said_before_everything_is_read_anew(program, index, monkeypatch):
    monkeypatch.setenv("RAG_CHUNK_TOKENS", "64")
    done = program("index")
    assert done.status == 0
    assert re.search(r"sentences-64.* is set: up to \d+ chunks to embed", done.err)
    assert program("index").err == ""


def test_a_question_reads_a_small_index_anew_and_says_so(program, index, monkeypatch):
    monkeypatch.setenv("RAG_CHUNK_TOKENS", "64")
    done = program("search", "rye bread")
    assert "is set: reading the articles anew" in done.err
    assert program("search", "rye bread").err == ""


def test_a_question_leaves_a_large_index_as_it_is_and_says_what_to_run(program, index, monkeypatch):
    monkeypatch.setattr("rag.freshness.SMALL_CHUNKS", 0)
    monkeypatch.setenv("RAG_CHUNK_TOKENS", "64")
    done = program("search", "rye bread")
    assert "bakery.md" in done.out
    assert "answering from the index as it is; rag index brings it up to date" in done.err


def test_patterns_are_remembered_until_others_are_given(program, index, folder):
    assert "1 removed" in program("index", "--ignore", "bakery*").out
    assert "bakery.md" not in program("search", "rye bread of the bakery").out
    assert program("status").out.count("ignored: 1 file") == 1
    assert "1 added" in program("index", "--ignore", "").out
    assert "1 removed" in program("index", "--include", "h*").out


def test_a_pattern_that_is_none_is_a_usage_error(program, index):
    assert_refused_input(program("index", "--ignore", "a" + "/**/b" * 50), 2, "is not a pattern")


def test_verify_looks_at_every_byte_and_names_damage(program, index):
    done = program("index", "--verify")
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[-1].endswith("and the search structures: sound")
    rows = index / "rows.f16"
    data = bytearray(rows.read_bytes())
    data[-40] ^= 1
    rows.write_bytes(data)
    done = program("index", "--verify", "--json")
    record = json.loads(done.out)
    assert done.status == 0
    assert record["check"]["sound"] is True
    assert "rows.f16" in " ".join((*record["notes"], *record["check"]["derived"]))


def test_a_damaged_store_fails_the_verification(make_screen):
    shown = make_screen()
    show_check(shown.screen, IndexCheck(StoreCheck(1, 1, 1, 1, ("chunk 7 of a\n.md",))))
    assert shown.out.splitlines()[0] == "damaged: chunk 7 of a␊.md"
    assert shown.out.splitlines()[-1].endswith("damaged; rag index --rebuild makes it anew")


def test_recall_is_measured_on_the_index_itself(program, index):
    done = program("index", "--check-recall")
    assert done.status == 0
    assert done.out.startswith("recall@10 1.0000 (1.0000 to 1.0000 with 95 % confidence) over 200")
    record = json.loads(program("index", "--check-recall", "--json").out)
    assert (record["schema"], record["measured"]["recall"]) == ("rag.recall/1", 1.0)


@pytest.mark.parametrize("index_type", ["exact", "auto"])
def test_the_index_type_that_is_set_is_told(program, index, index_type, monkeypatch):
    monkeypatch.setenv("RAG_INDEX_TYPE", index_type)
    reason = "set by index_type" if index_type == "exact" else "every vector is compared"
    assert f"search: exact: {reason}" in program("status").out


def test_modes_do_not_go_together(program, index):
    assert_refused_input(program("index", "--dry-run", "--watch"), 2, "--dry-run and --watch")
    assert_refused_input(program("index", "--watch", "--rebuild"), 2, "--watch and --rebuild")


def test_a_long_plan_names_some_and_counts_the_rest(make_screen):
    plan = SyncPlan(added=tuple(f"{n}.md" for n in range(8)), n_to_embed=1200, seconds=600.0)
    shown = make_screen()
    show_plan(shown.screen, plan)
    assert shown.out.splitlines()[5] == "new: 3 more (-v lists all)"
    assert plan_summary(plan).endswith("up to 1,200 chunks to embed, about 10 min")


# -- following changes -------------------------------------------------------------------------


@pytest.fixture
def watched(folder, tmp_path, monkeypatch):
    """Settings of a small index, embedded without a model; ``steps`` are what happens meanwhile."""
    monkeypatch.setenv("RAG_INDEX_DIR", str(tmp_path / "index"))
    monkeypatch.setattr(upkeep, "open_embedder", lambda settings: HashingEmbedder())

    def follow_with(*steps):
        def follow(settings):
            yield ()
            for step in steps:
                step()
                yield ("something",)
            raise KeyboardInterrupt

        monkeypatch.setattr(upkeep, "follow", follow)
        return load({"articles": [str(folder)]})

    return follow_with


def test_watching_says_one_line_for_each_change_and_nothing_for_none(watched, make_screen, folder):
    settings = watched(
        lambda: (folder / "new.md").write_text("A new article about a mill."),
        lambda: None,
        lambda: (folder / "new.md").unlink(),
    )
    shown = make_screen()
    with pytest.raises(KeyboardInterrupt):
        watch_articles(settings, shown.screen, rebuild=False, as_json=False)
    first, second, third = shown.out.splitlines()
    assert first.startswith("2 added, ")
    assert re.match(r"\d\d:\d\d:\d\d 1 added, 0 changed, 0 removed: 3 articles, ", second)
    assert re.match(r"\d\d:\d\d:\d\d 0 added, 0 changed, 1 removed: 2 articles, ", third)
    assert shown.err == "watching; Ctrl-C ends it\n"


def test_an_error_does_not_end_the_watching(watched, make_screen, folder):
    texts = {path: path.read_text() for path in folder.iterdir()}

    def take_all_away():
        for path in texts:
            path.unlink()

    settings = watched(
        take_all_away,
        lambda: [path.write_text(f"{text} More.") for path, text in texts.items()],
    )
    shown = make_screen(quiet=True)
    with pytest.raises(KeyboardInterrupt):
        watch_articles(settings, shown.screen, rebuild=False, as_json=False)
    assert re.search(r"\d\d:\d\d:\d\d no readable article in ", shown.err)
    assert "0 added, 2 changed, 0 removed" in shown.out.splitlines()[-1]


def test_a_file_that_cannot_be_read_is_told_once_while_watching(watched, make_screen, folder):
    settings = watched(
        lambda: (folder / "empty.md").write_text(""),
        lambda: (folder / "new.md").write_text("A new article about a mill."),
    )
    shown = make_screen()
    with pytest.raises(KeyboardInterrupt):
        watch_articles(settings, shown.screen, rebuild=False, as_json=False)
    assert shown.err.count("empty.md: empty file") == 1


def test_watching_as_json_writes_one_object_for_each_change(watched, make_screen, folder):
    settings = watched(lambda: (folder / "new.md").write_text("A new article about a mill."))
    shown = make_screen()
    with pytest.raises(KeyboardInterrupt):
        watch_articles(settings, shown.screen, rebuild=False, as_json=True)
    records = [json.loads(line) for line in shown.out.splitlines()]
    assert [record["added"] for record in records] == [2, 1]


def test_watching_does_not_rebuild(watched, make_screen):
    with pytest.raises(UsageError, match="--watch and --rebuild"):
        watch_articles(watched(), make_screen().screen, rebuild=True, as_json=False)
