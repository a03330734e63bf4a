"""The commands as a user meets them on a stack that runs: their exit codes, their JSON, and doing things twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.clickhouse import ClickHouse
from infra.kafka import Outgoing, make_producer
from producers.simulator import simulate
from tests.e2e.conftest import FullStack
from tests.support.command import lianzhi
from tests.support.wait import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.e2e, pytest.mark.timeout(900)]

ROLES = {"supervisor", "kafka", "clickhouse", "registry", "tokeniser", "relay", "ingest", "projector"}
PROJECTIONS = ("cases", "decisions", "parties", "referrals", "disputes", "publishers")


def _landed(full_stack: FullStack, event_id: str) -> bool:
    with ClickHouse(full_stack.settings, "auditor") as server:
        sql = "SELECT count() FROM event_log WHERE event_id = {id:UUID}"
        return bool(server.value(sql, id=event_id))


def _fresh_events(seed: int) -> list[dict[str, Any]]:
    """Events of jiashan.zhifa that nobody has published yet."""
    world = simulate(seed, months=1, cases=12)
    return [event for _, publisher, event in world.events if publisher == "jiashan.zhifa"]


def test_status_names_every_process_and_its_health(full_stack: FullStack) -> None:
    told = full_stack.run("status", "-o", "json").json
    assert {process["role"] for process in told["processes"]} == ROLES
    for process in told["processes"]:
        assert {"role", "pid", "state", "address", "version", "health"} <= set(process)
        assert process["state"] == "running"
        assert process["health"]["ok"] is True
        assert isinstance(process["pid"], int)


def test_a_second_up_changes_nothing(full_stack: FullStack) -> None:
    before = full_stack.run("status", "-o", "json").json
    told = full_stack.run("up", "-o", "json").json
    assert told["already_running"] is True
    assert told["started"] == []
    after = full_stack.run("status", "-o", "json").json
    pids = [{process["role"]: process["pid"] for process in each["processes"]} for each in (before, after)]
    assert pids[0] == pids[1]


def test_another_world_does_not_take_over_the_cuts(full_stack: FullStack) -> None:
    before = full_stack.run("cuts", "list", "-o", "json").json
    told = full_stack.run("simulate", "--seed", "99", "--months", "1", "--cases", "12", code=2)
    assert "seed 11" in told.err
    assert full_stack.run("cuts", "list", "-o", "json").json == before


def test_check_finds_everything_there(full_stack: FullStack) -> None:
    full_stack.run("check")
    json.loads(full_stack.run("check", "-o", "json").out)


def test_ask_lists_the_questions_and_knows_them_by_number(full_stack: FullStack) -> None:
    listed = full_stack.run("ask", "-o", "json").json
    assert len(listed) == 8
    by_name = full_stack.run("ask", "transfer_acceptance", "--as-of", "2025-12-31", "-o", "json").json
    by_number = full_stack.run("ask", "7", "--as-of", "2025-12-31", "-o", "json").json
    assert by_name["rows"] == by_number["rows"]


@pytest.mark.parametrize("output", ["table", "ndjson", "csv"])
def test_an_answer_in_every_form(full_stack: FullStack, output: str) -> None:
    assert full_stack.run("ask", "fine_disparity", "--as-of", "2025-12-31", "-o", output).out.strip()


def test_evidence_stands_behind_every_row_but_the_suppressed(full_stack: FullStack) -> None:
    told = full_stack.run("ask", "transfer_acceptance", "--as-of", "2025-12-31", "--evidence", "-o", "json").json
    assert told["rows"]
    for row in told["rows"]:
        assert bool(row["event_ids"]) != row["suppressed"], row
    shown = next((row["event_ids"][0] for row in told["rows"] if not row["suppressed"]), None)
    if shown is not None:
        assert _landed(full_stack, shown)


@pytest.mark.parametrize(
    "words",
    [
        ("ask", "no_such_question"),
        ("ask", "transfer_acceptance", "--as-of", "tomorrow"),
        ("ask", "transfer_acceptance", "--known-at", "no such cut"),
        ("ask", "transfer_acceptance", "--param", "months=-1"),
        ("ask", "transfer_acceptance", "--param", "month=12"),
        ("ask", "transfer_acceptance", "--param", "exchange_form=NOPE"),
    ],
    ids=" ".join,
)
def test_what_can_not_be_asked_is_said(full_stack: FullStack, words: tuple[str, ...]) -> None:
    told = lianzhi(full_stack.home, *words, "-o", "json")
    assert told.code == 2
    assert told.out == ""
    assert "Traceback" not in told.err
    assert told.err.strip()


def test_events_from_a_file_once_then_again_with_a_bad_line(full_stack: FullStack, tmp_path: Path) -> None:
    events = _fresh_events(5001)
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in events))
    words = ("publish", str(file), "--publisher", "jiashan.zhifa", "-o", "json")
    told = full_stack.run(*words).json
    assert (told["published"], told["already_published"], told["refused"]) == (len(events), 0, 0)
    told = full_stack.run(*words).json
    assert (told["published"], told["already_published"], told["refused"]) == (0, len(events), 0)

    other = _fresh_events(5002)
    other[1]["filed_on" if "filed_on" in other[1] else "occurred_on"] = "the day before yesterday"
    lines = [orjson.dumps(event) for event in other] + [b"{", b"[1, 2]"]
    file.write_bytes(b"\n".join(lines) + b"\n")
    told = full_stack.run(*words, code=3).json
    assert told["published"] == len(other) - 1
    assert {problem["line"] for problem in told["problems"]} == {2, len(other) + 1, len(other) + 2}
    for problem in told["problems"]:
        assert problem["expected_zh"]
        assert problem["expected_en"]
    wait_until(lambda: _landed(full_stack, other[0]["meta"]["event_id"]), seconds=60, what="the good lines landed")


def test_one_event_from_the_log_to_where_it_went(full_stack: FullStack) -> None:
    first = (
        next(iter((full_stack.world / "events" / "2025-07").glob("wujiang.zhifa.ndjson"))).read_bytes().splitlines()[0]
    )
    event_id = json.loads(first)["meta"]["event_id"]
    full_stack.run("event", event_id)
    told = full_stack.run("event", event_id, "-o", "json").out
    assert event_id in told
    assert "lianzhi.enforcement.320509" in told


def test_an_event_that_nobody_published(full_stack: FullStack) -> None:
    told = lianzhi(full_stack.home, "event", "01980000-0000-7000-8000-000000000000")
    assert told.code in {1, 2, 3}
    assert "Traceback" not in told.err


@pytest.mark.parametrize("name", PROJECTIONS)
def test_every_projection_is_what_a_fold_of_everything_gives(full_stack: FullStack, name: str) -> None:
    full_stack.run("projections", "rebuild", name)
    full_stack.run("projections", "compare", name)


def test_a_projection_rebuilt_compared_switched_and_rolled_back_answers_the_same(full_stack: FullStack) -> None:
    def answer() -> Any:
        told = full_stack.run("ask", "ninety_day_risk", "--as-of", "2025-12-31", "-o", "json").json
        return told["n"], told["d"], told["rows"]

    before = answer()
    full_stack.run("projections", "rebuild", "cases")
    assert answer() == before
    full_stack.run("projections", "compare", "cases")
    full_stack.run("projections", "switch", "cases")
    assert answer() == before
    full_stack.run("projections", "rollback", "cases")
    assert answer() == before
    names = json.dumps(full_stack.run("projections", "list", "-o", "json").json)
    assert all(name in names for name in PROJECTIONS)


@pytest.fixture
def poison(full_stack: FullStack) -> str:
    """A value that is no event, in the middle of a topic; its topic."""
    topic = "lianzhi.dispute.310118"
    with make_producer(full_stack.settings, client_id="e2e") as producer:
        producer.send_all(topic, [Outgoing(b"nobody", b"this is no event")])
    return topic


def test_a_poisoned_value_becomes_a_dead_letter_and_the_topic_goes_on(full_stack: FullStack, poison: str) -> None:
    def letters() -> Any:
        return [
            letter
            for letter in full_stack.run("dead-letters", "list", "-o", "json").json
            if letter["topic"] == poison and letter["state"] == "OPEN"
        ]

    (letter,) = wait_until(letters, seconds=60, what="the dead letter is told")
    offset = str(letter["offset"])
    assert offset in full_stack.run("dead-letters", "show", poison, offset).out
    full_stack.run("check")
    redriven = lianzhi(full_stack.home, "dead-letters", "redrive", poison, "--offset", offset)
    assert redriven.code == 3, redriven.err
    full_stack.run("dead-letters", "drop", poison, offset, "--reason", "written by a test")
    assert letters() == []
    full_stack.run("check")


def test_replay_from_the_log_gives_the_same_tables(full_stack: FullStack) -> None:
    full_stack.run("replay", "--from-log", "--into", "e2e", "--compare", seconds=600)


def test_cuts_are_listed_and_added(full_stack: FullStack) -> None:
    told = json.dumps(full_stack.run("cuts", "list", "-o", "json").json)
    assert all(month in told for month in ("2025-07", "2025-12"))
    full_stack.run("cuts", "add", "e2e report")
    assert "e2e report" in json.dumps(full_stack.run("cuts", "list", "-o", "json").json)


def test_where_every_setting_came_from(full_stack: FullStack) -> None:
    told = full_stack.run("config", "show", "--sources").out
    assert "kafka.bootstrap" in told
    for secret in (full_stack.home / "secrets" / "clickhouse").iterdir():
        assert secret.read_text(encoding="utf-8").strip() not in told
