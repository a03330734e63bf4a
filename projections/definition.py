"""Projections by name: what each folder under `definitions/` says."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.errors import InvalidInput
from infra.sql import comment, essence, identifier, include, load, render
from infra.topics import split_topic
from schemas.columns import table_of

_PACKAGE = "projections.definitions"
_FOLDER = Path(__file__).parent / "definitions"
_ORDER = ("cases", "decisions", "parties", "referrals", "disputes", "publishers")


@dataclass(frozen=True, slots=True)
class Definition:
    """One projection.

    Attributes:
        name: of the stable view; tables are `<name>_v<number>`.
        key: the column whose value is a key; `topic|block` for publishers.
        families: event families whose rows it is folded from.
        version: number of the first table; raised when a definition changes in a way that needs a rebuild.
        pause_seconds: of a projection that need not be fresh to the second: so long it may rest between two ticks.
        hides: columns of numbers that are 0 in rows that are not fully shared.
    """

    name: str
    title_zh: str
    title_en: str
    key: str
    families: tuple[str, ...]
    version: int
    pause_seconds: float = 0.0
    hides: tuple[str, ...] = ()

    def sql(self, part: str) -> str:
        """The text of `<part>.sql`: table, view, fold, touched (the key of an event); some have facts, gather."""
        return load(_PACKAGE, f"{self.name}/{part}.sql")

    @property
    def gathers(self) -> bool:
        """Whether it is folded from a table of its own, in which the log's facts lie by key."""
        return (_FOLDER / self.name / "gather.sql").is_file()

    @property
    def facts(self) -> str:
        """Name of the table of its facts, and of the checkpoint up to which they are gathered.

        It changes when what is gathered does: then everything is gathered anew.
        """
        return f"{self.name}_facts_{_print(self.sql('facts') + self.sql('gather'))}"

    @property
    def create_facts(self) -> str:
        """CREATE TABLE IF NOT EXISTS of its facts."""
        return render(self.sql("facts"), facts=self.facts)

    @property
    def gather(self) -> str:
        """The INSERT of new rows of the log into its facts."""
        return render(self.sql("gather"), facts=self.facts)

    def facts_among(self, names: Iterable[str]) -> list[str]:
        """Tables of its facts among these names, those of earlier versions too."""
        pattern = re.compile(rf"{re.escape(self.name)}_facts_[0-9a-f]{{8}}")
        return sorted(filter(pattern.fullmatch, names))

    @property
    def corrected_by(self) -> str | None:
        """The column of `corrections` that holds its keys; None: corrections are no matter to it."""
        return None if "|" in self.key else self.key

    @property
    def fold(self) -> str:
        """The fold: a SELECT with the parameters cut, keys, slice and slices."""
        text = self.sql("fold")
        if self.gathers:
            text = render(text, facts=self.facts)
        if self.corrected_by is None:
            return text
        shared = {part: render(load("projections", f"sql/{part}.sql"), key=self.key) for part in ("current", "wanted")}
        return include(text, **shared)

    @property
    def made_by(self) -> str:
        """What its rows are folded by, as the comments of its tables say it: `fold` and eight hex digits.

        It changes when the fold does, or what is gathered for it: then every row is folded anew.
        """
        return f"fold {_print(self.fold)}"

    def create_table(self, table: str) -> str:
        """CREATE TABLE IF NOT EXISTS."""
        about = comment(f"{self.title_zh} | {self.title_en} ({self.made_by})")
        return f"{render(self.sql('table'), table=table)}\nCOMMENT {about}"

    def create_view(self, database: str, table: str, log: str | None = None) -> str:
        """CREATE OR REPLACE VIEW: the stable name reads `table` of `database` from now on.

        Args:
            log: of rows as of a cut the database of the event tables: what is shared less since the cut is held back.
        """
        rows = rows_of(database, table)
        if log is not None and self.corrected_by is not None:
            (family,) = self.families
            withheld = include(load("projections", "sql/withheld.sql"), key=self.sql("touched"))
            rows = include(
                load("projections", f"sql/{'rows' if self.levelled else 'named'}_at_cut.sql"),
                rows=rows,
                withheld=render(withheld, log=log, events=table_of(family), table=table),
                **({"hidden": "".join(map(_hidden, self.hides))} if self.levelled else {}),
            )
        return include(render(self.sql("view"), view=self.name), rows=rows)

    @property
    def levelled(self) -> bool:
        """Whether its rows say how far they are shared; else a row is there or not."""
        return "dissemination" in self.sql("table")

    def fingerprint(self) -> str:
        """Changes when any of its SQL does."""
        text = "\n".join([self.sql("table"), self.fold, self.create_view("rows", "it", "log")])
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def row_key(self) -> str:
        """The column that names a row to people; of publishers the topic."""
        return self.key.partition("|")[0]

    def topics_among(self, topics: Iterable[str]) -> list[str]:
        """Of these topics those that its families' events come from."""
        return [topic for topic in topics if split_topic(topic)[0] in self.families]

    def table(self, number: int) -> str:
        """Name of a versioned table."""
        return f"{self.name}_v{number}"

    def numbers_among(self, names: Iterable[str]) -> list[int]:
        """The numbers of its versioned tables among these names, rising."""
        pattern = re.compile(rf"{re.escape(self.name)}_v([1-9][0-9]{{0,8}})")
        return sorted(int(match[1]) for match in map(pattern.fullmatch, names) if match)

    def tables_among(self, names: Iterable[str]) -> list[str]:
        """Its versioned tables among these names, in the order of their numbers."""
        return [self.table(number) for number in self.numbers_among(names)]


def _hidden(column: str) -> str:
    name = identifier(column)
    shown = "dissemination = 'FULL' AND key_no NOT IN (SELECT key_no FROM withheld)"
    return f",\n        if({shown}, {name}, 0) AS {name}"


def _print(sql: str) -> str:
    return hashlib.sha256(essence(sql).encode()).hexdigest()[:8]


def rows_of(database: str, table: str) -> str:
    """What stands behind FROM where the rows of a projection's table are read: those that count, one a key."""
    return render(load("projections", "sql/rows.sql"), database=database, table=table)


@cache
def definitions() -> Mapping[str, Definition]:
    """Every projection, by name, in the order in which they are fed."""
    return {name: _read(name) for name in _ORDER}


def definition(name: str) -> Definition:
    """The projection of that name.

    Raises:
        InvalidInput: there is none; the message names those that are.
    """
    try:
        return definitions()[name]
    except KeyError:
        raise InvalidInput(
            f"there is no projection {name!r}", zh=f"没有投影 {name!r}", hint=", ".join(definitions())
        ) from None


def definition_of(table: str) -> Definition:
    """The projection whose versioned table this is."""
    return definition(table.rpartition("_v")[0])


def _read(name: str) -> Definition:
    said = tomllib.loads((_FOLDER / name / "projection.toml").read_text(encoding="utf-8"))
    return Definition(
        said["name"],
        said["title_zh"],
        said["title_en"],
        said["key"],
        tuple(said["families"]),
        said["version"],
        said.get("pause_seconds", 0.0),
        tuple(said.get("hides", ())),
    )
