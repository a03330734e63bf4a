"""Rules of every family: what is refused, and what is accepted and flagged."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from schemas.catalogue import catalogue
from schemas.errors import InvalidEvent, InvalidInput
from schemas.identifiers import citizen_id, uscc
from schemas.identifiers.documents import decision_id
from schemas.rules import admit, check, flags
from schemas.rules.screening import holds_citizen_id, holds_mobile_number
from tests.unit.schemas.events import NOW, event, event_json, flagged, flags_of, refused

ID_NUMBER = citizen_id.make_synthetic(date(1980, 1, 1), 7)
SPACED = f"{ID_NUMBER[:6]} {ID_NUMBER[6:14]} {ID_NUMBER[14:]}"
OTHER_ID = "019cac2a-d8d3-7000-8000-00000000ffff"


def test_every_family_has_its_rules() -> None:
    for event_type in catalogue().event_types:
        assert check(event(event_type), now=NOW) == []
        assert flags(event(event_type)) == []


def test_now_needs_a_zone() -> None:
    with pytest.raises(InvalidInput, match="time zone"):
        check(event("FinePaid"), now=datetime(2026, 1, 1))  # noqa: DTZ001


REFUSED: list[tuple[str, dict[str, Any], set[str]]] = [
    ("FinePaid", {"meta__event_id": "e0ac684e-7178-40b0-8d07-32fc2b38218c"}, {"meta.event_id", "meta.fact_id"}),
    ("FinePaid", {"meta__revision": 0}, {"meta.revision"}),
    ("FinePaid", {"meta__revision": 2}, {"meta.fact_id"}),
    ("FinePaid", {"meta__fact_id": OTHER_ID}, {"meta.fact_id"}),
    ("FinePaid", {"meta__retracted": True}, {"meta.retracted"}),
    ("FinePaid", {"meta__retracted": True, "meta__revision": 2, "meta__fact_id": OTHER_ID}, set()),
    ("FinePaid", {"meta__recorded_at": NOW + timedelta(hours=25)}, {"meta.recorded_at"}),
    ("FinePaid", {"meta__recorded_at": NOW + timedelta(hours=23)}, set()),
    ("FinePaid", {"meta__occurred_at": NOW + timedelta(hours=25)}, {"meta.occurred_at"}),
    ("FinePaid", {"meta__stream_id": ""}, {"meta.stream_id"}),
    ("FinePaid", {"meta__stream_id": " a"}, {"meta.stream_id"}),
    ("FinePaid", {"meta__stream_id": "a\nb"}, {"meta.stream_id"}),
    ("FinePaid", {"meta__stream_id": "x" * 257}, {"meta.stream_id"}),
    ("FinePaid", {"meta__publisher": ""}, {"meta.publisher"}),
    ("FinePaid", {"meta__region": "33042"}, {"meta.region"}),
    ("FinePaid", {"meta__audience": ["310118", "青浦"]}, {"meta.audience[1]"}),
    ("FinePaid", {"meta__dissemination": "OTHER"}, {"meta.dissemination"}),
    ("FinePaid", {"meta__epoch": -1}, {"meta.epoch"}),
    ("FinePaid", {"paid_on": "1949-09-30"}, {"paid_on"}),
    ("FinePaid", {"paid_on": "1949-10-01"}, set()),
    ("FinePaid", {"paid_on": "2026-11-24"}, {"paid_on"}),
    ("FinePaid", {"paid_on": "2026-11-23"}, set()),
    ("FinePaid", {"paid_amount": "-0.01"}, {"paid_amount"}),
    ("FinePaid", {"paid_amount": "0"}, set()),
    ("FinePaid", {"decision_id": "11330421Y00001174K|嘉综执罚决字[2026]第018号"}, {"decision_id"}),
    ("FinePaid", {"decision_id": "嘉综执罚决字〔2026〕18号"}, {"decision_id"}),
    ("CaseFiled", {"party__uscc": citizen_id.make_synthetic(date(1990, 3, 7), 425)}, {"party.uscc"}),
    ("CaseFiled", {"act_place": "魏塘街道"}, {"act_place"}),
    ("CaseFiled", {"act_place": "330421001"}, set()),
    ("CaseFiled", {"party__uscc": uscc.make("11", "330421", 2)}, set()),
    ("FinePaid", {"meta__actor__agency": citizen_id.make_synthetic(date(1990, 3, 7), 425)}, {"meta.actor.agency"}),
    ("FinePaid", {"decision_id": "|嘉综执罚决字〔2026〕18号"}, {"decision_id"}),
    ("DecisionServed", {"service_method": "OTHER"}, {"other_text"}),
    ("DecisionServed", {"service_method": "OTHER", "other_text": "无"}, {"other_text"}),
    ("DecisionServed", {"service_method": "OTHER", "other_text": "向代理人送达"}, set()),
    ("ReferralRefused", {"refusal_reason": "OTHER", "other_text": None}, {"other_text"}),
    ("ReferralRefused", {"refusal_reason": "OTHER", "other_text": " "}, {"other_text"}),
    ("DecisionMade", {"penalties__2__detail": None}, {"penalties[2].detail"}),
    ("DecisionMade", {"party__kind": "OTHER", "party__other_text": None}, {"party.other_text"}),
    ("ReferralSent", {"evidence_items__1__other_text": ""}, {"evidence_items[1].other_text"}),
    ("DecisionMade", {"agency": uscc.make("11", "330421", 2)}, {"decision_id"}),
    ("DecisionMade", {"document_number": "嘉综执罚决字[2026]18号"}, set()),
    ("DecisionMade", {"document_number": "-", "decision_id": "x|-"}, {"document_number"}),
    ("DecisionMade", {"act_ended_on": "2026-01-11"}, {"act_ended_on"}),
    ("DecisionMade", {"act_ended_on": "2026-01-12"}, set()),
    ("CoerciveMeasureTaken", {"measure_until": "2026-01-21"}, {"measure_until"}),
    ("DecisionMade", {"party__kind": "UNKNOWN"}, {"party.name"}),
    ("DecisionMade", {"party__kind": "NATURAL_PERSON"}, {"party.name", "facts", "penalty_text"}),
    ("DecisionMade", {"party__birth_band": "1980-01-01"}, {"party.birth_band"}),
    ("DecisionMade", {"party__sealed": b"x"}, {"party.sealed_key"}),
    ("DecisionMade", {"party__sealed_key": "k"}, {"party.sealed"}),
    ("DecisionMade", {"party__token": "p1_x"}, {"party.token_version"}),
    ("DecisionMade", {"party__representative_sealed": b"x"}, {"party.representative_sealed_key"}),
    ("DisputeRegistered", {"other_party__kind": "NATURAL_PERSON", "other_party__name": "某某"}, {"other_party.name"}),
    ("DecisionMade", {"basis_text": "a\x00b"}, {"basis_text"}),
    ("DecisionMade", {"facts": f"当事人（身份证{ID_NUMBER}）"}, {"facts"}),
    ("DecisionMade", {"penalties__1__detail": SPACED}, {"penalties[1].detail"}),
    ("DecisionMade", {"meta__stream_id": f"case-{ID_NUMBER}"}, {"meta.stream_id"}),
    ("DecisionMade", {"handlers": ["o1_a", ID_NUMBER]}, {"handlers[1]"}),
    ("DecisionMade", {"item_name": "联系电话 138-0013-8000"}, {"item_name"}),
    ("ClueReceived", {"clue_number": "13800138000"}, set()),
    ("ReferralSplit", {"into_streams": ["one"]}, {"into_streams"}),
    ("ReferralMerged", {"into_stream": "jiashan-exchange-2026-2019"}, {"into_stream"}),
    ("InformalContactUpgraded", {"formal_stream": "jiashan-exchange-2026-2002"}, {"formal_stream"}),
    ("JointActionPlanned", {"member_regions": []}, {"member_regions"}),
    ("MediationSessionHeld", {"session_number": 0}, {"session_number"}),
    ("LitigationJudged", {"instance": 4}, {"instance"}),
    ("ReconsiderationFiled", {"challenged_decision_id": "x"}, {"challenged_decision_id"}),
    ("DisputeRegistered", {"repeats_stream": "jiashan-dispute-2026-3001", "initial": False}, {"repeats_stream"}),
]  # fmt: skip


@pytest.mark.parametrize(("event_type", "changes", "fields"), REFUSED, ids=[f"{n}-{c}"[:90] for n, c, _ in REFUSED])
def test_refused(event_type: str, changes: dict[str, Any], fields: set[str]) -> None:
    assert refused(event_type, **changes) == fields
    for problem in check(event(event_type, **changes), now=NOW):
        assert problem.expected_en
        assert problem.expected_zh
        assert ID_NUMBER not in str(problem)
        assert "某某" not in str(problem)


BEFORE_THE_REVISION = {"decided_on": "2021-07-14", "act_on": None, "act_ended_on": None}
PERSON = {
    "party__kind": "NATURAL_PERSON",
    "party__name": None,
    "party__uscc": None,
    "facts": None,
    "penalty_text": None,
}


def simple(amount: str | None, kind: str = "FINE") -> dict[str, Any]:
    """A decision by simple procedure with one penalty."""
    return {"procedure": "SIMPLE", "penalties": [{"kind": kind, "amount": amount}]}


def decided_by(region: str) -> dict[str, Any]:
    """A decision by an agency that is registered in `region`."""
    agency = uscc.make("11", region, 7)
    return {"agency": agency, "decision_id": decision_id(agency, event_json("DecisionMade")["document_number"])}


FLAGGED: list[tuple[str, dict[str, Any], set[str]]] = [
    ("FinePaid", {"meta__recorded_at": "2026-02-28T00:00:00Z"}, {"RECORDED_BEFORE_OCCURRED", "DAY_AFTER_RECORDING"}),
    ("FinePaid", {"paid_on": "2026-03-02"}, set()),
    ("FinePaid", {"paid_on": "2026-03-03"}, {"DAY_AFTER_RECORDING"}),
    ("FinePaid", {"meta__recorded_at": "2026-03-02T16:00:00Z", "paid_on": "2026-03-03"}, set()),
    ("FinePaid", {"meta__legal_basis": ["行政处罚法第67条"]}, {"CITATION_FORM"}),
    ("FinePaid", {"meta__actor__agency": "91350100M000100Y4Z"}, {"USCC"}),
    ("FinePaid", {"meta__audience": ["999998"]}, {"REGION_UNKNOWN"}),
    ("DecisionMade", {"party__uscc": "91350211M0000XUF46"}, {"USCC"}),
    ("DecisionMade", {"party__region": "320584"}, set()),
    ("DecisionMade", decided_by("330400"), set()),
    ("DecisionMade", decided_by("330000"), set()),
    ("DecisionMade", decided_by("100000"), set()),
    ("DecisionMade", decided_by("332121"), set()),
    ("DecisionMade", decided_by("330402"), {"AGENCY_ELSEWHERE"}),
    ("DecisionMade", decided_by("320509"), {"AGENCY_ELSEWHERE"}),
    ("NoPenaltyDecided", {"meta__region": "310118"}, {"AGENCY_ELSEWHERE"}),
    ("DecisionMade", {"act_place": "33042"}, {"REGION_UNKNOWN"}),
    ("DecisionMade", {"decided_on": "2026-01-11"}, {"DECIDED_BEFORE_ACT"}),
    ("CaseFiled", {"filed_on": "2026-01-11"}, {"FILED_BEFORE_ACT"}),
    ("DecisionMade", {"valid_until": "2026-02-25"}, {"ENDS_BEFORE_DECISION"}),
    ("DecisionPublished", {"publish_until": "2026-02-01"}, {"ENDS_BEFORE_PUBLICATION"}),
    ("DeferralGranted", {"deferred_until": "2026-02-01"}, {"DEFERRED_TO_THE_PAST"}),
    ("DecisionMade", {"handlers": ["o1_a", "o1_a"]}, {"TWO_OFFICERS"}),
    ("DecisionMade", {"handlers": [], "source": "PUBLICATION_FILE"}, set()),
    ("NoPenaltyDecided", {"handlers": []}, {"TWO_OFFICERS"}),
    ("CoerciveMeasureTaken", {"handlers": ["o1_a"]}, {"TWO_OFFICERS"}),
    ("EvidenceCollected", {"handlers": ["o1_a"]}, {"TWO_OFFICERS"}),
    ("EvidenceCollected", {"handlers": [], "by_device": True}, set()),
    ("DecisionMade", {"penalties": []}, {"NO_PENALTY_LISTED"}),
    ("DecisionChanged", {"penalties": []}, {"NO_PENALTY_LISTED"}),
    ("DecisionMade", {"penalties__0__amount": None}, {"FINE_WITHOUT_AMOUNT"}),
    ("DecisionMade", {"penalties__0__kind": "DETENTION"}, {"DETENTION_NOT_BY_POLICE"}),
    ("DecisionMade", {"penalties__0__kind": "DETENTION", "domain": "PUBLIC_SECURITY"}, set()),
    ("DecisionMade", {"procedure": "SIMPLE"}, {"SIMPLE_PROCEDURE_KIND", "SIMPLE_PROCEDURE_LIMIT"}),
    ("DecisionMade", simple("3000"), set()),
    ("DecisionMade", simple("3000.01"), {"SIMPLE_PROCEDURE_LIMIT"}),
    ("DecisionMade", simple(None, "WARNING"), set()),
    ("DecisionMade", simple("1000.00") | BEFORE_THE_REVISION, set()),
    ("DecisionMade", simple("1000.01") | BEFORE_THE_REVISION, {"SIMPLE_PROCEDURE_LIMIT"}),
    ("DecisionMade", simple("200.00") | PERSON, set()),
    ("DecisionMade", simple("200.01") | PERSON, {"SIMPLE_PROCEDURE_LIMIT"}),
    ("DecisionMade", {"party__age_group": "UNDER_14"}, {"UNDER_14_PENALISED"}),
    ("DecisionMade", {"party__age_group": "FROM_14_TO_17", "mitigated": None}, {"MINOR_NOT_MITIGATED"}),
    ("DecisionMade", {"party__age_group": "FROM_14_TO_17", "mitigated": True}, set()),
    ("FinePaid", {"on_spot": True, "paid_amount": "100"}, set()),
    ("FinePaid", {"on_spot": True, "paid_amount": "100.01"}, {"ON_SPOT_LIMIT"}),
    ("ReferralSent", {"reply_by": "2026-02-28"}, {"REPLY_BEFORE_SENDING"}),
    ("ReferralSent", {"to_region": "330421"}, {"SAME_REGION"}),
    ("ReferralSent", {"from_region": "320509"}, {"SENDER_NOT_PUBLISHER"}),
    ("ReferralSent", {"exchange_form": "GOODS", "goods_items": []}, {"NO_GOODS"}),
    ("ReferralSent", {"exchange_form": "EVIDENCE", "evidence_items": []}, {"NO_EVIDENCE"}),
    ("ReferralSent", {"officer_count": 1}, {"TWO_OFFICERS"}),
    ("EvidenceAssessed", {"assessment": "NOT_ADMITTED", "evidence_ground": None}, {"NO_GROUND"}),
    ("JurisdictionDisputeRaised", {"claiming_regions": ["330421", "330421"]}, {"ONE_CLAIMANT"}),
    ("JointActionPlanned", {"lead_region": "310118", "member_regions": ["330421"]}, {"LEAD_NOT_MEMBER"}),
    ("DisputeRegistered", {"initial": True, "repeats_stream": "other"}, {"INITIAL_REPEATS"}),
    ("DisputeReferred", {"to_region": "330421"}, {"SAME_REGION"}),
    ("ReconsiderationFiled", {"respondent_agency": uscc.make("91", "330421", 3)}, {"RESPONDENT_NOT_GOVERNMENT"}),
]  # fmt: skip


@pytest.mark.parametrize(("event_type", "changes", "codes"), FLAGGED, ids=[f"{n}-{c}"[:90] for n, c, _ in FLAGGED])
def test_flagged_and_accepted(event_type: str, changes: dict[str, Any], codes: set[str]) -> None:
    assert flagged(event_type, **changes) == codes
    for flag in flags_of(event_type, **changes):
        assert flag.en
        assert flag.zh


def test_flags_name_their_article() -> None:
    (flag,) = flags_of("DecisionMade", handlers=[])
    assert (flag.field, flag.article) == ("handlers", "cn/law/xingzhengchufafa@2021#art42")


def test_admit_says_everything() -> None:
    assert type(admit(event_json("FinePaid"), now=NOW)).__name__ == "FinePaid"
    with pytest.raises(InvalidEvent) as caught:
        admit(event_json("FinePaid", meta__revision=0, paid_amount="-5"), now=NOW)
    assert {problem.field for problem in caught.value.problems} == {"meta.revision", "paid_amount"}
    with pytest.raises(InvalidEvent):
        admit(event_json("FinePaid", paid_on="tomorrow"), now=NOW)


def test_the_decision_id_that_was_meant_is_told() -> None:
    (problem,) = check(event("DecisionMade", document_number="嘉综执罚决字（2026）19号"), now=NOW)
    agency = event_json("DecisionMade")["agency"]
    assert decision_id(agency, "嘉综执罚决字〔2026〕19号") in problem.expected_en
    assert problem.found == "another spelling"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ID_NUMBER, True),
        (f"身份证号：{ID_NUMBER}。", True),
        (f"{ID_NUMBER[:6]}-{ID_NUMBER[6:14]}-{ID_NUMBER[14:]}", True),
        ("440524188001010014", False),  # the standard's example: born in 1880
        ("11010519491231002X", True),
        ("１１０１０５１９４９１２３１００２Ｘ", True),
        ("11010519491231002x", True),
        ("110105194912310021", False),
        ("91330421Y00000059U", False),
        ("330421000012345678", False),
        (f"A{ID_NUMBER}", False),
        (f"{ID_NUMBER}9", False),
        ("x" * 40, False),
    ],
)
def test_citizen_identity_numbers_in_a_text(text: str, found: bool) -> None:
    assert holds_citizen_id(text) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("13800138000", True),
        ("电话：+86 138 0013 8000", True),
        ("138-0013-8000", True),
        ("１３８００１３８０００", True),
        ("8613800138000", True),
        ("0573-84021234", False),
        ("12800138000", False),
        ("138001380001", False),
        ("330217150001", False),
    ],
)
def test_mobile_numbers_in_a_text(text: str, found: bool) -> None:
    assert holds_mobile_number(text) is found


def test_rules_do_not_depend_on_the_time_zone_of_now() -> None:
    from zoneinfo import ZoneInfo

    one = event("FinePaid", paid_on="2026-11-24")
    for zone in (UTC, ZoneInfo("Asia/Shanghai"), ZoneInfo("America/Los_Angeles")):
        assert [p.field for p in check(one, now=NOW.astimezone(zone))] == ["paid_on"]
