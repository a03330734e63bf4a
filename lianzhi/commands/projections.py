"""`lianzhi projections`: how the tables stand; rebuilding, comparing, switching, going back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lianzhi.exits import ExitCode, UsageError, as_typed
from lianzhi.output import OutputFormat, emit
from lianzhi.progress import progress

if TYPE_CHECKING:
    from projections.compare import Comparison
    from projections.definition import Definition
    from projections.projector import Projector

group = typer.Typer(
    help="投影：现状、重建、比对、切换、回退 | Projections: list, rebuild, compare, switch, go back.",
    no_args_is_help=True,
)

FormatOption = Annotated[OutputFormat, typer.Option("--output", "-o", help="table, json, ndjson, csv")]
NameArgument = Annotated[str, typer.Argument(help="投影名称，如 cases | Name.")]


@group.command("list")
def show(ctx: typer.Context, output: FormatOption = OutputFormat.TABLE) -> None:
    """每个投影的每张表：行数、落后多少、是否正被读取 | Every table: rows, how far behind, whether it is read."""
    from projections.definition import definition
    from projections.switch import states

    with _projector(ctx) as projector:
        rows = []
        for state in states(projector):
            about = definition(state.projection)
            rows.append({**asdict(state), "title": f"{about.title_zh} | {about.title_en}"})
    emit(rows, output, columns=("projection", "table", "read", "rows", "behind", "building", "title"))


@group.command("rebuild")
def rebuild(
    ctx: typer.Context,
    name: NameArgument,
    slices: Annotated[
        int | None, typer.Option("--slices", min=1, max=4096, help="分片数；默认按事件数 | In so many parts.")
    ] = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """在旁边重建一张新表；中断则不留痕迹，被杀则下次续建 | Build anew beside; cancelled: no trace; killed: goes on."""
    from projections import rebuild as building

    about = _definition(name)
    with _projector(ctx) as projector, progress(f"重建 rebuilding {name}", unit="偏移量 offsets") as bar:

        def tell(done: int, of: int, offsets: int) -> None:
            bar.update(completed=offsets * done // of, total=offsets, note=f"{done}/{of}")

        try:
            built = building.rebuild(projector.settings, projector.server, about, slices=slices, progress=tell)
        except KeyboardInterrupt:
            typer.echo("已取消，未留下任何内容 | cancelled; nothing of it is left", err=True)
            raise typer.Exit(ExitCode.ERROR) from None
    emit(
        {"projection": name, "table": built.table, "slices": built.slices, "resumed": built.resumed, "cut": built.cut},
        output,
    )


@group.command("compare")
def compare(
    ctx: typer.Context,
    name: NameArgument,
    with_table: Annotated[
        str, typer.Option("--with", help="与哪张表比；默认最新的另一张 | With which table; the newest other one.")
    ] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """正被读取的表与另一张逐行比对；有差异时退出码 3 | The table that is read against another; 3: they differ."""
    from infra.errors import InvalidInput
    from projections import compare as comparing
    from projections import tables

    about = _definition(name)
    with _projector(ctx) as projector:
        reading = tables.current(projector.server, about)
        numbers = tables.numbers(projector.server, about)
        if with_table and with_table not in map(about.table, numbers):
            there = ", ".join(map(about.table, numbers))
            raise UsageError(
                f"{name} has no table {with_table!r}; there are {there}",
                zh=f"{name} 没有表 {with_table!r}，现有 {there}",
            )
        others = [number for number in numbers if number != reading]
        other = with_table or (about.table(max(others)) if others else "")
        if reading is None or not other:
            raise InvalidInput(
                f"{name} has no other table to compare with",
                zh=f"{name} 没有可比对的另一张表",
                hint=f"lianzhi projections rebuild {name}",
            )
        # Both are brought up to one cut first, or they would differ by what landed in between.
        cut = projector.look()
        for table in (about.table(reading), other):
            projector.feed(about, table, cut)
        found = comparing.compare(projector.server, about.table(reading), other, about.row_key)
    emit(comparison_row(found), output)
    if not found.same:
        raise typer.Exit(ExitCode.PROBLEMS)


@group.command("switch")
def switch(ctx: typer.Context, name: NameArgument, output: FormatOption = OutputFormat.TABLE) -> None:
    """让读者改读最新建好的表；旧表留作回退 | Let readers read the newest built table; the old one stays."""
    from projections import switch as switching

    about = _definition(name)
    with _projector(ctx) as projector:
        before, after = switching.switch(projector, about)
    emit({"projection": name, "before": before, "read": after}, output)


@group.command("rollback")
def rollback(ctx: typer.Context, name: NameArgument, output: FormatOption = OutputFormat.TABLE) -> None:
    """让读者改回读上一张表 | Let readers read the table before the one that they read now."""
    from projections import switch as switching

    about = _definition(name)
    with _projector(ctx) as projector:
        before, after = switching.rollback(projector, about)
    emit({"projection": name, "before": before, "read": after}, output)


def comparison_row(found: Comparison) -> dict[str, Any]:
    """A comparison as one flat row."""
    return {
        "left": found.left,
        "right": found.right,
        "same": found.same,
        "left_rows": found.rows[0],
        "right_rows": found.rows[1],
        "left_hash": found.hashes[0],
        "right_hash": found.hashes[1],
        "differing_keys": list(found.differing),
    }


def _definition(name: str) -> Definition:
    from projections.definition import definition

    with as_typed():
        return definition(name)


@contextmanager
def _projector(ctx: typer.Context) -> Iterator[Projector]:
    from infra.clickhouse import ClickHouse
    from lianzhi.context import settings_of
    from projections.projector import USER, Projector

    settings = settings_of(ctx)
    with ClickHouse(settings, USER) as server:
        yield Projector(settings, server)


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(group, name="projections")
