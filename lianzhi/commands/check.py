"""`lianzhi check`: is anything missing between the publishers, the log and the tables?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lianzhi.exits import ExitCode, UsageError
from lianzhi.output import OutputFormat, emit

if TYPE_CHECKING:
    from consumers.completeness import Completeness, Span
    from lianzhi.progress import Bar, Bars

_HEADINGS = {
    "topic": "主题 topic",
    "end": "日志 log",
    "stored": "已入表 stored",
    "dead_letters": "死信 dead letters",
    "missing": "缺失 missing",
    "missing_ranges": "缺失区间 missing ranges",
    "doubled": "重复行 doubled",
    "verdict": "结论 verdict",
    "publisher": "发布方 publisher",
    "epoch": "纪元 epoch",
    "last": "末号 last",
    "events": "事件 events",
    "resends": "重发 resends",
    "late_fills": "补到 late fills",
    "jumps": "异常跳号 jumps",
    "kind": "类别 kind",
    "what": "冲突 conflict",
    "event_ids": "事件 events",
    "event_id": "事件 event",
    "times": "次数 times",
    "places": "位置 places",
}
_TOPIC_COLUMNS = ("topic", "end", "stored", "dead_letters", "missing", "missing_ranges", "doubled", "verdict")
_PUBLISHER_COLUMNS = (
    *("publisher", "epoch", "topic", "last", "events", "missing", "missing_ranges"),
    *("resends", "late_fills", "jumps", "verdict"),
)


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
    output: Annotated[OutputFormat, typer.Option("--output", "-o", help="table, json")] = OutputFormat.TABLE,
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
    else:
        _show(found, output)
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


def _show(found: Completeness, output: OutputFormat) -> None:
    topics = [asdict(each) | {"verdict": _verdict(each.complete)} for each in found.topics]
    publishers = [asdict(each) | {"verdict": _verdict(each.complete)} for each in found.publishers]
    for row in [*topics, *publishers]:
        for name in ("missing_ranges", "jumps"):
            if name in row:
                row[name] = _spans(row[name])
        if "doubled" in row:
            row["doubled"] = ", ".join(map(str, row["doubled"]))
    emit(topics, output, columns=_TOPIC_COLUMNS, headings=_HEADINGS, title="日志与事件表 | the log and the tables")
    emit(publishers, output, columns=_PUBLISHER_COLUMNS, headings=_HEADINGS, title="发布方序号 | publishers' numbers")
    if found.resends:
        emit(
            [asdict(each) | {"places": ", ".join(f"{t}@{o}" for t, o in each.places)} for each in found.resends],
            output,
            headings=_HEADINGS,
            title="重发（只计一次）| resends, counted once",
        )
    if found.conflicts:
        emit(
            [asdict(each) | {"event_ids": ", ".join(each.event_ids)} for each in found.conflicts],
            output,
            headings=_HEADINGS,
            title="冲突 | conflicts",
        )
    typer.echo("完整 | complete" if found.complete else "不完整 | not complete")


def _verdict(complete: bool) -> str:
    return "完整 complete" if complete else "不完整 NOT complete"


def _spans(spans: tuple[Span, ...], most: int = 5) -> str:
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in spans[:most]]
    return ", ".join(shown) + (" …" if len(spans) > most else "")
