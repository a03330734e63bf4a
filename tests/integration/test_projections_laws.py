"""The laws of the projections, on the real server: what is folded is a function of the facts, and of nothing else.

Shuffled, doubled, split into any ticks, corrected before or after, retracted, moved to another key, folded in another
time zone: the same rows, and the same as a rebuild folds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.clickhouse import ClickHouse
from projections import fold
from projections.definition import definitions
from projections.projector import Projector
from projections.store import ensure_schema
from tests.support.event_rows import Event, EventLog, day, decided, filed, rows_of, step, written
from tests.support.stack import RunningStack

VIEWS = (
    ("cases", "stream_id"),
    ("decisions", "decision_id"),
    ("parties", "party_key"),
    ("referrals", "stream_id"),
    ("disputes", "stream_id"),
)
_UNHURRIED = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@dataclass
class Bench:
    """One database, emptied before each example."""

    projector: Projector
    log: EventLog

    @property
    def server(self) -> ClickHouse:
        """As the projector."""
        return self.projector.server

    def begin(self) -> None:
        """Nothing has ever landed."""
        self.log.truncate()
        self.projector = Projector(self.projector.settings, self.projector.server)

    def folded(self, events: Sequence[Event], cuts: Sequence[int] = ()) -> dict[str, Any]:
        """All views after these events, ticking after each of the `cuts` (numbers of events) and at the end."""
        self.begin()
        at = 0
        for cut in [*sorted(cuts), len(events)]:
            self.log.append(events[at:cut])
            at = max(at, cut)
            for fed in self.projector.tick():
                assert fed.error is None, fed
        return self.views()

    def views(self) -> dict[str, Any]:
        """Every row of every view."""
        return {view: rows_of(self.server, view, order) for view, order in VIEWS}

    def rebuilt(self) -> dict[str, Any]:
        """All views after folding everything anew over what stands, in slices."""
        cut = self.projector.look()
        for definition in definitions().values():
            self.server.command(f"TRUNCATE TABLE {definition.table(1)} SYNC")
            self.projector.fold_all(definition, definition.table(1), cut, slices=3)
        return self.views()


@pytest.fixture(scope="module")
def bench(stack: RunningStack) -> Iterator[Bench]:
    database = stack.database("laws")
    there = stack.settings_with(clickhouse__database=database)
    ensure_schema(there)
    with ClickHouse(there, "projector") as server, ClickHouse(there, "operator") as operator:
        yield Bench(Projector(there, server), EventLog(operator))
        operator.command(f"DROP DATABASE {database} SYNC")


def everything() -> list[Event]:
    """A little of all: two regions, both sources, corrections, a retraction, facts that move to another key."""
    case = filed(1, "c1")
    other = filed(2, "c2", on=3, party_uscc="91310118M000200Y41")
    made = decided(10, "c1", "A|1", fine=Decimal("1000.00"))
    told = decided(11, "p1", "A|1", fine=Decimal("900.00"), source="PUBLICATION_FILE", publisher="jiashan.gongshi")
    abroad = decided(12, "q1", "B|7", on=60, fine=Decimal("50.00"), publisher="qingpu.zhifa")
    paused = step("ClockPaused", 13, "c2", paused_on=day(5), pause_reason="LAB_TEST")
    sent = step(
        *("ReferralSent", 20, "r1"), exchange_form="CLUE", from_region="330421", to_region="310118", sent_on=day(3)
    )
    accepted = step("ReferralAccepted", 21, "r1", publisher="qingpu.zhifa", accepted_on=day(9))
    registered = step(
        *("DisputeRegistered", 30, "d1"), initial=True, dispute_amount=Decimal("5.50"), registered_on=day(2)
    )
    hidden = decided(50, "c4", "A|4", party_uscc="91330421M000400Y4W", audience=["310118"])
    withheld = filed(51, "c5", party_uscc="91330421M000400Y4W", dissemination="NONE")
    return [
        *(case, other, made, told, abroad, paused, sent, accepted, registered),
        step("ClockResumed", 14, "c2", resumed_on=day(9)),
        step("DeadlineExtended", 15, "c2", granted_on=day(20), extension_days=30),
        step("CaseClosed", 16, "c1", closed_on=day(80), closing_kind="PERFORMED"),
        step(
            "DecisionChanged",
            17,
            "c1",
            decision_id="A|1",
            changed_on=day(50),
            penalties=[("FINE", Decimal("800"), None)],
        ),
        step("FinePaid", 18, "c1", decision_id="A|1", paid_on=day(55), paid_amount=Decimal("800.00")),
        step("ReferralRefused", 22, "r1", publisher="qingpu.zhifa", refused_on=day(6), refusal_reason="DUPLICATE"),
        step("MediationSessionHeld", 31, "d1", held_on=day(3), joint_regions=["310118"]),
        step("MediationAgreed", 32, "d1", agreed_on=day(8)),
        # Corrected: another party; another decision; another case; taken back; corrected twice.
        case.corrected(40, party_uscc="91330421M000300Y4X"),
        abroad.corrected(41, decision_id="B|8", document_number="8"),
        paused.corrected(42, stream_id="c3"),
        accepted.retraction(43),
        registered.corrected(44, dispute_amount=Decimal("6.50")),
        registered.corrected(45, revision=3, dispute_amount=Decimal("7.50")),
        # Shared otherwise: with one region, not at all, and after a correction as everything else.
        *(hidden, withheld, withheld.corrected(46, dissemination="FULL")),
        filed(52, "c6", party_uscc="91330421M000500Y4P", dissemination="NONE"),
    ]


@pytest.fixture(scope="module")
def expected(bench: Bench) -> dict[str, Any]:
    return bench.folded(everything())


@pytest.mark.servers
def test_the_rows_are_what_the_facts_say(expected: dict[str, Any]) -> None:
    """So that the laws below do not compare one nothing with another."""
    cases = {row["stream_id"]: row for row in expected["cases"]}
    assert cases["c1"]["party_key"] == "u:91330421M000300Y4X"
    assert (cases["c2"]["pauses"], cases["c2"]["resumptions"]) == ([], [day(9)])
    assert cases["c3"]["pauses"] == [day(5)]
    assert cases["c1"]["status"] == "CLOSED"
    assert cases["c2"]["extensions"] == [(day(20), 30)]
    decisions = {row["decision_id"]: row for row in expected["decisions"]}
    assert decisions.keys() == {"A|1", "A|4", "B|8"}
    assert (decisions["A|4"]["dissemination"], decisions["A|4"]["party_key"]) == ("POINTER", None)
    assert cases["c5"]["party_key"] == "u:91330421M000400Y4W"
    assert (cases[""]["dissemination"], cases[""]["party_key"]) == ("NONE", None)
    assert decisions["A|1"]["source"] == "CASE_SYSTEM"
    assert ("fine", "1000", "900") in decisions["A|1"]["differences"]
    assert decisions["A|1"]["changed_on"][-1] == day(50)
    assert decisions["A|1"]["fine_changes"][-1] == Decimal("800") - decisions["A|1"]["fine"]
    assert decisions["A|1"]["penalty_changes"][-1] == 0
    assert decisions["A|1"]["paid"] == Decimal("800")
    (referral,) = expected["referrals"]
    assert referral["accepted_on"] is None
    assert referral["refusals"] == [(day(6), "DUPLICATE")]
    (dispute,) = expected["disputes"]
    assert (dispute["amount"], dispute["agreed_on"]) == (Decimal("7.5"), day(8))
    parties = {row["party_key"]: row for row in expected["parties"]}
    assert parties["u:91330421M000100Y43"]["regions"] == ["310118", "330421"]
    assert parties["u:91330421M000400Y4W"]["decisions"] == [("330421", 1)]
    assert "u:91330421M000500Y4P" not in parties


@pytest.mark.servers
@_UNHURRIED
@given(
    seed=st.integers(0, 2**32),
    doubled=st.lists(st.integers(0, 22), max_size=8),
    ticks=st.lists(st.integers(0, 30), max_size=3),
)
def test_order_repetition_and_ticks_change_nothing(
    bench: Bench, expected: dict[str, Any], seed: int, doubled: list[int], ticks: list[int]
) -> None:
    """Shuffled (so that corrections also come before what they correct), resent, ticked anywhere."""
    events = everything()
    events += [events[number % len(events)] for number in doubled]
    random.Random(seed).shuffle(events)
    assert bench.folded(events, [min(tick, len(events)) for tick in ticks]) == expected


@pytest.mark.servers
def test_a_rebuild_folds_the_same(bench: Bench, expected: dict[str, Any]) -> None:
    events = everything()
    random.Random(7).shuffle(events)
    assert bench.folded(events, [3, 9, 10, 15]) == expected
    assert bench.rebuilt() == expected


@pytest.mark.servers
def test_a_tick_that_touches_too_many_keys_becomes_a_rebuild(bench: Bench, expected: dict[str, Any]) -> None:
    small = bench.projector.settings.with_values(projector__max_touched_keys=1)
    strict = Bench(Projector(small, bench.server), bench.log)
    strict.begin()
    bench.log.append(everything())
    fed = {each.table: each.keys for each in strict.projector.tick()}
    assert fed["cases_v1"] == fed["decisions_v1"] == fed["parties_v1"] == -1
    assert strict.views() == expected


@pytest.mark.servers
def test_settled_after_every_tick_the_rows_are_the_same(bench: Bench, expected: dict[str, Any]) -> None:
    eager = bench.projector.settings.with_values(projector__settle_rows=0, projector__settled_seconds=0.01)
    events = everything()
    random.Random(11).shuffle(events)
    assert Bench(Projector(eager, bench.server), bench.log).folded(events, [2, 5, 9, 13, 18, 21]) == expected
    assert bench.server.value("SELECT countIf(settled > 0) FROM cases_v1") > 0


@pytest.mark.servers
def test_all_facts_of_a_key_taken_back_leave_no_row(bench: Bench) -> None:
    case, made = filed(1, "gone"), decided(2, "gone", "A|9")
    views = bench.folded([case, made, case.retraction(3), made.retraction(4)], [1, 2])
    assert all(not rows for rows in views.values())
    assert bench.server.value("SELECT count() FROM cases_v1 FINAL") == 1  # a tombstone that the view does not show


@pytest.mark.servers
def test_another_publisher_can_not_correct_a_fact(bench: Bench) -> None:
    """Each region owns its data: a correction by somebody else is a fact of its own and takes nothing away."""
    case = filed(1, "c1")
    foreign = Event(
        "CaseFiled", "c1", 2, dict(case.payload), publisher="qingpu.zhifa", fact=1, revision=2, retracted=True
    )
    (row,) = bench.folded([case, foreign], [1])["cases"]
    assert row["filed_event"] == case.event_id


@pytest.mark.servers
def test_of_facts_that_say_the_same_the_last_written_down_counts(bench: Bench) -> None:
    early, late = decided(5, "c1", "A|1", fine=Decimal("10")), decided(4, "c1", "A|1", fine=Decimal("20"))
    late = Event(**{**late.__dict__, "recorded_at": written(99)})
    for events in ([early, late], [late, early]):
        (row,) = bench.folded(events)["decisions"]
        assert row["fine"] == Decimal("20")


@pytest.mark.servers
def test_the_same_event_id_with_other_content_folds_the_same_every_time(bench: Bench) -> None:
    """A conflict, which the check names: the first word in the log stands, ticked or rebuilt."""
    one, two = decided(5, "c1", "A|1", fine=Decimal("10")), decided(5, "c1", "A|1", fine=Decimal("20"))
    ticked = bench.folded([one, two], [1])
    assert ticked["decisions"][0]["fine"] == Decimal("10")
    assert bench.rebuilt() == ticked


@pytest.mark.servers
def test_text_is_kept_as_it_was_written(bench: Bench) -> None:
    odd = "\0 '\\\"\t\r\n=|,;{}\x7f\x80\xfe\xff\ufffd\uffff\U0010ffff案"
    said = {"item_code": odd, "act_place": odd, "party_name": odd, "party_birth_band": odd}
    views = bench.folded(
        [filed(1, odd, case_number=odd, **said), decided(2, odd, f"A|{odd}", document_number=odd, act_id=odd, **said)],
        [1],
    )
    (case,), (decision,), (party,) = views["cases"], views["decisions"], views["parties"]
    assert [case[name] for name in ("stream_id", "case_number", "item_code", "act_place")] == [odd] * 4
    assert [decision[name] for name in ("stream_id", "document_number", "item_code", "fingerprint")] == [odd] * 4
    assert decision["decision_id"] == f"A|{odd}"
    assert [party[name] for name in ("party_name", "birth_band")] == [odd] * 2


@pytest.mark.servers
@pytest.mark.parametrize("sign", ["", "-"])
def test_amounts_whose_sum_no_column_holds_stop_nothing(bench: Bench, sign: str) -> None:
    most = Decimal(f"{sign}9999999999999999.99")
    made = decided(1, "c1", "A|1", penalties=[("FINE", most, None)] * 30)
    paid = [
        step("FinePaid", number, "c1", decision_id="A|1", paid_on=day(41), paid_amount=most) for number in range(2, 32)
    ]
    (row,) = bench.folded([made, *paid], [5])["decisions"]
    assert (row["fine"], row["paid"], len(row["penalties"])) == (most, most, 30)


@pytest.mark.servers
@pytest.mark.parametrize("zone_name", ["Asia/Shanghai", "America/Los_Angeles"])
def test_the_time_zone_of_a_session_changes_nothing(
    bench: Bench, expected: dict[str, Any], zone_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fold, "SETTINGS", fold.SETTINGS | {"session_timezone": zone_name})
    assert bench.folded(everything(), [5]) == expected


@pytest.mark.servers
def test_publishers_say_what_is_missing_and_what_was_resent(bench: Bench) -> None:
    events = [step("ClueReceived", number, f"c{number}") for number in (1, 2, 3, 6, 7, 9)]
    bench.folded([*events, events[1]], [2, 4])
    (row,) = rows_of(bench.server, "publishers", "publisher")
    assert (row["first_sequence"], row["last_sequence"], row["events"]) == (1, 9, 7)
    assert (row["missing"], row["resends"], row["gaps"]) == (3, 1, [(4, 5), (8, 8)])
    bench.log.append([step("ClueReceived", number, f"c{number}") for number in (4, 5, 8)])
    bench.projector.tick()
    (row,) = rows_of(bench.server, "publishers", "publisher")
    assert (row["missing"], row["gaps"]) == (0, [])


@pytest.mark.servers
def test_a_dead_letter_is_no_gap_and_a_senseless_number_no_million_of_them(bench: Bench) -> None:
    first, second, last = (step("ClueReceived", number, f"c{number}") for number in (1, 2, 4))
    wild = step("ClueReceived", 50_000_000, "c9")
    bench.begin()
    bench.log.append([first, second])
    offset = bench.log.ends[first.topic]
    bench.log.ends[first.topic] += 1  # the third is dead
    row = {"topic": first.topic, "partition": 0, "offset": offset, "publisher": first.publisher, "epoch": 1}
    columns = {**row, "sequence": 3, "reason_code": "MALFORMED", "reason": "x", "state": "OPEN", "version": 0}
    bench.log.server.insert("dead_letters", list(columns), [list(columns.values())])
    bench.log.append([last])
    bench.projector.tick()
    (row,) = rows_of(bench.server, "publishers", "publisher")
    assert (row["events"], row["dead_letters"], row["missing"], row["resends"]) == (3, 1, 0, 0)
    bench.log.append([wild])
    bench.projector.tick()
    (row,) = rows_of(bench.server, "publishers", "publisher")
    assert (row["missing"], row["gaps"], row["jumps"]) == (0, [], [(5, 49_999_999)])
    redriven = columns | {"state": "REDRIVEN", "version": 1}
    bench.log.server.insert("dead_letters", list(redriven), [list(redriven.values())])
    (row,) = rows_of(bench.server, "publishers", "publisher")
    assert (row["dead_letters"], row["missing"], row["resends"]) == (0, 0, 0)


@pytest.mark.servers
def test_findings_name_what_broke_a_rule(bench: Bench) -> None:
    """Accepted, and shown with its article: a missing step, a late decision, a double fine."""
    act = {"act_id": "act-1", "party_uscc": "91330421M000100Y43"}
    bench.folded(
        [
            filed(1, "c1"),
            decided(2, "c1", "A|1", on=120, **act),
            filed(3, "c2"),
            step("PriorNoticeGiven", 4, "c2", notice_on=day(20)),
            decided(5, "c2", "B|2", on=30, publisher="qingpu.zhifa", **act),
        ]
    )
    found = {(row["finding"], row["subject"]) for row in rows_of(bench.server, "findings", "finding, subject")}
    assert found == {
        ("NO_PRIOR_NOTICE", "c1"),
        ("LATE_DECISION", "c1"),
        ("POSSIBLE_DOUBLE_FINE", "u:91330421M000100Y43 act-1"),
    }


@pytest.mark.servers
def test_both_counting_rules(bench: Bench) -> None:
    """All penalties, and one a decision under the heaviest by the official order; OTHER yields to any named kind."""
    penalties = [
        ("OTHER", None, None),
        ("WARNING", None, None),
        ("FINE", Decimal("5"), None),
        ("SUSPEND_LICENCE", None, None),
    ]
    (row,) = bench.folded([decided(1, "c1", "A|1", penalties=penalties)])["decisions"]
    assert row["headline"] == "SUSPEND_LICENCE"
    counts = rows_of(bench.server, "penalty_counts", "kind")
    assert {(each["kind"], each["all_penalties"], each["official"]) for each in counts} == {
        ("FINE", 1, 0),
        ("OTHER", 1, 0),
        ("SUSPEND_LICENCE", 1, 1),
        ("WARNING", 1, 0),
    }
