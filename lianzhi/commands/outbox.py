"""`lianzhi outbox`: what is still to be sent, and a new epoch when an outbox can not go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lianzhi.exits import ExitCode, UsageError, as_typed
from lianzhi.output import OutputFormat, echo_problem, emit

if TYPE_CHECKING:
    from infra.settings import Settings

group = typer.Typer(help="发件箱：积压与恢复 | Outboxes: backlog and recovery.", no_args_is_help=True)

FormatOption = Annotated[OutputFormat, typer.Option("--output", "-o", help="table, json, ndjson, csv")]


@group.command("status")
def status(ctx: typer.Context, output: FormatOption = OutputFormat.TABLE) -> None:
    """各发布方的积压、最早未发时间与异常 | Backlog, age of the oldest unsent event, what stands still. 3: alarms."""
    from infra.clock import SystemClock
    from lianzhi.context import settings_of
    from producers.outbox_paths import outbox_publishers

    settings, now = settings_of(ctx), SystemClock().now()
    troubles = _troubles(settings.run_dir / "relay.heartbeat")
    outboxes = [_outbox(settings, publisher, now, troubles) for publisher in outbox_publishers(settings.home)]
    topics = [{"publisher": outbox["publisher"], **topic} for outbox in outboxes for topic in outbox["topics"]]
    if output is OutputFormat.JSON:
        backlog = sum(topic["backlog"] for topic in topics)
        oldest = max((topic["oldest_age_seconds"] for topic in topics), default=0.0)
        emit({"backlog": backlog, "oldest_age_seconds": oldest, "outboxes": outboxes}, output)
    else:
        emit(topics, output)
        for outbox in outboxes:
            if outbox["problem"]:
                echo_problem(f"{outbox['publisher']}: {outbox['problem']}")
            for file in outbox["earlier"]:
                echo_problem(f"{outbox['publisher']}: 旧纪元的发件箱 | of an earlier epoch: {file}")
    if any(topic["alarm"] for topic in topics) or any(outbox["problem"] for outbox in outboxes):
        raise typer.Exit(ExitCode.PROBLEMS)


@group.command("renew")
def renew(
    ctx: typer.Context,
    publisher: Annotated[str, typer.Argument(help="发布方，如 jiashan.zhifa | Whose outbox.")],
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 | Do not ask.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="不查询日志 | Do not ask the log for its epochs.")] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """开始新纪元：未发送的事件重新编号，旧文件保留 | Begin a new epoch; unsent events move over, nothing is deleted."""
    from infra.zone import zone
    from lianzhi.context import settings_of
    from producers.log import KafkaLog
    from producers.renewal import renew as begin_anew

    settings = settings_of(ctx)
    known = zone(settings.zone_file)
    with as_typed():
        info = known.publisher(publisher)
    if not yes and not typer.confirm(f"{publisher}: 开始新纪元？ Begin a new epoch?"):
        raise UsageError("nothing was changed", zh="未作任何更改")
    log = None if offline else KafkaLog(settings)
    try:
        renewed = begin_anew(settings, info, log)
    finally:
        if log is not None:
            log.close()
    emit({"publisher": publisher, "epoch": renewed.epoch, "moved": renewed.moved, "before": renewed.before}, output)
    if renewed.moved is None:
        echo_problem(
            f"旧发件箱无法读取，其中未发送的事件须由来源系统重新发布：{renewed.before}\n"
            "the old outbox could not be read; publish again from the source what it had not sent: known events are "
            f"recognised by their ids downstream ({renewed.before})"
        )
        raise typer.Exit(ExitCode.PROBLEMS)


def _outbox(settings: Settings, publisher: str, now: Any, troubles: dict[tuple[str, str], Any]) -> dict[str, Any]:
    from infra.errors import LianzhiError
    from infra.file_lock import is_held
    from producers.backlog import Backlog
    from producers.outbox_paths import outbox_paths
    from producers.relay_report import age_seconds

    paths = outbox_paths(settings.home, publisher)
    held = is_held(paths.relay_lock)
    told: dict[str, Any] = {
        "publisher": publisher,
        "epoch": None,
        "relay_pid": int(paths.relay_lock.read_text() or 0) or None if held else None,
        "earlier": [str(file) for file in paths.earlier()],
        "problem": "",
        "topics": [],
    }
    try:
        backlog = Backlog(settings.home, publisher)
    except LianzhiError as error:
        return told | {"problem": str(error)}
    try:
        for state in backlog.states():
            trouble = troubles.get((publisher, state.topic), {})
            told["topics"].append(
                {
                    "topic": state.topic,
                    "epoch": backlog.epoch,
                    "last": state.last,
                    "sent": state.sent,
                    "backlog": state.backlog,
                    "oldest_age_seconds": age_seconds(state.oldest, now),
                    "trouble": trouble.get("trouble") if state.backlog else None,
                    "alarm": bool(trouble.get("alarm") and state.backlog),
                }
            )
        return told | {"epoch": backlog.epoch}
    finally:
        backlog.close()


def _troubles(heartbeat: Path) -> dict[tuple[str, str], Any]:
    """What the relay said last, by publisher and topic."""
    try:
        told = json.loads(heartbeat.read_bytes())
    except (OSError, ValueError):
        return {}
    return {(topic["publisher"], topic["topic"]): topic for topic in told.get("topics", [])}


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(group, name="outbox")
