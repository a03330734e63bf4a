"""`lianzhi replay`: everything again from the log into a second database, compared table by table."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from lianzhi.commands.projections import comparison_row
from lianzhi.exits import ExitCode, UsageError, as_typed
from lianzhi.known_at import cut_known_at
from lianzhi.output import OutputFormat, emit
from lianzhi.progress import Bar, progress_group

_KEPT = ("name", "database", "made_at", "rows", "bytes")


def replay(
    ctx: typer.Context,
    into: Annotated[str, typer.Option("--into", help="重放库名称（字母、数字、下划线）| Name of the replay.")] = "",
    from_log: Annotated[bool, typer.Option("--from-log", help="从日志重放 | Everything again from the log.")] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="逐表逐行比对；有差异时退出码 3 | Compare every table; 3: they differ.")
    ] = False,
    known_at: Annotated[
        str, typer.Option("--known-at", help="截面名称或时刻；默认已落库的全部 | A cut or a time; default all.")
    ] = "",
    listing: Annotated[bool, typer.Option("--list", help="列出保留的重放 | List the replays that are kept.")] = False,
    drop: Annotated[
        str, typer.Option("--drop", help="删除一个重放 | Drop a replay; the log and the tables stay.")
    ] = "",
    output: Annotated[
        OutputFormat, typer.Option("--output", "-o", help="table, json, ndjson, csv")
    ] = OutputFormat.TABLE,
) -> None:
    """从日志重新落库、重新折叠，并与现有各表逐行比对 | Land and fold everything again, and compare with what stands."""
    from audit import replay as replaying
    from infra.sql import identifier
    from lianzhi.context import settings_of

    settings = settings_of(ctx)
    if listing or drop:
        if from_log or into or (listing and drop):
            raise UsageError(
                "one thing at a time: --from-log, --list or --drop", zh="--from-log、--list、--drop 只能用一个"
            )
        with as_typed():
            rows = replaying.replays(settings) if listing else [replaying.drop_replay(settings, identifier(drop))]
        emit([asdict(each) for each in rows], output, columns=_KEPT)
        return
    if not from_log:
        raise UsageError("a replay reads the log: say --from-log", zh="请指明 --from-log")
    if not into:
        raise UsageError("a replay needs a name: --into NAME", zh="请用 --into 给出重放的名称")
    with as_typed():
        identifier(into)
    cut = cut_known_at(settings, known_at)
    bars: dict[str, Bar] = {}
    with progress_group() as group:

        def tell(what: str, done: int, of: int) -> None:
            if what not in bars:
                bars[what] = group.add(what, of, "偏移量 offsets" if "." in what else "片 slices")
            bars[what].update(completed=done, total=of)

        done = replaying.replay(
            settings, into, cut=None if cut is None else cut.vector, comparing=compare, progress=tell
        )
    whole = {
        "database": done.database,
        "rows": done.rows,
        "skipped_dead_letters": done.skipped,
        "cut": done.cut,
        "same": done.same if compare else None,
        "uneven": [asdict(each) for each in done.uneven],
        "tables": [comparison_row(each) for each in done.comparisons],
    }
    if output is OutputFormat.JSON:
        emit(whole, output)
    else:
        notes = {key: whole[key] for key in ("database", "rows", "skipped_dead_letters", "same")}
        columns = ("left", "right", "same", "left_rows", "right_rows", "left_hash", "right_hash", "differing_keys")
        emit([comparison_row(each) for each in done.comparisons], output, columns=columns, notes=notes)
    if not done.same:
        raise typer.Exit(ExitCode.PROBLEMS)


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("replay")(replay)
