"""A published file goes in at one end, and its decisions stand in the event tables at the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.errors import RetryableError
from lianzhi.landed import wait_until_landed
from lianzhi.progress import progress
from projections.store import ensure_schema
from tests.support.command import begin_module, end
from tests.support.imports import counts, run_import_command
from tests.support.landing_lab import LandingLab
from tests.support.shuanggongshi import Style, organisation, table, write_csv, write_xlsx

pytestmark = pytest.mark.servers

_ROWS = """
SELECT decision_id, source, decided_on, revision, toString(fact_id), toString(event_id)
FROM events_enforcement WHERE event_type = 'DecisionMade' ORDER BY offset
"""


_DECISIONS = "SELECT count() FROM decisions"


@contextmanager
def _projector(lab: LandingLab) -> Iterator[None]:
    """The projector process of the lab's home: `--wait` ends when the answers have what was imported."""
    process = begin_module("lianzhi.processes.projector", "--home", str(lab.home), log=lab.home / "projector.log")
    try:
        yield
    finally:
        end(process)


def test_import_waits_until_its_rows_have_landed(lab: LandingLab, tmp_path: Path) -> None:
    decisions = [organisation(serial) for serial in range(1, 31)]
    publisher = lab.publisher.replace(".zhifa", ".gongshi")
    options = {"publisher": publisher, "region": lab.region}
    file = write_xlsx(tmp_path / "a.xlsx", [["公示表"], *table(decisions, Style("中文", dates_typed=True))])
    ensure_schema(lab.settings)
    with lab.worker(), _projector(lab):
        code, answer, printed = run_import_command(lab.home, file, "--wait", **options)
        assert code == 0, printed.decode()
        assert counts(answer) == (30, 0, 0, 0)
        rows = lab.rows(_ROWS)
        assert len(rows) == 30, "landed when the command returns"
        assert {row[1] for row in rows} == {"PUBLICATION_FILE"}
        assert {row[3] for row in rows} == {1}
        assert lab.rows(_DECISIONS) == [(30,)]

        decisions[4] = decisions[4].with_(fine_yuan=4_400)
        file = write_csv(tmp_path / "b.csv", table(decisions), "gb18030")
        code, answer, _ = run_import_command(lab.home, file, "--wait", **options)
        assert (code, counts(answer)) == (0, (0, 29, 1, 0))
        corrected = lab.rows(_ROWS)[30]
        assert corrected[3] == 2
        assert corrected[4] == rows[4][5]
        assert corrected[0] == rows[4][0]
        assert lab.rows(_DECISIONS) == [(30,)], "a correction is no further decision"


def test_waiting_gives_up_when_nobody_lands(lab: LandingLab, tmp_path: Path) -> None:
    publisher = lab.publisher.replace(".zhifa", ".gongshi")
    file = write_csv(tmp_path / "a.csv", table([organisation(1)]))
    run_import_command(lab.home, file, publisher=publisher, region=lab.region)
    with progress("waiting") as bar:
        with pytest.raises(RetryableError, match="have not landed") as caught:
            wait_until_landed(lab.settings, [publisher, lab.publisher], bar, patience_seconds=1.0)
        assert caught.value.zh
        with lab.worker():
            wait_until_landed(lab.settings, [publisher], bar)
    assert lab.rows("SELECT count() FROM events_enforcement") == [(1,)]
