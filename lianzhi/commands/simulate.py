"""`lianzhi simulate`: three made-up regions live some months; published month by month, with a cut after each."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lianzhi.exits import UsageError
from lianzhi.output import Bar, OutputFormat, emit, progress, progress_group

if TYPE_CHECKING:
    from infra.settings import Settings
    from producers.simulator import World

BATCH = 1000
WORLD = "simulated-world.json"


def simulate_command(
    ctx: typer.Context,
    seed: Annotated[int, typer.Option(help="种子，相同则事件相同 | Same seed, same events.")] = 1,
    months: Annotated[int, typer.Option(min=1, max=60, help="月数 | Whole months.")] = 12,
    cases: Annotated[int, typer.Option(min=1, help="案件数 | Penalty cases to be filed.")] = 20_000,
    start: Annotated[str, typer.Option(help="首月 YYYY-MM | First month.")] = "2025-07",
    out: Annotated[
        Path | None,
        typer.Option(help="输出目录（默认 $LIANZHI_HOME/simulated）| Where events, spreadsheet and key go."),
    ] = None,
    publish: Annotated[
        bool,
        typer.Option("--publish/--no-publish", help="逐月发布并记录截面 | Publish month by month, a cut after each."),
    ] = True,
    output: Annotated[
        OutputFormat, typer.Option("--output", "-o", help="table, json, ndjson, csv")
    ] = OutputFormat.TABLE,
) -> None:
    """编造三地若干月的案件、移送与纠纷，并给出自带的答案 | Make up some months of three regions, with an answer key."""
    from lianzhi.context import settings_of
    from producers.simulator import simulate

    try:
        first = datetime.strptime(start, "%Y-%m").date()  # noqa: DTZ007 a month has no time zone
    except ValueError:
        raise UsageError(f"--start is a month as 2025-07, not {start!r}", zh="--start 应写作 2025-07") from None
    settings = settings_of(ctx)
    if publish:
        _claim(settings, {"seed": seed, "months": months, "cases": cases, "start": start})
    folder = out or settings.home / "simulated"
    with progress("编造 making up", total=cases, unit="案 cases") as bar:
        world = simulate(
            seed, months=months, cases=cases, start=first, progress=lambda done, total: bar.update(completed=done)
        )
    summary = _write(world, folder)
    if publish:
        summary |= _publish(settings, world)
    emit(summary, output)


def _claim(settings: Settings, world: dict[str, int | str]) -> None:
    """Let a home hold one simulated world: the cuts of a second would take the names of the first one's.

    Raises:
        UsageError: the home holds another.
    """
    mark = settings.home / WORLD
    if mark.exists() and (there := json.loads(mark.read_bytes())) != world:
        said = ", ".join(f"{name} {value}" for name, value in there.items())
        raise UsageError(
            f"this home holds another simulated world ({said}); its months have their cuts",
            zh=f"此目录已有另一个编造的世界（{said}），各月已有截面",
            hint="use another home (LIANZHI_HOME or --home), or --no-publish",
        )
    mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark.write_text(json.dumps(world), encoding="utf-8")


def _write(world: World, folder: Path) -> dict[str, Any]:
    from producers.simulator.files import write_answers, write_events, write_spreadsheets
    from projections import policy

    with progress_group() as bars:
        bar = bars.add("写文件 writing", total=len(world.months), unit="月 months")
        months = set()
        for path in write_events(world, folder):
            months.add(path.parent.name)
            bar.update(completed=len(months))
        key = write_answers(world, policy.load(), folder)
        sheets = write_spreadsheets(world, folder)
    return {
        "events": len(world.events),
        "months": list(world.months),
        "folder": str(folder),
        "answers": str(key),
        "spreadsheets": [str(sheet) for sheet in sheets],
    }


def _publish(settings: Settings, world: World) -> dict[str, Any]:
    from audit.cuts import add_cut, list_cuts
    from lianzhi.folded import wait_until_folded
    from lianzhi.landed import wait_until_landed
    from producers.simulator.files import by_month, last_day

    published = already = 0
    named = {cut.name for cut in list_cuts(settings)}
    with progress_group() as bars:
        bar = bars.add("发布 publishing", total=len(world.events), unit="事件 events")
        for month, publishers in by_month(world).items():
            bar.update(note=month)
            for publisher, events in sorted(publishers.items()):
                fresh, known = _publish_events(settings, publisher, events, bar)
                published, already = published + fresh, already + known
            wait_until_landed(settings, sorted(publishers), bars.add(f"落地 landing {month}"))
            if month not in named:  # published again, a month keeps the cut that it has
                add_cut(settings, month, as_of=last_day(month))
        wait_until_folded(settings, bars.add("折叠 folding"))
    return {"published": published, "already_published": already, "cuts": list(world.months)}


def _publish_events(settings: Settings, publisher: str, events: list[dict[str, Any]], bar: Bar) -> tuple[int, int]:
    """Publish in order, a thousand a call; returns how many were new and how many had been published before."""
    from producers.publisher import Publisher

    known, rest = 0, iter(events)
    with Publisher(settings, publisher) as door:
        while batch := list(islice(rest, BATCH)):
            receipts = door.publish_many(batch)
            known += sum(receipt.already_published for receipt in receipts)
            bar.advance(len(batch))
    return len(events) - known, known


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("simulate")(simulate_command)
