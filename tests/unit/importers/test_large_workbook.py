"""Large workbooks are read as a stream, cell for cell as the reader of small ones reads them, in bounded memory."""

from __future__ import annotations

import random
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from infra.errors import InvalidInput
from producers.importers import large_workbook
from producers.importers.header import Line
from producers.importers.large_workbook import LargeWorkbook, is_large
from producers.importers.packed_texts import PackedTexts
from producers.importers.source import open_source
from producers.importers.workbook import Workbook
from tests.support.shuanggongshi import organisation, table, write_xlsx

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NOON = datetime(2024, 1, 2, 12, 0, 5)  # noqa: DTZ001 - cells have no time zone
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def streamed(path: Path, sheet: str = "") -> list[Line]:
    with LargeWorkbook(path, sheet) as book:
        return [(line, _without_tail(cells)) for line, cells in book.lines()]


def at_once(path: Path, sheet: str = "") -> list[Line]:
    with Workbook(path, sheet) as book:
        return [(line, _without_tail(cells)) for line, cells in book.lines()]


def _without_tail(cells: Any) -> list[Any]:
    kept = list(cells)
    while kept and kept[-1] in ("", None):
        kept.pop()
    return kept


def by_hand(path: Path, rows: str, texts: str = "", prefix: str = "", before: str = "") -> Path:
    """A workbook of one sheet from the XML of its rows and of its shared strings."""
    p = prefix + ":" if prefix else ""
    space = f'xmlns{":" + prefix if prefix else ""}="{MAIN}"'
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
        f"<Relationship Id='r1' Type='{RELATIONS}/officeDocument' Target='xl/workbook.xml'/></Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="公示表" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": "<Relationships"
        " xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
        f"<Relationship Id='r1' Type='{RELATIONS}/worksheet' Target='worksheets/sheet1.xml'/>"
        f"<Relationship Id='r2' Type='{RELATIONS}/sharedStrings' Target='/xl/sharedStrings.xml'/></Relationships>",
        "xl/worksheets/sheet1.xml": f"<?xml version='1.0' encoding='UTF-8'?>{before}<{p}worksheet {space}>"
        f"<{p}sheetData>{rows}</{p}sheetData></{p}worksheet>",
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts}</sst>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return path


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_workbook, "LARGE_XML_BYTES", 0)


def test_cells_of_every_kind_are_read_as_by_the_other_reader(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    cells: list[tuple[Any, str]] = [
        ("text", ""), (" blanks ", ""), ("two\nlines", ""), ("", ""), (1, ""), (1.5, ""), (0.1 + 0.2, ""), (-2.0, ""),
        (123456789012345678, ""), (True, ""), (False, ""), (None, ""), ("#N/A", ""), ("330421198001011234", "@"),
        (date(2024, 1, 2), "yyyy/m/d"), (NOON, "yyyy-mm-dd hh:mm:ss"), (time(3, 4, 5), "h:mm"),
        (timedelta(hours=30), "[h]:mm:ss"), (45000, 'yyyy"年"m"月"d"日"'), (45000.5, "m/d/yy h:mm"),
        (45000.123456, "yyyy-mm-dd"), (59, "yyyy-mm-dd"), (61, "yyyy-mm-dd"), (12, "0.00_);[Red](0.00)"),
        (3, '#,##0.00"元dd"'), (5, "General"), (12, "[h]:mm"), (9, "0%"),
    ]  # fmt: skip
    for place, (value, form) in enumerate(cells):
        cell = sheet.cell(row=2 + place // 7 * 2, column=1 + place % 7, value=value)
        if form:
            cell.number_format = form
    path = tmp_path / "a.xlsx"
    book.save(path)
    assert streamed(path) == at_once(path)
    assert len(streamed(path)) == 4


@pytest.mark.parametrize("prefix", ["", "x"])
def test_shared_strings_and_cells_without_references(tmp_path: Path, prefix: str) -> None:
    texts = (
        "<si><t>one</t></si><si><r><t xml:space='preserve'>rich </t></r><r><t>text</t></r></si>"
        "<si><t>漢字</t><rPh sb='0' eb='2'><t>かんじ</t></rPh></si><si><t/></si><si><t>a_x000D_b</t></si>"
    )
    p = prefix + ":" if prefix else ""
    rows = (
        f"<{p}row r='3'><{p}c r='A3' t='s'><{p}v>0</{p}v></{p}c><{p}c r='AB3' t='s'><{p}v>1</{p}v></{p}c></{p}row>"
        f"<{p}row r='4'><{p}c r='A4' t='s'><{p}v>2</{p}v></{p}c><{p}c r='B4' t='s'><{p}v>3</{p}v></{p}c>"
        f"<{p}c r='C4' t='s'><{p}v>4</{p}v></{p}c><{p}c r='D4' t='str'><{p}f>A1</{p}f><{p}v>f</{p}v></{p}c></{p}row>"
    )
    path = by_hand(tmp_path / "a.xlsx", rows, texts, prefix)
    assert streamed(path) == at_once(path)
    assert streamed(path)[0] == (3, ["one", *[""] * 26, "rich text"])
    bare = f"<{p}row><{p}c><{p}v>1</{p}v></{p}c><{p}c t='s'><{p}v>0</{p}v></{p}c></{p}row>"
    assert streamed(by_hand(tmp_path / "b.xlsx", bare, texts, prefix)) == [(1, [1.0, "one"])]


def test_sheets_are_chosen_as_by_the_other_reader(tmp_path: Path) -> None:
    other = [["说明"], ["无"]]
    path = write_xlsx(tmp_path / "a.xlsx", {"说明": other, "处罚": table([organisation(1)]), "许可": other})
    for sheet in ("", "1", "许可"):
        with LargeWorkbook(path, sheet) as large, Workbook(path, sheet) as small:
            assert (large.description, large.not_read) == (small.description, small.not_read)
        assert streamed(path, sheet) == at_once(path, sheet)
    with pytest.raises(InvalidInput, match="has no sheet"):
        LargeWorkbook(path, "4")


@pytest.mark.usefixtures("everything_is_large")
def test_large_ones_are_read_so_and_damaged_ones_refused(tmp_path: Path) -> None:
    good = write_xlsx(tmp_path / "a.xlsx", table([organisation(1)]))
    with open_source(good) as source:
        assert isinstance(source, LargeWorkbook)
    assert not is_large(tmp_path / "none.xlsx")
    for rows, before in [
        ("<row r='1'><c r='A1' t='s'><v>7</v></c></row>", ""),
        ("<row r='1'><c r='ZZZZ1'><v>7</v></c></row>", ""),
        ("<row r='1'>", ""),
        ("<row r='1'/>", "<!DOCTYPE a [<!ENTITY b 'c'>]>"),
    ]:
        damaged = by_hand(tmp_path / "b.xlsx", rows, before=before)
        with pytest.raises(InvalidInput, match="can not be read as a workbook"):
            streamed(damaged)


def test_packed_texts_come_back_by_their_numbers() -> None:
    packed, texts = PackedTexts(), [f"text {number}" for number in range(1_000)]
    for text in texts:
        packed.append(text)
    packed.finish()
    assert len(packed) == 1_000
    numbers = random.Random(1).choices(range(1_000), k=500)
    assert [packed.text(number) for number in numbers] == [texts[number] for number in numbers]
    for number in (-1, 1_000):
        with pytest.raises(IndexError):
            packed.text(number)


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """Ten times the rows, the same memory but for the packed texts."""

    def rows(count: int) -> Iterator[tuple[str, str]]:
        for number in range(count):
            text = f"当事人于某日在嘉善县罗星街道擅自占用城市道路堆放建材，第{number}次" * 4
            yield (
                f"<row r='{number + 1}'><c r='A{number + 1}' t='s'><v>{number}</v></c>"
                f"<c r='B{number + 1}' t='inlineStr'><is><t>{text}</t></is></c></row>",
                f"<si><t>{text}</t></si>",
            )

    peaks = []
    for count in (2_000, 20_000):
        cells, texts = zip(*rows(count), strict=True)
        path = by_hand(tmp_path / f"{count}.xlsx", "".join(cells), "".join(texts))
        del cells, texts
        tracemalloc.start()
        with LargeWorkbook(path) as book:
            assert sum(1 for _ in book.lines()) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 3_000_000  # the texts alone are 6 MB, in the cells and as shared ones
