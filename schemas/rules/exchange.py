"""Rules of what regions ask of each other and send each other, that Avro can not say."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.errors import Problem
from schemas.models import Event
from schemas.models.generated import exchange as events
from schemas.models.generated.shared import Assessment, ExchangeForm
from schemas.rules.common import Order, check_decision_ids, late, problem
from schemas.rules.findings import Flag, penalty_law

_ORDERS = (
    Order("sent_on", "reply_by", "REPLY_BEFORE_SENDING"),
    Order("supplement_asked_on", "reply_by", "REPLY_BEFORE_SENDING"),
)
_SENDERS = (
    events.ReferralDrafted,
    events.ReferralSent,
    events.EvidenceOffered,
    events.PublicationPushed,
    events.InformalContactMade,
)


def check(event: Event) -> Iterator[Problem]:
    """What can not be: a split into nothing, a referral merged into itself, decisions under another identity."""
    yield from check_decision_ids(event)
    match event:
        case events.ReferralSplit() if len(set(event.into_streams)) < 2:
            en, zh = "at least two different streams", "应拆分为至少两个不同的事项"
            yield problem("into_streams", f"a list of {len(event.into_streams)}", en, zh)
        case events.ReferralMerged() if event.into_stream == event.meta.stream_id:
            yield problem("into_stream", "its own stream", "another stream", "不得并入自身")
        case events.InformalContactUpgraded() if event.formal_stream == event.meta.stream_id:
            yield problem("formal_stream", "its own stream", "another stream", "应为另一事项")
        case events.JointActionPlanned() if not event.member_regions:
            yield problem("member_regions", "a list of 0", "at least one region", "至少应有一个参加区划")


def flags(event: Event) -> Iterator[Flag]:
    """What is unlikely or against the procedure, and happened."""
    yield from late(event, _ORDERS)
    if isinstance(event, _SENDERS):
        if event.from_region == event.to_region:
            yield Flag("SAME_REGION", "to_region", "", "sent to the region that sends", "移出与接收区划相同")
        if event.from_region != event.meta.region:
            en, zh = "published by another region than the sending one", "发布系统不属于发出区划"
            yield Flag("SENDER_NOT_PUBLISHER", "from_region", "", en, zh)
    match event:
        case events.ReferralSent():
            yield from _sent(event)
        case events.EvidenceAssessed() if event.assessment != Assessment.ADMITTED and event.evidence_ground is None:
            yield Flag(
                "NO_GROUND", "evidence_ground", "", "evidence not admitted without a ground", "不采纳证据未说明理由"
            )
        case events.JurisdictionDisputeRaised() if len(set(event.claiming_regions)) < 2:
            en, zh = "a dispute of fewer than two regions", "主张管辖的区划少于两个"
            yield Flag("ONE_CLAIMANT", "claiming_regions", penalty_law(25), en, zh)
        case events.JointActionPlanned() if event.lead_region not in event.member_regions:
            yield Flag("LEAD_NOT_MEMBER", "lead_region", "", "the lead region takes no part", "牵头区划不在参加区划中")


def _sent(event: events.ReferralSent) -> Iterator[Flag]:
    if event.exchange_form == ExchangeForm.GOODS and not event.goods_items:
        yield Flag("NO_GOODS", "goods_items", "", "goods handed over without a list", "移交物品没有清单")
    if event.exchange_form == ExchangeForm.EVIDENCE and not event.evidence_items:
        yield Flag("NO_EVIDENCE", "evidence_items", "", "evidence sent without a list", "移送证据没有清单")
    if event.officer_count is not None and event.officer_count < 2:
        yield Flag("TWO_OFFICERS", "officer_count", penalty_law(42), "fewer than two officers", "执法人员少于两人")
