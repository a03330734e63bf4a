"""Cuts: how far into the log an answer looks; named ones, and those found from an instant by the log's own times."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from math import floor

from infra.clickhouse import ClickHouse
from infra.clock import day_end
from infra.errors import InvalidInput, RetryableError
from infra.kafka import make_admin, make_consumer
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
    replace: bool = False,
) -> Cut:
    """Keep a cut under a name.

    Args:
        vector: topic → first offset that is not known; None: what has landed now, or what the log held `at`.
        as_of: the legal day (Asia/Shanghai) that it is for.
        at: the instant (aware) it stands for.
        replace: a name that is taken means this cut from now on; else it is refused.

    Raises:
        InvalidInput: no usable name, one that is taken, an instant that has not come yet, or the cut lies beyond what
            has landed.
        RetryableError: a server is away, or what the log held `at` has not all landed yet.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"{name!r} is no name of a cut", zh=f"{name!r} 不能作截面名称", hint="1 to 100 characters")
    taken = {cut.name: cut for cut in list_cuts(settings)}
    if name in taken and not replace:
        raise InvalidInput(
            f"there is a cut {name!r} already ({taken[name].digest()}); what was said of it would change its meaning",
            zh=f"截面 {name!r} 已存在（{taken[name].digest()}）；改动会使据它所作的结论不可重现",
            hint="take another name, or say --replace",
        )
    _, writing, *_ = statements(load("audit", "sql/cuts.sql"))
    with ClickHouse(settings, USER) as server:
        if at is not None:
            _refuse_future(server, at, at.isoformat())
        end = _landed(settings, server)
        if vector is None:
            vector = end if at is None else _known_at(settings, server, end, at)
        refuse_beyond(vector, end)
        server.command(writing, name=name, vector=dict(vector), as_of=as_of, known_at=at)
    return Cut(name, dict(vector), as_of, at)


def resolve(settings: Settings, text: str) -> Cut:
    """The cut that `text` means: a name, an instant (RFC 3339 with offset), or a day (its end in Asia/Shanghai).

    Raises:
        InvalidInput: none of these, an instant without offset, or one that has not come yet.
        RetryableError: a server is away, or what the log held at that instant has not all landed yet.
    """
    named = {cut.name: cut for cut in list_cuts(settings)}
    if text in named:
        return named[text]
    at = _instant(text, sorted(named))
    with ClickHouse(settings, USER) as server:
        _refuse_future(server, at, text, by=timedelta(days=1) if _DAY.fullmatch(text) else timedelta())
        return Cut("", _known_at(settings, server, _landed(settings, server), at), None, at)


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


def _refuse_future(server: ClickHouse, at: datetime, text: str, *, by: timedelta = timedelta()) -> None:
    """Refuse an instant that lies `by` or more ahead of the server's clock."""
    *_, now_sql = statements(load("audit", "sql/cuts.sql"))
    now: datetime = server.value(now_sql)
    if at > now and not at - now < by:
        raise InvalidInput(
            f"{text} has not come yet: nothing is known of it", zh=f"{text} 尚未到来", hint="give an earlier time"
        )


def _landed(settings: Settings, server: ClickHouse) -> dict[str, int]:
    return landed(server, event_topics(zone(settings.zone_file)))


def _known_at(settings: Settings, server: ClickHouse, end: Vector, at: datetime) -> dict[str, int]:
    """What the log held at an instant: of each topic the events before the first that came later."""
    _, _, find, _ = statements(load("audit", "sql/cuts.sql"))
    vector, open_ended = {REDRIVEN: end.get(REDRIVEN, 0)}, []
    for topic in end:
        if topic == REDRIVEN:
            continue
        family, _ = split_topic(topic)
        later = server.value(render(find, events=table_of(family)), topic=topic, at=at)
        vector[topic] = end[topic] if later is None else later
        if later is None:
            open_ended.append(topic)
    _refuse_what_has_not_landed(settings, server, {topic: vector[topic] for topic in open_ended}, at)
    return vector


def _refuse_what_has_not_landed(settings: Settings, server: ClickHouse, ends: Vector, at: datetime) -> None:
    """Ask the log itself about topics whose tables end before the instant: it may hold more that came by then.

    Raises:
        RetryableError: naming the first topic of which something is missing; or the log can not be asked.
    """
    *_, dead_letters = statements(load("audit", "sql/dead_letters_between.sql"))
    with make_admin(settings, client_id="cuts") as admin:
        known = list(admin.describe(list(ends)))  # a topic that nobody has made yet holds nothing
    with make_consumer(settings, None, client_id="cuts") as log:
        there = {topic: end for topic, end in log.end_offsets(known).items() if end > ends[topic]}
        first_later = log.offsets_at(list(there), floor(at.timestamp() * 1000) + 1) if there else {}
    for topic, end in there.items():
        later = first_later.get(topic)
        limit = end if later is None else later
        refused = server.value(dead_letters, topic=topic, begin=ends[topic], end=limit)
        if limit - ends[topic] > refused:
            raise RetryableError(
                f"{topic} held {limit} offsets at {at.isoformat()}; those from {ends[topic]} on have not all landed",
                zh=f"{topic} 在 {at.isoformat()} 时已有 {limit} 个偏移量，自 {ends[topic]} 起尚未全部入库",
                hint="wait until they have landed: `lianzhi check`",
            )
