"""Putting the processes of one machine together: servers, topics, tables, then the registry, the tokeniser and workers.

`up` may be repeated at any time, after any kill: what runs well is left alone, the rest is started, and nothing that
was acknowledged is lost, since Kafka and ClickHouse keep it on the disk and the workers look at the tables before they
go on. What other code than ours started is stopped first, all of it: old processes and new tables do not go together.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.errors import InvalidInput
from infra.local.ports import HOST, current_ports
from infra.local.roles import ROLES, SERVERS, WORKERS, Role, require_modules
from infra.local.stack import LocalStack
from infra.local.status import ProcessStatus
from infra.local.watcher import Watcher
from infra.settings import Settings, load_settings

# Publishers need these two before anything else; the workers can not do without them.
_FIRST = {"registry", "tokeniser"}


@dataclass(frozen=True, slots=True)
class UpResult:
    """What `up` started (empty: everything ran already), which topics it made, and how all are now."""

    started: tuple[str, ...]
    topics_made: tuple[str, ...]
    processes: tuple[ProcessStatus, ...]


def up(settings: Settings, *, servers_only: bool = False, watcher: Watcher | None = None) -> UpResult:
    """Start what does not run of this home's stack; returns when all is alive (alarms are in `processes`).

    Raises:
        InvalidInput: when the settings point at other servers than those of this home, or it can not be made.
        FatalError: when a process does not start, or topics are not as they must be.
        RetryableError: when Kafka's jars can not be fetched, or a server went away meanwhile.
    """
    # Here, since `status` and `down` can do without the client libraries, which take a second to load.
    from infra.bootstrap_topics import ensure_topics
    from infra.persons.keys import ensure_zone_key
    from infra.zone import zone
    from projections.store import ensure_schema

    roles = SERVERS if servers_only else ROLES
    require_modules(roles)
    stack = LocalStack(settings, watcher)
    with stack.exclusively():
        ran = stack.stop_other_build()
        if servers_only and any(role.name in ran for role in WORKERS):
            servers_only = False  # they were stopped for being of another build, and run again
            require_modules(ROLES)
        started = stack.start(SERVERS)
        local = _local_settings(settings)
        topics = ensure_topics(local, zone(local.zone_file))
        ensure_schema(local)
        if not servers_only:
            ensure_zone_key(local.home)
            for group in _start_order():
                started += stack.start((*SERVERS, *group))
        return UpResult(tuple(dict.fromkeys(started)), topics, stack.status())


def down(settings: Settings, *, watcher: Watcher | None = None) -> tuple[str, ...]:
    """Stop everything of this home in order; the roles that were running (none: it was down already).

    Raises:
        FatalError: when a process can not be ended.
    """
    stack = LocalStack(settings, watcher)
    if not stack.home.run.exists():
        return ()
    with stack.exclusively():
        return stack.stop()


def status(settings: Settings) -> tuple[ProcessStatus, ...]:
    """Every process that should run or does run (empty: this home was never up)."""
    return LocalStack(settings).status()


def _start_order() -> tuple[tuple[Role, ...], ...]:
    first = tuple(role for role in WORKERS if role.name in _FIRST)
    return first, WORKERS


def _local_settings(settings: Settings) -> Settings:
    """The settings with the addresses that were just written; refused when something outranks those."""
    local, ports = load_settings(settings.home), current_ports(LocalStack(settings).home)
    if ports is None:
        raise InvalidInput("the ports of this home vanished", zh="端口记录丢失", hint="run `lianzhi up` again")
    expected = {
        "kafka.bootstrap": (local.kafka.bootstrap, ports.bootstrap),
        "clickhouse.host": (local.clickhouse.host, HOST),
        "clickhouse.native_port": (local.clickhouse.native_port, ports.clickhouse_native),
        "clickhouse.http_port": (local.clickhouse.http_port, ports.clickhouse_http),
        "registry.port": (local.registry.port, ports.registry),
    }
    if wrong := [f"{key} = {found}" for key, (found, wanted) in expected.items() if found != wanted]:
        raise InvalidInput(
            f"the settings point at other servers than those of this home: {', '.join(wrong)}",
            zh="配置指向了其他服务器",
            hint="take these keys out of lianzhi.toml and the environment; local ports are set with local.*_port",
        )
    return local
