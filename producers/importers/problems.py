"""Why a row is not imported: the column, what is wrong in two languages, never what stood in the cell."""

from __future__ import annotations

from dataclasses import dataclass

from infra.errors import InvalidInput
from producers.importers.columns import Column


class CellProblem(InvalidInput):
    """A cell that can not be understood, or is missing."""

    def __init__(self, column: Column | None, en: str, zh: str) -> None:
        super().__init__(en, zh=zh)
        self.column = column
        self.zh: str = zh

    def __reduce__(self) -> tuple[type[CellProblem], tuple[Column | None, str, str]]:
        """How it travels between processes; an exception's own way would lose the words."""
        return CellProblem, (self.column, self.message, self.zh)


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is not imported.

    Attributes:
        line: its number in the file.
        document_number: as it stands in the file, where it is one; empty otherwise.
        problems: all that is wrong with the row.
    """

    line: int
    document_number: str
    problems: tuple[CellProblem, ...]


def at(column: Column, error: InvalidInput) -> CellProblem:
    """The problem of a cell, from what its reader said (readers never repeat a cell)."""
    return CellProblem(column, error.message, error.zh)


_BY_FIELD = (
    ("decision_id", Column.DOCUMENT_NUMBER),
    ("document_number", Column.DOCUMENT_NUMBER),
    ("agency", Column.AGENCY),
    ("meta.actor", Column.AGENCY),
    ("meta.occurred_at", Column.DECIDED_ON),
    ("decided_on", Column.DECIDED_ON),
    ("act_on", Column.ACT_ON),
    ("valid_until", Column.VALID_UNTIL),
    ("publish_until", Column.PUBLISH_UNTIL),
    ("penalties", Column.KINDS),
    ("item_name", Column.VIOLATION),
    ("item_local_code", Column.ITEM_CODE),
    ("facts", Column.FACTS),
    ("penalty_text", Column.PENALTY_TEXT),
    ("basis_text", Column.BASIS),
    ("data_source_agency", Column.SOURCE),
    ("party.uscc", Column.USCC),
    ("party.region", Column.USCC),
    ("party.legacy_ids", Column.OTHER_CODE),
    ("party.person.id", Column.PERSON_ID_NUMBER),
    ("party.person.birth_date", Column.BIRTH_DATE),
    ("party.person.notes", Column.FACTS),
    ("party.representative", Column.REPRESENTATIVE),
    ("party", Column.PARTY_NAME),
)


def column_of(field: str) -> Column | None:
    """The column that a field of the event came from; None where it is none's."""
    return next((column for name, column in _BY_FIELD if field.startswith(name)), None)
