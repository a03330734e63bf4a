"""Units that questions count, put straight into the projections' tables: so many in each row, so many of them hits."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from infra.clickhouse import ClickHouse
from projections import tables
from projections.definition import definition

AS_OF = date(2026, 6, 30)
DAY = date(2026, 2, 2)
REGIONS = ("310118", "320509", "330421")

Unit = tuple[tuple[Any, ...], bool]
"""The row that it counts in, and whether it is a hit."""
Row = dict[str, Any]


def keys(question: str) -> list[tuple[Any, ...]]:
    """Row keys that the question can have, in their order."""
    pairs = [(one, other) for one in REGIONS for other in REGIONS if one != other]
    found: Mapping[str, list[tuple[Any, ...]]] = {
        "fine_disparity": [(item, "GENERAL", region) for item in ("I1", "I2") for region in REGIONS],
        "ninety_day_risk": [(region, f"agency-{number}") for region in REGIONS for number in (1, 2)],
        "double_fine": [pair for pair in pairs if pair[0] < pair[1]],
        "mediation_outcome": [(region, joint) for region in REGIONS for joint in (False, True)],
    }
    return found.get(question, pairs)


def fill(server: ClickHouse, question: str, units: Sequence[Unit]) -> None:
    """Empty the question's table and put the units into it; the client may insert there, as `projector` may."""
    name, make = _MAKERS[question]
    about = definition(name)
    table = about.table(tables.current(server, about) or about.version)
    server.command(f"TRUNCATE TABLE {table}")
    rows = [row for number, (key, hit) in enumerate(units) for row in make(number, key, hit)]
    if rows:
        server.insert(table, list(rows[0]), [list(row.values()) for row in rows])


def fill_parties(server: ClickHouse, parties: Sequence[frozenset[str]]) -> None:
    """Parties, each penalised once in each of its regions: what question 1 counts."""
    units = [((f"p{number}", region), False) for number, regions in enumerate(parties) for region in regions]
    fill(server, "repeat_offenders", units)


def _row(number: int, **columns: Any) -> Row:
    return columns | {"dissemination": "FULL", "event_ids": [uuid.UUID(int=number + 1)], "has_facts": 1, "version": 1}


def _decision(number: int, name: str, region: str, party: str, fingerprint: str, item: str = "I1") -> Row:
    return _row(
        number,
        decision_id=name,
        region=region,
        decided_on=DAY,
        party_key=party,
        item_code=item,
        severity="GENERAL",
        fingerprint=fingerprint,
        fine=Decimal(100 + number),
        penalty_count=1,
    )


def _penalised(number: int, key: tuple[Any, ...], _: bool) -> list[Row]:
    party, region = key
    return [_decision(number, f"{party}|{region}", region, party, str(number))]


def _fined(number: int, key: tuple[Any, ...], _: bool) -> list[Row]:
    item, _severity, region = key
    return [_decision(number, str(number), region, f"p{number}", str(number), item)]


def _fined_twice(number: int, key: tuple[Any, ...], hit: bool) -> list[Row]:
    acts = ("x", "x" if hit else "y")
    return [
        _decision(number, f"{number}|{region}", region, f"p{number}", f"{number}{act}")
        for region, act in zip(key, acts, strict=True)
    ]


def _referral(number: int, key: tuple[Any, ...], hit: bool) -> list[Row]:
    return [
        _row(
            number,
            stream_id=str(number),
            exchange_form="CLUE",
            from_region=key[0],
            to_region=key[1],
            sent_on=DAY,
            acknowledged_on=DAY if hit else None,
            accepted_on=DAY if hit else None,
            refusals=[] if hit else [(DAY, "DUPLICATE")],
        )
    ]


def _accepted(number: int, key: tuple[Any, ...], hit: bool) -> list[Row]:
    (row,) = _referral(number, key, True)
    return [row | {"filed_on": DAY + timedelta(days=9) if hit else None}]


def _open_case(number: int, key: tuple[Any, ...], hit: bool) -> list[Row]:
    filed = AS_OF - timedelta(days=85 if hit else 5)
    return [
        _row(
            number,
            stream_id=str(number),
            region=key[0],
            agency=key[1],
            procedure="ORDINARY",
            filed_on=filed,
            filed_event=uuid.UUID(int=number + 1),
        )
    ]


def _mediation(number: int, key: tuple[Any, ...], hit: bool) -> list[Row]:
    region, joint = key
    other = next(one for one in REGIONS if one != region)
    return [
        _row(
            number,
            stream_id=str(number),
            region=region,
            initial=True,
            amount=Decimal(1000 + number),
            sessions=[(DAY, [region, other] if joint else [region])],
            agreed_on=DAY if hit else None,
            failed_on=None if hit else DAY,
        )
    ]


_MAKERS: Mapping[str, tuple[str, Callable[[int, tuple[Any, ...], bool], list[Row]]]] = {
    "repeat_offenders": ("decisions", _penalised),
    "fine_disparity": ("decisions", _fined),
    "double_fine": ("decisions", _fined_twice),
    "transfer_acceptance": ("referrals", _referral),
    "transfer_timeliness": ("referrals", _referral),
    "transfer_conversion": ("referrals", _accepted),
    "ninety_day_risk": ("cases", _open_case),
    "mediation_outcome": ("disputes", _mediation),
}
