"""Dead letters by command: what a person sees, decides and lands again."""

from __future__ import annotations

import subprocess
import sys

import pytest

from consumers.dead_letters import State, from_record
from infra.faultpoints import FaultPoint
from infra.kafka import fetch_range, make_consumer
from infra.settings import load_settings
from infra.topics import dead_letter_topic
from schemas.wire import HEADER
from tests.support.cli import run_here
from tests.support.command import ROOT, environment
from tests.support.landing_lab import KILLED, LandingLab, as_record, land_here
from tests.support.wait import wait_until

pytestmark = pytest.mark.servers

_NEWCOMER = '\n[[publishers]]\nid = "{id}"\nregion = "{region}"\nkind = "CASE_SYSTEM"\nname_zh = "新系统"\n'
_NEWCOMER += 'name_en = "New system"\nfamilies = ["enforcement"]\n'


def _from_a_newcomer(lab: LandingLab) -> str:
    """Twelve events, of which 2, 3, 7 and the last are of a publisher that the zone does not know yet."""
    known = lab.samples(1)
    newcomer = lab.publisher.partition(".")[0] + ".xin"
    unknown = lab.samples(2)
    unknown.publisher = newcomer
    lab.send([(unknown if at in {2, 3, 7, 11} else known).make("FinePaid") for at in range(12)])
    land_here(lab)
    return newcomer


def _admit(lab: LandingLab, newcomer: str) -> None:
    file = lab.home / "zone2.toml"
    text = (lab.home / "zone.toml").read_text(encoding="utf-8")
    file.write_text(text + _NEWCOMER.format(id=newcomer, region=lab.region), encoding="utf-8")
    config = lab.home / "lianzhi.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("zone.toml", "zone2.toml"), encoding="utf-8")
    lab.settings = load_settings(lab.home, env={})


def test_redrive_lands_at_the_original_places_and_twice_is_harmless(lab: LandingLab) -> None:
    newcomer = _from_a_newcomer(lab)
    listed = run_here(lab.home, "dead-letters", "list", "-o", "json").json
    assert [(row["offset"], row["state"], row["reason_code"]) for row in listed] == [
        (offset, "OPEN", "WRONG_PUBLISHER") for offset in (2, 3, 7, 11)
    ]
    assert {row["publisher"] for row in listed} == {newcomer}

    refused = run_here(lab.home, "dead-letters", "redrive", "-o", "json")
    assert refused.code == 3
    assert {row["outcome"] for row in refused.json} == {"still refused"}

    _admit(lab, newcomer)
    landed = run_here(lab.home, "dead-letters", "redrive", lab.topic(), "--offset", "3", "-o", "json")
    assert (landed.code, [row["outcome"] for row in landed.json]) == (0, ["landed"])
    landed = run_here(lab.home, "dead-letters", "redrive", "-o", "json")
    assert [(row["offset"], row["outcome"]) for row in landed.json] == [(2, "landed"), (7, "landed"), (11, "landed")]
    again = run_here(lab.home, "dead-letters", "redrive", lab.topic(), "--offset", "7", "-o", "json")
    assert [row["outcome"] for row in again.json] == ["already there"]
    assert run_here(lab.home, "dead-letters", "redrive").out.startswith("没有")

    found = lab.history()
    assert not found.wrong
    assert found.stored == 12
    lab.send([lab.samples(3).make("CaseClosed")])
    land_here(lab)
    assert lab.history().stored == 13


def test_everything_is_in_the_dead_letter_topic_too(lab: LandingLab) -> None:
    _from_a_newcomer(lab)
    dropped = run_here(lab.home, "dead-letters", "drop", lab.topic(), "2", "--reason", "测试数据", "-o", "json")
    assert dropped.code == 0
    topic = dead_letter_topic(lab.region)
    with make_consumer(lab.settings, None) as consumer:
        end = consumer.end_offsets([topic])[topic]
    letters = [from_record(record) for record in fetch_range(lab.settings, topic, 0, end)]
    assert [(letter.offset, letter.state) for letter in letters] == [
        *((offset, State.OPEN) for offset in (2, 3, 7, 11)),
        (2, State.DROPPED),
    ]
    records = {record.offset: record for record in fetch_range(lab.settings, lab.topic(), 0, 12)}
    for letter in letters:
        record = records[letter.offset]
        assert (letter.key, letter.value, letter.headers) == (record.key, record.value, record.headers)
        assert letter.appended_ms == record.appended_ms
    assert (letters[-1].note, letters[-1].actor != "") == ("测试数据", True)


def test_drop_needs_a_reason_and_keeps_the_bytes(lab: LandingLab) -> None:
    _from_a_newcomer(lab)
    assert run_here(lab.home, "dead-letters", "drop", lab.topic(), "2").code == 2
    before = run_here(lab.home, "dead-letters", "show", lab.topic(), "2", "-o", "json").json
    run_here(lab.home, "dead-letters", "drop", lab.topic(), "2", "--reason", "重复的测试")
    after = run_here(lab.home, "dead-letters", "show", lab.topic(), "2", "-o", "json").json
    assert (after["state"], after["note"]) == ("DROPPED", "重复的测试")
    assert after["value_hex"] == before["value_hex"] != ""
    again = run_here(lab.home, "dead-letters", "drop", lab.topic(), "2", "3", "--reason", "又一次", "-o", "json").json
    assert [(row["offset"], row["note"]) for row in again] == [(2, "重复的测试"), (3, "又一次")]
    assert run_here(lab.home, "dead-letters", "show", lab.topic(), "2", "-o", "json").json == after
    assert run_here(lab.home, "dead-letters", "show", lab.topic(), "5").code == 1
    assert lab.history().dead == 4


@pytest.mark.parametrize("point", [FaultPoint.REDRIVE_BEFORE_POST, FaultPoint.REDRIVE_AFTER_POST])
def test_a_redrive_killed_on_its_way_can_be_repeated(lab: LandingLab, point: FaultPoint) -> None:
    _admit(lab, _from_a_newcomer(lab))
    command = [sys.executable, "-m", "lianzhi", "--home", str(lab.home), "dead-letters", "redrive"]
    killed = subprocess.run(
        command, env=environment() | {"LIANZHI_FAULT": f"{point.value}:2"}, cwd=ROOT, capture_output=True, check=False
    )
    assert killed.returncode == KILLED
    assert run_here(lab.home, "dead-letters", "redrive").code == 0
    found = lab.history()
    assert not found.wrong
    assert found.stored == 12


def test_an_unknown_schema_stops_its_topic_alone_until_it_is_parked(lab: LandingLab) -> None:
    samples = lab.samples(6)
    good = [samples.make("FinePaid") for _ in range(8)]
    unknown = as_record(good[4])
    unknown = type(unknown)(unknown.key, HEADER.pack(0, 999_999) + unknown.value[5:], unknown.headers)
    lab.send([*good[:4], unknown, *good[5:]])
    lab.send(samples.every_version("dispute"), "dispute")
    with lab.worker():
        lab.wait_covered("dispute")
        wait_until(lambda: lab.covered() == 4, what="the events before it have landed")
        wait_until(lambda: '"topic stopped"' in lab.log_text(), what="the alarm")
        assert lab.rows("SELECT count() FROM dead_letters")[0][0] == 0
        parked = run_here(lab.home, "dead-letters", "park", lab.topic(), "4", "--reason", "等待升级", "-o", "json")
        assert parked.json["state"] == "PARKED"
        lab.wait_covered()
    found = lab.history()
    assert not found.wrong
    assert (found.stored, found.dead) == (7, 1)
    assert run_here(lab.home, "dead-letters", "park", lab.topic(), "5", "--reason", "无").code == 1


def test_too_many_dead_letters_stop_a_topic_until_somebody_has_decided(lab: LandingLab) -> None:
    """A restart is no decision; a decision needs no restart."""
    samples, few = lab.samples(7), {"landing__stop_after_dead_letters": "8"}
    junk = (b"key", b"{}")
    lab.send([samples.make("FinePaid") for _ in range(5)])
    lab.send_raw([junk] * 12)
    stopped = '"topic stopped"'
    with lab.worker(**few):
        wait_until(lambda: stopped in lab.log_text(), what="the alarm")
    dead = lab.rows("SELECT count() FROM dead_letters")[0][0]
    assert 8 <= dead <= 12
    lab.send_raw([junk] * 3)
    lab.send([samples.make("FinePaid") for _ in range(4)])
    with lab.worker(**few):
        wait_until(lambda: lab.log_text().count(stopped) == 2, what="the alarm again")
        assert lab.covered() == 5 + dead
        wrong = run_here(lab.home, "dead-letters", "drop", lab.topic(), "5", "6", "--to", "9", "--reason", "垃圾")
        assert wrong.code == 2
        through = ("--to", str(4 + dead), "--reason", "垃圾", "-o", "json")
        dropped = run_here(lab.home, "dead-letters", "drop", lab.topic(), "5", *through)
        assert [letter["offset"] for letter in dropped.json] == list(range(5, 5 + dead))
        lab.wait_covered()
    assert "were decided about" in lab.log_text()
    found = lab.history()
    assert not found.wrong
    assert (found.stored, found.dead) == (9, 15)
    listed = run_here(lab.home, "dead-letters", "list", "--limit", "4", "-o", "json")
    assert len(listed.json) == 4
    assert "only the first 4" in listed.err
