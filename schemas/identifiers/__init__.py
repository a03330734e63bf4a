"""Identifiers of the field: codes, numbers, amounts and dates, each in the one spelling that the platform keeps.

Each module is named after what it reads and is used by that name, as `uscc.check(…)`, `documents.canonical(…)`; the
types that others hold are exported here.

Errors about a cell never repeat what stood in it: it may be personal data.
"""

from schemas.identifiers import citizen_id, dates, documents, money, penalties, regions, text, uscc
from schemas.identifiers.citizen_id import CitizenId, IdCheck, IdType, Sex, age_on, birth_band
from schemas.identifiers.dates import DateStatus, ParsedDate, parse_date, required_day
from schemas.identifiers.documents import DocumentNumber, decision_id
from schemas.identifiers.money import Unit, to_yuan
from schemas.identifiers.penalties import ParsedKinds, PenaltyKind, headline, parse_kinds, read_kinds
from schemas.identifiers.regions import Level, Region, Town
from schemas.identifiers.text import is_blank
from schemas.identifiers.uscc import UsccCheck

__all__ = [
    "CitizenId",
    "DateStatus",
    "DocumentNumber",
    "IdCheck",
    "IdType",
    "Level",
    "ParsedDate",
    "ParsedKinds",
    "PenaltyKind",
    "Region",
    "Sex",
    "Town",
    "Unit",
    "UsccCheck",
    "age_on",
    "birth_band",
    "citizen_id",
    "dates",
    "decision_id",
    "documents",
    "headline",
    "is_blank",
    "money",
    "parse_date",
    "parse_kinds",
    "penalties",
    "read_kinds",
    "regions",
    "required_day",
    "text",
    "to_yuan",
    "uscc",
]
