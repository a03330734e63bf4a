"""Rules of disputes, reconsideration and litigation that Avro can not say."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.errors import Problem
from schemas.identifiers import uscc
from schemas.models import Event
from schemas.models.generated import dispute as events
from schemas.rules.common import check_decision_ids, problem
from schemas.rules.findings import Flag


def check(event: Event) -> Iterator[Problem]:
    """What can not be: a dispute that repeats itself, a session or an instance number zero."""
    yield from check_decision_ids(event)
    match event:
        case events.DisputeRegistered() if event.repeats_stream == event.meta.stream_id:
            yield problem("repeats_stream", "its own stream", "another stream, or null", "不得为自身")
        case events.MediationSessionHeld() if event.session_number < 1:
            yield problem("session_number", str(event.session_number), "a number from 1", "应从 1 起")
        case events.LitigationJudged() if not 1 <= event.instance <= 3:
            yield problem("instance", str(event.instance), "1, 2, or 3 for a retrial", "应为 1、2，再审为 3")


def flags(event: Event) -> Iterator[Flag]:
    """What is unlikely, and happened."""
    match event:
        case events.DisputeRegistered():
            yield from _registered(event)
        case events.DisputeReferred() if event.from_region == event.to_region:
            yield Flag("SAME_REGION", "to_region", "", "sent to the region that sends", "移出与接收区划相同")
        case events.ReconsiderationFiled() | events.LitigationFiled():
            if not uscc.is_government(event.respondent_agency):
                en, zh = "the respondent is not registered as a government body", "被申请人代码不是机关代码"
                yield Flag("RESPONDENT_NOT_GOVERNMENT", "respondent_agency", "GB 32100-2015", en, zh)


def _registered(event: events.DisputeRegistered) -> Iterator[Flag]:
    if event.initial and event.repeats_stream is not None:
        en, zh = "an initial item that repeats another", "初次事项却注明重复"
        yield Flag("INITIAL_REPEATS", "repeats_stream", "", en, zh)
    party, other = event.party, event.other_party
    same_code = party.uscc is not None and party.uscc == other.uscc
    if same_code or (party.token is not None and party.token == other.token):
        yield Flag("SAME_PARTY", "other_party", "", "both sides are the same party", "申请人与被申请人相同")
