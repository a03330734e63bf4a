"""Document and case numbers (文号, 案号), brought to one spelling so that two systems that tell of one document meet.

GB/T 9704-2012 (党政机关公文格式, 7.2.5): short code of the agency with the word for the kind, year in full in six-angle
brackets, serial without 第 and without leading zeros, 号. Files hold every other bracket, full-width digits, spaces
anywhere, 第 and zeros before the serial, no 号 after it. Numbers of courts begin with the year: (2020)浙0421行初1号
(法〔2015〕137号). A number is unique only within its agency, hence `decision_id`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from schemas.errors import InvalidInput
from schemas.identifiers import uscc
from schemas.identifiers.text import DASHES_TO_HYPHEN, fold, is_blank

_OPENING = "([{<（［｛＜〔【〖〘〚〈《「『﹝⟦⟨⦅"
_CLOSING = ")]}>）］｝＞〕】〗〙〛〉》」』﹞⟧⟩⦆"
_SPELLING = (
    dict(DASHES_TO_HYPHEN)
    | dict.fromkeys(map(ord, _OPENING), "〔")
    | dict.fromkeys(map(ord, _CLOSING), "〕")
    | {code: chr(code - 32) for code in range(ord("a"), ord("z") + 1)}
    | {ord("號"): "号"}
)
_LABEL = re.compile(r"^(?:(?:(?:行政)?处罚)?(?:决定书?)?(?:文书?号|案号|编号|字号):?)+")
_YEAR = re.compile(r"[〔〕](?P<year>(?:19|20)?[0-9]{2})年?[〔〕]")
_SERIAL = r"(?P<serial>[0-9A-Z]+(?:-[0-9A-Z]+)*)号?(?P<sequel>(?:之[0-9一二三四五六七八九十]+)?)[。.;,]?"
_AFTER_YEAR = re.compile(rf"(?P<word>字?)第?{_SERIAL}")
_AFTER_FIRST_YEAR = re.compile(rf"(?P<words>(?:[^:、,;号]*[^:、,;号0-9A-Z第-])?)第?{_SERIAL}")
_NOT_IN_WORDS = re.compile(r"[:、,;号]")
_COURT_WORDS = re.compile(r"(?P<org>[^0-9]+[0-9]+)(?P<kind>[^0-9]+)")
_ZEROS = re.compile(r"(?<![0-9A-Z])0+(?=[0-9]+(?![0-9A-Z]))")

FIRST_CENTURY_YEAR = 49
"""Two-digit years from 49 on are of the 20th century (the first are of 1949), those below of the 21st."""


class DocumentNumber(NamedTuple):
    """A document or case number, taken apart as far as it can be.

    Attributes:
        org_abbr: short code of the agency or court (沪环, 浙0421); empty where there is none or it was not understood.
        doc_kind: word for the kind of document (综, 罚决字, 行初); empty where the text before the year ends with no
            known word.
        year: year of the document, None where the number was not understood.
        serial: serial with its sub-number (223, 223-1, 223之一), without leading zeros; empty where not understood.
        raw: the number as it was given.
        canonical: the one spelling of it, equal for all ways of writing the same number.
    """

    org_abbr: str
    doc_kind: str
    year: int | None
    serial: str
    raw: str
    canonical: str

    @property
    def understood(self) -> bool:
        """Whether year and serial were found."""
        return self.year is not None


@lru_cache(4096)
def parse(raw: str) -> DocumentNumber:
    """Take a document or case number apart.

    Leading zeros of a serial are dropped (000123 is 123): the standard has none, systems pad all the same. A year of
    two digits becomes four. A number that cannot be taken apart keeps its text: its canonical form is that text without
    spaces, half-width, in capitals, with one kind of bracket and dash.

    Raises:
        InvalidInput: there is no text.
    """
    text = fold(raw, _SPELLING)
    if not text:
        raise InvalidInput("a document number is expected, the field is empty", zh="文号为空")
    label = _LABEL.match(text)
    if label is not None:
        text = text[label.end() :] or text
    year = _YEAR.search(text)
    if year is not None:
        number = _after_words(text, year, raw) if year.start() else _year_first(text, year, raw)
        if number is not None:
            return number
    return DocumentNumber("", "", None, "", raw, text)


def canonical(raw: str) -> str:
    """The one spelling of a document number, as `沪环综〔2020〕223号`; canonical(canonical(x)) == canonical(x).

    Raises:
        InvalidInput: there is no text.
    """
    return parse(raw).canonical


def decision_id(agency_uscc: str, raw_document_number: str) -> str:
    """Identity of a decision: `<code of the agency>|<canonical number>`, the same whoever tells of the decision.

    Raises:
        InvalidInput: agency or number is empty or a sign for "nothing" (无, -, /): such decisions are not one decision.
    """
    agency = _agency(agency_uscc)
    number = parse(raw_document_number)
    if not number.understood and is_blank(raw_document_number):
        raise InvalidInput("a document number is expected, the field says nothing", zh="文号为空")
    return f"{agency}|{number.canonical}"


@lru_cache(1024)
def _agency(agency_uscc: str) -> str:
    agency = uscc.normalise(agency_uscc)
    if not agency or is_blank(agency_uscc):
        raise InvalidInput("the code of the deciding agency is expected, the field is empty", zh="处罚机关代码为空")
    return agency


def _after_words(text: str, year: re.Match[str], raw: str) -> DocumentNumber | None:
    """沪环综〔2020〕223号: words, year, serial."""
    tail = _AFTER_YEAR.fullmatch(text, year.end())
    words = text[: year.start()]
    words = words.removesuffix("第") or words
    if tail is None or _NOT_IN_WORDS.search(words):
        return None
    if tail["word"] and not words.endswith("字"):
        words += "字"
    org, kind = _split(words)
    full_year = _full(year["year"])
    return _numbered(tail, org, kind, full_year, f"{_round(words)}〔{full_year}〕", raw)


def _year_first(text: str, year: re.Match[str], raw: str) -> DocumentNumber | None:
    """(2020)浙0421行初1号: year, court, kind, serial."""
    tail = _AFTER_FIRST_YEAR.fullmatch(text, year.end())
    if tail is None or _YEAR.search(tail["words"]):
        return None
    words = tail["words"]
    court = _COURT_WORDS.fullmatch(words)
    org, kind = (court["org"], court["kind"]) if court is not None else _split(words)
    full_year = _full(year["year"])
    return _numbered(tail, org, kind, full_year, f"({full_year}){_round(words)}", raw)


def _numbered(tail: re.Match[str], org: str, kind: str, year: int, before: str, raw: str) -> DocumentNumber:
    number, sequel = tail["serial"], tail["sequel"]
    if "0" in number:
        number = _ZEROS.sub("", number)
    return DocumentNumber(_round(org), kind, year, number + sequel, raw, f"{before}{number}号{sequel}")


def _full(written: str) -> int:
    year = int(written)
    return year if len(written) == 4 else year + (1900 if year >= FIRST_CENTURY_YEAR else 2000)


def _round(words: str) -> str:
    """Brackets that do not hold the year, as in 嘉公(西)行罚决字, are round."""
    return words.replace("〔", "(").replace("〕", ")") if "〔" in words or "〕" in words else words


@lru_cache(1024)
def _split(words: str) -> tuple[str, str]:
    """Short code of the agency and word for the kind: the longest known word that the text ends with."""
    kinds, longest = _kinds()
    for length in range(min(len(words) - 1, longest), 0, -1):
        if words[-length:] in kinds:
            return words[:-length], words[-length:]
    return words, ""


@cache
def _kinds() -> tuple[frozenset[str], int]:
    """The known words for kinds, and the length of the longest."""
    text = files("schemas.identifiers").joinpath("data", "document_kinds.txt").read_text("utf-8")
    words = frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())
    return words, max(map(len, words))
