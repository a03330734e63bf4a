"""Deaths at steps that are rarely reached: coming second, an answer that never comes, a token without rows.

And a publisher that dies around its commit.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from infra.clickhouse import ClickHouse
from infra.faultpoints import FaultPoint
from tests.support.command import ROOT, environment
from tests.support.landing_lab import KILLED, ONLY_IN_LANDING, LandingLab, as_record, land_here
from tests.support.own_region import OwnRegion, own_region
from tests.support.proxy import Proxy
from tests.support.relay_process import (
    assert_complete,
    history,
    relay_process,
    wait_until_drained,
)
from tests.support.stack import RunningStack
from tests.support.wait import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.faults]


def _send(lab: LandingLab, seed: int) -> None:
    samples = lab.samples(seed)
    lab.send([as_record(samples.make(name)) for name in ("FinePaid", "CaseClosed", "DecisionServed") * 10])


def _exact(lab: LandingLab) -> None:
    found = lab.history()
    assert not found.wrong
    assert found.stored == found.records == lab.sent[lab.topic()]


@pytest.mark.parametrize("point", [FaultPoint.INGEST_OTHER_WAS_FIRST])
def test_killed_when_it_learns_that_another_was_first(lab: LandingLab, stack: RunningStack, point: FaultPoint) -> None:
    _send(lab, 1)
    with lab.worker(f"{FaultPoint.INGEST_BEFORE_POST}@stop,{point}") as late:
        wait_until(lambda: psutil.Process(late.pid).status() == psutil.STATUS_STOPPED, seconds=60, what="it is paused")
        _send(lab, 2)
        land_here(lab, stack.unique("first"))
        late.send_signal(signal.SIGCONT)
        assert late.wait(60) == KILLED
    _exact(lab)


@pytest.mark.parametrize("point", [FaultPoint.INGEST_UNKNOWN_OUTCOME])
def test_killed_when_the_answer_does_not_come(lab: LandingLab, stack: RunningStack, point: FaultPoint) -> None:
    """ClickHouse has landed the batch; the network takes its answer away; the lander dies before it has looked."""
    with (
        Proxy("127.0.0.1", lab.settings.clickhouse.http_port) as proxy,
        lab.worker(str(point), clickhouse__http_port=str(proxy.port)) as worker,
    ):
        wait_until(lambda: "ingest ready" in lab.log_text(), seconds=60, what="it has looked at the settings")
        proxy.silence(ONLY_IN_LANDING)
        _send(lab, 3)
        assert proxy.held.wait(60)
        proxy.cut()
        assert worker.wait(60) == KILLED
    land_here(lab, stack.unique("finish"))
    _exact(lab)


@pytest.mark.parametrize("point", [FaultPoint.INGEST_BEFORE_SALT])
def test_killed_when_a_token_has_no_rows(lab: LandingLab, stack: RunningStack, point: FaultPoint) -> None:
    """Rows that a crash took, their token left: the statement says yes and lands nothing."""
    _send(lab, 4)
    land_here(lab, stack.unique("before"))
    with ClickHouse(lab.settings, "operator") as operator:
        operator.command("ALTER TABLE events_enforcement DELETE WHERE 1", with_settings={"mutations_sync": 2})
    with lab.worker(str(point)) as worker:
        assert worker.wait(60) == KILLED
    land_here(lab, stack.unique("finish"))
    _exact(lab)


_PUBLISH = """
import sys
from pathlib import Path
from producers.outbox import Outbox
from tests.support.drafts import Drafts, unsigned
home, publisher, code = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
outbox, drafts = Outbox(home, publisher, unsigned), Drafts(1, publisher, code)
for _ in range(8):
    for place in outbox.append(drafts.mixed(10)):
        print(place.topic, place.epoch, place.sequence, flush=True)
"""


def _publish(region: OwnRegion, fault: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PUBLISH, str(region.home), region.publisher, region.code],
        cwd=ROOT,
        env=environment(fault),
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("point", [FaultPoint.OUTBOX_BEFORE_COMMIT, FaultPoint.OUTBOX_AFTER_COMMIT])
def test_a_publisher_killed_around_its_commit_publishes_again(
    stack: RunningStack, tmp_path: Path, point: FaultPoint
) -> None:
    """A receipt means that the event comes; no receipt means nothing; the same events once more count once."""
    region = own_region(tmp_path / "home", stack.settings.kafka.bootstrap)
    died = _publish(region, f"{point}:4")
    assert died.returncode == KILLED
    assert len(died.stdout.splitlines()) == 30
    again = _publish(region)
    assert again.returncode == 0
    receipts = {(topic, int(epoch), int(number)) for topic, epoch, number in map(str.split, again.stdout.splitlines())}
    assert {(t, int(e), int(n)) for t, e, n in map(str.split, died.stdout.splitlines())} <= receipts
    last: dict[str, int] = {}
    for topic, _, number in receipts:
        last[topic] = max(number, last.get(topic, 0))
    assert sum(last.values()) == len(receipts) == 80
    (epoch,) = {epoch for _, epoch, _ in receipts}
    with relay_process(region.home):
        wait_until_drained(region.home, region.publisher)
    assert_complete(region.settings, region.publisher, last, epoch, doubled=0)
    landed = [event_id for topic in last for event_id in history(region.settings, topic, region.publisher).event_ids]
    assert len(landed) == len(set(landed)) == 80
