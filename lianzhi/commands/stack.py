"""`lianzhi up`, `down`, `status`: the servers and workers of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lianzhi.exits import ExitCode
from lianzhi.output import OutputFormat, echo_problem, emit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.local.status import ProcessStatus
    from lianzhi.progress import Bar, Bars

FormatOption = Annotated[OutputFormat, typer.Option("--output", "-o", help="table, json, ndjson, csv")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("up")(up)
    app.command("down")(down)
    app.command("status")(status)


def up(
    ctx: typer.Context,
    servers_only: Annotated[
        bool,
        typer.Option("--servers-only", help="只启动 Kafka 与 ClickHouse | Only Kafka and ClickHouse, no workers."),
    ] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """启动本机的全部进程；可重复执行 | Start everything on this machine; safe to repeat, also after any kill."""
    from lianzhi import supervise
    from lianzhi.context import settings_of
    from lianzhi.progress import progress_group

    with progress_group() as bars:
        result = supervise.up(settings_of(ctx), servers_only=servers_only, watcher=_BarsWatcher(bars))
    for process in result.processes:
        for alarm in process.health.alarms:
            echo_problem(f"{process.role}: {alarm}")
    if output is OutputFormat.JSON:
        rows = [process.as_row() for process in result.processes]
        emit({"already_running": not result.started, "started": list(result.started), "processes": rows}, output)
        return
    if not result.started:
        typer.echo("已在运行，无需启动 | already running, nothing to start", err=True)
    _show(result.processes, output)


def down(ctx: typer.Context) -> None:
    """停止本机的全部进程；数据保留 | Stop everything of this home in order; the data stay."""
    from lianzhi import supervise
    from lianzhi.context import settings_of
    from lianzhi.progress import progress_group

    with progress_group() as bars:
        stopped = supervise.down(settings_of(ctx), watcher=_BarsWatcher(bars))
    typer.echo(f"已停止 | stopped: {', '.join(stopped)}" if stopped else "没有运行中的进程 | nothing was running")


def status(ctx: typer.Context, output: FormatOption = OutputFormat.TABLE) -> None:
    """各进程的状态与健康；全部健康退出码 0，否则 3 | Every process and its health; exit code 3 when one is not well."""
    from lianzhi import supervise
    from lianzhi.context import settings_of

    processes = supervise.status(settings_of(ctx))
    if output is OutputFormat.JSON:
        emit({"processes": [process.as_row() for process in processes]}, output)
    else:
        _show(processes, output)
    if not processes or not all(process.health.ok for process in processes):
        raise typer.Exit(ExitCode.PROBLEMS)


def _show(processes: Sequence[ProcessStatus], output: OutputFormat) -> None:
    rows = [
        {
            "role": process.role,
            "pid": process.pid,
            "state": process.state,
            "health": process.health.trouble or "ok",
            "address": process.address,
            "version": process.version,
        }
        for process in processes
    ]
    if not rows:
        typer.echo("此目录尚未启动过 | nothing was ever started in this home; run `lianzhi up`", err=True)
        return
    emit(rows, output)


class _BarsWatcher:
    """One line a process, and one for the first download."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._shown: dict[str, Bar] = {}

    def waiting_for_lock(self) -> None:
        """Another `up` or `down` is at work."""
        self._bar("lock", "等待另一条命令 another command is at work on this home", None)

    def jars(self, ready: int, total: int) -> None:
        """Kafka's jars, fetched once."""
        self._bar("jars", "Kafka 4.3", total, "jar").update(completed=ready)

    def role(self, name: str, note: str, done: bool) -> None:
        """One process."""
        bar = self._bar(name, name, 1)
        bar.update(completed=1 if done else 0, note="" if done else note)

    def say(self, text: str) -> None:
        """What people should know of."""
        echo_problem(text)

    def _bar(self, key: str, description: str, total: float | None, unit: str = "") -> Bar:
        if key not in self._shown:
            self._shown[key] = self._bars.add(description, total, unit)
        return self._shown[key]
