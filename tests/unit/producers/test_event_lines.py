"""Events line by line: ugly lines are told by number and harm nobody, memory is bounded, twice is once."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.settings import Settings
from producers.event_lines import LONGEST_LINE, LineProblem, Summary, publish_lines, read_lines
from producers.publisher import Publisher
from tests.support.drafts import ENFORCEMENT, PUBLISHER
from tests.support.events import case_filed


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Publisher]:
    with Publisher(Settings(home=tmp_path), PUBLISHER) as made:
        yield made


def _publish(publisher: Publisher, data: bytes, batch: int = 3) -> tuple[Summary, list[LineProblem]]:
    problems: list[LineProblem] = []
    summary = publish_lines(publisher, io.BytesIO(data), batch=batch, on_problem=problems.append)
    return summary, problems


def _line(number: int, **meta: object) -> bytes:
    return orjson.dumps(case_filed(number, **meta)) + b"\n"


def test_wrong_lines_are_told_and_the_others_go_on(publisher: Publisher) -> None:
    data = b"".join(
        [
            b"\xef\xbb\xbf" + _line(1),
            b"\n",
            _line(2, region="310118"),
            b"{not json}\n",
            b"   \r\n",
            _line(3).replace(b"\n", b"\r\n"),
            orjson.dumps("嘉善").decode().encode("gb18030") + b"\n",
            b"[1, 2]\n",
            b'{"meta": {"event_type": "CaseFiled", "revision": NaN}}\n',
            _line(4).rstrip(b"\n"),
        ]
    )
    summary, problems = _publish(publisher, data)
    assert (summary.lines, summary.published, summary.already_published, summary.refused) == (8, 3, 0, 5)
    told = {problem.line: problem.problem for problem in problems}
    assert sorted(told) == [3, 4, 7, 8, 9]
    assert told[3].field == "meta.region"
    assert "JSON" in told[4].expected_en
    assert "UTF-8" in told[7].expected_en
    assert "object" in told[8].expected_en
    assert all(problem.expected_zh for problem in told.values())
    assert summary.last == {ENFORCEMENT: 3}


def test_the_same_file_twice_publishes_nothing_twice(publisher: Publisher) -> None:
    data = b"".join(_line(number) for number in range(20))
    assert _publish(publisher, data)[0].published == 20
    again, problems = _publish(publisher, data, batch=7)
    assert (again.published, again.already_published, again.refused, problems) == (0, 20, 0, [])


def test_a_line_without_end_is_passed_over_in_bounded_memory(publisher: Publisher) -> None:
    class Endless(io.RawIOBase):
        """One line of 200 MB that never was in memory, then a right one."""

        def __init__(self) -> None:
            self.left = 200_000_000
            self.rest = b"\n" + _line(1)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            if self.left:
                size = min(len(buffer), self.left)
                self.left -= size
                buffer[:size] = b"x" * size
                return size
            size = min(len(buffer), len(self.rest))
            buffer[:size], self.rest = self.rest[:size], self.rest[size:]
            return size

    problems: list[LineProblem] = []
    tracemalloc.start()
    summary = publish_lines(publisher, io.BufferedReader(Endless()), batch=10, on_problem=problems.append)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (summary.lines, summary.published, summary.refused) == (2, 1, 1)
    assert f"{LONGEST_LINE:,}" in problems[0].problem.expected_en
    assert peak < 60_000_000


def test_progress_covers_every_byte() -> None:
    data = b"".join([_line(1), b"\n", b"x" * (LONGEST_LINE + 5), b"\n", b"{}"])
    seen: list[int] = []
    lines = list(read_lines(io.BytesIO(data), seen.append))
    assert sum(seen) == len(data)
    assert [line.number for line in lines] == [1, 3, 4]


@given(st.binary(max_size=400))
def test_any_bytes_are_lines_or_problems(data: bytes) -> None:
    for line in read_lines(io.BytesIO(data)):
        assert (line.problem is None) or line.event is None


def test_what_was_done_before_an_error_is_counted(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    from infra.errors import RetryableError

    real, calls = publisher.publish_valid, []

    def failing(events: list[object], **options: bool) -> object:
        calls.append(events)
        if len(calls) == 3:
            raise RetryableError("away")
        return real(events, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(publisher, "publish_valid", failing)
    summary = Summary()
    with pytest.raises(RetryableError):
        publish_lines(
            publisher,
            io.BytesIO(b"".join(_line(number) for number in range(10))),
            batch=3,
            on_problem=lambda _: None,
            summary=summary,
        )
    assert (summary.lines, summary.published) == (6, 6)
