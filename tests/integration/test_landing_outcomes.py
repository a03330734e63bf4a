"""What a lander makes of every answer, and of none: only the table decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from consumers.batch import Batch, Refused
from consumers.lander import TooManyDeadLetters, TopicLander, token
from consumers.policy import LandingPolicy
from consumers.reasons import ReasonCode
from consumers.verdict import RegistryAway, Unexpected
from infra.clickhouse import ClickHouse, OutcomeUnknown
from infra.errors import FatalError, RetryableError
from tests.support.landing_lab import ONLY_IN_LANDING, LandingLab
from tests.support.log_of_samples import Buried, batch_of, lander_of
from tests.support.proxy import Proxy
from tests.support.registry_process import free_port

pytestmark = pytest.mark.servers

Log = list[tuple[bytes | None, bytes | None]]


@pytest.fixture
def log(lab: LandingLab) -> Log:
    """Thirty good events."""
    samples = lab.samples(4)
    return [(sample.key, sample.value) for sample in (samples.make("FinePaid") for _ in range(30))]


@pytest.fixture
def server(lab: LandingLab) -> Iterator[ClickHouse]:
    """The user that lands."""
    with ClickHouse(lab.settings, "ingest") as server:
        yield server


def _offsets(lab: LandingLab) -> list[int]:
    sql = "SELECT offset FROM events_enforcement WHERE topic = {t:String} ORDER BY offset"
    return [offset for (offset,) in lab.rows(sql, t=lab.topic())]


def _batch(lab: LandingLab, log: Log, first: int, end: int) -> Batch:
    return batch_of(lab.settings, lab.topic(), first, log[first:end])


def _cut_when_held(proxy: Proxy) -> None:
    if proxy.held.wait(30):
        proxy.cut()


def _started(lander: TopicLander) -> TopicLander:
    lander.start()
    return lander


def test_a_lander_that_saw_the_same_end_later_lands_nothing(lab: LandingLab, server: ClickHouse, log: Log) -> None:
    paused = _started(lander_of(lab.settings, lab.topic(), server))
    quick = _started(lander_of(lab.settings, lab.topic(), server))
    assert quick.land(_batch(lab, log, 0, 10)).rows == 10
    assert quick.land(_batch(lab, log, 10, 20)).rows == 10
    late = paused.land(_batch(lab, log, 0, 15))
    assert late.void
    assert late.position.end == 19
    assert paused.land(_batch(lab, log, 20, 30)).rows == 10
    assert _offsets(lab) == list(range(30))


def test_a_look_that_is_old_is_taken_again(lab: LandingLab, server: ClickHouse, log: Log) -> None:
    policy = replace(LandingPolicy.of(lab.settings), fresh=0.0)
    paused = _started(lander_of(lab.settings, lab.topic(), server, policy=policy))
    _started(lander_of(lab.settings, lab.topic(), server)).land(_batch(lab, log, 0, 10))
    assert paused.land(_batch(lab, log, 0, 15)).void
    assert _offsets(lab) == list(range(10))


def test_an_answer_that_does_not_come_is_looked_up(lab: LandingLab, server: ClickHouse, log: Log) -> None:
    with Proxy("127.0.0.1", lab.settings.clickhouse.http_port) as proxy:
        settings = lab.settings.with_values(clickhouse__http_port=proxy.port)
        with ClickHouse(settings, "ingest") as behind:
            lander = _started(lander_of(lab.settings, lab.topic(), behind))
            assert lander.land(_batch(lab, log, 0, 10)).rows == 10
            proxy.silence(ONLY_IN_LANDING)

            with ThreadPoolExecutor(1) as aside:
                aside.submit(_cut_when_held, proxy)
                landed = lander.land(_batch(lab, log, 10, 20))
            assert (landed.rows, landed.void) == (10, False)
            proxy.speak()
            assert lander.land(_batch(lab, log, 20, 30)).rows == 10
    assert _offsets(lab) == list(range(30))


def test_a_statement_that_never_arrived_is_sent_again(lab: LandingLab, server: ClickHouse, log: Log) -> None:
    class Deaf(ClickHouse):
        def post(self, *_args: object, **_options: object) -> None:  # type: ignore[override]
            raise OutcomeUnknown("nothing came back")

    with Deaf(lab.settings, "ingest") as deaf:
        lander = _started(lander_of(lab.settings, lab.topic(), deaf))
        with pytest.raises(OutcomeUnknown):
            lander.land(_batch(lab, log, 0, 10))
    assert _started(lander_of(lab.settings, lab.topic(), server)).land(_batch(lab, log, 0, 10)).rows == 10
    assert _offsets(lab) == list(range(10))


def test_a_token_whose_rows_are_gone_is_followed_by_the_next(
    lab: LandingLab, server: ClickHouse, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    salts: list[int] = []

    def counted(topic: str, end: int, salt: int) -> str:
        salts.append(salt)
        return token(topic, end, salt)

    monkeypatch.setattr("consumers.lander.token", counted)
    lander = _started(lander_of(lab.settings, lab.topic(), server))
    lander.land(_batch(lab, log, 0, 10))
    with ClickHouse(lab.settings, "operator") as operator:
        # A mutation takes the rows and leaves the token, as a part lost in a crash does.
        operator.command("ALTER TABLE events_enforcement DELETE WHERE 1", with_settings={"mutations_sync": 2})
    assert _offsets(lab) == []
    other = _started(lander_of(lab.settings, lab.topic(), server))
    landed = other.land(_batch(lab, log, 0, 10))
    assert (landed.rows, landed.void) == (10, False)
    assert _offsets(lab) == list(range(10))
    # Whoever comes later counts alike: both tokens are taken.
    with ClickHouse(lab.settings, "operator") as operator:
        operator.command("ALTER TABLE events_enforcement DELETE WHERE 1", with_settings={"mutations_sync": 2})
    third = _started(lander_of(lab.settings, lab.topic(), server))
    assert third.land(_batch(lab, log, 0, 10)).rows == 10
    assert _offsets(lab) == list(range(10))
    assert salts == [0, 0, 1, 0, 1, 2]


def test_a_statement_past_its_deadline_refuses_itself(lab: LandingLab, server: ClickHouse, log: Log) -> None:
    policy = replace(LandingPolicy.of(lab.settings), deadline=-5.0)
    lander = _started(lander_of(lab.settings, lab.topic(), server, policy=policy))
    with pytest.raises(Unexpected, match="3 times late"):
        lander.land(_batch(lab, log, 0, 10))
    assert _offsets(lab) == []


def test_a_batch_that_landed_in_part_is_void_when_tried_again(lab: LandingLab, server: ClickHouse, log: Log) -> None:
    class Weary(Buried):
        """Buries the first time, then not once."""

        def bury(self, topic: str, refused: Sequence[Refused]) -> None:
            if self.refused:
                raise RetryableError("the broker is away")
            super().bury(topic, refused)

    log[5] = (b"another key", log[5][1])
    log[20] = (b"another key", log[20][1])
    policy = replace(LandingPolicy.of(lab.settings), culprits=1)
    lander = _started(lander_of(lab.settings, lab.topic(), server, policy=policy, burial=Weary()))
    whole = _batch(lab, log, 0, 30)
    with pytest.raises(RetryableError):
        lander.land(whole)
    assert _offsets(lab) == [0, 1, 2, 3, 4]
    assert lander.land(whole).void
    assert _offsets(lab) == [0, 1, 2, 3, 4]


def test_the_registry_away_is_a_pause_and_no_dead_letter(lab: LandingLab, server: ClickHouse, log: Log) -> None:
    policy = replace(LandingPolicy.of(lab.settings), registry_url=f"http://127.0.0.1:{free_port()}")
    burial = Buried()
    away = _started(lander_of(lab.settings, lab.topic(), server, policy=policy, burial=burial))
    with pytest.raises(RegistryAway):
        away.land(_batch(lab, log, 0, 10))
    assert not burial.refused
    assert _started(lander_of(lab.settings, lab.topic(), server)).land(_batch(lab, log, 0, 10)).rows == 10


def test_rows_that_are_gone_stop_the_topic(lab: LandingLab, server: ClickHouse, log: Log) -> None:
    policy = replace(LandingPolicy.of(lab.settings), fresh=0.0)
    lander = _started(lander_of(lab.settings, lab.topic(), server, policy=policy))
    lander.land(_batch(lab, log, 0, 10))
    with ClickHouse(lab.settings, "operator") as operator:
        operator.command("TRUNCATE TABLE events_enforcement SYNC")
    with pytest.raises(FatalError, match="holds less now"):
        lander.land(_batch(lab, log, 10, 20))


def test_too_many_in_a_row_stop_the_topic_after_what_was_good(lab: LandingLab, server: ClickHouse, log: Log) -> None:
    policy = replace(LandingPolicy.of(lab.settings), stop_after=8)
    for at in range(10, 19):
        log[at] = (b"key", b"{}")
    burial = Buried()
    lander = _started(lander_of(lab.settings, lab.topic(), server, policy=policy, burial=burial))
    with pytest.raises(TooManyDeadLetters, match="9 values in a row"):
        lander.land(_batch(lab, log, 0, 30))
    assert [(each.offset, each.reason.code) for each in burial.refused] == [
        (at, ReasonCode.TOO_SHORT) for at in range(10, 19)
    ]
    assert _offsets(lab) == [*range(10), *range(19, 30)]


def test_a_topic_that_is_not_ours_any_more_is_left_alone(lab: LandingLab, server: ClickHouse, log: Log) -> None:
    ours = True
    lander = lander_of(lab.settings, lab.topic(), server)
    lander._still_ours = lambda: ours
    lander.start()
    ours = False
    assert lander.land(_batch(lab, log, 0, 10)).void
    assert _offsets(lab) == []
