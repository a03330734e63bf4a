"""The questions: SQL files with typed parameters, their catalogue, and asking them as the user `analyst`.

The same file answers the command line, an API, a page and (as a parameterised view) a BI tool. What is too small to be
shown comes back with its dimensions alone; that rule stands once, in SQL (`suppression.sql`), so no door can forget it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any, Literal, get_args

from infra.clickhouse import ClickHouse
from infra.errors import InvalidInput
from infra.settings import Settings
from infra.zone import zone
from projections.questions import suppression

ANALYST = "analyst"
REGIONS = "regions"
"""The parameter that nobody gives: the codes of the zone's regions."""

EVIDENCE = ("event_ids", "n_event_ids")
"""What a row has of evidence: the events behind it, and those of them that make its n."""

Z95 = 1.959963984540054
Value = str | int


@dataclass(frozen=True, slots=True)
class Parameter:
    """A typed parameter of a question: ClickHouse type, default, what it means.

    Attributes:
        enum: the contract's enum whose symbols are its values, beside the default; empty: any value of the type.
    """

    name: str
    type: str
    default: Value
    zh: str
    en: str
    enum: str = ""

    @property
    def allowed(self) -> tuple[str, ...]:
        """The only values beside the default; none: any value of the type."""
        if not self.enum:
            return ()
        from schemas.models.generated import shared

        return tuple(symbol.value for symbol in getattr(shared, self.enum))

    def read(self, text: str) -> Value:
        """The value that `text` means.

        Raises:
            InvalidInput: it is not of the parameter's type, or none of its values.
        """
        if self.enum and text != self.default and text not in self.allowed:
            raise InvalidInput(
                f"{self.name} is one of {', '.join(self.allowed)} ({self.en}), not {text!r}",
                zh=f"{self.name} 应为下列之一：{'、'.join(self.allowed)}（{self.zh}），而非 {text!r}",
            )
        if self.type == "String":
            return text
        try:
            number = int(text)
        except ValueError:
            number = -1
        if number < 0 or number > 1200:
            raise InvalidInput(
                f"{self.name} is a whole number from 0 to 1200 ({self.en}), not {text!r}",
                zh=f"{self.name} 应为 0 至 1200 的整数（{self.zh}），而非 {text!r}",
            )
        return number


@dataclass(frozen=True, slots=True)
class Figure:
    """A further column of an answer: its ClickHouse type where it is shown, and what it means (zh | en)."""

    name: str
    type: str
    about: str

    @property
    def is_map(self) -> bool:
        """Whether it is a map: empty, not NULL, where it is withheld."""
        return self.type.startswith("Map(")


@dataclass(frozen=True, slots=True)
class Question:
    """One entry of the catalogue.

    Attributes:
        dims: the columns that name a row.
        figures: the columns beside n and d.
        whole: how n and d of the whole come from those of the rows: their "sum"; "overlapping": a unit may count in
            several rows; "shown": the sum, but n counts the rows that are shown.
    """

    name: str
    number: int
    formula_version: int
    zh: str
    en: str
    definition_zh: str
    definition_en: str
    numerator: str
    denominator: str
    dims: tuple[str, ...]
    chart: str
    parameters: tuple[Parameter, ...]
    figures: tuple[Figure, ...] = ()
    whole: Literal["sum", "overlapping", "shown"] = "sum"

    @property
    def title(self) -> str:
        """Chinese | English."""
        return f"{self.zh} | {self.en}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a row, in order, without evidence."""
        return (*self.dims, "n", "d", *(figure.name for figure in self.figures), "suppressed")

    def values(self, given: Mapping[str, str]) -> dict[str, Value]:
        """All parameters: those given, the others by default.

        Raises:
            InvalidInput: one is unknown or has a wrong value.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise InvalidInput(
                    f"{self.name} has no parameter {name!r}", zh=f"{self.name} 没有参数 {name!r}", hint=", ".join(known)
                )
        return {
            name: parameter.read(given[name]) if name in given else parameter.default
            for name, parameter in known.items()
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gave.

    Attributes:
        rows: one mapping a row: dimensions, n, d, figures, `suppressed`; with evidence also what `EVIDENCE` names.
        n, d: numerator and denominator of the whole; None where they are withheld.
        interval: Wilson 95 % of n/d, rounded to four decimals; None without a denominator.
        suppressed: how many rows show their dimensions alone.
    """

    rows: list[dict[str, Any]]
    n: int | None
    d: int | None
    interval: tuple[float, float] | None
    suppressed: int


@cache
def questions() -> dict[str, Question]:
    """All questions by name, in the order of their numbers."""
    text = Path(__file__).with_name("catalogue.toml").read_text(encoding="utf-8")
    made = [_question(name, entry) for name, entry in tomllib.loads(text).items()]
    return {question.name: question for question in sorted(made, key=lambda question: question.number)}


@cache
def column_texts() -> Mapping[str, Mapping[str, Any]]:
    """What the columns of answers mean: of `every` answer, `dims` and `figures`."""
    return tomllib.loads(Path(__file__).with_name("columns.toml").read_text(encoding="utf-8"))


def question(name: str) -> Question:
    """One question, by name or by number.

    Raises:
        InvalidInput: there is no such question; the message names close ones.
    """
    known = questions()
    wanted = name.replace("-", "_")
    for one in known.values():
        if wanted in {one.name, str(one.number)}:
            return one
    near = get_close_matches(wanted, known, 3)
    raise InvalidInput(f"no question {name!r}", zh=f"没有问题 {name!r}", hint=", ".join(near or known))


def ask(
    settings: Settings,
    asked: Question,
    parameters: Mapping[str, Value],
    as_of: date,
    *,
    database: str | None = None,
    evidence: bool = False,
) -> Answer:
    """Ask a question as `analyst`.

    Args:
        as_of: the day that the windows end on, Asia/Shanghai.
        database: where the stable views lie: None for now, the database of a cut for what was known then.
        evidence: also the ids of the events behind each row, and of those that make its n; never behind a suppressed
            one.
    """
    values: dict[str, Any] = {**parameters, "as_of": as_of, REGIONS: list(zone(settings.zone_file).region_codes)}
    with ClickHouse(settings, ANALYST, database=database, query_seconds=0) as server:
        found = server.answer(suppression.statement(asked), **values).dicts()
        proof = server.answer(suppression.evidence(asked), **values).dicts() if evidence else []
    rows = [
        {name: _plain(value) for name, value in row.items() if name != "total"} for row in found if not row["total"]
    ]
    whole: dict[str, Any] = next((row for row in found if row["total"]), {"n": 0, "d": 0})
    if evidence:
        _attach(asked, rows, proof)
    return Answer(
        rows=rows,
        n=whole["n"],
        d=whole["d"],
        interval=wilson(whole["n"], whole["d"]),
        suppressed=sum(bool(row["suppressed"]) for row in rows),
    )


def wilson(n: int | None, d: int | None) -> tuple[float, float] | None:
    """Wilson score interval, 95 % (Wilson 1927), rounded to four decimals; None where there is no rate."""
    if not d or n is None or n > d:
        return None
    share, square = n / d, Z95 * Z95
    middle = (share + square / (2 * d)) / (1 + square / d)
    half = Z95 * sqrt(share * (1 - share) / d + square / (4 * d * d)) / (1 + square / d)
    return round(max(middle - half, 0.0), 4), round(min(middle + half, 1.0), 4)


def _attach(asked: Question, rows: list[dict[str, Any]], proof: list[dict[str, Any]]) -> None:
    behind = {tuple(row[dim] for dim in asked.dims): row for row in proof}
    for row in rows:
        found = {} if row["suppressed"] else behind.get(tuple(row[dim] for dim in asked.dims), {})
        row |= {name: [str(event_id) for event_id in found.get(name, ())] for name in EVIDENCE}


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 NaN is not itself


def _question(name: str, entry: dict[str, Any]) -> Question:
    types = {part.__name__ for part in get_args(Value)}
    parameters = tuple(Parameter(name=key, **fields) for key, fields in entry.pop("parameters", {}).items())
    figures = tuple(Figure(name=key, **column_texts()["figures"][key]) for key in entry.pop("figures"))
    for parameter in parameters:
        if type(parameter.default).__name__ not in types:
            raise InvalidInput(f"{name}.{parameter.name} has a default of no known type")
    return Question(name=name, parameters=parameters, figures=figures, **{**entry, "dims": tuple(entry["dims"])})
