"""The lives of penalty cases up to the decision: in time or late, written down at once or weeks after."""

from __future__ import annotations

from datetime import date, timedelta

from producers.simulator.casework import LAW, SEVERITIES, SHORT, Act, CaseWriter, item_fields
from producers.simulator.decide import decide
from producers.simulator.parties import Business
from producers.simulator.told import Fact
from producers.simulator.world import Case


def write_case(writer: CaseWriter, act: Act, number: int, region_name: str) -> None:
    """The whole life of one case."""
    rng, item = writer.rng, act.item
    ordinary = item.base * dict(SEVERITIES)[act.severity] > (3000 if isinstance(act.party, Business) else 200)
    filed_on = act.on + timedelta(days=0 if not ordinary else rng.randint(0, 12))
    writer.case = Case(writer.stream, writer.region, writer.agency, ordinary)
    writer.world.cases.append(writer.case)
    if ordinary and rng.random() < 0.5:
        writer.say(
            "ClueReceived",
            act.on,
            {
                **item_fields(act),
                "clue_source": rng.choice(("INSPECTION", "COMPLAINT", "MONITORING_DEVICE")),
                "act_on": act.on,
                "party": act.party.party(),
                "act_place": writer.region,
            },
        )
    filed = {
        **item_fields(act),
        "case_number": f"{SHORT.get(writer.region, '综执')}立〔{filed_on.year}〕{number}号",
        "procedure": "ORDINARY" if ordinary else "SIMPLE",
        "act_id": act.act_id,
        "act_place": writer.region,
        "act_on": act.on,
        "filed_on": filed_on,
        "severity": act.severity,
        "handlers": writer.officers,
        "party": act.party.party(),
    }
    writer.case.filed = writer.dated(
        "CaseFiled", filed_on, filed, basis=(f"{LAW}#art54" if ordinary else f"{LAW}#art51",)
    )
    decided_on = _ordinary_steps(writer, act, filed_on) if ordinary else filed_on
    if decided_on is not None:
        decide(writer, act, decided_on, number, ordinary=ordinary)


def _ordinary_steps(writer: CaseWriter, act: Act, filed_on: date) -> date | None:
    """Investigation up to the eve of the decision; None when the case never gets that far."""
    rng, case = writer.rng, writer.case
    writer.say(
        "EvidenceCollected",
        filed_on + timedelta(days=1),
        {
            "evidence_kind": rng.choice(("DOCUMENTARY", "ELECTRONIC", "INSPECTION_RECORD")),
            "collected_on": filed_on + timedelta(days=1),
            "handlers": writer.officers,
        },
        basis=(f"{LAW}#art46",),
    )
    if rng.random() < 0.01:
        day = filed_on + timedelta(days=rng.randint(5, 30))
        case.withdrawn.append(writer.dated("CaseWithdrawn", day, {"case_withdrawn_on": day}))
        return None
    length = rng.randint(15, 60) if rng.random() < 0.8 else rng.randint(60, 120)
    day = filed_on + timedelta(days=length)
    if rng.random() < 0.12:
        day += timedelta(days=_pauses(writer, filed_on, length))
    if length > 80 and rng.random() < 0.6:
        granted, extra = filed_on + timedelta(days=75), rng.choice((15, 30))
        _, recorded = writer.say(
            "DeadlineExtended",
            granted,
            {"granted_on": granted, "extension_days": extra, "reason": "案情复杂"},
            basis=(f"{LAW}#art60",),
        )
        case.extensions.append(Fact([(recorded, (granted, extra))]))
    if rng.random() < 0.015:
        sent = day - timedelta(days=10)
        case.to_police.append(writer.dated("TransferredToPolice", sent, {"transferred_on": sent}))
        answered = sent + timedelta(days=3)
        writer.say(
            "PoliceAnswered", answered, {"answered_on": answered, "police_answer": rng.choice(("FILED", "DECLINED"))}
        )
        return None
    notice = day - timedelta(days=8)
    writer.say(
        "InvestigationClosed",
        day - timedelta(days=10),
        {
            "investigation_closed_on": day - timedelta(days=10),
            "investigation_outcome": "PENALISE",
            "severity": act.severity,
        },
        basis=(f"{LAW}#art57",),
    )
    if rng.random() > 0.01:
        writer.say(
            "PriorNoticeGiven",
            notice,
            {"notice_on": notice, "hearing_right": act.item.base >= 50000},
            basis=(f"{LAW}#art44",),
        )
    writer.say(
        "StatementHeard",
        notice + timedelta(days=3),
        {"heard_on": notice + timedelta(days=3), "waived": rng.random() < 0.8},
        basis=(f"{LAW}#art45",),
    )
    if act.item.base >= 50000:
        writer.say("HearingOffered", notice, {"offered_on": notice}, basis=(f"{LAW}#art63",))
        review = day - timedelta(days=2)
        writer.say(
            "LegalReviewed",
            review,
            {
                "review_on": review,
                "review_mandatory": True,
                "review_result": rng.choice(("PASSED", "PASSED", "PASSED", "PASSED_AFTER_CHANGE")),
            },
            basis=(f"{LAW}#art58",),
        )
        writer.say(
            "DeliberationHeld",
            day - timedelta(days=1),
            {"deliberated_on": day - timedelta(days=1), "participants": rng.randint(3, 7)},
            basis=(f"{LAW}#art57.2",),
        )
    return day


def _pauses(writer: CaseWriter, filed_on: date, length: int) -> int:
    """One or two pauses of the clock; returns the days they add. Some overlap, some are never resumed."""
    rng, added = writer.rng, 0
    for _ in range(rng.choice((1, 1, 2))):
        begin = filed_on + timedelta(days=rng.randint(3, max(4, length - 12)))
        writer.case.pauses.append(
            writer.dated(
                "ClockPaused", begin, {"paused_on": begin, "pause_reason": rng.choice(("LABORATORY", "ANNOUNCEMENT"))}
            )
        )
        span = rng.randint(5, 25)
        if rng.random() < 0.95:
            end = begin + timedelta(days=span)
            writer.case.resumes.append(writer.dated("ClockResumed", end, {"resumed_on": end}))
        added += span
    return added
