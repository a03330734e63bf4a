"""What must be true once the load has ended and everything has come to rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.clickhouse import ClickHouse
from infra.errors import LianzhiError
from infra.kafka import make_consumer
from infra.sql import render
from infra.topics import event_topics, split_topic
from infra.zone import zone
from schemas.columns import table_of
from tests.soak.load import receipts_of
from tests.soak.stand import Stand
from tests.support.answers import compare_answer
from tests.support.history_checker import check_history
from tests.support.wait import wait_until

_PROJECTIONS = ("cases", "decisions", "parties", "referrals", "disputes", "publishers")
_DRAIN_SECONDS = 600.0


@dataclass(frozen=True)
class Proof:
    """One claim, whether it holds, and what was found."""

    name: str
    holds: bool
    found: str = ""

    def as_row(self) -> dict[str, Any]:
        """As the report holds it."""
        return asdict(self)


def wait_until_drained(stand: Stand) -> None:
    """Until every outbox is empty and every record of the log is in its table or a dead letter.

    Raises:
        TimeoutError: it does not come to rest.
    """
    wait_until(lambda: _outboxes_empty(stand), seconds=_DRAIN_SECONDS, every=1.0, what="the outboxes are empty")
    wait_until(lambda: _landed(stand), seconds=_DRAIN_SECONDS, every=0.5, what="everything has landed")


def _outboxes_empty(stand: Stand) -> bool:
    told = stand.command("outbox", "status", "-o", "json")
    return told.code == 0 and json.loads(told.out)["backlog"] == 0


_ACCOUNTED = """
SELECT (SELECT count() FROM {table:Identifier} WHERE topic = {topic:String})
     + (SELECT count() FROM dead_letters FINAL WHERE topic = {topic:String} AND state != 'REDRIVEN')
"""


def _landed(stand: Stand) -> bool:
    settings = stand.settings
    topics = sorted(event_topics(zone(settings.zone_file)))
    try:
        with make_consumer(settings, None, client_id="soak") as consumer, ClickHouse(settings, "auditor") as server:
            ends = consumer.end_offsets(topics)
            return all(
                server.value(render(_ACCOUNTED, table=table_of(split_topic(topic)[0])), topic=topic) >= ends[topic]
                for topic in topics
            )
    except LianzhiError:
        return False


def prove(stand: Stand, world: Path, say: Callable[[str], None]) -> list[Proof]:
    """Everything that can be checked, one after the other; a claim that does not hold stops no other."""
    proofs = []
    for proof in _claims(stand, world):
        say(f"{'✓' if proof.holds else '✗'} {proof.name}" + (f": {proof.found[-2000:]}" if proof.found else ""))
        proofs.append(proof)
    return proofs


def _claims(stand: Stand, world: Path) -> Iterator[Proof]:
    yield _command(stand, "every process is well", "status")
    yield from _history(stand)
    yield _command(stand, "lianzhi check is complete", "check")
    for name in _PROJECTIONS:
        yield _command(stand, f"projection {name} can be rebuilt", "projections", "rebuild", name)
        yield _command(stand, f"projection {name} is what a fold of everything gives", "projections", "compare", name)
    yield from _answers(stand, world)
    yield _command(
        stand,
        "everything landed and folded again from the log gives the same tables",
        *("replay", "--from-log", "--into", "soak", "--compare"),
    )


def _command(stand: Stand, claim: str, *arguments: str) -> Proof:
    told = stand.command(*arguments, seconds=3_600)
    found = "" if told.code == 0 else f"`lianzhi {' '.join(arguments)}`: exit code {told.code}\n{told.out}\n{told.err}"
    return Proof(claim, told.code == 0, found)


def _history(stand: Stand) -> Iterator[Proof]:
    topics = sorted(event_topics(zone(stand.settings.zone_file)))
    verdicts = check_history(stand.settings, topics, receipts_of(stand.home))
    unclean = [verdict for verdict in verdicts if not verdict.clean]
    yield Proof(
        "the log and the tables hold the same, offset for offset; every receipt is in the log, dense and in order",
        not unclean,
        "; ".join(str(verdict) for verdict in unclean)
        or f"{sum(v.records for v in verdicts)} records, {sum(v.rows for v in verdicts)} rows, "
        f"{sum(v.dead_letters for v in verdicts)} dead letters, {sum(v.resends for v in verdicts)} resends",
    )
    refused = [numbers for verdict in verdicts for numbers in verdict.refused]
    yield Proof("no event of a publisher became a dead letter", not refused, str(refused[:20]) if refused else "")


def _answers(stand: Stand, world: Path) -> Iterator[Proof]:
    cuts = json.loads((world / "answers.json").read_text(encoding="utf-8"))["cuts"]
    cut = cuts[max(name for name in cuts if name.endswith("-files"))]
    for question, expected in cut["questions"].items():
        told = stand.command("ask", question, "--as-of", cut["as_of"], "-o", "json")
        if told.code:
            yield Proof(f"question {question} has an answer", False, f"exit code {told.code}\n{told.err}")
            continue
        differences = compare_answer(expected, told.json)
        yield Proof(f"question {question} is answered as the key says", not differences, "\n".join(differences[:20]))
