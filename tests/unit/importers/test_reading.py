"""Lines come out of every kind of file with their numbers and their cells, whole."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.errors import InvalidInput
from producers.importers.cells import BROKEN, LOST_DIGITS, REPLACEMENT, text_of
from producers.importers.header import Line
from producers.importers.source import open_source
from producers.importers.text_file import LONGEST_RECORD, detect
from tests.support.shuanggongshi import CHINESE, ENCODINGS, csv_bytes, organisation, table, write_csv, write_xlsx

ROWS = table([organisation(serial) for serial in range(1, 30)])


def lines_of(path: Path, width: int = 0, **options: Any) -> list[Line]:
    with open_source(path, **options) as source:
        source.width = width
        return list(source.lines())


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_every_encoding_and_separator_is_found_out(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = write_csv(tmp_path / "a.csv", ROWS, encoding, delimiter)
    assert [cells for _, cells in lines_of(path)] == ROWS


def test_the_name_of_a_file_says_nothing(tmp_path: Path) -> None:
    assert len(lines_of(write_csv(tmp_path / "a.xlsx", ROWS))) == len(ROWS)
    assert len(lines_of(write_xlsx(tmp_path / "b.xlsx", ROWS).rename(tmp_path / "b.csv"))) == len(ROWS)


def test_utf8_with_a_broken_byte_is_still_utf8(tmp_path: Path) -> None:
    raw = bytearray(csv_bytes(ROWS))
    raw[raw.index("堆放".encode()) + 1] = 0xFF
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    assert detect(path).encoding == "utf-8"
    with open_source(path) as source:
        assert source.undecodable
        damaged = [line for line, cells in source.lines() if any(REPLACEMENT in str(cell) for cell in cells)]
    assert damaged == [2]


def test_lines_are_numbered_as_an_editor_does(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeff表\r\n\r\na,b,c\r\n1,"x\r\ny",3\r\n\r\n4,5,6\r\n'.encode())
    assert lines_of(path) == [(1, ["表"]), (3, ["a", "b", "c"]), (4, ["1", "x\r\ny", "3"]), (7, ["4", "5", "6"])]


def test_a_quotation_mark_that_is_never_closed_costs_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    good = [f"{serial},b,c" for serial in range(LONGEST_RECORD * 3)]
    path.write_text("\n".join(["h,i,j", *good[:5], 'x,"y,z', *good[5:]]), encoding="utf-8")
    found = lines_of(path, width=3)
    assert found[6] == (7, [BROKEN])
    assert [cells[0] for _, cells in found[1:6] + found[7:]] == [str(serial) for serial in range(len(good))]
    assert found[-1][0] == len(good) + 2


def test_a_quotation_mark_that_swallows_a_few_lines_costs_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('h,i,j\n1,"2,3\n4,5,6\n7,"8",9\n"10\n11",12,13\n', encoding="utf-8")
    assert lines_of(path, width=3) == [
        (1, ["h", "i", "j"]),
        (2, [BROKEN]),
        (3, ["4", "5", "6"]),
        (4, ["7", "8", "9"]),
        (5, ["10\n11", "12", "13"]),
    ]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{serial},二,三\n" for serial in range(200_000))
    with open_source(path) as source:
        assert abs(source.lines_expected - 200_000) <= 1
        seen = 0
        for seen, (line, cells) in enumerate(source.lines(), 1):  # noqa: B007
            pass
    assert seen == line == 200_000


def test_workbooks_give_typed_cells_and_sheet_rows(tmp_path: Path) -> None:
    rows: list[list[Any]] = [[], ["标题"], [], ["h", "i", "j", "k"], ["文", 0.3, 45000, date(2025, 1, 5)], [None, True]]
    found = lines_of(write_xlsx(tmp_path / "a.xlsx", rows))
    assert [line for line, _ in found] == [2, 4, 5, 6]
    assert list(found[2][1]) == ["文", 0.3, 45000.0, date(2025, 1, 5)]


def test_the_sheet_with_a_header_is_taken_or_the_one_that_is_named(tmp_path: Path) -> None:
    other = [["行政许可", "x"], ["1", "2"]]
    path = write_xlsx(tmp_path / "a.xlsx", {"说明": other, "处罚": ROWS, "许可": other})
    with open_source(path) as source:
        assert source.description == "XLSX, 处罚"
        assert source.not_read == ("说明", "许可")
    assert lines_of(path, sheet="许可")[0][1] == other[0]
    assert lines_of(path, sheet="1")[0][1] == other[0]
    with pytest.raises(InvalidInput, match="说明, 处罚, 许可"):
        lines_of(path, sheet="处罚表")


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (b"", {}),
        (b"PK\x03\x04 no zip", {}),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), {}),
        (b"<html><table><tr><td>CF_WSH</td></tr></table></html>", {}),
        (b"%PDF-1.7", {}),
        (b"a,b,c", {"encoding": "klingon"}),
        (b"a,b,c", {"sheet": "1"}),
    ],
)
def test_what_can_not_be_read_is_refused_in_two_languages(
    tmp_path: Path, content: bytes, options: dict[str, str]
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        lines_of(path, **options)
    assert caught.value.zh
    assert caught.value.message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="can not read"):
        lines_of(tmp_path / "nowhere.csv")


def test_an_encoding_may_be_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [list(CHINESE.values())], "gbk")
    assert lines_of(path, encoding="gb2312")[0][1] == list(CHINESE.values())


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("", ""),
        ("  \u3000 ", ""),
        ("无", ""),
        (" / ", ""),
        ("NULL", ""),
        ("无锡", "无锡"),
        ("\ufeff嘉善县 \t", "嘉善县"),
        ("一\r\n二_x000D_\n三", "一\n二\n三"),
        ('="330421"', "330421"),
        ("'330421000", "330421000"),
        ("12345678\t", "12345678"),
        (12, "12"),
        (12.0, "12"),
        (0.3, "0.3"),
        (float("nan"), ""),
        (3.3042119800101e17, LOST_DIGITS),
        (330421198001010014, LOST_DIGITS),
        ("3.30421E+17", LOST_DIGITS),
        ("3E+17", LOST_DIGITS),
        ("2E+3 号", "2E+3 号"),
        (date(2025, 1, 5), "2025-01-05"),
        (datetime(2025, 1, 5), "2025-01-05"),  # noqa: DTZ001
        (True, "TRUE"),
        ("a\x00b\u200bc12345", "abc12345"),
    ],
)
def test_cells_become_clean_text(cell: Any, text: str) -> None:
    assert text_of(cell) == text
