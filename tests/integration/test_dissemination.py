"""What a region does not share: no analyst sees whom or which, every figure still counts it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from infra.clickhouse import ClickHouse
from infra.local.users import Grants
from projections import questions
from tests.support.event_rows import Event, day, decided, filed, step
from tests.support.projection_lab import ProjectionLab, projection_lab
from tests.support.stack import RunningStack

pytestmark = pytest.mark.servers

LEVELS = ("FULL", "POINTER", "NONE")
NOBODY = "00000000-0000-0000-0000-000000000000"
TOKEN = "t1_5f0c6b1e9d2a4c7f8e3b6a1d0c9f8e7d"
AS_OF = date(2026, 6, 30)


@pytest.fixture(scope="module")
def lab(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectionLab]:
    with projection_lab(tmp_path_factory.mktemp("shared") / "home", stack) as made:
        yield made


@pytest.fixture
def analyst(lab: ProjectionLab) -> Iterator[ClickHouse]:
    with ClickHouse(lab.settings, "analyst", query_seconds=0) as server:
        yield server


def _person(**more: Any) -> dict[str, Any]:
    return {"party_kind": "NATURAL_PERSON", "party_uscc": None, "party_token": TOKEN, **more}


def _matter(**more: Any) -> list[Event]:
    """A case and its decision about a person, a referral and a dispute, all shared alike."""
    return [
        filed(1, "case-7", act_place="330421", act_on=day(0), **_person(**more)),
        decided(2, "case-7", "AGENCY|7", act_id="act-7", **_person(**more)),
        step(
            *("ReferralSent", 3, "referral-7"),
            **{"exchange_form": "CLUE", "from_region": "330421", "to_region": "310118", "sent_on": day(1), **more},
        ),
        step("DisputeRegistered", 4, "dispute-7", initial=True, registered_on=day(2), **more),
        step("LitigationFiled", 5, "dispute-7", challenged_decision_id="AGENCY|7", filed_on=day(9), **more),
    ]


def _folded(lab: ProjectionLab, events: Sequence[Event]) -> None:
    lab.log.truncate()
    lab.log.append(events)
    for fed in lab.fresh().tick():
        assert fed.error is None, fed


def _row(server: ClickHouse, view: str) -> dict[str, Any]:
    (row,) = server.answer(f"SELECT * FROM {view}").dicts()  # noqa: S608
    return row


def _everything(server: ClickHouse) -> str:
    """All that an analyst can read in the views."""
    return "\n".join(
        str(server.answer(f"SELECT * FROM {view}").dicts())  # noqa: S608
        for view in Grants.read().users["analyst"].views
        if not view.startswith("policy")
    )


def test_fully_shared_everything_is_seen(lab: ProjectionLab, analyst: ClickHouse) -> None:
    _folded(lab, _matter())
    seen = _everything(analyst)
    for what in (TOKEN, "case-7", "AGENCY|7", "referral-7", "dispute-7", *(str(event.event_id) for event in _matter())):
        assert what in seen
    assert _row(analyst, "decisions")["party_no"] != 0


@pytest.mark.parametrize("how", [{"dissemination": "POINTER"}, {"audience": ["310118"]}], ids=str)
def test_a_pointer_says_where_to_ask_and_not_about_whom(
    lab: ProjectionLab, analyst: ClickHouse, how: dict[str, Any]
) -> None:
    _folded(lab, _matter(**how))
    case, decision = _row(analyst, "cases"), _row(analyst, "decisions")
    assert (case["dissemination"], case["party_key"], case["stream_id"]) == ("POINTER", None, "case-7")
    assert (case["act_place"], case["act_on"]) == ("", None)
    assert (decision["decision_id"], decision["region"], decision["fine"]) == ("AGENCY|7", "330421", Decimal(1000))
    hidden = {name: decision[name] for name in ("party_key", "party_no", "fingerprint", "act_no", "differences")}
    assert hidden == {"party_key": None, "party_no": 0, "fingerprint": None, "act_no": 0, "differences": []}
    assert _row(analyst, "referrals")["stream_id"] == "referral-7"
    assert _row(analyst, "disputes")["stream_id"] == "dispute-7"
    party = _row(analyst, "parties")
    assert (party["party_key"], party["regions"], party["event_ids"]) == (f"t:{TOKEN}", ["330421"], [])
    assert (party["cases"], party["decisions"]) == ([("330421", 1)], [("330421", 1)])
    assert (party["first_decided_on"], party["last_decided_on"]) == (None, None)


@pytest.mark.parametrize("level", ["NONE", "SUMMARY"])
def test_what_is_not_shared_is_counted_and_leaves_no_trace(lab: ProjectionLab, analyst: ClickHouse, level: str) -> None:
    events = _matter(dissemination=level)
    _folded(lab, events)
    seen = _everything(analyst)
    for what in (TOKEN, "case-7", "AGENCY|7", "act-7", "referral-7", "dispute-7", "案case-7"):
        assert what not in seen
    for event in events:
        assert str(event.event_id) not in seen
    assert not analyst.value("SELECT count() FROM parties")
    case, decision = _row(analyst, "cases"), _row(analyst, "decisions")
    assert (case["region"], case["filed_on"], str(case["filed_event"])) == ("330421", day(0), NOBODY)
    assert (decision["fine"], decision["decided_on"], decision["party_no"]) == (Decimal(1000), day(40), 0)
    assert (_row(analyst, "referrals")["sent_on"], _row(analyst, "disputes")["registered_on"]) == (day(1), day(2))
    assert analyst.value("SELECT count() FROM penalties") == 1


def test_the_strictest_of_the_current_facts_counts(lab: ProjectionLab, analyst: ClickHouse) -> None:
    case = filed(1, "c1")
    paused = step("ClockPaused", 2, "c1", paused_on=day(3), dissemination="POINTER")
    closed = step("CaseClosed", 3, "c1", closed_on=day(9), dissemination="NONE")
    expected = [
        ([case], "FULL"),
        ([case, paused], "POINTER"),
        ([case, paused, closed], "NONE"),
        ([case, paused, closed, closed.retraction(4)], "POINTER"),
        ([case, paused, paused.corrected(5, dissemination="FULL")], "FULL"),
        ([case, paused, paused.corrected(5, dissemination="NONE")], "NONE"),
    ]
    for events, level in expected:
        _folded(lab, events)
        assert _row(analyst, "cases")["dissemination"] == level


def test_a_party_is_traced_by_what_is_shared_of_it_now(lab: ProjectionLab, analyst: ClickHouse) -> None:
    case = filed(1, "c1")
    lab.log.truncate()
    for event, traced in (
        (case, True),
        (case.corrected(2, dissemination="NONE"), False),
        (case.corrected(3, revision=3, dissemination="POINTER"), True),
    ):
        lab.log.append([event])
        lab.projector.tick()
        assert analyst.value("SELECT count() FROM parties") == traced


def test_evidence_has_no_event_that_is_not_shared(lab: ProjectionLab) -> None:
    kept = {"party_uscc": "91310118M000200Y41"}
    events = [filed(number, f"c{number}", on=number % 9) for number in range(1, 9)]
    events += [filed(number, f"c{number}", on=3, dissemination="NONE", **kept) for number in range(9, 12)]
    _folded(lab, events)
    asked = questions.question("ninety_day_risk")
    answer = questions.ask(lab.settings, asked, asked.values({}), AS_OF, evidence=True)
    (row,) = answer.rows
    assert (row["d"], len(row["event_ids"])) == (11, 8)
    assert set(row["event_ids"]) == {str(event.event_id) for event in events[:8]}


def test_the_same_party_is_no_repeat_offender_where_it_is_not_shared(lab: ProjectionLab) -> None:
    """Linking regions by a party that one of them does not show would show it."""
    asked = questions.question("repeat_offenders")
    events = []
    for number in range(40):
        code = f"party-{number}"
        level = "FULL" if number < 30 else LEVELS[1 + number % 2]
        events += [
            decided(2 * number + 1, f"j{number}", f"J|{number}", party_uscc=code, dissemination=level),
            decided(2 * number + 2, f"q{number}", f"Q|{number}", party_uscc=code, publisher="qingpu.zhifa"),
        ]
    _folded(lab, events)
    answer = questions.ask(lab.settings, asked, asked.values({}), AS_OF)
    assert {row["region"]: (row["n"], row["d"]) for row in answer.rows} == {"310118": (30, 40), "330421": (30, 30)}
