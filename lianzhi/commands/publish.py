"""`lianzhi publish`: events from a file or a pipe, one JSON object a line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from lianzhi.exits import ExitCode, UsageError, as_typed
from lianzhi.output import OutputFormat, echo_problem, emit, progress

if TYPE_CHECKING:
    from infra.settings import Settings
    from lianzhi.rejects import RejectReport
    from producers.event_lines import Summary
    from producers.publisher import Publisher

_SHOWN = 20


def publish(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(help="NDJSON 文件，- 为标准输入 | File of one JSON object a line; - for stdin.")
    ] = "-",
    publisher: Annotated[str, typer.Option("--publisher", help="发布方，如 jiashan.zhifa | Who publishes.")] = "",
    batch: Annotated[
        int, typer.Option(min=1, max=10_000, help="每次事务的事件数 | Events in one transaction.")
    ] = 1_000,
    rejects: Annotated[
        Path | None, typer.Option(help="退回清单（默认在输入文件旁）| Where refused lines are told; beside the input.")
    ] = None,
    flags: Annotated[bool, typer.Option("--flags", help="统计存疑标记 | Count what was accepted but is odd.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="等到日志确认 | Return when the log has everything.")] = False,
    timeout: Annotated[float, typer.Option(min=1, help="--wait 的最长秒数 | Longest --wait, seconds.")] = 120.0,
    output: Annotated[
        OutputFormat, typer.Option("--output", "-o", help="table, json, ndjson, csv")
    ] = OutputFormat.TABLE,
) -> None:
    """发布事件：有误的行逐条说明，其余照发 | Publish events: wrong lines are told with reasons, the others go on.

    重复发布同一文件不会重复记录；有行被退回时退出码 3。
    The same file twice publishes nothing twice. Exit code 3 when lines were refused.
    """
    from infra.errors import LianzhiError
    from infra.zone import zone
    from lianzhi.context import settings_of
    from lianzhi.rejects import RejectReport
    from producers.collector import calm_collector
    from producers.event_lines import Summary, publish_lines
    from producers.publisher import Publisher

    if not publisher:
        raise UsageError("--publisher is missing", zh="缺少 --publisher", hint="e.g. --publisher jiashan.zhifa")
    settings, summary = settings_of(ctx), Summary()
    known = zone(settings.zone_file)
    with as_typed():
        known.publisher(publisher)
    calm_collector()
    beside = None if file == "-" else Path(f"{file}.rejects.csv")
    with Publisher(settings, publisher) as door, _opened(file) as (stream, size):
        with RejectReport(rejects or beside) as report, progress("publish", size, "B") as bar:
            try:
                publish_lines(
                    door,
                    stream,
                    batch=batch,
                    on_problem=lambda found: report.add(found.line, found.problem),
                    on_bytes=bar.advance,
                    with_flags=flags,
                    summary=summary,
                )
            except LianzhiError:
                _tell_how_far(summary)
                raise
            _tell(summary, report, output, with_flags=flags)
        if wait:
            _wait(settings, door, summary.last, timeout)
    if summary.refused:
        raise typer.Exit(ExitCode.PROBLEMS)


def _tell(summary: Summary, report: RejectReport, output: OutputFormat, *, with_flags: bool) -> None:
    counts: dict[str, Any] = {
        "lines": summary.lines,
        "published": summary.published,
        "already_published": summary.already_published,
        "refused": summary.refused,
    }
    if with_flags:
        counts["flags"] = dict(summary.flags.most_common())
    if report.file is not None:
        counts["reject_file"] = str(report.file)
    match output:
        case OutputFormat.JSON:
            report.write_json(counts, sys.stdout)
        case OutputFormat.TABLE:
            emit(counts, output)
            if report.count:
                emit(report.first(_SHOWN), output, title="退回的行 | Refused lines")
            if report.count > _SHOWN:
                where = f": {report.file}" if report.file else "; --rejects FILE"
                echo_problem(f"… {report.count - _SHOWN:,} more{where}")
        case _:
            emit(report.rows(), output, columns=_COLUMNS)


_COLUMNS = ("line", "field", "found", "expected_zh", "expected_en")


def _tell_how_far(summary: Summary) -> None:
    echo_problem(
        f"已处理 {summary.lines:,} 行，其余未发布；重新发布同一文件即可继续\n"
        f"{summary.lines:,} lines were dealt with, the rest was not published; publish the same file again to go on"
    )


@contextmanager
def _opened(file: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """The stream, and its size when that is known."""
    if file == "-":
        yield sys.stdin.buffer, None
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115  (closed below; errors of the body are not those of opening)
    except OSError as error:
        raise UsageError(f"can not read {file}: {error.strerror}", zh=f"无法读取 {file}") from error
    with stream:
        yield stream, os.fstat(stream.fileno()).st_size or None


def _wait(settings: Settings, door: Publisher, last: Mapping[str, int], seconds: float) -> None:
    """Wait until the log has everything; without a relay at work, do what it would do."""
    from infra.clock import SystemClock
    from infra.errors import RetryableError
    from producers.relay import Relay

    clock, relay = SystemClock(), Relay(settings, [door.info.id])
    deadline = clock.monotonic() + seconds
    total = sum(last.values())
    try:
        with progress("→ log", total, "events") as bar:
            while (done := sum(min(door.sent(topic), sequence) for topic, sequence in last.items())) < total:
                bar.update(completed=done)
                if clock.monotonic() > deadline:
                    why = {lane.trouble.text for lane in relay.status() if lane.trouble is not None}
                    told = "".join(f"\n{text}" for text in sorted(why))
                    raise RetryableError(
                        f"the log has not acknowledged {total - done:,} events within {seconds:g} s; they are durable"
                        + told,
                        zh=f"日志在 {seconds:g} 秒内未确认 {total - done:,} 个事件；事件已保存",
                        hint="see `lianzhi outbox status`; the relay goes on by itself once the log is there",
                    )
                if not relay.step():
                    clock.sleep(0.05)
            bar.update(completed=total)
    finally:
        relay.close()


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("publish")(publish)
