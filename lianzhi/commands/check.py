"""`lianzhi check`: is anything missing between the publishers, the log and the tables?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lianzhi.exits import ExitCode, UsageError
from lianzhi.output import OutputFormat, echo_problem, emit

if TYPE_CHECKING:
    from consumers.completeness import Completeness, Span
    from lianzhi.progress import Bar, Bars

_HEADINGS = {"end": "日志 log", "what": "冲突 conflict"}
_TOPIC_COLUMNS = ("topic", "end", "stored", "dead_letters", "missing", "missing_ranges", "doubled", "verdict")
_PUBLISHER_COLUMNS = (
    *("publisher", "epoch", "topic", "last", "events", "missing", "missing_ranges"),
    *("resends", "late_fills", "jumps", "verdict"),
)
_TABLES: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "topic": ("日志与事件表 | the log and the tables", _TOPIC_COLUMNS),
    "publisher": ("发布方序号 | publishers' numbers", _PUBLISHER_COLUMNS),
    "resend": ("重发（只计一次）| resends, counted once", None),
    "conflict": ("冲突 | conflicts", None),
}
"""Of what a row may be about: the title of its table, and its columns; None: there is a table when there is a row."""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("check")(check)


def check(
    ctx: typer.Context,
    topic: Annotated[
        list[str] | None, typer.Option(help="只查此主题，可重复 | Only this topic; may be repeated.")
    ] = None,
    wait: Annotated[
        float,
        typer.Option(min=0, help="等待尚未入表的事件：停滞满这么多秒为止 | Seconds without a move before giving up."),
    ] = 10.0,
    output: Annotated[
        OutputFormat, typer.Option("--output", "-o", help="table, json, ndjson, csv")
    ] = OutputFormat.TABLE,
) -> None:
    """核对完整性：日志偏移量 = 已入表 + 死信，序号连续 | Every offset stored or a dead letter, every number there.

    Exit code 0: complete; 3: something is missing, doubled or in conflict, and is named. Resends, late fills: fine.
    """
    from consumers.completeness import check_completeness
    from infra.clickhouse import ClickHouse
    from infra.topics import event_topics
    from infra.zone import zone
    from lianzhi.context import settings_of
    from lianzhi.progress import progress_group

    settings = settings_of(ctx)
    known = event_topics(zone(settings.zone_file))
    topics = list(dict.fromkeys(topic or known))
    for name in topics:
        if name not in known:  # the log would be asked for it in vain, and seem to be away
            raise UsageError(f"no topic {name!r} in the zone", zh=f"没有主题 {name!r}", hint=", ".join(known))
    with ClickHouse(settings, "auditor", query_seconds=0) as server, progress_group() as bars:
        found = check_completeness(settings, server, topics, patience=wait, watch=_Watch(bars))
    if output is OutputFormat.JSON:
        emit(_as_json(found), output)
    elif output is OutputFormat.TABLE:
        _show(found)
    else:
        _list(found, output)
    if not found.complete:
        raise typer.Exit(ExitCode.PROBLEMS)


class _Watch:
    """One bar a topic that has not landed whole when the check begins."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._shown: dict[str, Bar] = {}

    def __call__(self, topic: str, reached: int, end: int) -> None:
        if topic not in self._shown:
            if reached >= end:
                return
            self._shown[topic] = self._bars.add(topic, end, "offset")
        self._shown[topic].update(completed=reached)


def _as_json(found: Completeness) -> dict[str, Any]:
    return {"complete": found.complete} | asdict(found)


def _tables(found: Completeness) -> dict[str, list[dict[str, Any]]]:
    """What was found as rows, by what they are about."""
    told = {
        "topic": [asdict(each) | {"verdict": _verdict(each.complete)} for each in found.topics],
        "publisher": [asdict(each) | {"verdict": _verdict(each.complete)} for each in found.publishers],
        "resend": [asdict(each) | {"places": ", ".join(f"{t}@{o}" for t, o in each.places)} for each in found.resends],
        "conflict": [asdict(each) | {"event_ids": ", ".join(each.event_ids)} for each in found.conflicts],
    }
    for row in [*told["topic"], *told["publisher"]]:
        for name in ("missing_ranges", "jumps"):
            if name in row:
                row[name] = _spans(row[name])
        if "doubled" in row:
            row["doubled"] = ", ".join(map(str, row["doubled"]))
    return told


def _show(found: Completeness) -> None:
    for about, rows in _tables(found).items():
        title, columns = _TABLES[about]
        if rows or columns:
            emit(rows, columns=columns, headings=_HEADINGS, title=title)
    typer.echo(_whole(found))


def _list(found: Completeness, output: OutputFormat) -> None:
    """One list for programs, each row saying what it is about."""
    rows = [{"about": about} | row for about, some in _tables(found).items() for row in some]
    columns = list(
        dict.fromkeys(["about", *_TOPIC_COLUMNS, *_PUBLISHER_COLUMNS, *(name for row in rows for name in row)])
    )
    emit(rows, output, columns=columns)
    echo_problem(_whole(found))


def _whole(found: Completeness) -> str:
    return "完整 | complete" if found.complete else "不完整 | not complete"


def _verdict(complete: bool) -> str:
    return "完整 complete" if complete else "不完整 NOT complete"


def _spans(spans: tuple[Span, ...], most: int = 5) -> str:
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in spans[:most]]
    return ", ".join(shown) + (" …" if len(spans) > most else "")
