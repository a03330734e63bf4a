"""One topic's landing statements, sent: the batch as body, everything about it as parameters.

Before each goes a statement that walks through the same body and refuses what the landing statement would read wrongly.
"""

from __future__ import annotations

from datetime import datetime

from consumers.batch import Batch
from consumers.policy import LandingPolicy, TopicRules
from consumers.verdict import Verdict, verdict_of, waiting
from infra.clickhouse import ClickHouse, PostResult, ServerRefused
from infra.clock import from_micros
from infra.errors import FatalError
from infra.sql import load
from projections.store.landing import (
    LandingParameters,
    Purpose,
    constant_settings,
    landing_settings,
    landing_statement,
)

_GRACE_SECONDS = 10.0
_WELL_FORMED = load("consumers", "sql/well_formed.sql").rstrip()
_NO_TOKEN: dict[str, str | int | float] = {"insert_deduplicate": 0, "deduplicate_insert_select": "disable"}


def require_settings(server: ClickHouse) -> None:
    """Read every constant setting back as a landing statement would have it; refuse to land when one is otherwise.

    Raises:
        FatalError: naming every setting that the server passes over or has fixed.
        RetryableError: the server is away.
    """
    wanted = {name: str(value) for name, value in constant_settings().items()}
    answer = server.post(load("consumers", "sql/settings.sql"), b"", constant_settings(), {"names": sorted(wanted)})
    found = dict(line.split("\t", 1) for line in answer.body.decode().splitlines())
    wrong = [
        f"{name} is {found.get(name, 'unknown')}, not {value}"
        for name, value in wanted.items()
        if found.get(name) != value
    ]
    if wrong:
        raise FatalError(
            f"ClickHouse does not take the settings that landing needs: {'; '.join(wrong)}",
            zh="ClickHouse 不接受入表所需的设置",
            hint="see the profile of the user `ingest`, and the server's version",
        )


class LandingServer:
    """Sends statements for the batches of one topic; safe to share among threads."""

    def __init__(self, server: ClickHouse, rules: TopicRules, policy: LandingPolicy) -> None:
        self._server, self._rules, self._policy = server, rules, policy

    def land(self, batch: Batch, *, end: int, token: str, deadline: datetime, query_id: str) -> PostResult:
        """Put the batch behind `end`; what the answer means only the table tells.

        Raises:
            ServerRefused: see `verdict_of`.
            ServerBusy: nothing was done.
            OutcomeUnknown: look at the table.
        """
        return self._send(batch, Purpose.LAND, end=end, token=token, deadline=deadline, query_id=query_id)

    def fill(self, batch: Batch, *, token: str, deadline: datetime, query_id: str) -> PostResult:
        """Put the batch at its offsets, which lie before the table's end and are empty. Raises as `land`."""
        return self._send(batch, Purpose.FILL, end=-1, token=token, deadline=deadline, query_id=query_id)

    def judge(self, batch: Batch) -> ServerRefused | None:
        """Whether the batch would land as far as its values go: None, or why not. Nothing is written.

        Raises:
            RetryableError: no verdict now.
        """
        try:
            self._send(batch, Purpose.JUDGE, end=-1, token="", deadline=from_micros(0), query_id="")
        except ServerRefused as refusal:
            if verdict_of(refusal) is Verdict.REFUSED:
                return refusal
            raise waiting(refusal, self._rules.topic) from refusal
        return None

    def _send(
        self, batch: Batch, purpose: Purpose, *, end: int, token: str, deadline: datetime, query_id: str
    ) -> PostResult:
        rules, policy = self._rules, self._policy
        parameters = LandingParameters(
            rules.topic,
            rules.region,
            rules.publishers,
            batch.rows,
            batch.checksum(),
            deadline,
            end,
            [stretch.first for stretch in batch.stretches],
            [stretch.rows for stretch in batch.stretches],
            [stretch.appended_ms for stretch in batch.stretches],
        )
        settings = landing_settings(policy.registry_url, token, policy.query)
        tokenless = {name: value for name, value in settings.items() if name != "insert_deduplication_token"}
        tokenless |= _NO_TOKEN
        body, seconds = batch.body(), policy.query + _GRACE_SECONDS
        self._server.post(_WELL_FORMED, body, tokenless, seconds=seconds)
        return self._server.post(
            landing_statement(rules.family, batch.schema_ids, purpose),
            body,
            tokenless if purpose is Purpose.JUDGE else settings,
            parameters.as_mapping(),
            seconds=seconds,
            query_id=query_id,
        )
