"""A personal name without what clerks write around it: 王小明（个体户）, 业主：王小明, 王 小明（男，45岁）."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_HOUSEHOLD = r"个体(?:工商经营户|工商户|工商|经营户|经营者|经营|商户|户)?"
_ROLE = r"(?:个体)?(?:业主|户主|店主|摊主|经营者|经营人|经营户|负责人|当事人|行为人|违法行为人)"
_MARK = rf"(?:{_HOUSEHOLD}|{_ROLE})"
_OTHERS = r"(?:等[0-9０-９一二两三四五六七八九十]*(?:个?人|户|名)?)"
_JOINT = r"[\s:：、,，;；\-—/]*"
_BEFORE = re.compile(rf"^{_JOINT}{_MARK}{_JOINT}")
_AFTER = re.compile(rf"{_JOINT}(?:{_MARK}|(?<=..){_OTHERS}){_JOINT}$")
_HOUSEHOLD_SAID = re.compile(r"个体")
_BRACKETED = re.compile(r"[（(\[［【〔﹝]([^（()）\[\]［］【】〔〕﹝﹞]*)[）)\]］】〕﹞]")
_REMARK = re.compile(
    rf"{_JOINT}(?:(?:{_MARK}|男|女|先生|女士|本人|自然人|个人|公民|[^：:，,]{{0,4}}族|曾用名.*|又名.*|别名.*|.*未成年.*|.*成年.*|.*监护.*|"
    rf".*[0-9０-９一二三四五六七八九十]周?岁.*|.*[0-9０-９].*生|.*出生.*|(?:身份|证件|电话|手机).*|[0-9０-９*＊Xx]{{6,}}){_JOINT})+"
)
_KEEPER_ROLE = r"(?:业主|户主|店主|摊主|经营者|经营人|负责人|法定代表人|法人代表)(?:姓名)?"
_PERSON = r"(?P<person>[\u3400-\u9fff·*＊]{2,12}?)"
_KEEPER = re.compile(
    rf"\s*(?:[（(\[［【〔]{_KEEPER_ROLE}[为是:：\s]*{_PERSON}\s*[)）\]］】〕]"
    rf"|[\s,，;；、]+{_KEEPER_ROLE}[为是:：\s]*{_PERSON.replace('person', 'apart')}"
    rf"|{_KEEPER_ROLE}[:：]\s*{_PERSON.replace('person', 'after')})\s*$"
)
LONGEST: Final = 60
"""A longer name is left as it is: it is no person's with a remark."""

_SPACE = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")


class BareName(NamedTuple):
    """What is left of a name.

    Attributes:
        text: without spaces between Chinese characters.
        written: with the spaces it has in the cell.
        household: whether something around it says that it is that of an individual business.
    """

    text: str
    written: str
    household: bool


def bare(name: str, *, without_brackets: bool = False) -> BareName:
    """The name without roles and remarks on a person; as it is where nothing would be left.

    Args:
        name: as it stands in the cell.
        without_brackets: drop whatever stands in brackets, not only what is a remark on a person.
    """
    if len(name) > LONGEST:
        return BareName(name, name, household=False)
    text = _BRACKETED.sub(
        lambda found: "" if without_brackets or _REMARK.fullmatch(found[1]) else found[0], name
    ).strip()
    if not text and (inner := _BRACKETED.search(name)) is not None:
        text = inner[1]  # nothing but brackets
    while (less := _AFTER.sub("", _BEFORE.sub("", text))) != text and less:
        text = less
    if (whole := _BRACKETED.fullmatch(text)) is not None and whole[1]:
        text = whole[1]  # 个体户（王小明）
    text = text.strip() or name
    return BareName(_SPACE.sub("", text), text, _HOUSEHOLD_SAID.search(name) is not None)


def keeper_in(name: str) -> tuple[str, str]:
    """The name of a business without its keeper's (老王面馆（经营者：王小明）), and that one; empty: it names none."""
    found = _KEEPER.search(name) if len(name) <= 2 * LONGEST else None
    if found is None or not found.start():
        return name, ""
    return name[: found.start()], next(group for group in found.groups() if group)
