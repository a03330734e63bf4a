"""Brings the policy files into a database: one set of tables a version, shown by views of fixed name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from infra.clickhouse import ClickHouse
from infra.settings import Settings
from infra.sql import load, render, statements
from infra.zone import zone
from projections import policy
from projections.policy import Policy
from projections.questions.views import question_views
from projections.store.view_comments import comment_view, comment_views_of_views

PACKAGE = "projections.store"
TABLES = ("calendar", "sla", "limits")


def ensure_policy(settings: Settings, database: str | None = None) -> dict[str, str]:
    """Make the policy tables of today's files and show them; idempotent. Returns the version of each file.

    The tables of a version are filled before the views show them, so a reader sees one version or the other.
    """
    rules = policy.load()
    mark = hashlib.sha256("".join(rules.versions.values()).encode()).hexdigest()[:12]
    names = {table: f"policy_{table}_{mark}" for table in TABLES}
    with ClickHouse(settings, "operator", database=database) as server:
        for statement in statements(load(PACKAGE, "policy.sql")):
            server.command(_rendered(statement, names))
        for table, (columns, rows) in _contents(rules).items():
            if server.value(_rendered("SELECT count() FROM {table:Identifier}", {"table": names[table]})) != len(rows):
                server.command(_rendered("TRUNCATE TABLE {table:Identifier}", {"table": names[table]}))
                server.insert(names[table], columns, rows)
        for statement in statements(load(PACKAGE, "policy_views.sql")):
            server.command(_rendered(statement, names))
        for table, name in names.items():
            comment_view(server, f"policy_{table}", [name])
    return rules.versions


def ensure_question_views(settings: Settings, database: str | None = None) -> None:
    """Make the views that count by the policy tables, and of each question the view that answers it.

    The projections' views must be there. Also explains the columns of all views that read other views.
    """
    with ClickHouse(settings, "operator", database=database) as server:
        for statement in statements(load(PACKAGE, "policy_findings.sql")):
            server.command(statement)
        server.command(load(PACKAGE, "deadlines.sql"))
        server.command(load(PACKAGE, "standing.sql"))
        for statement in question_views(zone(settings.zone_file).region_codes):
            server.command(statement)
        comment_views_of_views(server)


def _rendered(statement: str, names: dict[str, str]) -> str:
    wanted = {name: table for name, table in names.items() if f"{{{name}:Identifier}}" in statement}
    return render(statement, **wanted)


def _contents(rules: Policy) -> dict[str, tuple[Sequence[str], list[Sequence[Any]]]]:
    return {
        "calendar": (("day", "working", "working_days", "source"), _listed(rules.calendar())),
        "sla": (
            (
                *("exchange_form", "domain", "from_region", "to_region", "urgency", "specificity"),
                *("valid_from", "valid_to", "acknowledge_working_days", "reply_calendar_days"),
                *("instrument", "article", "confidence"),
            ),
            _listed(
                (
                    *rule.circumstances(),
                    rule.specificity(),
                    *(rule.valid_from, rule.valid_to, rule.acknowledge_working_days, rule.reply_calendar_days),
                    *(rule.instrument, rule.article, rule.confidence),
                )
                for rule in rules.sla
            ),
        ),
        "limits": (
            ("name", "value", "unit", "valid_from", "instrument", "article", "confidence"),
            _listed(
                (
                    *(limit.name, limit.value, limit.unit, limit.valid_from),
                    *(limit.instrument, limit.article, limit.confidence),
                )
                for limit in rules.limits
            ),
        ),
    }


def _listed(rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
    return list(rows)
