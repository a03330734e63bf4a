"""Making the whole schema of a database, in order."""

from __future__ import annotations

from infra.clickhouse import ClickHouse
from infra.settings import Settings
from infra.sql import load, render, statements
from projections import tables
from projections.checkpoints import Checkpoints
from projections.definition import definitions
from projections.store.earlier import drop_cuts, drop_facts, renew
from projections.store.event_tables import OPERATOR, ensure_event_tables
from projections.store.live import live_tables
from projections.store.policy import ensure_policy, ensure_question_views


def ensure(settings: Settings, database: str | None = None) -> tuple[str, ...]:
    """See `projections.store.ensure_schema`."""
    done = list(ensure_event_tables(settings, database))
    ensure_policy(settings, database)
    with ClickHouse(settings, OPERATOR, database=database) as server:
        done += ensure_projection_tables(settings, server)
        for statement in statements(load("projections.store", "penalties.sql")):
            server.command(statement)
    ensure_question_views(settings, database)
    return tuple(done)


def ensure_projection_tables(settings: Settings, server: ClickHouse) -> list[str]:
    """Facts in other orders, checkpoints, and of each projection its first table and its stable view."""
    facts = [definition.create_facts for definition in definitions().values() if definition.gathers]
    scripts = (load("projections.indexes", "tables.sql"), *facts, load("projections.store", "projector.sql"))
    for script in scripts:
        for statement in statements(script):
            server.command(statement)
    server.command(render(load("projections.store", "dead_numbers.sql"), database=server.database))
    done, checkpoints, live = list[str](), Checkpoints(server), live_tables(server)
    done += [*drop_cuts(server), *drop_facts(server, live)]
    for definition in definitions().values():
        done += renew(settings, server, definition, live)
    fed = checkpoints.all()
    for definition in definitions().values():
        number = tables.current(server, definition)
        if number is None:
            number = max(tables.numbers(server, definition), default=definition.version)
            server.command(definition.create_table(definition.table(number)))
            done.append(f"projection {definition.table(number)} made")
        if definition.table(number) not in fed:
            checkpoints.write(definition.table(number), {})
        tables.point_view_at(server, definition, number)
    return done
