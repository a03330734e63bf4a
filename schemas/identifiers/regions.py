"""Region codes of GB/T 2260 (中华人民共和国行政区划代码) with their history, and the towns of the start-up area.

Codes live in registrations made years ago: an organisation registered in 2005 in Wujiang carries 320584, a person born
in 1990 in Qingpu 310229. Codes are therefore mapped from old to new and never refused; what the table does not know is
passed through unchanged. The table (`data/regions.csv`) covers the zone, its neighbours and all provinces.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from schemas.errors import FatalError

Language = Literal["zh", "en"]

CENTRE = "100000"
"""In unified social credit codes: registered with the centre, as the bodies of its vertical lines are."""


class Level(StrEnum):
    """Level of an administrative division; a placeholder is a line of the standard that is no place (310100 市辖区)."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    PLACEHOLDER = "placeholder"


@dataclass(frozen=True, slots=True)
class Region:
    """One name of one code, with the years of its use.

    Attributes:
        code: six digits of GB/T 2260.
        name_zh: name in Chinese, without the names above it.
        name_en: name in English.
        level: province, prefecture, county or placeholder.
        valid_from: year within which it came into use; 1981 means 1981 or before; None where not established.
        valid_to: year within which it went out of use, None while it is in use.
        successors: codes that its whole area went to in that change; several where it was divided.
    """

    code: str
    name_zh: str
    name_en: str
    level: Level
    valid_from: int | None
    valid_to: int | None
    successors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Town:
    """A town of the start-up area (先行启动区), known by name; `region` is the code of its county or district.

    `water_town_parlour` says whether a part of the town belongs to the 水乡客厅.
    """

    region: str
    name_zh: str
    name_en: str
    start_up_area: bool
    water_town_parlour: bool


@dataclass(frozen=True, slots=True)
class _Table:
    history: Mapping[str, tuple[Region, ...]]
    latest: Mapping[str, Region]
    heirs: Mapping[str, tuple[str, ...]]


def is_known(code: str) -> bool:
    """Whether the table holds the code, in use or not. An unknown code is no error."""
    return code in _table().latest


def region(code: str, *, year: int | None = None) -> Region | None:
    """The region of a code: its latest name, or the one of a year (at a change: the newer); None if there is none."""
    table = _table()
    if year is None:
        return table.latest.get(code)
    for candidate in reversed(table.history.get(code, ())):
        if (candidate.valid_from or 0) <= year and (candidate.valid_to is None or year <= candidate.valid_to):
            return candidate
    return None


def history(code: str) -> tuple[Region, ...]:
    """All names that a code has had, oldest first; empty for an unknown code."""
    return _table().history.get(code, ())


def successors(code: str) -> tuple[str, ...]:
    """Codes in use today for the area of a code: itself if in use, several where divided, none if unknown."""
    return _table().heirs.get(code, ())


def current(code: str) -> str:
    """Today's code for the area of a code: 332121 → 330421, 310229 → 310118, 320525 and 320584 → 320509.

    A code in use, an unknown one, and one whose area was divided among several (see `successors`) come back unchanged:
    nothing is guessed.
    """
    heirs = _table().heirs.get(code)
    return heirs[0] if heirs is not None and len(heirs) == 1 else code


def name(code: str, lang: Language = "zh", *, year: int | None = None) -> str:
    """Name of a region, the latest or that of a year; the code itself where no name is known."""
    found = region(code, year=year)
    if found is None:
        return code
    return found.name_zh if lang == "zh" else found.name_en


def full_name(code: str, lang: Language = "zh") -> str:
    """Name with the names above it: 浙江省嘉兴市嘉善县, or `Jiashan County, Jiaxing, Zhejiang`."""
    names = [name(each, lang) for each in (*reversed(parents(code)), code)]
    return "".join(names) if lang == "zh" else ", ".join(reversed(names))


def parents(code: str) -> tuple[str, ...]:
    """Codes above a code, nearest first: 330421 → (330400, 330000). Placeholders are no parents: 310118 → (310000,)."""
    if len(code) != 6:
        return ()
    latest = _table().latest
    above = (code[:4] + "00", code[:2] + "0000")
    return tuple(c for c in above if c != code and c in latest and latest[c].level is not Level.PLACEHOLDER)


def province(code: str) -> str | None:
    """Code of the province that any code of GB/T 2260, known or not, belongs to; None if there is no such province."""
    candidate = code[:2] + "0000"
    return candidate if candidate in _table().latest else None


@lru_cache(maxsize=4096)
def governs(code: str, place: str) -> bool:
    """Whether a body registered under `code` may have authority in the county or district `place`, as codes tell it.

    So may one of the place itself (under today's code or an old one), of the prefecture or the province above it (also
    under a placeholder of theirs, 310100 or 330401), and one of the centre (100000).
    """
    if code in (CENTRE, place) or place in successors(code):
        return True
    own = {current(place), *parents(current(place))}
    found = region(code)
    if found is not None and found.level is Level.PLACEHOLDER:
        return bool(own.intersection(parents(code)[:1]))
    return current(code) in own


@cache
def towns() -> tuple[Town, ...]:
    """The towns of the start-up area, by name: 上海市 … 示范区高质量发展条例 (2024), Art. 64."""
    return tuple(
        Town(r["region"], r["name_zh"], r["name_en"], r["start_up_area"] == "true", r["water_town_parlour"] == "true")
        for r in _rows("towns.csv")
    )


def town(region_code: str, town_name: str) -> Town | None:
    """The start-up-area town of that name (with or without 镇) in that region (today's code or an old one), or None."""
    wanted, today = town_name.strip().removesuffix("镇"), current(region_code)
    return next((t for t in towns() if t.region == today and t.name_zh.removesuffix("镇") == wanted), None)


def _rows(file: str) -> list[dict[str, str]]:
    text = files("schemas.identifiers").joinpath("data", file).read_text("utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


@cache
def _table() -> _Table:
    rows: dict[str, list[Region]] = {}
    for r in _rows("regions.csv"):
        rows.setdefault(r["code"], []).append(
            Region(
                r["code"],
                r["name_zh"],
                r["name_en"],
                Level(r["level"]),
                int(r["valid_from"]) if r["valid_from"] else None,
                int(r["valid_to"]) if r["valid_to"] else None,
                tuple(r["successors"].split()),
            )
        )
    past = {code: tuple(sorted(names, key=lambda n: n.valid_from or 0)) for code, names in rows.items()}
    latest = {code: names[-1] for code, names in past.items()}
    return _Table(past, latest, {code: _heirs(code, latest, frozenset()) for code in latest})


def _heirs(code: str, latest: Mapping[str, Region], seen: frozenset[str]) -> tuple[str, ...]:
    """Follow the successors of a code to those in use, each once, in the order of the table."""
    if code in seen or code not in latest:
        raise FatalError(f"regions.csv: the successors of {code} run in a circle or lead to an unknown code")
    if latest[code].valid_to is None:
        return (code,)
    return tuple(dict.fromkeys(h for s in latest[code].successors for h in _heirs(s, latest, seen | {code})))
