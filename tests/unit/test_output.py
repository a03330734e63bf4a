"""What commands print: four formats, no formulas in CSV, progress on a terminal only."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from uuid import UUID

import pytest

from infra.errors import InvalidInput
from lianzhi.output import OutputFormat, echo_problem, emit, progress, progress_group
from lianzhi.values import neutral, to_json


class Colour(Enum):
    RED = "red"


ROW = {
    "text": "好",
    "count": 2**127,
    "money": Decimal("1.50"),
    "at": datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
    "day": date(1949, 10, 1),
    "id": UUID(int=7),
    "raw": b"\x00\xff",
    "path": Path("/x"),
    "colour": Colour.RED,
    "list": (1, None, {"a": True}),
    "nan": float("nan"),
    "none": None,
}


def printed(data: object, fmt: str, **options: object) -> str:
    stream = io.StringIO()
    emit(data, fmt, out=stream, **options)  # type: ignore[arg-type]
    return stream.getvalue()


def test_json_keeps_what_json_can_keep() -> None:
    assert json.loads(printed(ROW, "json")) == {
        "text": "好",
        "count": 2**127,
        "money": "1.50",
        "at": "2026-03-01T12:30:00Z",
        "day": "1949-10-01",
        "id": "00000000-0000-0000-0000-000000000007",
        "raw": "AP8=",
        "path": "/x",
        "colour": "red",
        "list": [1, None, {"a": True}],
        "nan": None,
        "none": None,
    }
    assert json.loads(printed([ROW, ROW], "json"))[1]["text"] == "好"
    assert "好" in printed(ROW, "json")


def test_what_has_no_plain_form_is_refused() -> None:
    with pytest.raises(TypeError, match="naive"):
        to_json(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(TypeError):
        to_json(object())


def test_ndjson_and_csv_go_out_row_by_row() -> None:
    for fmt in ("ndjson", "csv"):
        stream = io.StringIO()
        seen: list[int] = []

        def rows(stream: io.StringIO = stream, seen: list[int] = seen) -> Iterator[dict[str, int]]:
            for number in range(3):
                seen.append(len(stream.getvalue()))
                yield {"n": number}

        emit(rows(), fmt, out=stream)
        assert seen[1] < seen[2]
    assert [json.loads(line) for line in printed([{"n": 1}, {"n": 2}], "ndjson").splitlines()] == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_of_a_csv_file_is_a_formula(start: str) -> None:
    text = f"{start}HYPERLINK(1)"
    parsed = list(csv.reader(io.StringIO(printed([{text: text}], "csv"), newline="")))
    assert parsed == [[f"'{text}"], [f"'{text}"]]


def test_numbers_of_a_csv_file_stay_numbers() -> None:
    assert neutral(-5) == "-5"
    assert neutral(Decimal("-1.50")) == "-1.50"
    assert neutral("-5") == "'-5"
    assert printed([{"a": -5, "b": None, "c": [1, "x"]}], "csv") == 'a,b,c\r\n-5,,"[1, ""x""]"\r\n'


def test_notes_stand_below_the_table_and_beside_the_csv_file(capsys: pytest.CaptureFixture[str]) -> None:
    notes = {"rows": 1, "time zone": "UTC"}
    assert printed([{"a": 1}], "csv", notes=notes).splitlines() == ["a", "1"]
    assert capsys.readouterr().err.splitlines() == ["rows: 1", "time zone: UTC"]
    assert "time zone: UTC" in printed([{"a": 1}], "table", notes=notes)
    assert capsys.readouterr().err == ""


def test_tables_show_every_cell_whole_and_take_nothing_for_markup() -> None:
    text = "[red]" + "长" * 300
    shown = printed([{"a": text, "b": 5}], "table", headings={"a": "甲"}, title="题")
    assert shown.count("长") == 300
    assert "[red]" in shown
    assert "甲" in shown
    assert "题" in shown
    assert "text" in printed(ROW | {"text": "x"}, "table")


def test_tables_speak_chinese_and_english_and_files_keep_the_names() -> None:
    row = {"backlog": 3, "oldest_age_seconds": 1.5, "kind": "x"}
    assert "积压 backlog" in printed([row], "table")
    assert "冲突 conflict" in printed([row], "table", headings={"kind": "冲突 conflict"})
    assert "最久等待（秒）oldest age, s" in printed(row, "table")
    assert printed([row], "csv").splitlines()[0] == "backlog,oldest_age_seconds,kind"


def test_columns_are_chosen_and_no_rows_are_no_error() -> None:
    assert printed([{"a": 1, "b": 2}], "csv", columns=["b", "c"]) == "b,c\r\n2,\r\n"
    for fmt in OutputFormat:
        printed([], fmt)
    assert printed([], "json") == "[]\n"


def test_a_problem_goes_to_stderr_in_both_languages_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    echo_problem(InvalidInput("it is wrong", zh="有误", hint="mend it"))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "有误\nit is wrong\n→ mend it\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_shows_counts_on_a_terminal_and_nothing_elsewhere() -> None:
    silent, terminal = io.StringIO(), Terminal()
    for stream in (silent, terminal):
        with progress("发布 publishing", total=2_000, unit="events", stream=stream) as bar:
            bar.advance(500)
            bar.update(completed=1_999, note="almost")
    assert silent.getvalue() == ""
    assert "1,999/2,000 events" in terminal.getvalue()
    assert "almost" in terminal.getvalue()


def test_several_bars_stand_below_each_other() -> None:
    terminal = Terminal()
    with progress_group(stream=terminal) as bars:
        first, second = bars.add("a", 10), bars.add("b")
        first.advance(10)
        second.advance(3)
    assert "10/10" in terminal.getvalue()
