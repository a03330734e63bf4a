"""Questions 7, 8 and 9 from the world's own referrals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from producers.simulator.answers.shape import Answer, Calendar, quantile, rounded, working_days_after
from producers.simulator.told import Fact, add_months
from producers.simulator.world import Referral, Sent, World

PAIR = ("from_region", "to_region")


def _by(fact: Fact[date], known: datetime, as_of: date) -> date | None:
    day = fact.at(known)
    return day if day is not None and day <= as_of else None


def _sent(world: World, known: datetime, as_of: date) -> Iterator[tuple[Referral, Sent]]:
    for referral in world.referrals:
        sent = referral.sent.at(known)
        if sent is not None and sent.sent_on <= as_of and _by(referral.withdrawn, known, as_of) is None:
            yield referral, sent


def _details(sent: Sent) -> tuple[str, str, str, str, str, date]:
    return sent.form, sent.domain, sent.from_region, sent.to_region, sent.urgency, sent.sent_on


def acceptance(world: World, known: datetime, as_of: date, calendar: Calendar) -> Answer:
    """Question 7."""
    due, accepted, refused = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    reasons: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for referral, sent in _sent(world, known, as_of):
        by = sent.reply_by or sent.sent_on + timedelta(days=calendar.reply_days(*_details(sent)))
        if sent.sent_on <= add_months(as_of, -12) or by >= as_of:
            continue
        pair = sent.from_region, sent.to_region
        due[pair] += 1
        refusal = referral.refused.at(known)
        if _by(referral.accepted, known, as_of):
            accepted[pair] += 1
        elif refusal is not None and refusal[0] <= as_of:
            refused[pair] += 1
            reasons[pair][refusal[1]] += 1
    answer = Answer(accepted.total(), due.total(), PAIR)
    for pair, d in due.items():
        answer.row(
            pair,
            accepted[pair],
            d,
            refused=refused[pair],
            pending=d - accepted[pair] - refused[pair],
            refusal_reasons=dict(sorted(reasons[pair].items())),
        )
    return answer


def timeliness(world: World, known: datetime, as_of: date, calendar: Calendar) -> Answer:
    """Question 8."""
    in_time, due = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    taken: dict[tuple[str, str], list[int]] = defaultdict(list)
    for referral, sent in _sent(world, known, as_of):
        last = working_days_after(calendar, sent.sent_on, calendar.acknowledge_days(*_details(sent)))
        if sent.sent_on <= add_months(as_of, -12) or last >= as_of:
            continue
        pair = sent.from_region, sent.to_region
        due[pair] += 1
        seen = _by(referral.acknowledged, known, as_of)
        if seen is not None:
            in_time[pair] += seen <= last
            taken[pair].append((seen - sent.sent_on).days)
    answer = Answer(in_time.total(), due.total(), PAIR)
    for pair, d in due.items():
        days = taken[pair]
        answer.row(
            pair,
            in_time[pair],
            d,
            median_days=rounded(quantile(days, "0.5"), 2) if days else None,
            p90_days=rounded(quantile(days, "0.9"), 2) if days else None,
        )
    return answer


def conversion(world: World, known: datetime, as_of: date, calendar: Calendar) -> Answer:
    """Question 9."""
    del calendar
    ripe, filed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for referral, sent in _sent(world, known, as_of):
        accepted = _by(referral.accepted, known, as_of)
        if accepted is None or not add_months(as_of, -24) < accepted <= as_of - timedelta(days=90):
            continue
        pair = sent.from_region, sent.to_region
        ripe[pair] += 1
        filed[pair] += _by(referral.filed, known, as_of) is not None
    answer = Answer(filed.total(), ripe.total(), PAIR)
    for pair, d in ripe.items():
        answer.row(pair, filed[pair], d)
    return answer
