"""The decision of a simulated case and what follows it: service, payment, publication, second thoughts, remedies."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from producers.simulator.casework import LAW, LEVEL, SEVERITIES, SHORT, Act, CaseWriter, item_fields
from producers.simulator.parties import Business
from producers.simulator.told import Fact
from producers.simulator.world import Decision, DecisionWord
from schemas.identifiers.citizen_id import age_on
from schemas.identifiers.documents import decision_id as make_decision_id


def decide(writer: CaseWriter, act: Act, decided_on: date, number: int, *, ordinary: bool) -> None:
    """Decide the case: a penalty or none, with everything that follows."""
    rng, case = writer.rng, writer.case
    document = f"{SHORT.get(writer.region, '综执')}罚决字〔{decided_on.year}〕{number}号"
    identity = make_decision_id(writer.agency, document)
    child = not isinstance(act.party, Business) and age_on(act.party.birth, act.on) < 14
    common: dict[str, Any] = {
        "decision_id": identity,
        "agency": writer.agency,
        "document_number": document,
        "source": "CASE_SYSTEM",
        "decided_on": decided_on,
        "procedure": "ORDINARY" if ordinary else "SIMPLE",
        **item_fields(act),
        "act_id": act.act_id,
        "act_place": writer.region,
        "act_on": act.on,
        "severity": act.severity,
        "handlers": writer.officers,
        "party": act.party.party(),
    }
    if child or (ordinary and act.severity == "MINOR" and rng.random() < 0.5):
        ground = "UNDER_14" if child else "FIRST_MINOR_CORRECTED"
        case.decided.append(
            writer.dated(
                "NoPenaltyDecided", decided_on, {**common, "no_penalty_ground": ground}, basis=(f"{LAW}#art33",)
            )
        )
        close(writer, decided_on + timedelta(days=3), "NO_PENALTY")
        return
    penalties = _penalties(writer, act, ordinary=ordinary)
    event_id, recorded = writer.say(
        "DecisionMade", decided_on, {**common, "penalties": _listed(penalties)}, basis=(f"{LAW}#art59",)
    )
    fingerprint = act.act_id or f"{act.item.code}|{writer.region}|{act.on}"
    word = DecisionWord("CASE_SYSTEM", decided_on, penalties, act.party.key, act.item.code, act.severity, fingerprint)
    fact = Fact([(recorded, word)])
    case.decided.append(Fact([(recorded, decided_on)]))
    decision = writer.world.decision(identity, writer.region)
    decision.named = writer.dissemination == "FULL"
    decision.words.append(fact)
    _second_thoughts(writer, common, word, fact, event_id, case.decided[-1])
    _after(writer, decision, word, decided_on)


def _penalties(writer: CaseWriter, act: Act, *, ordinary: bool) -> tuple[tuple[str, Decimal | None], ...]:
    rng = writer.rng
    if rng.random() < 0.11:
        return (("WARNING", None),)
    factor = Decimal(str(dict(SEVERITIES)[act.severity])) * LEVEL.get(writer.region, Decimal(1))
    spread = Decimal(rng.randint(80, 125)) / 100
    fine = (Decimal(act.item.base) * factor * spread / 10).quantize(Decimal(1)) * 10
    listed: list[tuple[str, Decimal | None]] = [("FINE", max(fine, Decimal(20)).quantize(Decimal("0.01")))]
    if ordinary and rng.random() < 0.12:
        listed.append(("CONFISCATE_GAIN", (fine * Decimal("0.3")).quantize(Decimal("0.01"))))
    if act.item.licence and act.severity == "ESPECIALLY_SERIOUS":
        listed.append(("REVOKE_LICENCE", None))
    return tuple(listed)


def _listed(penalties: tuple[tuple[str, Decimal | None], ...]) -> list[dict[str, Any]]:
    return [{"kind": kind, "amount": amount, "detail": None} for kind, amount in penalties]


def _second_thoughts(
    writer: CaseWriter,
    common: dict[str, Any],
    word: DecisionWord,
    fact: Fact[DecisionWord],
    event_id: str,
    decided: Fact[date],
) -> None:
    """A typing error found later: the same fact, the next revision; now and then the fact is taken back altogether."""
    rng = writer.rng
    chance = rng.random()
    if chance > 0.02:
        return
    later = word.decided_on + timedelta(days=rng.randint(5, 70))
    if chance < 0.003:
        _, recorded = writer.say(
            "DecisionMade",
            later,
            {**common, "penalties": _listed(word.penalties)},
            corrects=(event_id, 2),
            retracted=True,
        )
        fact.versions.append((recorded, None))
        decided.versions.append((recorded, None))
        return
    kind, amount = word.penalties[0]
    mended = ((kind, amount * 2 if amount else None), *word.penalties[1:])
    _, recorded = writer.say("DecisionMade", later, {**common, "penalties": _listed(mended)}, corrects=(event_id, 2))
    fact.versions.append(
        (recorded, DecisionWord(word.source, word.decided_on, mended, word.party, word.item, word.severity, word.act))
    )
    decided.versions.append((recorded, word.decided_on))


def _after(writer: CaseWriter, decision: Decision, word: DecisionWord, decided_on: date) -> None:
    """Service, payment, publication, and what a remedy may change."""
    rng, identity = writer.rng, decision.decision_id
    served = decided_on + timedelta(days=0 if rng.random() < 0.6 else rng.randint(1, 9))
    writer.say(
        "DecisionServed",
        served,
        {"decision_id": identity, "served_on": served, "service_method": rng.choice(("HAND", "ELECTRONIC", "POST"))},
        basis=(f"{LAW}#art61",),
    )
    if rng.random() < 0.25:
        shown = decided_on + timedelta(days=rng.randint(1, 12))
        writer.say(
            "DecisionPublished",
            shown,
            {"decision_id": identity, "published_on": shown, "channel": "CREDIT_SITE"},
            basis=(f"{LAW}#art48",),
        )
    fine = next((amount for kind, amount in word.penalties if kind == "FINE"), None)
    if fine and rng.random() < 0.006:
        changed = served + timedelta(days=rng.randint(20, 60))
        lower = (("FINE", (fine / 2).quantize(Decimal("0.01"))),)
        _, recorded = writer.say(
            "DecisionChanged",
            changed,
            {
                "decision_id": identity,
                "changed_on": changed,
                "change_ground": "RECONSIDERATION",
                "penalties": _listed(lower),
            },
        )
        decision.changes.append(Fact([(recorded, (changed, lower))]))
    elif rng.random() < 0.006:
        revoked = served + timedelta(days=rng.randint(20, 90))
        decision.revocations.append(
            writer.dated(
                "DecisionRevoked",
                revoked,
                {
                    "decision_id": identity,
                    "revoked_on": revoked,
                    "change_ground": rng.choice(("SELF_CORRECTION", "RECONSIDERATION", "LITIGATION")),
                },
            )
        )
    if fine and rng.random() < 0.93:
        paid = served + timedelta(days=rng.randint(0, 15) if rng.random() < 0.95 else rng.randint(16, 40))
        writer.say(
            "FinePaid",
            paid,
            {"decision_id": identity, "paid_on": paid, "paid_amount": fine, "on_spot": False},
            basis=(f"{LAW}#art67",),
        )
        close(writer, paid + timedelta(days=rng.randint(0, 5)), "PERFORMED")
    elif not fine:
        close(writer, served + timedelta(days=2), "PERFORMED")


def close(writer: CaseWriter, day: date, kind: str) -> None:
    """Close the case; now and then it is opened again."""
    case, rng = writer.case, writer.rng
    case.closed.append(writer.dated("CaseClosed", day, {"closed_on": day, "closing_kind": kind}))
    if rng.random() < 0.002:
        again = day + timedelta(days=rng.randint(5, 40))
        case.reopened.append(writer.dated("CaseReopened", again, {"reopened_on": again, "reason": "发现新证据"}))
