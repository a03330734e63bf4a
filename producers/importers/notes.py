"""Lines below the header that are no rows: remarks, sums, signatures, a header that comes again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from producers.importers.cells import Cell, text_of
from producers.importers.columns import Column, read_heading
from producers.importers.header import ENOUGH, is_hint_row, score
from producers.importers.record import Record
from schemas.identifiers import documents
from schemas.identifiers.text import fold

MOST_CELLS = 6
"""A remark or a sum fills a few cells at most."""

_NOTE = re.compile(
    r"备?注[:1-9(]|备注$|说明|填表|制表|填报|填写|审核|复核|校对|经办|联系|报送|合计|总计|小计|累计|共计?[0-9]|以上|本表|此表|数据来源[:]|单位[:]|负责人[:]|日期[:]|第[0-9]+页|"
    r"打印|导出|[*※]"
)


def is_no_row(record: Record, cells: Sequence[Cell]) -> bool:
    """Whether a line that can not be told is none of the rows at all.

    Only what has no document number and no day is passed over; anything else is somebody's row, and is rejected.
    """
    if read_heading(record.document_number).column is Column.DOCUMENT_NUMBER and score(cells) >= ENOUGH:
        return True
    if record.document_number and documents.parse(record.document_number).understood:
        return False
    if is_hint_row(cells):
        return True
    said = [text for cell in cells if (text := text_of(cell))]
    return bool(said) and len(said) <= MOST_CELLS and _NOTE.match(fold(said[0])) is not None
