"""The ledger: what is told, told again, corrected, and what a crash leaves behind."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.errors import FatalError, RetryableError
from producers.importers.ledger import Action, Claim, Ledger, Verdict

NOW = datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
PUBLISHER = "jiashan.gongshi"


def claim(decision: str, content: str, line: int = 2, minutes: int = 0) -> Claim:
    fact_id = f"{decision}{content}".encode().ljust(16, b"_")[:16]
    return Claim(line, decision, content.encode(), fact_id, NOW + timedelta(minutes=minutes))


def run(home: Path, claims: Sequence[Claim], *, settle: bool = True, epoch: int = 5) -> list[Verdict]:
    """One whole import."""
    ledger = Ledger(home, PUBLISHER, epoch, NOW)
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
    assert actions(run(tmp_path, [claim("a", "2")])) == [(Action.CORRECT, 2)], "it may have been published"


def test_a_new_outbox_is_told_again(tmp_path: Path) -> None:
    run(tmp_path, [claim("a", "1")])
    assert actions(run(tmp_path, [claim("a", "1")], epoch=6)) == [(Action.TELL_AGAIN, 1)]
    assert actions(run(tmp_path, [claim("a", "1")], epoch=6)) == [(Action.KNOWN, 1)]


def test_what_was_refused_is_as_if_it_had_never_been_claimed(tmp_path: Path) -> None:
    run(tmp_path, [claim("a", "1")])
    ledger = Ledger(tmp_path, PUBLISHER, 5, NOW)
    assert actions(ledger.claim([claim("a", "2"), claim("b", "1")])) == [(Action.CORRECT, 2), (Action.TELL, 1)]
    ledger.settle([], ["a", "b"])
    ledger.close()
    assert actions(run(tmp_path, [claim("a", "1"), claim("b", "1")])) == [(Action.KNOWN, 1), (Action.TELL, 1)]


def test_one_import_at_a_time(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, PUBLISHER, 5, NOW)
    with pytest.raises(RetryableError, match="another import"):
        Ledger(tmp_path, PUBLISHER, 5, NOW)
    other = Ledger(tmp_path, "jiashan.zhifa", 5, NOW)
    other.close()
    ledger.close()
    Ledger(tmp_path, PUBLISHER, 5, NOW).close()


def test_a_rehearsal_leaves_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, PUBLISHER, 5, NOW, rehearse=True)
    assert actions(ledger.claim([claim("a", "1"), claim("a", "1")])) == [(Action.TELL, 1), (Action.KNOWN, 1)]
    ledger.settle(["a"], [])
    ledger.close()
    assert not list(tmp_path.rglob("*.sqlite"))
    run(tmp_path, [claim("a", "1")])
    ledger = Ledger(tmp_path, PUBLISHER, 5, NOW, rehearse=True)
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
        Ledger(tmp_path, PUBLISHER, 5, NOW)
    with pytest.raises(FatalError, match="ledger"):  # and the lock was let go
        Ledger(tmp_path, PUBLISHER, 5, NOW)
