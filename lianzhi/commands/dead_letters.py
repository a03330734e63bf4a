"""`lianzhi dead-letters`: values of the log that are no events; looking at them and deciding about them."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lianzhi.exits import ExitCode, UsageError, as_typed
from lianzhi.output import OutputFormat, echo_problem, emit

if TYPE_CHECKING:
    from consumers.dead_letters import DeadLetter
    from consumers.letters import Letters
    from consumers.redrive import Redriven
    from infra.settings import Settings

group = typer.Typer(
    help="死信：查看、重新入表、丢弃、搁置 | Values that are no events: look, redrive, drop, park.",
    no_args_is_help=True,
)

FormatOption = Annotated[OutputFormat, typer.Option("--output", "-o", help="table, json, ndjson, csv")]
TopicArgument = Annotated[str, typer.Argument(help="主题 | Topic, as lianzhi.enforcement.330421.")]
OffsetArgument = Annotated[int, typer.Argument(min=0, help="偏移量 | Offset in the topic.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="理由（必填）| Why; kept with the bytes.")]

_HEADINGS = {"at": "状态时刻 since"}
_COLUMNS = ("topic", "offset", "state", "reason_code", "reason", "publisher", "bytes", "appended_at")


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(group, name="dead-letters")


@group.command("list")
def list_letters(
    ctx: typer.Context,
    topic: Annotated[str, typer.Option(help="只看此主题 | Only this topic.")] = "",
    state: Annotated[
        list[str] | None, typer.Option(help="只看此状态，可重复 | OPEN, REDRIVEN, DROPPED, PARKED; may be repeated.")
    ] = None,
    code: Annotated[str, typer.Option(help="只看此原因代码 | Only this reason code.")] = "",
    summary: Annotated[
        bool, typer.Option("--summary", help="按主题、状态、原因计数 | Counts by topic, state and reason.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="最多行数 | At most so many.")] = 1_000,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """列出死信，不显示内容 | List dead letters, without what is in them."""
    _check_topic(topic)
    with _letters(ctx, "auditor") as (_, letters):
        if summary:
            emit(letters.counts(), output, headings=_HEADINGS)
            return
        found = letters.find(topic=topic, states=_states(state or []), reason_code=code, most=limit + 1)
    rows = [_row(letter) for letter in found[:limit]]
    if output is OutputFormat.TABLE and not rows:
        typer.echo("没有死信 | no dead letters")
        return
    emit(rows, output, columns=_COLUMNS if output is OutputFormat.TABLE else None, headings=_HEADINGS)
    if len(found) > limit:
        echo_problem(f"只列出前 {limit:,} 条；--limit 可改\nonly the first {limit:,} are listed: see --limit")


@group.command("show")
def show(
    ctx: typer.Context, topic: TopicArgument, offset: OffsetArgument, output: FormatOption = OutputFormat.TABLE
) -> None:
    """显示一条死信：原始字节、键、头、原因 | One dead letter: bytes, key, headers, reason, decisions."""
    _check_topic(topic)
    with _letters(ctx, "auditor") as (_, letters):
        letter = letters.one(topic, offset)
    emit(
        _row(letter)
        | {
            "key_hex": None if letter.key is None else letter.key.hex(),
            "value_hex": None if letter.value is None else letter.value.hex(),
            "headers": {name: None if value is None else value.hex() for name, value in letter.headers},
        },
        output,
    )


@group.command("redrive")
def redrive(
    ctx: typer.Context,
    topic: Annotated[str, typer.Argument(help="主题；留空为全部 | Topic; empty: all.")] = "",
    offset: Annotated[list[int] | None, typer.Option(min=0, help="偏移量，可重复 | Offset; may be repeated.")] = None,
    code: Annotated[str, typer.Option(help="只处理此原因代码 | Only those of this reason code.")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """在原位置重新入表；可重复执行 | Land what can be landed now, each at its own place; safe to repeat.

    Without offsets: all that are OPEN or PARKED. Exit code 3 when some are still refused.
    """
    from consumers.dead_letters import State
    from consumers.redrive import Outcome, Redrive
    from infra.zone import zone
    from lianzhi.progress import progress

    if offset and not topic:
        raise UsageError("an offset needs its topic", zh="指定偏移量时必须同时指定主题")
    _check_topic(topic)
    with _letters(ctx, "ingest") as (settings, letters):
        states = () if offset else (State.OPEN, State.PARKED)
        found = letters.find(topic=topic, states=states, reason_code=code, offsets=offset or ())
        if offset and len(found) < len(set(offset)):
            letters.one(topic, min(set(offset) - {letter.offset for letter in found}))
        work = Redrive(settings, zone(settings.zone_file), letters.server, actor=_actor())
        done: list[Redriven] = []
        with progress("重新入表 redrive", len(found), "死信") as bar:
            for letter in found:
                done.append(work.redrive(letter))
                bar.advance()
    rows = [
        {
            "topic": each.letter.topic,
            "offset": each.letter.offset,
            "outcome": each.outcome.value,
            "state": each.letter.state.value,
            "reason": "" if each.reason is None else str(each.reason),
        }
        for each in done
    ]
    if output is OutputFormat.TABLE and not rows:
        typer.echo("没有可重新入表的死信 | nothing to redrive")
    else:
        emit(rows, output, headings=_HEADINGS)
    if any(each.outcome in {Outcome.STILL_REFUSED, Outcome.NOT_YET} for each in done):
        raise typer.Exit(ExitCode.PROBLEMS)


@group.command("drop")
def drop(
    ctx: typer.Context,
    topic: TopicArgument,
    offset: Annotated[list[int], typer.Argument(min=0, help="偏移量，可多个 | Offsets.")],
    to: Annotated[
        int | None,
        typer.Option(min=0, help="从一个偏移量到此为止的全部待决死信 | All open ones from one offset to this one."),
    ] = None,
    reason: ReasonOption = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """认定不是事件；字节与理由都保留 | Decide that they are no events; bytes and reason are kept."""
    from consumers.dead_letters import State

    if not reason.strip():
        raise UsageError("dropping needs --reason", zh="丢弃必须写明理由", hint="--reason '…'")
    if to is not None and (len(offset) > 1 or to < offset[0]):
        raise UsageError("--to goes with one offset that is no greater", zh="--to 只能与一个不大于它的偏移量同用")
    _check_topic(topic)
    with _letters(ctx, "ingest") as (_, letters):
        if to is not None:
            listed = letters.find(topic=topic, states=[State.OPEN])
            found = [letter for letter in listed if offset[0] <= letter.offset <= to]
        else:
            found = [letters.one(topic, each) for each in sorted(set(offset))]
        emit([_row(letter) for letter in letters.drop(found, note=reason, actor=_actor())], output, headings=_HEADINGS)


@group.command("park")
def park(
    ctx: typer.Context,
    topic: TopicArgument,
    offset: OffsetArgument,
    reason: ReasonOption = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """搁置模式编号未知的数据，使主题继续 | Set aside a value of an unknown schema, so that its topic goes on."""
    from infra.zone import zone

    if not reason.strip():
        raise UsageError("parking needs --reason", zh="搁置必须写明理由", hint="--reason '…'")
    _check_topic(topic)
    with _letters(ctx, "ingest") as (settings, letters):
        letter = letters.park(topic, offset, zone=zone(settings.zone_file), note=reason, actor=_actor())
    emit(_row(letter), output)


@contextmanager
def _letters(ctx: typer.Context, user: str) -> Iterator[tuple[Settings, Letters]]:
    from consumers.letters import Letters
    from infra.clickhouse import ClickHouse
    from lianzhi.context import settings_of

    settings = settings_of(ctx)
    with ClickHouse(settings, user, query_seconds=0 if user == "auditor" else None) as server:
        yield settings, Letters(settings, server)


def _check_topic(name: str) -> None:
    from infra.topics import split_topic

    if name:
        with as_typed():
            split_topic(name)


def _states(names: list[str]) -> list[Any]:
    from consumers.dead_letters import State

    try:
        return [State(name.upper()) for name in names]
    except ValueError:
        known = ", ".join(State)
        raise UsageError(f"a state is one of {known}", zh=f"状态须为 {known} 之一") from None


def _row(letter: DeadLetter) -> dict[str, Any]:
    from infra.clock import from_micros
    from schemas import headers

    return {
        "topic": letter.topic,
        "offset": letter.offset,
        "state": letter.state.value,
        "reason_code": letter.reason_code,
        "reason": letter.reason,
        "schema_id": letter.schema_id,
        "publisher": letter.header(headers.PUBLISHER),
        "bytes": None if letter.value is None else len(letter.value),
        "appended_at": from_micros(letter.appended_ms * 1000),
        "at": letter.at,
        "note": letter.note,
        "actor": letter.actor,
    }


def _actor() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in a container
        return f"uid {os.getuid()}"
