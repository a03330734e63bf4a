"""What became of a batch: its rows counted, those that were refused with their reasons, the flags of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from infra.errors import Problem
from producers.importers.columns import Column
from producers.importers.decision import Told
from producers.importers.flags import RowFlag
from producers.importers.ledger import Verdict
from producers.importers.problems import CellProblem, Reject, column_of
from producers.publisher import Receipt


class FlagCount(NamedTuple):
    """What is counted: the code of a flag and its words."""

    code: str
    zh: str
    en: str


@dataclass(slots=True)
class Outcome:
    """What became of a batch; `stored` and `refused` are identities of decisions, for the ledger."""

    published: int = 0
    already_published: int = 0
    corrected: int = 0
    rejects: list[Reject] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    flags: Counter[FlagCount] = field(default_factory=Counter)

    def count(self, told: Told, verdict: Verdict, *, already: bool) -> None:
        """Count a row that is in the outbox, by now or since before."""
        self.stored.append(told.decision_id)
        if already:
            self.already_published += 1
        elif verdict.revision > 1:
            self.corrected += 1
        else:
            self.published += 1

    def refuse(self, told: Told, problems: Sequence[Problem]) -> None:
        """Put a row aside that can not be an event."""
        self.refused.append(told.decision_id)
        found: dict[Column | None, CellProblem] = {}
        for problem in problems:
            column = column_of(problem.field)
            found.setdefault(column, CellProblem(column, f"expected {problem.expected_en}", problem.expected_zh))
        self.rejects.append(Reject(told.line, told.number, tuple(found.values())))

    def add_flag(self, flag: RowFlag) -> None:
        """Count a flag of a row that is not published."""
        self.flags[_count_of(flag)] += 1

    def add_flags(self, told: Told, receipt: Receipt | None) -> None:
        """Count the flags of a row, each once: those of its cells, and those of its event if it was published."""
        flags = receipt.flags if receipt else ()
        if not told.flags and not flags:
            return
        found = {_count_of(flag) for flag in told.flags}
        for flag in flags:
            column = column_of(flag.field)
            label = f"{column.label}：" if column else ""
            found.add(FlagCount(flag.code, f"{label}{flag.zh}", f"{label}{flag.en}"))
        self.flags.update(found)


def _count_of(flag: RowFlag) -> FlagCount:
    return FlagCount(flag.value, flag.zh, flag.en)
