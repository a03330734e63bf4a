"""Disputes at the mediation centres: sessions, agreements, confirmations, repeats; some held jointly."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from producers.simulator.parties import Population
from producers.simulator.told import Fact, Teller, at_work
from producers.simulator.world import Dispute, Registered, World

KINDS = ("NEIGHBOUR", "LABOUR", "CONSUMER", "CONTRACT", "PROPERTY_MANAGEMENT", "TRAFFIC_ACCIDENT")
BASIS = ("cn/law/renmintiaojiefa@2010",)


@dataclass
class DisputeWriter:
    """Tells what one mediation centre says of one dispute."""

    world: World
    teller: Teller
    rng: random.Random
    population: Population
    publisher: str
    region: str
    neighbours: tuple[str, ...]

    def say(
        self, event_type: str, stream: str, day: date, payload: dict[str, Any], **more: Any
    ) -> tuple[str, datetime]:
        """Tell of something that happened on `day`; paper-first towns enter it days later."""
        happened = at_work(day, self.rng)
        late = 0 if self.rng.random() < 0.8 else self.rng.randint(1, 25)
        recorded = happened + timedelta(days=late, minutes=self.rng.randrange(1, 300))
        event_id = self.teller.tell(
            self.publisher, event_type, stream, happened, recorded, payload, basis=BASIS, **more
        )
        return event_id, recorded

    def dated(self, event_type: str, stream: str, day: date, payload: dict[str, Any]) -> Fact[date]:
        """Tell of something whose content for the answer key is its day."""
        _, recorded = self.say(event_type, stream, day, payload)
        return Fact([(recorded, day)])


def write_dispute(writer: DisputeWriter, name: str, number: int, day: date) -> None:
    """One dispute from the door to its end."""
    rng, stream = writer.rng, f"dispute-{uuid5(NAMESPACE_URL, name)}"
    dispute = Dispute(stream, writer.region)
    writer.world.disputes.append(dispute)
    amount = None if rng.random() < 0.2 else Decimal(rng.randrange(200, 80000)).quantize(Decimal("0.01"))
    initial = rng.random() < 0.9
    registered = {
        "dispute_number": f"调登〔{day.year}〕{number}号",
        "dispute_kind": rng.choice(KINDS),
        "registered_on": day,
        "dispute_amount": amount,
        "dispute_place": writer.region,
        "initial": initial,
        "party_count": rng.choice((2, 2, 2, 3, 5)),
        "party": writer.population.draw(writer.region, "TRAFFIC", rng).party(),
        "other_party": writer.population.draw(writer.region, "MARKET_SUPERVISION", rng).party(),
    }
    event_id, recorded = writer.say("DisputeRegistered", stream, day, registered)
    dispute.registered.versions.append((recorded, Registered(initial, amount)))
    if amount and rng.random() < 0.03:
        mended = amount + 1000
        _, again = writer.say(
            "DisputeRegistered",
            stream,
            day + timedelta(days=20),
            {**registered, "dispute_amount": mended},
            corrects=(event_id, 2),
        )
        dispute.registered.versions.append((again, Registered(initial, mended)))
    accepted = day + timedelta(days=rng.randint(0, 5))
    writer.say("DisputeAccepted", stream, accepted, {"accepted_on": accepted})
    _mediate(writer, dispute, accepted)


def _mediate(writer: DisputeWriter, dispute: Dispute, accepted: date) -> None:
    rng, stream, held = writer.rng, dispute.stream, accepted
    joint = (rng.choice(writer.neighbours),) if rng.random() < 0.08 else ()
    for number in range(1, rng.choice((1, 1, 2, 3)) + 1):
        held += timedelta(days=rng.randint(2, 12))
        payload = {"held_on": held, "session_number": number, "joint_regions": list(joint), "online": bool(joint)}
        _, recorded = writer.say("MediationSessionHeld", stream, held, payload)
        dispute.sessions.append(Fact([(recorded, (held, joint))]))
    if rng.random() < 0.07:
        return
    if rng.random() < 0.12:
        failed = held + timedelta(days=1)
        dispute.failed = writer.dated(
            "MediationFailed",
            stream,
            failed,
            {"failed_on": failed, "failure_reason": rng.choice(("NOT_AGREED", "PARTY_ABSENT"))},
        )
        if rng.random() < 0.8:
            _close(writer, dispute, failed + timedelta(days=2), "NO_AGREEMENT")
            return
        held = failed + timedelta(days=rng.randint(5, 30))
    dispute.agreed = writer.dated("MediationAgreed", stream, held, {"agreed_on": held, "written": rng.random() < 0.9})
    if rng.random() < 0.3:
        confirmed = held + timedelta(days=rng.randint(5, 30))
        dispute.confirmed = writer.dated(
            "JudiciallyConfirmed",
            stream,
            confirmed,
            {"confirmed_on": confirmed, "court_code": f"{writer.region}-court"},
        )
    _close(writer, dispute, held + timedelta(days=rng.randint(1, 20)), "AGREEMENT")


def _close(writer: DisputeWriter, dispute: Dispute, day: date, kind: str) -> None:
    dispute.closed = writer.dated("DisputeClosed", dispute.stream, day, {"closed_on": day, "close_kind": kind})
    if writer.rng.random() < 0.03:
        again = day + timedelta(days=writer.rng.randint(5, 60))
        dispute.repeated = writer.dated("DisputeRepeated", dispute.stream, again, {"repeated_on": again})
