"""Rows of the log between two cuts, and how a statement speaks of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from infra.sql import include
from infra.topics import split_topic

_ROWS_AT_ONCE = 1_000_000
_SPANS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class NewRows:
    """Rows of a topic from offset `first` up to, without, `end`."""

    topic: str
    first: int
    end: int


def by_family(news: Iterable[NewRows]) -> dict[str, tuple[NewRows, ...]]:
    """The same rows by the family of their topics."""
    families: dict[str, list[NewRows]] = {}
    for rows in news:
        families.setdefault(split_topic(rows.topic)[0], []).append(rows)
    return {family: tuple(mine) for family, mine in families.items()}


def with_new_rows(sql: str, news: Sequence[NewRows], **texts: str) -> str:
    """`sql` with its `{new_rows:Include}` written out for so many spans; their values are `parameters(news)`.

    Args:
        texts: what else it includes, which may speak of new rows too.
    """
    for name, text in texts.items():
        sql = sql.replace(f"{{{name}:Include}}", text)
    span = "topic = {{topic_{0}:String}} AND offset >= {{first_{0}:UInt64}} AND offset < {{end_{0}:UInt64}}"
    return include(sql, new_rows=" OR ".join(span.format(place) for place in range(len(news))))


def parameters(news: Sequence[NewRows]) -> dict[str, Any]:
    """The parameters of `with_new_rows`."""
    values: dict[str, Any] = {}
    for place, rows in enumerate(news):
        values |= {f"topic_{place}": rows.topic, f"first_{place}": rows.first, f"end_{place}": rows.end}
    return values


def portions(news: Iterable[NewRows]) -> Iterator[list[NewRows]]:
    """The same rows in portions that one statement takes at a time."""
    portion, size = list[NewRows](), 0
    for rows in news:
        for first in range(rows.first, rows.end, _ROWS_AT_ONCE):
            part = NewRows(rows.topic, first, min(rows.end, first + _ROWS_AT_ONCE))
            if portion and (size + part.end - part.first > _ROWS_AT_ONCE or len(portion) == _SPANS_AT_ONCE):
                yield portion
                portion, size = [], 0
            portion.append(part)
            size += part.end - part.first
    if portion:
        yield portion
