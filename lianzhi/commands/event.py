"""`lianzhi event`: one event as the log holds it, and where it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lianzhi.exits import UsageError
from lianzhi.output import OutputFormat, emit

if TYPE_CHECKING:
    from uuid import UUID

    from consumers.find import FoundEvent


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("event")(event)


def event(
    ctx: typer.Context,
    event_id: Annotated[str, typer.Argument(help="事件编号 | Event id (UUID).")],
    output: Annotated[OutputFormat, typer.Option("--output", "-o", help="table, json")] = OutputFormat.TABLE,
) -> None:
    """按日志原样显示一个事件：字节、内容、位置、去向 | Bytes, content, place in the log, and what became of it.

    Sealed personal fields stay sealed.
    """
    from consumers.find import find_places, read_event
    from infra.clickhouse import ClickHouse
    from infra.errors import InvalidInput
    from lianzhi.context import settings_of

    wanted, settings = _uuid(event_id), settings_of(ctx)
    with ClickHouse(settings, "auditor", query_seconds=0) as server:
        places = find_places(settings, server, wanted)
        if not places:
            raise InvalidInput(
                f"no table and no dead letter holds the event {wanted}",
                zh=f"没有找到事件 {wanted}",
                hint="was it published a moment ago? `lianzhi check` says what has not landed yet",
            )
        found = [read_event(settings, place) for place in places]
    if output is OutputFormat.TABLE:
        for each in found:
            _show(each)
        return
    emit({"event_id": str(wanted), "copies": [_as_json(each) for each in found]}, output)


def _uuid(text: str) -> UUID:
    from uuid import UUID

    try:
        return UUID(text)
    except ValueError:
        raise UsageError(f"{text!r} is no event id (UUID)", zh=f"{text!r} 不是事件编号") from None


def _as_json(found: FoundEvent) -> dict[str, Any]:
    from infra.clock import from_micros

    record, letter, schema = found.record, found.place.letter, found.schema
    return {
        "topic": record.topic,
        "partition": 0,
        "offset": record.offset,
        "appended_at": from_micros(record.appended_ms * 1000),
        "key": None if record.key is None else record.key.decode(errors="backslashreplace"),
        "schema": None
        if schema is None
        else {"id": schema.id, "subject": schema.subject, "version": schema.version, "sha256": schema.sha256},
        "bytes": len(record.value or b""),
        "value_hex": (record.value or b"").hex(),
        "headers": {name: _header(value) for name, value in record.headers},
        "event": found.datum,
        "problem": found.problem or None,
        "stored_in": found.place.table,
        "dead_letter": None
        if letter is None
        else {
            "state": letter.state.value,
            "reason_code": letter.reason_code,
            "reason": letter.reason,
            "note": letter.note,
            "at": letter.at,
        },
    }


def _header(value: bytes | None) -> str | None:
    if value is None:
        return None
    return value.decode("ascii") if value.isascii() and value.decode("ascii").isprintable() else value.hex()


def _show(found: FoundEvent) -> None:
    whole = _as_json(found)
    datum = whole.pop("event")
    value = whole.pop("value_hex")
    emit(whole, OutputFormat.TABLE, title=f"{whole['topic']} @ {whole['offset']}")
    if datum is not None:
        emit(_flat(datum), OutputFormat.TABLE, title="内容 | content")
    typer.echo("字节 | bytes:")
    typer.echo(_dump(bytes.fromhex(value)))


def _flat(datum: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Fields by dotted path; absent ones left out."""
    flat: dict[str, Any] = {}
    for name, value in datum.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        elif value is not None and value != []:
            flat[f"{prefix}{name}"] = f"sealed, {len(value)} bytes" if isinstance(value, bytes) else value
    return flat


def _dump(value: bytes) -> str:
    """Sixteen bytes a line: offset, hexadecimal, ASCII."""
    lines = []
    for at in range(0, len(value), 16):
        piece = value[at : at + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
        lines.append(f"{at:06x}  {piece.hex(' '):<47}  {text}")
    return "\n".join(lines)
