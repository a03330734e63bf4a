"""The inner world that the answer key reads: objects and facts, never events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from producers.simulator.told import Event, Fact


@dataclass(frozen=True)
class DecisionWord:
    """What one source says of one decision."""

    source: str
    decided_on: date
    penalties: tuple[tuple[str, Decimal | None], ...]
    party: str | None
    item: str | None
    severity: str | None
    act: str | None


@dataclass
class Decision:
    """One decision, whoever tells of it: agency and document number make it one.

    Attributes:
        named: whether its region lets others see whom it is about.
    """

    decision_id: str
    region: str
    words: list[Fact[DecisionWord]] = field(default_factory=list)
    changes: list[Fact[tuple[date, tuple[tuple[str, Decimal | None], ...]]]] = field(default_factory=list)
    revocations: list[Fact[date]] = field(default_factory=list)
    named: bool = True


@dataclass
class Case:
    """One case of a case system, as far as the ninety-day clock needs it."""

    stream: str
    region: str
    agency: str
    ordinary: bool
    filed: Fact[date] = field(default_factory=Fact)
    pauses: list[Fact[date]] = field(default_factory=list)
    resumes: list[Fact[date]] = field(default_factory=list)
    extensions: list[Fact[tuple[date, int]]] = field(default_factory=list)
    decided: list[Fact[date]] = field(default_factory=list)
    to_police: list[Fact[date]] = field(default_factory=list)
    closed: list[Fact[date]] = field(default_factory=list)
    reopened: list[Fact[date]] = field(default_factory=list)
    withdrawn: list[Fact[date]] = field(default_factory=list)


@dataclass(frozen=True)
class Sent:
    """What the sender says when a referral goes out."""

    form: str
    domain: str
    urgency: str
    from_region: str
    to_region: str
    sent_on: date
    reply_by: date | None


@dataclass
class Referral:
    """One referral between two regions."""

    stream: str
    sent: Fact[Sent] = field(default_factory=Fact)
    acknowledged: Fact[date] = field(default_factory=Fact)
    accepted: Fact[date] = field(default_factory=Fact)
    refused: Fact[tuple[date, str]] = field(default_factory=Fact)
    filed: Fact[date] = field(default_factory=Fact)
    withdrawn: Fact[date] = field(default_factory=Fact)


@dataclass(frozen=True)
class Registered:
    """What was registered of a dispute."""

    initial: bool
    amount: Decimal | None


@dataclass
class Dispute:
    """One dispute that a mediation centre took in."""

    stream: str
    region: str
    registered: Fact[Registered] = field(default_factory=Fact)
    sessions: list[Fact[tuple[date, tuple[str, ...]]]] = field(default_factory=list)
    agreed: Fact[date] = field(default_factory=Fact)
    failed: Fact[date] = field(default_factory=Fact)
    confirmed: Fact[date] = field(default_factory=Fact)
    closed: Fact[date] = field(default_factory=Fact)
    repeated: Fact[date] = field(default_factory=Fact)


@dataclass(frozen=True)
class PublishedRow:
    """One row of a 双公示 file: the cells as a district would fill them in."""

    region: str
    decision_id: str
    cells: dict[str, object]
    word: DecisionWord


@dataclass
class World:
    """Everything that happened in the simulated zone and what was told of it, by month of telling."""

    seed: int
    months: tuple[str, ...]
    cases_wanted: int
    end: datetime
    cases: list[Case] = field(default_factory=list)
    decisions: dict[str, Decision] = field(default_factory=dict)
    referrals: list[Referral] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    published_rows: list[PublishedRow] = field(default_factory=list)
    events: list[tuple[datetime, str, Event]] = field(default_factory=list)

    def decision(self, decision_id: str, region: str) -> Decision:
        """The decision of that identity, begun when nobody spoke of it before."""
        return self.decisions.setdefault(decision_id, Decision(decision_id, region))
