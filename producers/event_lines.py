"""Events from a file or a pipe, one JSON object a line (NDJSON), read with bounded memory and published in batches.

A line that is no event is told by its number, the field, what was found and what was expected; it stops nobody else.
What was found is never repeated where it could be somebody's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import orjson

from infra.errors import Problem
from producers.publisher import Publisher

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes; more than any event that the log takes, personal data to be sealed included."""

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank: its number from 1, and the event or what is wrong with the line."""

    number: int
    event: Any = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong with one field of one line."""

    line: int
    problem: Problem


@dataclass(slots=True)
class Summary:
    """What became of a file.

    Attributes:
        lines: lines that are not blank.
        last: the last sequence of each topic among the receipts.
        flags: how often each flag was raised, when flags were asked for.
    """

    lines: int = 0
    published: int = 0
    already_published: int = 0
    refused: int = 0
    last: dict[str, int] = field(default_factory=dict)
    flags: Counter[str] = field(default_factory=Counter)


def read_lines(stream: BinaryIO, on_bytes: Callable[[int], None] | None = None) -> Iterator[Line]:
    """The lines of `stream` that are not blank.

    Args:
        on_bytes: told how many bytes were read since the last time.
    """
    number = 0
    while raw := stream.readline(LONGEST_LINE + 1):
        number += 1
        size = len(raw)
        if size > LONGEST_LINE and not raw.endswith(b"\n"):
            size += _skip_rest(stream)
            limit = f"{LONGEST_LINE:,}"
            yield Line(number, problem=Problem("", "a longer line", f"at most {limit} bytes", f"每行至多 {limit} 字节"))
        else:
            text = raw.removeprefix(_BOM) if number == 1 else raw
            if text.strip():
                yield _parsed(number, text)
        if on_bytes is not None:
            on_bytes(size)


def publish_lines(
    publisher: Publisher,
    stream: BinaryIO,
    *,
    batch: int,
    on_problem: Callable[[LineProblem], None],
    on_bytes: Callable[[int], None] | None = None,
    with_flags: bool = False,
    summary: Summary | None = None,
) -> Summary:
    """Publish every line that is an event; durable batch by batch.

    Args:
        batch: events in one transaction.
        on_problem: told everything that is wrong, in the order of the lines.
        on_bytes: told how far the reading is.
        with_flags: count the flags of accepted events; costs time.
        summary: counted into as it goes, so that a caller knows how far it came when something is raised.

    Raises:
        As `Publisher.publish_valid`; what `summary` counts stays published; publishing the file again goes on there.
    """
    counted = summary if summary is not None else Summary()
    waiting: list[Line] = []
    for line in read_lines(stream, on_bytes):
        waiting.append(line)
        if len(waiting) >= batch:
            _publish(publisher, waiting, counted, on_problem, with_flags=with_flags)
            waiting = []
    if waiting:
        _publish(publisher, waiting, counted, on_problem, with_flags=with_flags)
    return counted


def _publish(
    publisher: Publisher,
    lines: list[Line],
    summary: Summary,
    on_problem: Callable[[LineProblem], None],
    *,
    with_flags: bool,
) -> None:
    wrong: dict[int, tuple[Problem, ...]] = {line.number: (line.problem,) for line in lines if line.problem is not None}
    given = [line for line in lines if line.problem is None]
    receipts, refusals = publisher.publish_valid([line.event for line in given], with_flags=with_flags)
    wrong |= {given[refusal.index].number: refusal.problems for refusal in refusals}
    summary.lines += len(lines)
    summary.refused += len(wrong)
    for receipt in receipts:
        if receipt.already_published:
            summary.already_published += 1
        else:
            summary.published += 1
        if receipt.epoch == publisher.epoch:
            summary.last[receipt.topic] = max(receipt.sequence, summary.last.get(receipt.topic, 0))
        if with_flags:
            summary.flags.update(flag.code for flag in receipt.flags)
    for number in sorted(wrong):
        for problem in wrong[number]:
            on_problem(LineProblem(number, problem))


def _parsed(number: int, text: bytes) -> Line:
    try:
        return Line(number, orjson.loads(text))
    except orjson.JSONDecodeError as error:
        at = error.pos + 1
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        expected = ("text in UTF-8", "应为 UTF-8 编码（不是 GB18030）")
        return Line(number, problem=Problem("", f"a byte that is no UTF-8 at position {error.start + 1}", *expected))
    expected = ("one JSON object on the line", "每行应为一个完整的 JSON 对象")
    return Line(number, problem=Problem("", f"no JSON at character {at}", *expected))


def _skip_rest(stream: BinaryIO) -> int:
    skipped = 0
    while piece := stream.readline(LONGEST_LINE):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped
