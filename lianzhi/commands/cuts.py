"""`lianzhi cuts`: named points in the log that answers can be asked at."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lianzhi.exits import UsageError, as_typed
from lianzhi.output import OutputFormat, emit

if TYPE_CHECKING:
    from projections.cut import Cut

group = typer.Typer(help="截面：日志中可命名的位置 | Named points in the log.", no_args_is_help=True)

FormatOption = Annotated[OutputFormat, typer.Option("--output", "-o", help="table, json, ndjson, csv")]

_COLUMNS = ("name", "as_of", "known_at", "events", "digest", "vector")


@group.command("list")
def show(ctx: typer.Context, output: FormatOption = OutputFormat.TABLE) -> None:
    """列出已命名的截面 | List the named cuts."""
    from audit.cuts import list_cuts
    from lianzhi.context import settings_of

    emit(
        [_row(cut, output) for cut in list_cuts(settings_of(ctx))],
        output,
        columns=_COLUMNS,
    )


@group.command("add")
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="名称，如 2026-06 | Name.")],
    at: Annotated[str, typer.Option("--at", help="时刻（RFC 3339，带时区）；默认现在 | Instant; default now.")] = "",
    as_of: Annotated[str, typer.Option("--as-of", help="所截之日 | Legal day it is for, YYYY-MM-DD.")] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="名称已有时改指新的位置 | A name that is taken means the new place.")
    ] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """为日志中的位置命名：现在已落库的全部，或某时刻日志所有的 | Name a point: what has landed, or what was known."""
    from audit.cuts import add_cut, list_cuts
    from lianzhi.context import settings_of

    _refuse_time(name)
    day, instant, settings = _day(as_of), _instant(at), settings_of(ctx)
    list_cuts(settings)  # what is wrong with the settings is wrong here already, and no matter of what was typed
    with as_typed():
        cut = add_cut(settings, name, as_of=day, at=instant, replace=replace)
    emit(_row(cut, output), output)


def _row(cut: Cut, output: OutputFormat) -> dict[str, Any]:
    vector = {topic: offset for topic, offset in sorted(cut.vector.items()) if offset}
    events = sum(offset for topic, offset in vector.items() if "." in topic)
    shown: Any = vector if output is not OutputFormat.TABLE else " ".join(f"{t}:{o}" for t, o in vector.items())
    return {
        "name": cut.name,
        "as_of": cut.as_of,
        "known_at": cut.known_at,
        "events": events,
        "digest": cut.digest(),
        "vector": shown,
    }


def _refuse_time(name: str) -> None:
    """A name that reads as a day or a time would hide that day from `--known-at`; a month reads as neither."""
    try:
        datetime.fromisoformat(name)
    except ValueError:
        return
    raise UsageError(
        f"{name!r} reads as a time, so --known-at {name} would no longer mean it",
        zh=f"{name!r} 像是日期或时刻；作截面名称则 --known-at {name} 不再指那一时刻",
        hint=f"another name, as 'report {name}'; the day that a cut is for is given by --as-of",
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"--as-of is a day as 2026-06-30, not {text!r}", zh="--as-of 应写作 2026-06-30") from None


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise UsageError(
            f"--at is an instant with its offset, not {text!r}",
            zh="--at 应为带时区的时刻",
            hint="2026-06-30T18:00:00+08:00",
        )
    return at


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(group, name="cuts")
