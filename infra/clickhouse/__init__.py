"""The one narrow place that touches clickhouse-driver (native) and urllib3 (landing's raw posts)."""

from infra.clickhouse.client import Answer, ClickHouse, ServerSettings
from infra.clickhouse.errors import OutcomeUnknown, ServerBusy, ServerRefused
from infra.clickhouse.http import PostResult

__all__ = [
    "Answer",
    "ClickHouse",
    "OutcomeUnknown",
    "PostResult",
    "ServerBusy",
    "ServerRefused",
    "ServerSettings",
]
