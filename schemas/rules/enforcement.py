"""Rules of administrative penalty cases that Avro can not say. Articles: 行政处罚法 (2021) unless named otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.errors import Problem
from schemas.identifiers.regions import governs
from schemas.identifiers.uscc import region_code
from schemas.models import Event
from schemas.models.generated import enforcement as events
from schemas.models.generated.shared import (
    AgeGroup,
    DecisionSource,
    EnforcementDomain,
    PartyKind,
    Penalty,
    PenaltyKind,
    Procedure,
)
from schemas.rules.common import Order, check_decision_ids, late, ordered
from schemas.rules.findings import Flag, penalty_law

REVISED: Final = date(2021, 7, 15)
"""The day from which the revised Administrative Penalty Law applies."""

_ORDERS = (
    Order("act_on", "filed_on", "FILED_BEFORE_ACT"),
    Order("act_on", "decided_on", "DECIDED_BEFORE_ACT"),
    Order("decided_on", "valid_until", "ENDS_BEFORE_DECISION"),
    Order("decided_on", "publish_until", "ENDS_BEFORE_DECISION"),
    Order("published_on", "publish_until", "ENDS_BEFORE_PUBLICATION", penalty_law(48)),
    Order("granted_on", "deferred_until", "DEFERRED_TO_THE_PAST", penalty_law(66)),
)
_SIMPLE_LIMITS = (
    (REVISED, Decimal(200), Decimal(3000)),
    (date.min, Decimal(50), Decimal(1000)),
)  # person, organisation
_ON_SPOT_LIMITS = ((REVISED, Decimal(100)), (date.min, Decimal(20)))
_SIMPLE_KINDS = frozenset({PenaltyKind.WARNING, PenaltyKind.FINE})


def check(event: Event) -> Iterator[Problem]:
    """What can not be: intervals that end before they begin, a decision under another identity than its own."""
    yield from ordered(event, "act_on", "act_ended_on")
    yield from ordered(event, "measure_on", "measure_until")
    yield from check_decision_ids(event)


def flags(event: Event) -> Iterator[Flag]:
    """What is unlawful or unlikely, and happened."""
    yield from late(event, _ORDERS)
    if isinstance(event, events.DecisionMade | events.NoPenaltyDecided):
        yield from _agency(event)
    match event:
        case events.DecisionMade():
            yield from _two_officers(event)
            yield from _penalties(event.penalties)
            yield from _simple(event)
            yield from _age(event)
            if any(one.kind == PenaltyKind.DETENTION for one in event.penalties) and (
                event.domain != EnforcementDomain.PUBLIC_SECURITY
            ):
                en, zh = "detention, but not decided by the police", "行政拘留只能由公安机关等决定"
                yield Flag("DETENTION_NOT_BY_POLICE", "penalties", penalty_law(18), en, zh)
        case events.DecisionChanged():
            yield from _penalties(event.penalties)
        case events.NoPenaltyDecided() | events.CoerciveMeasureTaken():
            yield from _two_officers(event)
        case events.EvidenceCollected() if not event.by_device:
            yield from _two_officers(event)
        case events.FinePaid() if event.on_spot:
            limit = next(limit for since, limit in _ON_SPOT_LIMITS if event.paid_on >= since)
            if event.paid_amount > limit:
                en, zh = f"more than ¥{limit} collected on the spot", f"当场收缴超过 {limit} 元"
                yield Flag("ON_SPOT_LIMIT", "paid_amount", penalty_law(68), en, zh)


def _agency(event: events.DecisionMade | events.NoPenaltyDecided) -> Iterator[Flag]:
    """A region tells of decisions of its own agencies and of those above them; a local code of elsewhere is odd."""
    code = region_code(event.agency)
    if code is not None and not governs(code, event.meta.region):
        en = "an agency registered neither in the publisher's region nor above it"
        yield Flag("AGENCY_ELSEWHERE", "agency", "GB 32100-2015", en, "决定机关的登记区划不是发布方本地或其上级")


def _two_officers(
    event: events.DecisionMade | events.NoPenaltyDecided | events.CoerciveMeasureTaken | events.EvidenceCollected,
) -> Iterator[Flag]:
    """Published files name no officers, so that they are asked of case systems alone."""
    if getattr(event, "source", None) != DecisionSource.PUBLICATION_FILE and len(set(event.handlers)) < 2:
        yield Flag("TWO_OFFICERS", "handlers", penalty_law(42), "fewer than two officers", "执法人员少于两人")


def _penalties(penalties: tuple[Penalty, ...]) -> Iterator[Flag]:
    if not penalties:
        yield Flag("NO_PENALTY_LISTED", "penalties", penalty_law(59), "a decision without any penalty", "决定未列处罚")
    for index, one in enumerate(penalties):
        if one.kind == PenaltyKind.FINE and not one.amount:
            en, zh = "a fine without an amount", "罚款没有金额"
            yield Flag("FINE_WITHOUT_AMOUNT", f"penalties[{index}].amount", penalty_law(59), en, zh)


def _simple(event: events.DecisionMade) -> Iterator[Flag]:
    if event.procedure != Procedure.SIMPLE:
        return
    article = penalty_law(51)
    person, organisation = next((p, o) for since, p, o in _SIMPLE_LIMITS if event.decided_on >= since)
    limit = person if event.party.kind == PartyKind.NATURAL_PERSON else organisation
    for index, one in enumerate(event.penalties):
        if one.kind not in _SIMPLE_KINDS:
            en, zh = "simple procedure allows warnings and fines only", "简易程序只能给予警告或罚款"
            yield Flag("SIMPLE_PROCEDURE_KIND", f"penalties[{index}].kind", article, en, zh)
    fined = sum((one.amount for one in event.penalties if one.kind == PenaltyKind.FINE and one.amount), Decimal(0))
    if fined > limit:
        en, zh = f"more than ¥{limit} by simple procedure", f"简易程序罚款超过 {limit} 元"
        yield Flag("SIMPLE_PROCEDURE_LIMIT", "penalties", article, en, zh)


def _age(event: events.DecisionMade) -> Iterator[Flag]:
    match event.party.age_group:
        case AgeGroup.UNDER_14:
            yield Flag(
                "UNDER_14_PENALISED", "party.age_group", penalty_law(30), "a penalty below 14", "未满十四周岁不予处罚"
            )
        case AgeGroup.FROM_14_TO_17 if not event.mitigated:
            en, zh = "a penalty at 14 to 17, not marked as lighter or mitigated", "已满十四未满十八周岁应从轻或减轻"
            yield Flag("MINOR_NOT_MITIGATED", "mitigated", penalty_law(30), en, zh)
