"""Whether a party is an organisation, an individual business or a natural person: from the word, the codes, the name.

In doubt a party is a natural person, since what was sealed can still be opened, and what was published can not be
taken back.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from producers.importers.bare_names import LONGEST, bare
from schemas.identifiers.text import fold


class Kind(StrEnum):
    """The kinds of party that the form knows; symbols of the contract's PartyKind."""

    ORGANISATION = "ORGANISATION"
    INDIVIDUAL_BUSINESS = "INDIVIDUAL_BUSINESS"
    NATURAL_PERSON = "NATURAL_PERSON"


class Judgement(NamedTuple):
    """What a party is.

    Attributes:
        kind: its kind.
        person: the person's name that the party's name is, without what stands around it; empty: it is none.
        corrected: the word in the cell said something else.
        guessed: nothing helped at all.
    """

    kind: Kind
    person: str
    corrected: bool = False
    guessed: bool = False


_WORDS = (
    ("自然人", Kind.NATURAL_PERSON),
    ("个体", Kind.INDIVIDUAL_BUSINESS),
    *((word, Kind.ORGANISATION) for word in ("法人", "组织", "企业", "单位", "公司", "机关", "机构", "合作社")),
    *((word, Kind.NATURAL_PERSON) for word in ("个人", "公民", "居民")),
)
_BUSINESS = re.compile(
    r"公司|集团|工厂|厂|企业|商店|商行|商场|超市|便利店|专卖|店|饭|餐|酒|宾馆|旅馆|茶|吧|摊|铺|馆|市场|合作社|农场|养殖|经营|服务|加工|"
    r"工作室|事务所|诊所|门诊|医院|学校|学院|幼儿园|中心|协会|委员会|居委会|村委会|政府|管理局|办事处|银行|维修|修理|批发|零售|货运|运输|物流|"
    r"建材|装饰|装潢|美容|美发|理发|网络|科技|贸易|工程|个体|户$|行$|部$|站$|社$|所$|队$"
)
_CERTAIN = re.compile(r"公司|集团|厂|企业|店|超市|饭|餐|馆|吧$|摊|铺|合作社|中心|协会|委员会|银行|政府|经营|医院|学校")
_HAN_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af·]+")
_LIST = re.compile(r"\s*[、；;/]\s*|(?<=[\u3400-\u9fff])\s*[,，]\s*(?=[\u3400-\u9fff])")
_MASK = re.compile(r"[*＊×xX○某?？]")


def looks_personal(name: str) -> bool:
    """Whether a name is such as natural persons have: two to four characters, masked or dotted, no word of business.

    Several such names (王小明、李小红) are persons' as well.
    """
    several = persons_in(name)
    if len(several) > 1:
        return all(map(looks_personal, several))
    if _MASK.search(name) and len(name) <= 6 and not _CERTAIN.search(name):
        return True
    if not _HAN_NAME.fullmatch(name):
        return bool(re.fullmatch(r"[A-Za-z][A-Za-z .,'\-]{2,60}", name)) and not _FIRM.search(name)
    if len(name) <= 4:
        return not _CERTAIN.search(name)
    return "·" in name and not _BUSINESS.search(name)


_FIRM = re.compile(r"\b(?:co|ltd|inc|corp|company|limited|llc|gmbh)\b", re.IGNORECASE)


def judge(word: str, name: str, *, has_code: bool, household_code: bool, has_person_number: bool) -> Judgement:
    """The kind of a party.

    Args:
        word: the cell 行政相对人类别.
        name: the cell 行政相对人名称.
        has_code: whether there is a unified social credit code or another registration number.
        household_code: whether that code is one of an individual business (category 92).
        has_person_number: whether there is a number of a natural person's document.
    """
    said = _said(word)
    without = bare(name)
    personal = looks_personal(without.text)
    business = not personal and _BUSINESS.search(name) is not None
    household = household_code or (personal and without.household and without.text != name)
    if said is None:
        better = _without_word(
            business, personal, has_code=has_code, household=household, has_person_number=has_person_number
        )
    elif said is Kind.NATURAL_PERSON and has_code and business:
        better = Kind.INDIVIDUAL_BUSINESS if household_code else Kind.ORGANISATION
    elif said is Kind.ORGANISATION and household:
        better = Kind.INDIVIDUAL_BUSINESS
    elif said is Kind.ORGANISATION and not has_code and (personal or (has_person_number and not business)):
        better = Kind.NATURAL_PERSON
    else:
        better = said
    if better is not Kind.ORGANISATION and not personal:
        without = bare(name, without_brackets=True)
        personal = looks_personal(without.text)
    guessed = said is None and better is Kind.NATURAL_PERSON and not personal and not has_person_number
    return Judgement(better, without.text if personal else "", said not in (None, better), guessed)


def _without_word(business: bool, personal: bool, *, has_code: bool, household: bool, has_person_number: bool) -> Kind:
    if household:
        return Kind.INDIVIDUAL_BUSINESS
    if has_person_number and not has_code:
        return Kind.INDIVIDUAL_BUSINESS if business else Kind.NATURAL_PERSON
    if (has_code and not personal) or business:
        return Kind.ORGANISATION
    return Kind.NATURAL_PERSON


@lru_cache(256)
def _said(word: str) -> Kind | None:
    text = fold(word)
    return next((kind for part, kind in _WORDS if part in text), None)


def persons_in(name: str) -> list[str]:
    """The names that one cell holds: 王小明、李小红 are two."""
    return [each for each in _LIST.split(name) if each] if len(name) <= 2 * LONGEST else [name]
