"""At start the log is held against the table, in both directions; a log that is another one stops its topic."""

from __future__ import annotations

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from consumers.topic import Phase, TopicReport
from consumers.worker import Worker
from infra.clickhouse import ClickHouse
from infra.kafka import make_admin
from infra.topics import topic_specs
from tests.support.landing_lab import LandingLab, land_here
from tests.support.wait import wait_until

pytestmark = pytest.mark.servers


def _send(lab: LandingLab, seed: int, count: int) -> None:
    samples = lab.samples(seed)
    lab.send([samples.make("FinePaid") for _ in range(count)])


def _make_anew(lab: LandingLab) -> None:
    with make_admin(lab.settings) as admin:
        admin.delete([lab.topic()])
        wait_until(lambda: lab.topic() not in admin.topics(), seconds=30)
        spec = next(spec for spec in topic_specs(lab.settings, lab.zone) if spec.name == lab.topic())
        wait_until(lambda: _made(admin, spec), seconds=30, every=0.5)


def _made(admin: object, spec: object) -> bool:
    admin.create([spec])  # type: ignore[attr-defined]
    return bool(admin.describe([spec.name]))  # type: ignore[attr-defined]


def _report(lab: LandingLab, *phases: Phase) -> TopicReport:
    """How a worker that is started now says that the topic stands, once it is in one of these phases."""
    with Worker(lab.settings, lab.zone, topics=[lab.topic()]) as worker:

        def settled() -> TopicReport | None:
            worker.step()
            return next((report for report in worker.reports() if report.phase in phases), None)

        found = wait_until(settled, seconds=60, every=0.0, what="the topic is settled")
        worker.stop()
    assert found is not None
    return found


def _stored(lab: LandingLab) -> int:
    count: int = lab.rows("SELECT count() FROM events_enforcement")[0][0]
    return count


def test_a_topic_shorter_than_its_table_stops(lab: LandingLab) -> None:
    _send(lab, 1, 20)
    land_here(lab)
    _make_anew(lab)
    _send(lab, 2, 5)
    report = _report(lab, Phase.STOPPED, Phase.READING)
    assert report.phase is Phase.STOPPED
    assert "ends at offset 4" in report.reason
    assert _stored(lab) == 20


def test_a_topic_made_anew_and_longer_than_its_table_stops(lab: LandingLab) -> None:
    _send(lab, 1, 20)
    land_here(lab)
    _make_anew(lab)
    _send(lab, 1, 30)  # even the same events again: the log took them at another time
    report = _report(lab, Phase.STOPPED, Phase.READING)
    assert report.phase is Phase.STOPPED
    assert "holds another record at offset 19" in report.reason
    assert _stored(lab) == 20


def test_events_that_expired_before_they_landed_stop_the_topic(lab: LandingLab) -> None:
    _send(lab, 1, 20)
    admin = AdminClient({"bootstrap.servers": lab.settings.kafka.bootstrap})
    for answer in admin.delete_records([TopicPartition(lab.topic(), 0, 8)]).values():
        answer.result(30)
    report = _report(lab, Phase.STOPPED, Phase.READING)
    assert report.phase is Phase.STOPPED
    assert "offsets from 0 on never landed and are gone" in report.reason
    assert _stored(lab) == 0


def test_commits_mean_nothing_for_landing(lab: LandingLab) -> None:
    _send(lab, 1, 20)
    land_here(lab)
    assert lab.committed() == 20
    with ClickHouse(lab.settings, "operator") as operator:
        operator.command("TRUNCATE TABLE events_enforcement SYNC")  # a commit ahead of its table
    land_here(lab)
    assert not lab.history().wrong
    land_here(lab, "another-group-" + lab.region)  # no commit at all
    assert not lab.history().wrong
    assert lab.history().stored == 20
