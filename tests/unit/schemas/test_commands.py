"""`lianzhi schemas` on the contract as it stands."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from infra.errors import InvalidInput
from lianzhi.__main__ import app
from lianzhi.exits import UsageError
from schemas import history
from schemas.compat import Change, Kind


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["schemas", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*arguments: str) -> BaseException:
    done = CliRunner().invoke(app, ["schemas", *arguments])
    assert done.exception is not None
    return done.exception


def test_list() -> None:
    rows = json.loads(run("list", "-o", "json"))
    assert len(rows) == 86
    assert rows[0] == {
        "family": "enforcement",
        "event_type": "ClueReceived",
        "schema_id": 1001,
        "versions": 1,
        "zh": "线索受理",
        "en": "clue received",
    }
    assert {row["family"] for row in json.loads(run("list", "--family", "dispute", "-o", "json"))} == {"dispute"}
    assert isinstance(refused("list", "--family", "petition"), UsageError)


def test_show() -> None:
    rows = {row["field"]: row for row in json.loads(run("show", "DecisionMade", "-o", "json"))}
    assert rows["penalties[].amount"]["type"] == "decimal(18, 2)"
    assert rows["decided_on"]["required"]
    assert not rows["severity"]["required"]
    assert rows["severity"]["type"].startswith("MINOR · LIGHT")
    assert json.loads(run("show", "DecisionMade", "--avro"))["name"] == "DecisionMade"
    assert isinstance(refused("show", "Decision"), InvalidInput)
    assert isinstance(refused("show", "DecisionMade", "--version", "9"), InvalidInput)


def test_check_and_the_rest_find_nothing_to_do() -> None:
    said = json.loads(run("check", "-o", "json"))
    assert said == {"ok": True, "event_types": 86, "unchanged": 86, "pending": [], "problems": []}
    assert "86" in run("check", "--registered")
    assert json.loads(run("register", "--dry-run", "-o", "json")) == []
    assert run("generate", "--check") == ""
    assert run("golden", "--check") == ""


def test_a_refused_change_is_not_said_to_be_registered_next(monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = history.review().verdicts
    wrong = Change(Kind.REFUSED, "fields.x", "int", "long", en="may not", zh="不可")
    changed = (
        replace(verdicts[0], status=history.Status.REFUSED, changes=(wrong,)),
        replace(verdicts[1], status=history.Status.NEW_VERSION),
    )
    for one, refused_ in ((changed[0], True), (changed[1], False)):
        monkeypatch.setattr(history, "review", lambda one=one: history.Review((one, changed[1]), (), ()))
        done = CliRunner().invoke(app, ["schemas", "check"])
        assert done.exit_code == (3 if refused_ else 0)
        assert ("may not" in done.output) is refused_
        assert ("To be registered" in done.output) is not refused_


@pytest.mark.parametrize("command", ["list", "show", "check", "register", "generate", "golden"])
def test_help_speaks_both_languages(command: str) -> None:
    said = run(command, "--help")
    assert any("\u4e00" <= character <= "\u9fff" for character in said)
    assert "|" in said
