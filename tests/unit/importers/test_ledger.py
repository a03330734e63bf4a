"""The ledger: what is told, told again, corrected, and what a crash leaves behind."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Collection, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from infra.clock import ASIA_SHANGHAI
from infra.errors import FatalError, RetryableError
from producers.importers.ledger import Action, Claim, Ledger, Verdict, event_id_of
from producers.importers.one_import import held_by_worker

NOW = datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
PUBLISHER = "jiashan.gongshi"


def claim(decision: str, content: str, line: int = 2, minutes: int = 0, stamped_at: datetime | None = None) -> Claim:
    fact_id = f"{decision}{content}".encode().ljust(16, b"_")[:16]
    return Claim(line, decision, NOW, content.encode(), fact_id, NOW + timedelta(minutes=minutes), stamped_at)


def stamped(content: str, *when: int) -> list[Claim]:
    """A row of one decision with a time stamp: day of May 2026 by China's clock, hour, minute."""
    day, *clock = when
    hour, minute = clock or (0, 0)
    at = datetime(2026, 5, day, hour, minute, tzinfo=ASIA_SHANGHAI)
    return [claim("a", content, stamped_at=at.astimezone(UTC))]


def nothing(event_ids: Sequence[UUID]) -> list[UUID]:
    """An outbox without events."""
    return []


def opened(home: Path, epoch: int = 5, outbox: Collection[UUID] = (), *, rehearse: bool = False) -> Ledger:
    return Ledger(home, PUBLISHER, epoch, lambda ids: [each for each in ids if each in outbox], NOW, rehearse=rehearse)


def run(
    home: Path, claims: Sequence[Claim], *, settle: bool = True, epoch: int = 5, outbox: Collection[UUID] = ()
) -> list[Verdict]:
    """One whole import; without `settle` it dies before its events are known to be published."""
    ledger = opened(home, epoch, outbox)
    verdicts = ledger.claim(claims)
    if settle:
        to_tell = {Action.TELL, Action.CORRECT, Action.TELL_AGAIN}
        ledger.settle([c.decision_id for c, v in zip(claims, verdicts, strict=True) if v.action in to_tell], [])
    ledger.close()
    return verdicts


def actions(verdicts: Sequence[Verdict]) -> list[tuple[Action, int]]:
    return [(verdict.action, verdict.revision) for verdict in verdicts]


def test_told_once_known_afterwards_corrected_when_changed(tmp_path: Path) -> None:
    first = run(tmp_path, [claim("a", "1"), claim("b", "1")])
    assert actions(first) == [(Action.TELL, 1), (Action.TELL, 1)]
    assert actions(run(tmp_path, [claim("a", "1"), claim("b", "1")])) == [(Action.KNOWN, 1), (Action.KNOWN, 1)]
    corrected = run(tmp_path, [claim("a", "2"), claim("b", "1")])
    assert actions(corrected) == [(Action.CORRECT, 2), (Action.KNOWN, 1)]
    assert corrected[0].fact_id == first[0].fact_id
    assert actions(run(tmp_path, [claim("a", "1")])) == [(Action.CORRECT, 3)], "and back"


def test_one_decision_twice_in_a_file(tmp_path: Path) -> None:
    verdicts = run(tmp_path, [claim("a", "1", 2), claim("a", "1", 3), claim("a", "2", 9)])
    assert actions(verdicts) == [(Action.TELL, 1), (Action.KNOWN, 1), (Action.CONTRADICTS, 1)]
    assert verdicts[2].line == 2
    again = run(tmp_path, [claim("a", "1", 2), claim("a", "1", 3), claim("a", "2", 9)])
    assert [verdict.action for verdict in again] == [Action.KNOWN, Action.KNOWN, Action.CONTRADICTS]


def test_what_was_claimed_and_not_settled_is_told_again_with_the_same_time(tmp_path: Path) -> None:
    first = run(tmp_path, [claim("a", "1")], settle=False)
    again = run(tmp_path, [claim("a", "1", minutes=60)], settle=False)
    assert actions(again) == [(Action.TELL_AGAIN, 1)]
    assert again[0].recorded_at == first[0].recorded_at


def first_id(decision: str, content: str) -> UUID:
    return UUID(bytes=claim(decision, content).fact_id)


def second_id(decision: str, content: str, revision: int = 2) -> UUID:
    return event_id_of(PUBLISHER, NOW, decision, revision, content.encode())


def test_what_was_claimed_and_never_published_is_not_corrected(tmp_path: Path) -> None:
    run(tmp_path, [claim("a", "1"), claim("b", "1")], settle=False)
    told = run(tmp_path, [claim("a", "2"), claim("b", "1")], settle=False)
    assert actions(told) == [(Action.TELL, 1), (Action.TELL_AGAIN, 1)]
    assert told[0].fact_id == claim("a", "2").fact_id
    assert actions(run(tmp_path, [claim("a", "3"), claim("b", "1")])) == [(Action.TELL, 1), (Action.TELL_AGAIN, 1)]
    assert actions(run(tmp_path, [claim("a", "3"), claim("b", "1")])) == [(Action.KNOWN, 1), (Action.KNOWN, 1)]


def test_what_was_published_and_never_settled_is_corrected(tmp_path: Path) -> None:
    first = run(tmp_path, [claim("a", "1")], settle=False)
    outbox = {first_id("a", "1")}
    corrected = run(tmp_path, [claim("a", "2")], settle=False, outbox=outbox)
    assert actions(corrected) == [(Action.CORRECT, 2)]
    assert corrected[0].fact_id == first[0].fact_id
    outbox.add(second_id("a", "2"))
    again = run(tmp_path, [claim("a", "3")], outbox=outbox)
    assert actions(again) == [(Action.CORRECT, 3)]
    assert again[0].fact_id == first[0].fact_id


def test_a_correction_that_was_never_published_leaves_what_was_told_before(tmp_path: Path) -> None:
    first = run(tmp_path, [claim("a", "1"), claim("b", "1"), claim("c", "1")])
    outbox = {first_id(decision, "1") for decision in "abc"}
    never = [claim("a", "2"), claim("b", "2"), claim("c", "2")]
    assert actions(run(tmp_path, never, settle=False, outbox=outbox)) == [(Action.CORRECT, 2)] * 3
    then = [claim("a", "1"), claim("b", "3"), claim("c", "2")]
    verdicts = run(tmp_path, then, settle=False, outbox=outbox)
    assert actions(verdicts) == [(Action.KNOWN, 1), (Action.CORRECT, 2), (Action.TELL_AGAIN, 2)]
    assert verdicts[1].fact_id == first[1].fact_id
    verdicts = run(tmp_path, [claim("a", "1"), claim("b", "1"), claim("c", "4")], outbox=outbox)
    assert actions(verdicts) == [(Action.KNOWN, 1), (Action.KNOWN, 1), (Action.CORRECT, 2)]
    assert actions(run(tmp_path, [claim("c", "5")], outbox=outbox)) == [(Action.CORRECT, 3)], "that one was settled"


def test_a_rehearsal_asks_too_and_changes_nothing(tmp_path: Path) -> None:
    run(tmp_path, [claim("a", "1")], settle=False)
    for outbox, expected in (((), (Action.TELL, 1)), ({first_id("a", "1")}, (Action.CORRECT, 2))):
        ledger = opened(tmp_path, outbox=outbox, rehearse=True)
        assert actions(ledger.claim([claim("a", "2")])) == [expected]
        ledger.close()
    assert actions(run(tmp_path, [claim("a", "1")])) == [(Action.TELL_AGAIN, 1)]


def test_workers_of_a_killed_import_keep_the_next_one_away(tmp_path: Path) -> None:
    with (
        held_by_worker(tmp_path, PUBLISHER),
        held_by_worker(tmp_path, PUBLISHER),
        pytest.raises(RetryableError, match="another import"),
    ):
        opened(tmp_path)
    opened(tmp_path).close()
    ledger = opened(tmp_path)
    with held_by_worker(tmp_path, PUBLISHER):
        ledger.close()


def test_a_ledger_without_a_memory_of_corrections_gets_one(tmp_path: Path) -> None:
    run(tmp_path, [claim("a", "1")])
    with closing(sqlite3.connect(tmp_path / "imports" / f"{PUBLISHER}.sqlite")) as db:
        db.execute("DROP TABLE corrected")
    assert actions(run(tmp_path, [claim("a", "2")])) == [(Action.CORRECT, 2)]


def test_an_older_row_corrects_nothing(tmp_path: Path) -> None:
    assert actions(run(tmp_path, stamped("new", 2))) == [(Action.TELL, 1)]
    for _ in range(2):
        assert actions(run(tmp_path, stamped("old", 1))) == [(Action.OLDER, 1)]
    assert actions(run(tmp_path, stamped("new", 2))) == [(Action.KNOWN, 1)]
    assert actions(run(tmp_path, stamped("newer", 3))) == [(Action.CORRECT, 2)]
    assert actions(run(tmp_path, stamped("new", 2))) == [(Action.OLDER, 2)]
    assert actions(run(tmp_path, [claim("a", "x")])) == [(Action.CORRECT, 3)], "without a stamp the last import wins"
    assert actions(run(tmp_path, stamped("old", 1))) == [(Action.CORRECT, 4)], "and what it told has none"


def test_the_same_again_makes_a_row_as_new_as_its_newest_stamp(tmp_path: Path) -> None:
    for day in (2, 4, 3):
        run(tmp_path, stamped("same", day))
    run(tmp_path, [claim("a", "same")])
    assert actions(run(tmp_path, stamped("other", 3))) == [(Action.OLDER, 1)]
    assert actions(run(tmp_path, stamped("other", 4))) == [(Action.CORRECT, 2)], "as new is not older"


def test_a_stamp_of_a_whole_day_is_not_older_than_an_hour_of_it(tmp_path: Path) -> None:
    run(tmp_path, stamped("1", 2, 10, 30))
    assert actions(run(tmp_path, stamped("2", 2, 10, 29))) == [(Action.OLDER, 1)]
    assert actions(run(tmp_path, stamped("2", 1))) == [(Action.OLDER, 1)]
    assert actions(run(tmp_path, stamped("2", 2))) == [(Action.CORRECT, 2)]
    assert actions(run(tmp_path, stamped("3", 1, 23, 59))) == [(Action.OLDER, 2)]


def test_an_older_row_does_not_keep_the_newer_one_of_its_file_away(tmp_path: Path) -> None:
    run(tmp_path, stamped("2", 2))
    rows = [*stamped("1", 1), *stamped("1", 1), *stamped("3", 3), *stamped("1", 1)]
    expected = [(Action.OLDER, 1), (Action.OLDER, 1), (Action.CORRECT, 2), (Action.CONTRADICTS, 2)]
    assert actions(run(tmp_path, rows)) == expected


def test_a_correction_that_was_never_published_leaves_the_stamp_of_what_was(tmp_path: Path) -> None:
    run(tmp_path, stamped("1", 2))
    outbox = {first_id("a", "1")}
    run(tmp_path, stamped("2", 9), settle=False, outbox=outbox)
    assert actions(run(tmp_path, stamped("3", 1), outbox=outbox)) == [(Action.OLDER, 1)]
    assert actions(run(tmp_path, stamped("3", 5), outbox=outbox)) == [(Action.CORRECT, 2)]


@pytest.mark.parametrize("oldest", [False, True])
def test_a_ledger_of_version_1_is_brought_up_to_date(tmp_path: Path, oldest: bool) -> None:
    run(tmp_path, [claim("a", "1")])
    with closing(sqlite3.connect(tmp_path / "imports" / f"{PUBLISHER}.sqlite")) as db:
        for table in ("told", "corrected"):
            db.execute(f"ALTER TABLE {table} DROP COLUMN stamped_at")
        if oldest:
            db.execute("DROP TABLE corrected")
        db.execute("PRAGMA user_version = 1")
        db.commit()
    rehearsal = opened(tmp_path, rehearse=True)
    assert actions(rehearsal.claim(stamped("2", 2))) == [(Action.CORRECT, 2)]
    rehearsal.close()
    assert actions(run(tmp_path, [claim("a", "1")])) == [(Action.KNOWN, 1)]
    assert actions(run(tmp_path, stamped("2", 2))) == [(Action.CORRECT, 2)]
    assert actions(run(tmp_path, stamped("3", 1))) == [(Action.OLDER, 2)]
    assert actions(run(tmp_path, stamped("2", 2))) == [(Action.KNOWN, 2)]


def test_a_ledger_of_a_later_version_is_refused(tmp_path: Path) -> None:
    run(tmp_path, [claim("a", "1")])
    with closing(sqlite3.connect(tmp_path / "imports" / f"{PUBLISHER}.sqlite")) as db:
        db.execute("PRAGMA user_version = 3")
    with pytest.raises(FatalError, match="version 3"):
        opened(tmp_path)


def test_a_new_outbox_is_told_again(tmp_path: Path) -> None:
    run(tmp_path, [claim("a", "1")])
    assert actions(run(tmp_path, [claim("a", "1")], epoch=6)) == [(Action.TELL_AGAIN, 1)]
    assert actions(run(tmp_path, [claim("a", "1")], epoch=6)) == [(Action.KNOWN, 1)]


def test_what_was_refused_is_as_if_it_had_never_been_claimed(tmp_path: Path) -> None:
    run(tmp_path, [claim("a", "1")])
    ledger = opened(tmp_path)
    assert actions(ledger.claim([claim("a", "2"), claim("b", "1")])) == [(Action.CORRECT, 2), (Action.TELL, 1)]
    ledger.settle([], ["a", "b"])
    ledger.close()
    assert actions(run(tmp_path, [claim("a", "1"), claim("b", "1")])) == [(Action.KNOWN, 1), (Action.TELL, 1)]


def test_one_import_at_a_time(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    with pytest.raises(RetryableError, match="another import"):
        opened(tmp_path)
    other = Ledger(tmp_path, "jiashan.zhifa", 5, nothing, NOW)
    other.close()
    ledger.close()
    opened(tmp_path).close()


def test_a_rehearsal_leaves_nothing(tmp_path: Path) -> None:
    ledger = opened(tmp_path, rehearse=True)
    assert actions(ledger.claim([claim("a", "1"), claim("a", "1")])) == [(Action.TELL, 1), (Action.KNOWN, 1)]
    ledger.settle(["a"], [])
    ledger.close()
    assert not list(tmp_path.rglob("*.sqlite"))
    run(tmp_path, [claim("a", "1")])
    ledger = opened(tmp_path, rehearse=True)
    assert actions(ledger.claim([claim("a", "2"), claim("b", "1")])) == [(Action.CORRECT, 2), (Action.TELL, 1)]
    ledger.settle(["a", "b"], [])
    ledger.close()
    assert actions(run(tmp_path, [claim("a", "1"), claim("b", "1")])) == [(Action.KNOWN, 1), (Action.TELL, 1)]


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    run(tmp_path, [claim("a", "1")])
    for file in (tmp_path / "imports").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE((tmp_path / "imports").stat().st_mode) == 0o700


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "imports"
    folder.mkdir(mode=0o700)
    (folder / f"{PUBLISHER}.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(FatalError, match="ledger"):
        opened(tmp_path)
    with pytest.raises(FatalError, match="ledger"):  # and the lock was let go
        opened(tmp_path)
