"""Named places at which a test can kill or pause this process, to prove that nothing is lost there.

Product code says `reach(FaultPoint.RELAY_AFTER_ACK)`; that costs one look into an empty dict unless the variable
`LIANZHI_FAULT` is set. It holds one or more plans with commas between them, `<point>[@stop][:n]`:

- `relay.after_ack` kills the process (SIGKILL, nothing is tidied up) the first time that it gets there;
- `relay.after_ack:3` the third time;
- `relay.after_ack@stop:3` pauses it (SIGSTOP) the third time; sent SIGCONT, it goes on and is not paused again.

A point that nobody knows is refused by name, since a misspelt one would prove nothing.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from infra.errors import InvalidInput

FAULT_VARIABLE = "LIANZHI_FAULT"


class FaultPoint(StrEnum):
    """Every named point, with what is true there."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> FaultPoint:
        """A member whose value is the point's name and which knows what it means."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    OUTBOX_BEFORE_COMMIT = ("outbox.before_commit", "events are numbered and written, the transaction is still open")
    OUTBOX_AFTER_COMMIT = ("outbox.after_commit", "events are durable, the caller has no receipt yet")
    RELAY_STARTED = ("relay.started", "the outbox is locked, nothing was looked at")
    RELAY_AFTER_LOOK = ("relay.after_look", "what had landed unmarked was found in the log, its mark is not written")
    RELAY_BEFORE_SEND = ("relay.before_send", "events were read from the outbox, none was sent")
    RELAY_AFTER_ACK = ("relay.after_ack", "the broker has acknowledged a batch, the outbox is not marked")
    RELAY_BEFORE_MARK_COMMIT = ("relay.before_mark_commit", "the mark is written, its transaction is still open")
    RELAY_AFTER_MARK = ("relay.after_mark", "the outbox is marked")
    RELAY_BEFORE_PRUNE_COMMIT = ("relay.before_prune_commit", "old sent events are deleted, the transaction is open")
    INGEST_ASSIGNED = ("ingest.assigned", "a topic fell to this worker, its table was not looked at")
    INGEST_AFTER_LOOK = ("ingest.after_look", "the table's end is known, nothing was read from the log")
    INGEST_BATCH_CLOSED = ("ingest.batch_closed", "a batch is closed, nothing was sent")
    INGEST_BEFORE_POST = ("ingest.before_post", "the token and the deadline are set, nothing was sent")
    INGEST_AFTER_POST = ("ingest.after_post", "the server has answered, the table was not looked at")
    INGEST_AFTER_VERIFY = ("ingest.after_verify", "the batch was seen in the table, nothing was committed")
    INGEST_AFTER_COMMIT = ("ingest.after_commit", "the group's commit is done")
    INGEST_OTHER_WAS_FIRST = ("ingest.other_was_first", "another lander moved the table's end, our batch is void")
    INGEST_UNKNOWN_OUTCOME = ("ingest.unknown_outcome", "the answer did not come, nothing was looked at")
    INGEST_BEFORE_SALT = ("ingest.before_salt", "the server said yes but the rows are not there; the next token is due")
    INGEST_REFUSED = ("ingest.refused", "a batch was refused, no half was judged")
    INGEST_CULPRITS_KNOWN = ("ingest.culprits_known", "the culprits are known, none is durable")
    INGEST_DEAD_LETTER_IN_LOG = ("ingest.dead_letter_in_log", "dead letters are in Kafka, not in the ledger")
    INGEST_DEAD_LETTER_IN_TABLE = ("ingest.dead_letter_in_table", "dead letters are durable, the rest did not land")
    IMPORT_AFTER_CLAIM = ("import.after_claim", "a batch of rows is claimed in the ledger, nothing of it is published")
    IMPORT_AFTER_PUBLISH = ("import.after_publish", "a batch of rows is published, the ledger does not know it")
    IMPORT_AFTER_SETTLE = ("import.after_settle", "the ledger knows the batch, its rejects are not written")
    REDRIVE_BEFORE_POST = ("redrive.before_post", "a dead letter is to be landed at its place, nothing was sent")
    REDRIVE_AFTER_POST = ("redrive.after_post", "it landed at its place, the ledger still says that it is open")
    PROJECTOR_INDEXES_ADVANCED = ("projector.indexes_advanced", "the indexes hold the new rows, their checkpoint not")
    PROJECTOR_TICK_BEGUN = ("projector.tick_begun", "a table is behind, nothing was asked")
    PROJECTOR_KEYS_FOUND = ("projector.keys_found", "the touched keys are known, none is folded")
    PROJECTOR_FOLDED = ("projector.folded", "the rows are in, the checkpoint is not written")
    PROJECTOR_CHECKPOINT_WRITTEN = ("projector.checkpoint_written", "the checkpoint is written")
    SETTLING_TABLE_MADE = ("settling.table_made", "a table for the settled rows is there and empty")
    SETTLING_ROWS_COPIED = ("settling.rows_copied", "it holds them, readers read the rows as they were")
    SETTLING_ROWS_REPLACED = ("settling.rows_replaced", "readers read the settled rows, nothing is tidied up")
    SETTLING_TIDIED = ("settling.tidied", "fresh rows that were settled the time before are deleted")
    REBUILD_TABLE_MADE = ("rebuild.table_made", "the new table is there and empty, nothing says what it is")
    REBUILD_BEGUN = ("rebuild.begun", "the cut and the number of slices are written, nothing is folded")
    REBUILD_SLICE_FOLDED = ("rebuild.slice_folded", "a slice is in, nothing says that it is")
    REBUILD_SLICE_WRITTEN = ("rebuild.slice_written", "a slice is in and said to be")
    REBUILD_SLICES_DONE = ("rebuild.slices_done", "all slices are in, the new table has no rows yet")
    REBUILD_BEFORE_CHECKPOINT = ("rebuild.before_checkpoint", "the new table has its rows and is not fed yet")
    REBUILD_AFTER_CHECKPOINT = ("rebuild.after_checkpoint", "the table is fed, its building is not tidied up")
    SWITCH_BEFORE_VIEW = ("switch.before_view", "the new table is ready, readers still read the old one")
    SWITCH_AFTER_VIEW = ("switch.after_view", "readers read the new table, older ones are not dropped")


@dataclass(slots=True)
class _Plan:
    signal_number: signal.Signals
    remaining: int


_PLAN = re.compile(r"(?P<point>[a-z_.]+)(?P<stop>@stop)?(?::(?P<count>[1-9][0-9]{0,8}))?")


def _parse(text: str) -> dict[str, _Plan]:
    plans: dict[str, _Plan] = {}
    known = {point.value for point in FaultPoint}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _PLAN.fullmatch(part)
        if match is None or match["point"] not in known:
            raise InvalidInput(
                f"{FAULT_VARIABLE}: {part!r} names no fault point; known: {', '.join(sorted(known))}",
                zh=f"{FAULT_VARIABLE}：{part!r} 不是已知的故障点",
                hint="<point>[@stop][:n], several with commas",
            )
        sent = signal.SIGSTOP if match["stop"] else signal.SIGKILL
        plans[match["point"]] = _Plan(sent, int(match["count"] or 1))
    return plans


_plans: dict[str, _Plan] | None = None


def arm(environment: Mapping[str, str] | None = None) -> None:
    """Read the plans anew; called by itself at the first `reach`, and by every process of ours when it starts.

    Args:
        environment: where `LIANZHI_FAULT` is looked up; None: this process's environment.

    Raises:
        InvalidInput: for a point that nobody knows.
    """
    global _plans  # noqa: PLW0603
    _plans = _parse((os.environ if environment is None else environment).get(FAULT_VARIABLE, ""))


def reach(point: FaultPoint) -> None:
    """Say that `point` is reached: nothing happens, unless a plan says that this process is to die or to pause here.

    Raises:
        InvalidInput: at the first call of the process, when `LIANZHI_FAULT` names an unknown point.
    """
    if _plans is None:
        arm()
    if not _plans:
        return
    plan = _plans.get(point.value)
    if plan is None or plan.remaining == 0:
        return
    plan.remaining -= 1
    if plan.remaining == 0:
        os.kill(os.getpid(), plan.signal_number)
