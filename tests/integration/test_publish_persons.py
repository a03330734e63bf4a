"""Persons in clear through the publisher, with a real tokeniser and real vaults."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infra.persons.client import TokeniserAway
from infra.persons.endpoint import heartbeat_file
from infra.persons.keys import ensure_zone_key
from infra.persons.person import PersonInput
from infra.persons.reader import open_person
from infra.persons.vault import Vault
from infra.settings import Settings, load_settings
from infra.topics import topic_of
from producers.backlog import Backlog
from producers.publisher import Publisher
from schemas import wire
from schemas.identifiers.citizen_id import make_synthetic
from tests.support.command import ROOT, environment
from tests.support.events import decision_made
from tests.support.leaks import assert_files_clean
from tests.support.wait import wait_until

NAME = "端木试样"
NUMBER = make_synthetic(date(1988, 8, 18), 21)
PERSON = {"name": NAME, "id_type": "CITIZEN_ID", "id_number": NUMBER}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def settings(home: Path) -> Settings:
    home.mkdir()
    (home / "lianzhi.toml").write_text("[tokeniser]\ntimeout_seconds = 1\n")
    ensure_zone_key(home)
    return load_settings(home, env={})


@pytest.fixture
def tokeniser(home: Path, settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    with (home / "tokeniser.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.persons.tokeniser", "--home", str(home)],
            cwd=ROOT,
            env=environment(),
            stderr=log,
        )
    try:
        wait_until(heartbeat_file(settings).exists, what="the tokeniser's heartbeat")
        yield process
    finally:
        process.kill()
        process.wait()


def _event(number: int, **person: Any) -> dict[str, Any]:
    return decision_made(number) | {
        "act_on": "2026-02-20",
        "party": {"kind": "NATURAL_PERSON", "person": PERSON | person},
    }


def _parties(settings: Settings, publisher: str, region: str) -> list[tuple[str, dict[str, Any]]]:
    backlog = Backlog(settings.home, publisher)
    entries = backlog.entries(topic_of("enforcement", region), 0, 10_000)
    backlog.close()
    decoded = [wire.decode(entry.value) for entry in entries]
    return [(str(datum["meta"]["event_id"]), datum["party"]) for datum in decoded]


@pytest.mark.usefixtures("tokeniser")
def test_one_person_has_one_token_in_two_regions_and_nothing_is_in_clear(settings: Settings, home: Path) -> None:
    for publisher in ("jiashan.zhifa", "qingpu.zhifa"):
        with Publisher(settings, publisher) as door:
            door.publish_many([_event(number) for number in range(3)])
    ours, theirs = (_parties(settings, *where) for where in (("jiashan.zhifa", "330421"), ("qingpu.zhifa", "310118")))
    assert len({party["token"] for _, party in [*ours, *theirs]}) == 1
    assert ours[0][1]["birth_band"] == "1985-1989"
    assert assert_files_clean(home, (NAME, NUMBER)) > 5
    event_id, party = ours[0]
    opened = open_person(Vault(home, "330421"), event_id, "party", party["sealed"], purpose="test", asked_by="test")
    assert isinstance(opened, PersonInput)
    assert opened.name.get_secret_value() == NAME


def test_without_the_tokeniser_nothing_is_stored_and_later_everything_is(
    settings: Settings, home: Path, tokeniser: subprocess.Popen[bytes]
) -> None:
    with Publisher(settings, "jiashan.zhifa") as door:
        tokeniser.kill()
        tokeniser.wait()
        with pytest.raises(TokeniserAway):
            door.publish_many([decision_made(1), _event(2)])
        assert _parties(settings, "jiashan.zhifa", "330421") == []
        assert door.publish(decision_made(1)).sequence == 1
    assert_files_clean(home, (NAME, NUMBER))
