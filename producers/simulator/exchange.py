"""Referrals between regions: sent, lost, repeated, accepted, refused, answered late, and how they began."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from producers.simulator.casework import Item, items
from producers.simulator.parties import Population
from producers.simulator.told import Fact, Teller, at_work
from producers.simulator.world import Referral, Sent, World

BASIS = ("cn/shanghai/shifanqutiaoli@2024#art57",)
FORMS = ("CLUE", "CLUE", "CASE_FILE", "ASSISTANCE", "ASSISTANCE", "EVIDENCE", "SERVICE")
REFUSALS = ("NOT_COMPETENT", "INSUFFICIENT_EVIDENCE", "ALREADY_HANDLED", "DUPLICATE", "PARTY_NOT_FOUND")


@dataclass
class ExchangeWriter:
    """Tells what the two sides of one referral say, each in its own region."""

    world: World
    teller: Teller
    rng: random.Random
    population: Population
    offices: dict[str, str]

    def say(
        self, region: str, event_type: str, stream: str, day: date, payload: dict[str, Any], **more: Any
    ) -> tuple[str, datetime]:
        """Tell of something that the office of `region` did on `day`, written down the same day or some days later."""
        happened = at_work(day, self.rng)
        late = 0 if self.rng.random() < 0.85 else self.rng.randint(1, 14)
        recorded = happened + timedelta(days=late, minutes=self.rng.randrange(1, 200))
        event_id = self.teller.tell(self.offices[region], event_type, stream, happened, recorded, payload, **more)
        return event_id, recorded

    def dated(
        self, region: str, event_type: str, stream: str, day: date, payload: dict[str, Any], **more: Any
    ) -> Fact[date]:
        """Tell of something whose content for the answer key is its day."""
        _, recorded = self.say(region, event_type, stream, day, payload, **more)
        return Fact([(recorded, day)])


def write_referral(
    writer: ExchangeWriter, name: str, pair: tuple[str, str], sent_on: date, *, again: bool = True
) -> None:
    """One referral from first contact to outcome; sometimes it gets lost and is sent once more as a new one."""
    rng, stream = writer.rng, f"referral-{uuid5(NAMESPACE_URL, name)}"
    correlation = {"correlation": str(uuid5(NAMESPACE_URL, stream))}
    sender, receiver = pair
    item: Item = rng.choice([item for item in items() if item.domain != "TRAFFIC"])
    referral = Referral(stream)
    writer.world.referrals.append(referral)
    informal = None
    if rng.random() < 0.25:
        informal = f"contact-{uuid5(NAMESPACE_URL, stream)}"
        day = sent_on - timedelta(days=rng.randint(0, 3))
        writer.say(
            sender,
            "InformalContactMade",
            informal,
            day,
            {
                "from_region": sender,
                "to_region": receiver,
                "contact_on": day,
                "channel": "电话",
                "subject": item.name,
                "domain": item.domain,
            },
            **correlation,
        )
        writer.say(
            sender,
            "InformalContactUpgraded",
            informal,
            sent_on,
            {"formal_stream": stream, "upgraded_on": sent_on},
            **correlation,
        )
    urgency = rng.choice(("NORMAL", "NORMAL", "NORMAL", "SERIOUS", "URGENT"))
    sent = Sent(
        rng.choice(FORMS),
        item.domain,
        urgency,
        sender,
        receiver,
        sent_on,
        None if rng.random() < 0.1 else sent_on + timedelta(days=rng.choice((10, 15, 20))),
    )
    _, recorded = writer.say(
        sender, "ReferralSent", stream, sent_on, _sent(writer, sent, item, informal), basis=BASIS, **correlation
    )
    referral.sent.versions.append((recorded, sent))
    if rng.random() < 0.04:
        if again:
            write_referral(writer, f"{name}/again", pair, sent_on + timedelta(days=rng.randint(15, 30)), again=False)
        return
    if rng.random() < 0.02:
        day = sent_on + timedelta(days=rng.randint(1, 9))
        referral.withdrawn = writer.dated(
            sender, "ReferralWithdrawn", stream, day, {"withdrawn_on": day, "reason": "重复移送"}, **correlation
        )
        return
    _receive(writer, referral, sent, item, correlation)


def _sent(writer: ExchangeWriter, sent: Sent, item: Item, informal: str | None) -> dict[str, Any]:
    rng = writer.rng
    evidence = [
        {
            "item_id": f"E{number}",
            "evidence_kind": "DOCUMENTARY",
            "sha256": hashlib.sha256(rng.randbytes(8)).hexdigest(),
            "holder": "执法大队",
            "other_text": None,
        }
        for number in range(1, rng.randint(1, 4))
    ]
    goods = (
        [{"item_id": "G1", "description": "涉案物品", "quantity": "2.00", "custody": "罚没仓库"}]
        if sent.form == "CASE_FILE"
        else []
    )
    return {
        "exchange_form": sent.form,
        "from_region": sent.from_region,
        "to_region": sent.to_region,
        "from_unit": "执法协作办",
        "to_unit": "执法协作办",
        "domain": sent.domain,
        "item_code": item.code,
        "urgency": sent.urgency,
        "act_place": sent.to_region,
        "requested_action": "请依法办理并反馈结果",
        "reply_by": sent.reply_by,
        "sent_on": sent.sent_on,
        "evidence_items": evidence,
        "goods_items": goods,
        "officer_count": 2,
        "upgraded_from": informal,
        "party": writer.population.draw(sent.to_region, sent.domain, rng).party(),
    }


def _receive(writer: ExchangeWriter, referral: Referral, sent: Sent, item: Item, more: dict[str, str]) -> None:
    rng, stream, receiver = writer.rng, referral.stream, sent.to_region
    slow = rng.random() < (0.35 if receiver == "320509" else 0.2)
    day = sent.sent_on + timedelta(days=rng.randint(4, 16) if slow else rng.randint(0, 3))
    referral.acknowledged = writer.dated(
        receiver, "ReferralAcknowledged", stream, day, {"acknowledged_on": day}, **more
    )
    if rng.random() < 0.06:
        return
    answer = day + timedelta(days=rng.randint(1, 12))
    if rng.random() < 0.08:
        asked = day + timedelta(days=1)
        writer.say(
            receiver,
            "SupplementAsked",
            stream,
            asked,
            {"supplement_asked_on": asked, "supplement": "补充现场照片"},
            **more,
        )
        resent = asked + timedelta(days=3)
        writer.say(
            sent.from_region, "ReferralResent", stream, resent, {"resent_on": resent, "evidence_items": []}, **more
        )
        answer = resent + timedelta(days=rng.randint(1, 5))
    if rng.random() < 0.14:
        reason = rng.choice(REFUSALS)
        _, recorded = writer.say(
            receiver, "ReferralRefused", stream, answer, {"refused_on": answer, "refusal_reason": reason}, **more
        )
        referral.refused.versions.append((recorded, (answer, reason)))
        return
    referral.accepted = writer.dated(
        receiver, "ReferralAccepted", stream, answer, {"accepted_on": answer}, basis=BASIS, **more
    )
    later = answer + timedelta(days=rng.randint(3, 50))
    if sent.form == "ASSISTANCE":
        writer.say(
            receiver,
            "AssistanceAnswered",
            stream,
            later,
            {"answered_on": later, "answer_result": rng.choice(("FULL", "PARTIAL"))},
            **more,
        )
        outcome = "ANSWERED"
    elif rng.random() < 0.7:
        filed = {"filed_on": later, "receiver_case_stream": f"case-{uuid5(NAMESPACE_URL, stream)}"}
        referral.filed = writer.dated(receiver, "ReferralCaseFiled", stream, later, filed, **more)
        outcome = "PENALISED"
    else:
        writer.say(
            receiver,
            "ReferralNoCase",
            stream,
            later,
            {"no_case_on": later, "no_case_reason": "INSUFFICIENT_EVIDENCE"},
            **more,
        )
        outcome = "NO_CASE"
    if rng.random() < 0.8:
        told = later + timedelta(days=rng.randint(5, 40))
        writer.say(receiver, "OutcomeReported", stream, told, {"reported_on": told, "outcome": outcome}, **more)
        writer.say(
            sent.from_region,
            "ReferralClosed",
            stream,
            told + timedelta(days=1),
            {"closed_on": told + timedelta(days=1)},
            **more,
        )


def write_joint_action(writer: ExchangeWriter, name: str, lead: str, members: tuple[str, ...], day: date) -> None:
    """One joint inspection: planned, held, reviewed; some objects fail it."""
    stream, rng = f"joint-{uuid5(NAMESPACE_URL, name)}", writer.rng
    planned = day - timedelta(days=7)
    writer.say(
        lead,
        "JointActionPlanned",
        stream,
        planned,
        {"lead_region": lead, "member_regions": list(members), "scene": "建筑垃圾跨界运输", "planned_on": planned},
        basis=BASIS,
    )
    writer.say(lead, "JointActionStarted", stream, day, {"started_on": day})
    for _ in range(rng.randint(4, 12)):
        party = writer.population.draw(lead, "URBAN_MANAGEMENT", rng).party()
        checked = {
            "checked_on": day,
            "check_items": rng.randint(1, 5),
            "violation_found": rng.random() < 0.26,
            "party": party,
        }
        writer.say(lead, "JointObjectChecked", stream, day, checked)
    writer.say(lead, "JointActionFinished", stream, day, {"finished_on": day})
