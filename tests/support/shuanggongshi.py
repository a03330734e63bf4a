"""双公示 files for tests: the same decisions written in every way that districts write them. Everybody is made up."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl

from schemas.identifiers import uscc
from schemas.identifiers.citizen_id import make_synthetic

AGENCY = uscc.make("11", "330421", 1)
ANOTHER_AGENCY = uscc.make("11", "330421", 2)

CODES_2018 = {
    "party_name": "CF_XDR_MC",
    "party_kind": "CF_XDR_LB",
    "uscc": "CF_XDR_SHXYM",
    "business_number": "CF_XDR_GSZC",
    "organisation_code": "CF_XDR_ZZJG",
    "tax_number": "CF_XDR_SWDJ",
    "representative": "CF_FRDB",
    "representative_id_type": "CF_FR_ZJLX",
    "representative_id_number": "CF_FR_ZJHM",
    "person_id_type": "CF_XDR_ZJLX",
    "person_id_number": "CF_XDR_ZJHM",
    "document_number": "CF_WSH",
    "violation": "CF_WFXW",
    "facts": "CF_SY",
    "basis": "CF_YJ",
    "kinds": "CF_CFLB",
    "penalty_text": "CF_NR",
    "fine": "CF_NR_FK",
    "confiscated": "CF_NR_WFFF",
    "licence": "CF_NR_ZKDX",
    "decided_on": "CF_JDRQ",
    "valid_until": "CF_YXQ",
    "publish_until": "CF_GSJZQ",
    "agency_name": "CF_CFJG",
    "agency": "CF_CFJGDM",
    "source_name": "CF_SJLY",
    "source": "CF_SJLYDM",
    "remarks": "BZ",
}
CHINESE = {
    "party_name": "行政相对人名称",
    "party_kind": "行政相对人类别",
    "uscc": "行政相对人代码_1（统一社会信用代码）",
    "business_number": "行政相对人代码_2（工商注册号）",
    "organisation_code": "行政相对人代码_3（组织机构代码）",
    "tax_number": "行政相对人代码_4（税务登记号）",
    "representative": "法定代表人",
    "representative_id_type": "法定代表人证件类型",
    "representative_id_number": "法定代表人证件号码",
    "person_id_type": "证件类型",
    "person_id_number": "证件号码",
    "document_number": "行政处罚决定书文号",
    "violation": "违法行为类型",
    "facts": "违法事实",
    "basis": "处罚依据",
    "kinds": "处罚类别",
    "penalty_text": "处罚内容",
    "fine": "罚款金额（万元）",
    "confiscated": "没收违法所得、没收非法财物的金额（万元）",
    "licence": "暂扣或吊销证照名称及编号",
    "decided_on": "处罚决定日期",
    "valid_until": "处罚有效期",
    "publish_until": "公示截止期",
    "agency_name": "处罚机关",
    "agency": "处罚机关统一社会信用代码",
    "source_name": "数据来源单位",
    "source": "数据来源单位统一社会信用代码",
    "remarks": "备注",
}
CODES_2016 = {
    "document_number": "CF_WSH",
    "violation": "CF_CFMC",
    "kinds": "CF_CFLB1",
    "kinds_2": "CF_CFLB2",
    "facts": "CF_SY",
    "basis": "CF_YJ",
    "party_name": "CF_XDR_MC",
    "uscc": "CF_XDR_SHXYM",
    "organisation_code": "CF_XDR_ZDM",
    "business_number": "CF_XDR_GSDJ",
    "tax_number": "CF_XDR_SWDJ",
    "person_id_number": "CF_XDR_SFZ",
    "representative": "CF_FR",
    "penalty_text": "CF_JG",
    "decided_on": "CF_JDRQ",
    "agency_name": "CF_XZJG",
    "status": "CF_ZT",
    "area": "DFBM",
    "updated_at": "SJC",
    "remarks": "BZ",
}
HEADINGS = {"2018": CODES_2018, "中文": CHINESE, "2016": CODES_2016}

BRACKETS = ("〔{}〕", "【{}】", "[{}]", "({})", "（{}）", "［{}］", "﹝{}﹞")
SEPARATORS = ("、", "，", ",", ";", "；", "/", "|", " ", "\n", "+", "")
DATE_SHAPES = ("%Y-%m-%d", "%Y/{m}/{d}", "%Y.{m}.{d}", "%Y%m%d", "%Y年{m}月{d}日")
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")


@dataclass(frozen=True)
class Facts:
    """One decision, told plainly; the writers below make cells of it."""

    serial: int
    party_name: str = "嘉善西塘建材有限公司"
    party_kind: str = "法人及非法人组织"
    uscc: str = ""
    representative: str = ""
    representative_id_number: str = ""
    person_id_number: str = ""
    violation: str = "擅自占用城市道路"
    facts: str = "当事人擅自占用城市道路堆放建材"
    basis: str = "《浙江省城市市容和环境卫生管理条例》第十七条"
    kinds: tuple[str, ...] = ("警告", "罚款")
    fine_yuan: int = 2000
    decided_on: date = date(2025, 3, 5)
    publish_until: date = date(2026, 3, 5)
    agency: str = AGENCY
    remarks: str = ""

    def with_(self, **changes: Any) -> Facts:
        """The same with other values."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Style:
    """One way of writing."""

    headings: str = "2018"
    bracket: str = "〔{}〕"
    separator: str = "、"
    date_shape: str = "%Y-%m-%d"
    dates_typed: bool = False
    padded: bool = False


def organisation(serial: int, **changes: Any) -> Facts:
    """A decision on an organisation."""
    return Facts(serial, uscc=uscc.make("91", "330421", serial)).with_(**changes)


def person(serial: int, name: str, born: date = date(1985, 6, 15), **changes: Any) -> Facts:
    """A decision on a natural person with a number of nobody."""
    number = make_synthetic(born, serial % 1000)
    return Facts(serial, party_name=name, party_kind="自然人", person_id_number=number).with_(**changes)


def cells(facts: Facts, style: Style = Style()) -> dict[str, Any]:
    """The cells of a decision by field, in a style."""
    number = f"{facts.serial:06d}" if style.padded else str(facts.serial)
    kinds = list(facts.kinds)
    row: dict[str, Any] = {
        "party_name": facts.party_name,
        "party_kind": facts.party_kind,
        "uscc": facts.uscc,
        "representative": facts.representative,
        "representative_id_type": "身份证" if facts.representative_id_number else "",
        "representative_id_number": facts.representative_id_number,
        "person_id_type": "身份证" if facts.person_id_number else "",
        "person_id_number": facts.person_id_number,
        "document_number": f"善综执罚决字{style.bracket.format(facts.decided_on.year)}第{number}号",
        "violation": facts.violation,
        "facts": facts.facts,
        "basis": facts.basis,
        "kinds": style.separator.join(kinds),
        "penalty_text": f"{'；'.join(kinds)}，罚款人民币{facts.fine_yuan}元" if facts.fine_yuan else "；".join(kinds),
        "fine": f"{facts.fine_yuan / 10000:g}" if facts.fine_yuan else "",
        "decided_on": day(facts.decided_on, style),
        "publish_until": day(facts.publish_until, style),
        "agency_name": "嘉善县综合行政执法局",
        "agency": facts.agency,
        "source_name": "嘉善县综合行政执法局",
        "source": facts.agency,
        "remarks": facts.remarks,
        "status": "0",
        "area": "330421",
    }
    if style.headings == "2016":
        row["kinds"], row["kinds_2"] = kinds[0], style.separator.join(kinds[1:])
    return row


def day(value: date, style: Style) -> Any:
    """A day as a cell: text, a serial of five digits, a number or a date."""
    if style.dates_typed:
        return (value - date(1899, 12, 30)).days if style.date_shape == "serial" else value
    if style.date_shape == "serial":
        return str((value - date(1899, 12, 30)).days)
    return value.strftime(style.date_shape.format(m=value.month, d=value.day))


def table(decisions: Iterable[Facts], style: Style = Style()) -> list[list[Any]]:
    """Header and rows."""
    headings = HEADINGS[style.headings]
    return [list(headings.values()), *([cells(f, style).get(name, "") for name in headings] for f in decisions)]


def csv_bytes(rows: Sequence[Sequence[Any]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """Rows as a CSV file."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def write_csv(path: Path, rows: Sequence[Sequence[Any]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """Rows as a CSV file on disk."""
    path.write_bytes(csv_bytes(rows, encoding, delimiter))
    return path


def write_xlsx(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]] | Sequence[Sequence[Any]]) -> Path:
    """Rows as a workbook of one sheet, or of several by name."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in (sheets if isinstance(sheets, Mapping) else {"公示表": sheets}).items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
        for cells_ in sheet.iter_rows():
            for cell in cells_:
                if isinstance(cell.value, datetime | date):
                    cell.number_format = "yyyy/m/d"
    book.save(path)
    return path
