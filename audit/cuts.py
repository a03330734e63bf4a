"""Cuts: how far into the log an answer looks; named ones, and those found from an instant by the log's own times."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from infra.clickhouse import ClickHouse
from infra.clock import day_end
from infra.errors import InvalidInput
from infra.settings import Settings
from infra.sql import load, render, statements
from infra.topics import event_topics, split_topic
from infra.zone import zone
from projections.cut import REDRIVEN, Cut, Vector, landed, refuse_beyond
from schemas.columns import table_of

USER = "projector"
_NAME = re.compile(r"\S(?:.{0,98}\S)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def list_cuts(settings: Settings) -> list[Cut]:
    """Named cuts, the oldest first."""
    reading, *_ = statements(load("audit", "sql/cuts.sql"))
    with ClickHouse(settings, USER) as server:
        return [Cut(name, dict(vector), as_of, known_at) for name, vector, as_of, known_at, _ in server.rows(reading)]


def add_cut(
    settings: Settings,
    name: str,
    vector: Vector | None = None,
    as_of: date | None = None,
    *,
    at: datetime | None = None,
) -> Cut:
    """Keep a cut under a name; a name that is taken means the newer cut from now on.

    Args:
        vector: topic → first offset that is not known; None: what has landed now, or what the log held `at`.
        as_of: the legal day (Asia/Shanghai) that it is for.
        at: the instant (aware) it stands for.

    Raises:
        InvalidInput: no usable name, or the cut lies beyond what has landed.
        RetryableError: the server is away.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"{name!r} is no name of a cut", zh=f"{name!r} 不能作截面名称", hint="1 to 100 characters")
    _, writing, *_ = statements(load("audit", "sql/cuts.sql"))
    with ClickHouse(settings, USER) as server:
        end = _landed(settings, server)
        if vector is None:
            vector = end if at is None else _known_at(server, end, at)
        refuse_beyond(vector, end)
        server.command(writing, name=name, vector=dict(vector), as_of=as_of, known_at=at)
    return Cut(name, dict(vector), as_of, at)


def resolve(settings: Settings, text: str) -> Cut:
    """The cut that `text` means: a name, an instant (RFC 3339 with offset), or a day (its end in Asia/Shanghai).

    Raises:
        InvalidInput: none of these, an instant without offset, or one that has not come yet.
        RetryableError: the server is away.
    """
    named = {cut.name: cut for cut in list_cuts(settings)}
    if text in named:
        return named[text]
    at = _instant(text, sorted(named))
    with ClickHouse(settings, USER) as server:
        *_, now_sql = statements(load("audit", "sql/cuts.sql"))
        now: datetime = server.value(now_sql)
        if at > now and not (_DAY.fullmatch(text) and at - now < timedelta(days=1)):
            raise InvalidInput(
                f"{text} has not come yet: nothing is known of it", zh=f"{text} 尚未到来", hint="give an earlier time"
            )
        return Cut("", _known_at(server, _landed(settings, server), at), None, at)


def _instant(text: str, names: list[str]) -> datetime:
    try:
        if _DAY.fullmatch(text):
            return day_end(date.fromisoformat(text)) - timedelta(microseconds=1)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{text!r} is neither a named cut nor a time",
            zh=f"{text!r} 既非截面名称也非时间",
            hint=f"named cuts: {', '.join(names) or '(none)'}; times as 2026-03-31T18:00:00+08:00",
        ) from None
    if at.tzinfo is None:
        raise InvalidInput(f"{text} has no offset", zh=f"{text} 缺少时区", hint=f"{text}+08:00")
    return at


def _landed(settings: Settings, server: ClickHouse) -> dict[str, int]:
    return landed(server, event_topics(zone(settings.zone_file)))


def _known_at(server: ClickHouse, end: Vector, at: datetime) -> dict[str, int]:
    _, _, find, _ = statements(load("audit", "sql/cuts.sql"))
    vector = {REDRIVEN: end.get(REDRIVEN, 0)}
    for topic in end:
        if topic == REDRIVEN:
            continue
        family, _ = split_topic(topic)
        later = server.value(render(find, events=table_of(family)), topic=topic, at=at)
        vector[topic] = end[topic] if later is None else later
    return vector
