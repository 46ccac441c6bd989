"""What the doctor says when something is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from rag import doctor
from rag.cli.app import main
from rag.doctor import Finding, Status, examine
from rag.errors import EngineError
from rag.settings import Settings


@pytest.fixture
def only(monkeypatch):
    """Leaves one check in place, the given one."""

    def leave(check):
        monkeypatch.setattr(doctor, "_CHECKS", {"part": check})

    return leave


def named(findings: list[Finding], name: str) -> Finding:
    return next(item for item in findings if item.name == name)


def test_a_check_that_crashes_is_a_finding_and_the_others_go_on(only, monkeypatch):
    def crash(settings: Settings) -> Iterator[Finding]:
        yield Finding("before", Status.OK, "fine")
        raise ZeroDivisionError("by nought")

    def well(settings: Settings) -> Iterator[Finding]:
        yield Finding("after", Status.OK, "fine")

    monkeypatch.setattr(doctor, "_CHECKS", {"crash": crash, "well": well})
    findings = examine({})
    assert named(findings, "crash") == Finding("crash", Status.FAIL, "ZeroDivisionError: by nought")
    assert named(findings, "before").status is Status.OK
    assert named(findings, "after").status is Status.OK


def test_one_of_our_errors_keeps_its_hint(only):
    def fail(settings: Settings) -> Iterator[Finding]:
        raise EngineError("it broke", hint="mend it")
        yield

    only(fail)
    assert named(examine({}), "part") == Finding("part", Status.FAIL, "it broke", "mend it")


@pytest.mark.parametrize(("status", "code"), [("ok", 0), ("warn", 0), ("fail", 1)])
def test_only_a_failure_is_status_1(only, capsys, status, code):
    only(lambda settings: iter([Finding("part", Status(status), "so", "do this")]))
    assert main(["doctor"]) == code
    out = capsys.readouterr().out
    assert re.search(rf"^{status} +part +so\n +try: do this$", out, re.MULTILINE)


def test_json_lists_every_finding(only, capsys):
    only(lambda settings: iter([Finding("part", Status.WARN, "so", "do this")]))
    main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "rag.doctor/1"
    assert found["findings"][-1] == {
        "name": "part",
        "status": "warn",
        "value": "so",
        "hint": "do this",
    }


def test_a_missing_package_is_a_failure_with_the_way_to_get_it(monkeypatch):
    monkeypatch.setattr(doctor, "PACKAGES", ("no-such-package-here",))
    assert named(examine({}), "no-such-package-here") == Finding(
        "no-such-package-here",
        Status.FAIL,
        "not installed",
        "pip install no-such-package-here",
    )


def test_a_misspelt_variable_is_a_warning(only, monkeypatch):
    monkeypatch.setenv("RAG_ENGIN", "llama")
    only(doctor._settings_files)
    finding = named(examine({}), "environment")
    assert finding.status is Status.WARN
    assert "RAG_ENGIN (did you mean RAG_ENGINE?)" in finding.value


def test_layers_asked_for_on_a_gpu_that_is_not_used_are_a_warning():
    ask = Settings(gpu_layers="99")
    assert doctor._gpu(ask, can_offload=False).status is Status.WARN
    assert doctor._gpu(ask, can_offload=True).status is Status.OK
    assert doctor._gpu(Settings(), can_offload=False).status is Status.OK


def test_llama_cpp_says_its_version_and_processor_features(only):
    only(doctor._llama)
    findings = examine({})
    assert re.match(r"\d+\.\d+\.\d+, \d+ threads", named(findings, "llama.cpp").value)
    assert named(findings, "llama.cpp GPU offload").value.startswith(("yes", "no"))


def test_what_is_shown_cannot_steer_the_terminal(only, capsys):
    only(lambda settings: iter([Finding("part\x1b[2J", Status.OK, "so\x07", "do\x9bthis")]))
    main(["doctor"])
    assert not re.search(r"[\x1b\x07\x9b]", capsys.readouterr().out)


def test_what_to_type_for_a_missing_index_keeps_the_corpus(program, monkeypatch):
    monkeypatch.setenv("RAG_ENGINE", "extractive")
    assert "rag index -c papers FOLDER" in program("doctor", "-c", "papers").out
