"""Natural persons with a real tokeniser process and real vaults: equal tokens, nothing in clear, nothing half."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest

from infra.errors import FatalError, InvalidInput, LianzhiError
from infra.persons.client import TokeniserAway, TokeniserBusy, TokeniserClient
from infra.persons.endpoint import heartbeat_file, tokeniser_socket
from infra.persons.erasure import ErasureReason, LegalHold, Tombstone
from infra.persons.identity import Identity, recognise
from infra.persons.keys import ensure_zone_key, zone_key_file
from infra.persons.person import PersonInput
from infra.persons.protect import AgeGroup, PersonFlag, PersonProtector, ProtectedPerson
from infra.persons.reader import open_person
from infra.persons.sealing import SealBroken
from infra.persons.vault import Vault
from infra.settings import Settings, load_settings
from schemas.identifiers.citizen_id import IdType, make_synthetic
from tests.support.command import begin_module
from tests.support.leaks import assert_error_clean, assert_files_clean, assert_no_trace
from tests.support.wait import wait_until

NAME = "欧阳震华甲"
NUMBER = make_synthetic(date(1983, 5, 17), 15)
ADDRESS = "嘉善县西塘镇塘东街九十九号"
SECRETS = (NAME, NUMBER, ADDRESS, f"citizen\x1f{NUMBER}")
PERSON = PersonInput(name=NAME, id_type=IdType.CITIZEN_ID, id_number=NUMBER, address=ADDRESS)
REGIONS = {"jiashan.zhifa": "330421", "qingpu.zhifa": "310118", "wujiang.zhifa": "320509"}


class Running:
    """A tokeniser process of one home, its log in a file."""

    def __init__(self, home: Path, **tokeniser: object) -> None:
        self.home = home
        self.log = home / "tokeniser.log"
        home.mkdir(parents=True, exist_ok=True)
        lines = [f"{key} = {value}" for key, value in tokeniser.items()]
        (home / "lianzhi.toml").write_text("\n".join(["[tokeniser]", *lines]), encoding="utf-8")
        ensure_zone_key(home)
        self.settings: Settings = load_settings(home, env={})
        self.start()

    def start(self) -> None:
        heartbeat_file(self.settings).unlink(missing_ok=True)  # as `lianzhi up` does: one that was killed leaves it
        self.process = begin_module("infra.persons.tokeniser", "--home", str(self.home), log=self.log)
        wait_until(heartbeat_file(self.settings).exists, what="the tokeniser's heartbeat")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(number)
        return self.process.wait(10)

    def protector(self, publisher: str = "jiashan.zhifa") -> PersonProtector:
        return PersonProtector(self.settings, REGIONS[publisher], publisher)

    def client(self, publisher: str = "jiashan.zhifa", patience: float = 60.0) -> TokeniserClient:
        return TokeniserClient(self.settings, publisher, patience_seconds=patience)


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Running] = []

    def begin(name: str = "home", **tokeniser: object) -> Running:
        started.append(Running(tmp_path / name, **tokeniser))
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            running.stop(signal.SIGKILL)


def identity(seq: int = 15) -> Identity:
    found = recognise(IdType.CITIZEN_ID, make_synthetic(date(1983, 5, 17), seq), NAME, None).identity
    assert found is not None
    return found


def event_id() -> str:
    return str(uuid.uuid4())


def test_one_person_has_one_token_in_every_region_and_another_under_another_zone_key(start: Start) -> None:
    home, elsewhere = start(), start("elsewhere")
    protected: dict[str, ProtectedPerson] = {}
    for publisher in REGIONS:
        with home.protector(publisher) as protector:
            [protected[publisher]] = protector.protect([(event_id(), "party", PERSON)])
    with elsewhere.protector() as protector:
        [other] = protector.protect([(event_id(), "party", PERSON)])
    tokens = {person.token for person in protected.values()}
    assert len(tokens) == 1
    assert other.token not in tokens
    assert len({person.sealed_key for person in protected.values()}) == 3


def test_what_an_event_may_carry(start: Start) -> None:
    wrong = NUMBER[:17] + ("1" if NUMBER[17] != "1" else "2")
    with start().protector() as protector:
        full, masked, named, odd, young = protector.protect(
            [
                (event_id(), "party", PERSON, date(2026, 5, 1)),
                (event_id(), "party", PersonInput(name="欧阳*")),
                (event_id(), "party", PersonInput(name=NAME, birth_date=date(1991, 2, 3))),
                (
                    event_id(),
                    "party",
                    PersonInput(name=NAME, id_type=IdType.CITIZEN_ID, id_number=wrong, birth_date=date(1, 1, 1)),
                ),
                (event_id(), "party", PersonInput(name=NAME, birth_date=date(2010, 5, 1)), date(2024, 5, 1)),
            ]
        )
    assert (full.token_version, full.birth_band, full.age_group, full.flags) == (1, "1980-1984", AgeGroup.ADULT, ())
    assert (masked.token, masked.token_version, masked.basis, masked.birth_band) == (None, None, None, None)
    assert named.token is not None
    assert named.token.startswith("p1n_")
    assert named.birth_band == "1990-1994"
    assert odd.token not in (None, full.token)
    assert odd.flags == (PersonFlag.ID_CHECKSUM_MISMATCH, PersonFlag.BIRTH_DATE_DIFFERS)
    assert young.age_group is AgeGroup.UNDER_14
    assert full.id_region is None  # the synthetic region is none


def test_sealed_bytes_open_in_their_region_for_their_event_alone(start: Start) -> None:
    home = start()
    event, other = event_id(), event_id()
    with home.protector() as protector, home.protector("qingpu.zhifa") as qingpu:
        [mine] = protector.protect([(event, "party", PERSON)])
        qingpu.protect([(other, "party", PERSON)])
    with ExitStack() as stack:
        vault, foreign = (Vault(home.settings.home, region) for region in ("330421", "310118"))
        stack.callback(vault.close)
        stack.callback(foreign.close)
        assert open_person(vault, event, "party", mine.sealed, purpose="test", asked_by="auditor") == PERSON
        for where in ((other, "party"), (event, "other_party")):
            with pytest.raises(SealBroken) as caught:
                open_person(vault, *where, mine.sealed, purpose="test", asked_by="auditor")
            assert_error_clean(caught.value, SECRETS)
        with pytest.raises(InvalidInput, match="has no key"):
            open_person(foreign, event, "party", mine.sealed, purpose="test", asked_by="auditor")


def test_an_erased_person_is_a_tombstone_and_the_token_outlives_it(start: Start) -> None:
    home = start()
    event = event_id()
    with home.protector() as protector:
        [before] = protector.protect([(event, "party", PERSON)])
        vault = Vault(home.settings.home, "330421")
        assert before.token is not None
        hold = vault.hold(before.token, "监督〔2026〕3号")
        with pytest.raises(LegalHold):
            vault.destroy(before.token, ErasureReason.SUBJECT_REQUEST, "删除〔2026〕1号")
        vault.release(hold)
        vault.destroy(before.token, ErasureReason.SUBJECT_REQUEST, "删除〔2026〕1号")
        found = open_person(vault, event, "party", before.sealed, purpose="test", asked_by="auditor")
        assert isinstance(found, Tombstone)
        assert found.key_id == before.sealed_key
        [after] = protector.protect([(event_id(), "party", PERSON)])
        vault.close()
    assert after.token == before.token
    assert after.sealed_key != before.sealed_key


def test_nothing_in_clear_and_no_bare_hash_in_any_file_log_or_error(start: Start) -> None:
    home = start(requests_per_second=1.0, burst=50)
    errors: list[LianzhiError] = []
    with home.protector() as protector:
        batch = [(event_id(), "party", PERSON), (event_id(), "party.representative", PersonInput(name=NAME))]
        protected = protector.protect(batch)
        assert protector.officer_tokens([NUMBER])[0].startswith("o1_")
    with home.client(patience=0.05) as client:
        client.tokens([identity()] * 45)
        with pytest.raises(TokeniserBusy) as busy:
            client.tokens([identity()] * 45)
        errors.append(busy.value)
    with home.client("no.body") as client, pytest.raises(FatalError) as unknown:
        client.tokens([identity()])
    errors.append(unknown.value)
    with socket.socket(socket.AF_UNIX) as raw:  # a request cut in the middle, then one that is no JSON
        raw.connect(str(tokeniser_socket(home.settings)))
        raw.sendall((1000).to_bytes(4, "big") + NUMBER.encode())
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(tokeniser_socket(home.settings)))
        body = f"{{{NAME}{NUMBER}".encode()
        raw.sendall(len(body).to_bytes(4, "big") + body)
        assert b"malformed" in raw.recv(1000)
    home.stop(signal.SIGKILL)
    with load_away(home).protector() as protector, pytest.raises(TokeniserAway) as away:
        protector.protect(batch)
    errors.append(away.value)
    for error in errors:
        assert_error_clean(error, SECRETS)
    log = home.log.read_text(encoding="utf-8")
    assert '"publisher": "jiashan.zhifa"' in log or '"publisher":"jiashan.zhifa"' in log
    assert "tokens made" in log
    assert "request too fast" in log
    assert_no_trace(SECRETS, log, repr(protected), *(person.sealed for person in protected))
    assert assert_files_clean(home.home, SECRETS) >= 8


class _Away(Running):
    """A home whose tokeniser does not run, with little patience."""

    def __init__(self, home: Path, seconds: float) -> None:
        self.home = home
        self.settings = load_settings(home, env={}, tokeniser={"timeout_seconds": seconds})


def load_away(running: Running, seconds: float = 0.3) -> Running:
    return _Away(running.home, seconds)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_without_the_tokeniser_publishing_fails_in_time_and_nothing_is_stored(
    start: Start, number: signal.Signals
) -> None:
    home = start(timeout_seconds=0.5)
    with home.protector() as protector:
        [before] = protector.protect([(event_id(), "party", PERSON)])
        home.process.send_signal(number)
        if number is not signal.SIGSTOP:
            home.process.wait(10)
        begun = time.monotonic()
        newcomer = PersonInput(name=NAME, id_type=IdType.CITIZEN_ID, id_number=make_synthetic(date(1990, 1, 1), 7))
        with pytest.raises(TokeniserAway, match="nothing") as caught:
            protector.protect([(event_id(), "party", newcomer), (event_id(), "party", PersonInput(name="某*"))])
        assert time.monotonic() - begun < 3
        assert "lianzhi up" in caught.value.hint
        assert keys_in(home.settings, "330421") == 1
        home.process.send_signal(signal.SIGCONT)
        if number is not signal.SIGSTOP:
            home.start()
        [after] = protector.protect([(event_id(), "party", PERSON)])
    assert (after.token, after.sealed_key) == (before.token, before.sealed_key)


def test_a_tokeniser_that_comes_back_in_time_is_not_noticed(start: Start) -> None:
    home = start(timeout_seconds=20)
    with home.client() as client:
        [before] = client.tokens([identity()])
        home.stop(signal.SIGKILL)
        found: list[object] = []
        asking = threading.Thread(target=lambda: found.extend(client.tokens([identity()])))
        asking.start()
        home.start()
        asking.join(20)
    assert found == [before]


def test_too_fast_waits_and_then_says_so(start: Start) -> None:
    home = start(requests_per_second=20.0, burst=10)
    with home.client() as client:
        client.tokens([identity()] * 10)
        begun = time.monotonic()
        client.tokens([identity()] * 10)
        assert time.monotonic() - begun > 0.3
    with home.client(patience=0.1) as client, pytest.raises(TokeniserBusy) as caught:
        client.tokens([identity()] * 10)
    assert_error_clean(caught.value, SECRETS)
    with home.client("qingpu.zhifa") as client:
        assert len(client.tokens([identity()] * 10)) == 10


def test_more_than_one_request_holds_goes_in_several_and_stays_in_order(start: Start) -> None:
    home = start()
    with home.client() as client:
        asked = [identity(seq % 1000) for seq in range(5_500)]
        tokens = client.tokens(asked)
        assert [tokens[5], tokens[3005]] == client.tokens([identity(5), identity(5)])
        assert len({token.text for token in tokens}) == 1000
        assert client.tokens([]) == []
    assert home.log.read_text(encoding="utf-8").count("tokens made") == 4


def test_unknown_publishers_are_turned_away(start: Start) -> None:
    home = start()
    with home.client("jiashan.nobody") as client, pytest.raises(FatalError, match="unknown-publisher"):
        client.tokens([identity()])
    with pytest.raises(InvalidInput, match="unknown publisher"):
        PersonProtector(home.settings, "330421", "jiashan.nobody")
    with pytest.raises(InvalidInput, match="belongs to 330421"):
        PersonProtector(home.settings, "310118", "jiashan.zhifa")


def test_only_its_owner_reaches_it(start: Start) -> None:
    home = start()
    path = tokeniser_socket(home.settings)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(zone_key_file(home.home, 1).stat().st_mode) == 0o600


def test_sigterm_ends_it_cleanly_and_a_kill_leaves_nothing_in_the_way(start: Start) -> None:
    home = start()
    path, heartbeat = tokeniser_socket(home.settings), heartbeat_file(home.settings)
    with home.client() as client:
        client.tokens([identity()])  # an open line does not hold it up
        assert home.stop() == 0
    assert not path.exists()
    assert not heartbeat.exists()
    assert "tokeniser stopped" in home.log.read_text(encoding="utf-8")
    home.start()
    home.stop(signal.SIGKILL)
    assert path.exists()
    home.start()
    with home.client() as client:
        assert len(client.tokens([identity()])) == 1


def test_the_heartbeat_goes_on(start: Start) -> None:
    file = heartbeat_file(start().settings)
    first = file.stat().st_mtime_ns
    wait_until(lambda: file.stat().st_mtime_ns > first, seconds=10, what="the next heartbeat")


def test_a_second_one_for_the_same_home_is_refused(start: Start) -> None:
    home = start()
    second = subprocess.run(
        [sys.executable, "-m", "infra.persons.tokeniser", "--home", str(home.home)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert "another tokeniser" in second.stderr
    with home.client() as client:
        assert len(client.tokens([identity()])) == 1


def test_without_a_zone_key_it_does_not_start(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "infra.persons.tokeniser", "--home", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert "no zone key" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_home_too_deep_for_a_socket_still_has_one(start: Start) -> None:
    home = start("很深的目录" * 10 + "/" + "x" * 60)
    path = tokeniser_socket(home.settings)
    assert len(os.fsencode(path)) <= 103
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with home.client() as client:
        assert len(client.tokens([identity()])) == 1
    assert home.stop() == 0
    assert not path.exists()


def test_another_user_is_turned_away(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    home = start()
    monkeypatch.setattr("infra.persons.client.peer_uid", lambda _: os.geteuid() + 1)
    with home.client() as client, pytest.raises(FatalError, match="another user"):
        client.tokens([identity()])


def test_something_else_at_its_address_gets_no_identity_twice_and_is_not_believed(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, env={}, tokeniser={"timeout_seconds": 2.0})
    path = tokeniser_socket(settings)
    path.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(1)

        def answer() -> None:
            line, _ = listener.accept()
            with line:
                line.recv(65536)
                line.sendall((9).to_bytes(4, "big") + b'{"ok": 1}')

        speaking = threading.Thread(target=answer)
        speaking.start()
        with (
            TokeniserClient(settings, "jiashan.zhifa") as client,
            pytest.raises(FatalError, match="does not speak") as caught,
        ):
            client.tokens([identity()])
        speaking.join(10)
    assert_error_clean(caught.value, SECRETS)


def test_threads_share_a_protector(start: Start) -> None:
    home = start()
    with home.protector() as protector:
        results: list[list[ProtectedPerson]] = []

        def work() -> None:
            people = [
                PersonInput(name=NAME, id_type=IdType.CITIZEN_ID, id_number=make_synthetic(date(1970, 1, 1), n))
                for n in range(200)
            ]
            results.append(protector.protect([(event_id(), "party", person) for person in people]))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert len(results) == 4
    assert len({tuple((person.token, person.sealed_key) for person in result) for result in results}) == 1
    assert keys_in(home.settings, "330421") == 200


def keys_in(settings: Settings, region: str) -> int:
    vault = Vault(settings.home, region)
    try:
        (count,) = vault._db.execute("SELECT count(*) FROM person_key").fetchone()
    finally:
        vault.close()
    return int(count)
