"""Machine-readable output: valid, whole, and safe on a terminal."""

from __future__ import annotations

import json
import re

from rag.cli.json.output import answer_record, search_record, write_json
from tests.cli.answers import answer, evidence, refusal, sentence


def written(capsys, record):
    write_json(record)
    return capsys.readouterr().out


def test_an_answer_is_one_line_that_names_its_schema(capsys):
    out = written(capsys, answer_record(answer(sentence("It is so [1].", evidence("It is so.")))))
    assert out.count("\n") == 1
    found = json.loads(out)
    assert next(iter(found)) == "schema"
    assert found["schema"] == "rag.answer/1"
    assert found["answer"] == "It is so [1]."
    assert found["refused"] is False
    assert found["evidence"][0]["quote"] == "It is so."
    assert found["sentences"][0]["verdict"] == "supported"
    assert found["passages"][0]["chunk"]["place_starts"] == [[0, 12], [9, 14]]


def test_a_refusal_has_its_reason_as_its_answer(capsys):
    found = json.loads(written(capsys, answer_record(refusal("They do not say."))))
    assert (found["answer"], found["refused"]) == ("They do not say.", True)
    assert found["hits"][0]["signals"] == {"dense": 0.7}


def test_hits_are_an_object_too(capsys):
    found = json.loads(written(capsys, search_record("q", list(answer().hits))))
    assert (found["schema"], found["query"], len(found["hits"])) == ("rag.search/1", "q", 1)


def test_what_a_terminal_might_act_on_is_escaped_and_comes_back_unchanged(capsys):
    nasty = (
        "".join(map(chr, (*range(0xA0), 0xAD, 0x202E, 0x2067, 0xFEFF, 0xE0041, 0xD800))) + "“é漢"
    )
    out = written(capsys, {"text": nasty})
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u202e\u2067\ufeff\ud800\U000e0041]", out)
    assert "“é漢" in out
    assert json.loads(out)["text"] == nasty
