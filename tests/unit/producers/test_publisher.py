"""The publisher: what is filled in, what is refused and how it is told, what a region may not write."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from infra.errors import InvalidEvent, InvalidInput
from infra.settings import Settings
from infra.settings_groups import LandingSettings
from producers.backlog import Backlog
from producers.identity import default_correlation_id, derived_event_id
from producers.outbox import EventConflict
from producers.publisher import InvalidEvents, Publisher
from producers.signing import public_keys, split_signature
from schemas import wire
from schemas.models import validate
from tests.support.drafts import ENFORCEMENT, EXCHANGE, PUBLISHER, HandClock
from tests.support.events import case_filed, decision_made

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Publisher]:
    with Publisher(Settings(home=tmp_path), PUBLISHER, clock=HandClock(datetime(2026, 4, 1, tzinfo=UTC))) as made:
        yield made


def _stored(home: Path, topic: str = ENFORCEMENT) -> list[dict[str, Any]]:
    backlog = Backlog(home, PUBLISHER)
    try:
        return [wire.decode(entry.value) for entry in backlog.entries(topic, 0, 10_000)]
    finally:
        backlog.close()


def test_what_may_be_left_out_is_filled_in(publisher: Publisher, tmp_path: Path) -> None:
    receipt = publisher.publish(case_filed())
    (stored,) = _stored(tmp_path)
    meta = stored["meta"]
    assert receipt.event_id == UUID(str(meta["event_id"]))
    assert receipt.event_id.version == 7
    assert receipt.event_id.int >> 80 == int(datetime(2026, 3, 2, 2, 0, tzinfo=UTC).timestamp() * 1000)
    assert (receipt.topic, receipt.epoch, receipt.sequence) == (ENFORCEMENT, meta["epoch"], meta["sequence"])
    assert (meta["publisher"], meta["region"]) == (PUBLISHER, "330421")
    assert (str(meta["fact_id"]), meta["revision"], meta["retracted"]) == (str(receipt.event_id), 1, False)
    assert str(meta["correlation_id"]) == str(default_correlation_id("case-1"))
    assert (meta["causation_id"], meta["dissemination"], meta["audience"]) == (None, "FULL", [])
    assert meta["occurred_at"] == datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    assert not receipt.already_published


def test_an_actor_may_be_left_out(publisher: Publisher, tmp_path: Path) -> None:
    event = case_filed()
    del event["meta"]["actor"], event["meta"]["legal_basis"]
    publisher.publish(event)
    assert _stored(tmp_path)[0]["meta"]["actor"] == {"agency": None, "unit": None, "officers": []}


def test_the_event_given_is_not_changed(publisher: Publisher) -> None:
    event = case_filed()
    before = copy.deepcopy(event)
    publisher.publish(event)
    assert event == before


def test_the_same_event_is_published_once_however_it_is_spelt(publisher: Publisher) -> None:
    event = case_filed(event_id="019ca704-41c0-7e0c-ae00-078c39123a41")
    first = publisher.publish(event)
    respelt = copy.deepcopy(event)
    respelt["meta"]["recorded_at"] = "2026-03-02T02:00:00.000000Z"
    respelt["filed_on"] = date(2026, 3, 2)
    again = publisher.publish(dict(reversed(respelt.items())))
    assert (again.already_published, again.epoch, again.sequence) == (True, first.epoch, first.sequence)


def test_without_an_event_id_equal_events_are_one_and_others_are_others(publisher: Publisher) -> None:
    first = publisher.publish(case_filed(1))
    assert publisher.publish(dict(reversed(case_filed(1).items()))).already_published
    other = case_filed(1) | {"case_number": "嘉综执立〔2026〕1-1号"}
    assert publisher.publish(other).sequence == first.sequence + 1


def test_two_publishers_of_the_same_words_say_two_things() -> None:
    recorded = datetime(2026, 3, 2, tzinfo=UTC)
    assert derived_event_id("jiashan.zhifa", recorded, b"{}") != derived_event_id("qingpu.zhifa", recorded, b"{}")


def test_a_model_can_be_published(publisher: Publisher) -> None:
    meta = {
        **decision_made()["meta"],
        "event_id": "019ca704-41c0-7e0c-ae00-078c39123a41",
        "fact_id": "019ca704-41c0-7e0c-ae00-078c39123a41",
        "correlation_id": "019ca704-41c0-7e0c-ae00-078c39123a41",
        "publisher": PUBLISHER,
        "region": "330421",
        "epoch": 9,
        "sequence": 9,
        "revision": 1,
        "retracted": False,
        "dissemination": "FULL",
    }
    model = validate(decision_made() | {"meta": meta})
    receipt = publisher.publish(model)
    assert (receipt.sequence, receipt.epoch) == (1, publisher.epoch)
    assert publisher.publish(model).already_published


def test_other_content_under_the_same_id_is_refused(publisher: Publisher) -> None:
    identity = "019ca704-41c0-7e0c-ae00-078c39123a41"
    publisher.publish(case_filed(1, event_id=identity))
    with pytest.raises(EventConflict, match=identity):
        publisher.publish(case_filed(2, event_id=identity))


def test_a_correction_is_a_new_event_of_the_same_fact(publisher: Publisher, tmp_path: Path) -> None:
    first = publisher.publish(decision_made())
    mended = decision_made(fact_id=str(first.event_id), revision=2)
    mended["penalties"][0]["amount"] = "1200.00"
    second = publisher.publish(mended)
    assert second.event_id != first.event_id
    _, stored = _stored(tmp_path)
    assert (str(stored["meta"]["fact_id"]), stored["meta"]["revision"]) == (str(first.event_id), 2)
    assert stored["penalties"][0]["amount"] == Decimal("1200.00")


def _set(path: str, value: Any) -> Change:
    def change(event: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for name in parents:
            event = event[name]
        event[last] = value

    return change


def _drop(path: str) -> Change:
    def change(event: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for name in parents:
            event = event[name]
        del event[last]

    return change


_WRONG: list[tuple[Change, str, str]] = [
    (_set("meta.region", "310118"), "meta.region", "330421"),
    (_set("meta.publisher", "qingpu.zhifa"), "meta.publisher", PUBLISHER),
    (_set("meta.epoch", 1), "meta.epoch", "nothing"),
    (_set("meta.sequence", 1), "meta.sequence", "nothing"),
    (_set("meta.occurred_at", "2026-03-02T09:30:00"), "meta.occurred_at", "offset"),
    (_set("meta.recorded_at", datetime(2026, 3, 2, 9, 30)), "meta.recorded_at", "offset"),  # noqa: DTZ001
    (_set("meta.recorded_at", "2036-03-02T09:30:00Z"), "meta.recorded_at", "not after"),
    (_set("meta.event_id", "not-a-uuid"), "meta.event_id", "UUID"),
    (_set("meta.event_id", "0198a3c5-6a00-4abc-8def-0123456789ab"), "meta.event_id", "version 7"),
    (_set("meta.stream_id", ""), "meta.stream_id", "printable"),
    (_set("meta.revision", 2), "meta.fact_id", "first event"),
    (_set("meta.event_type", "CaseFild"), "meta.event_type", "CaseFiled"),
    (_set("meta", 5), "meta", "an object"),
    (_drop("meta.stream_id"), "meta.stream_id", "required"),
    (_drop("meta.event_type"), "meta.event_type", "required"),
    (_drop("filed_on"), "filed_on", "required"),
    (_set("filed_on", "2026-02-30"), "filed_on", "YYYY-MM-DD"),
    (_set("procedure", "QUICK"), "procedure", "ORDINARY"),
    (_set("fillled_on", 1), "fillled_on", "filed_on"),
    (_set("party.kind", "OTHER"), "party.other_text", "OTHER"),
    (_set("party.name", "x" * 1_100_000), "", "at most"),
    (_set("handlers", ["张三"]), "handlers[0]", "never a name"),
    (_set("meta.actor.officers", [""]), "meta.actor.officers[0]", "certificate"),
    (_set("party.person", {"name": "张三"}), "party.person", "representative"),
]


@pytest.mark.parametrize(("change", "field", "expected"), _WRONG, ids=[f"{field}-{e}" for _, field, e in _WRONG])
def test_a_wrong_event_is_refused_by_field_in_two_languages(
    publisher: Publisher, tmp_path: Path, change: Change, field: str, expected: str
) -> None:
    event = case_filed()
    change(event)
    with pytest.raises(InvalidEvent) as refused:
        publisher.publish(event)
    found = {problem.field: problem for problem in refused.value.problems}
    assert field in found
    assert expected in found[field].expected_en
    assert found[field].expected_zh
    assert _stored(tmp_path) == []


def test_everything_wrong_is_told_at_once(publisher: Publisher) -> None:
    event = case_filed(region="310118", epoch=4)
    event["filed_on"] = "yesterday"
    event["party"]["kind"] = "NOBODY"
    with pytest.raises(InvalidEvent) as refused:
        publisher.publish(event)
    assert {p.field for p in refused.value.problems} == {"meta.region", "meta.epoch", "filed_on", "party.kind"}


@pytest.mark.parametrize("event", [None, 5, "text", [], {}, {"meta": None}])
def test_what_is_no_event_at_all_is_refused(publisher: Publisher, event: Any) -> None:
    with pytest.raises(InvalidEvent):
        publisher.publish(event)


def test_what_json_can_not_say_is_refused(publisher: Publisher) -> None:
    with pytest.raises(InvalidEvent):
        publisher.publish(case_filed() | {"party": {"kind": "ORGANISATION", "legacy_ids": {object()}}})


def test_a_family_that_is_not_the_publishers_is_refused(tmp_path: Path) -> None:
    event = {
        "meta": case_filed(event_type="ReferralAcknowledged")["meta"],
        "acknowledged_on": "2026-03-02",
    }
    with Publisher(Settings(home=tmp_path), PUBLISHER) as case_system:
        assert case_system.publish(event).topic == EXCHANGE
    with (
        Publisher(Settings(home=tmp_path), "jiashan.gongshi") as file,
        pytest.raises(InvalidEvent, match="publishes nothing else"),
    ):
        file.publish(event)


def test_an_unknown_publisher_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"jiashan\.zhifa"):
        Publisher(Settings(home=tmp_path), "jiashan.zifa")


def test_many_all_or_none(publisher: Publisher, tmp_path: Path) -> None:
    wrong = case_filed(2, region="310118")
    with pytest.raises(InvalidEvents) as refused:
        publisher.publish_many([case_filed(1), wrong, case_filed(3), {"meta": {}}])
    assert [refusal.index for refusal in refused.value.refusals] == [1, 3]
    assert refused.value.problems[0].field == "[1].meta.region"
    assert _stored(tmp_path) == []
    receipts = publisher.publish_many([case_filed(1), decision_made(1), case_filed(3)])
    assert [receipt.sequence for receipt in receipts] == [1, 2, 3]


def test_the_right_ones_of_a_file_go_on(publisher: Publisher) -> None:
    identity = "019ca704-41c0-7e0c-ae00-078c39123a41"
    publisher.publish(case_filed(9, event_id=identity))
    receipts, refusals = publisher.publish_valid(
        [case_filed(1), case_filed(2, region="310118"), case_filed(3, event_id=identity), case_filed(1), case_filed(4)]
    )
    assert [(receipt.sequence, receipt.already_published) for receipt in receipts] == [
        (2, False),
        (2, True),
        (3, False),
    ]
    assert [(refusal.index, refusal.problems[0].field) for refusal in refusals] == [
        (1, "meta.region"),
        (2, "meta.event_id"),
    ]


def test_a_contradiction_within_one_file(publisher: Publisher) -> None:
    identity = "019ca704-41c0-7e0c-ae00-078c39123a41"
    events = [case_filed(1, event_id=identity), case_filed(2), case_filed(3, event_id=identity)]
    receipts, refusals = publisher.publish_valid(events)
    assert [receipt.sequence for receipt in receipts] == [1, 2]
    assert [refusal.index for refusal in refusals] == [2]


def test_nothing_given_nothing_done(publisher: Publisher) -> None:
    assert publisher.publish_many([]) == []
    assert publisher.publish_valid([]) == ([], [])


def test_what_is_stored_is_signed_by_the_publisher(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish_many([case_filed(1), decision_made(1)])
    keys = public_keys(tmp_path, PUBLISHER)
    for entry in Backlog(tmp_path, PUBLISHER).entries(ENFORCEMENT, 0, 10):
        key_id, signature = split_signature(entry.signature)
        assert keys[key_id].verifies(signature, entry.value)
        assert not keys[key_id].verifies(signature, entry.value + b" ")


def test_a_trace_goes_along(publisher: Publisher, tmp_path: Path) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    publisher.publish(case_filed(), traceparent=trace)
    assert Backlog(tmp_path, PUBLISHER).entries(ENFORCEMENT, 0, 1)[0].traceparent == trace
    with pytest.raises(InvalidInput, match="traceparent"):
        publisher.publish(case_filed(2), traceparent="00-0-0-0")


def test_flags_are_told_with_the_receipt(publisher: Publisher) -> None:
    event = decision_made()
    event["handlers"] = event["handlers"][:1]
    assert [flag.code for flag in publisher.publish(event).flags] == ["TWO_OFFICERS"]


def test_threads_share_a_publisher(publisher: Publisher, tmp_path: Path) -> None:
    def publish(first: int) -> None:
        for number in range(first, first + 40, 4):
            publisher.publish_many([case_filed(number + step) for step in range(4)])

    threads = [threading.Thread(target=publish, args=(1000 * place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    metas = [stored["meta"] for stored in _stored(tmp_path)]
    assert [meta["sequence"] for meta in metas] == list(range(1, 161))
    assert len({meta["event_id"] for meta in metas}) == 160


def test_the_largest_event_is_what_landing_takes(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, landing=LandingSettings(value_bytes=2_000))
    event = case_filed()
    with Publisher(settings, PUBLISHER) as small:
        event["party"]["name"] = "大" * 900
        with pytest.raises(InvalidEvent, match="bytes"):
            small.publish(event)
        event["party"]["name"] = "大" * 300
        small.publish(event)
    assert max(len(entry.value) for entry in Backlog(tmp_path, PUBLISHER).entries(ENFORCEMENT, 0, 9)) <= 2_000


def test_a_closed_publisher_says_so(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(case_filed())
    publisher.close()
    publisher.close()
    with pytest.raises(InvalidInput, match="was closed"):
        publisher.publish(case_filed(2))
    assert len(_stored(tmp_path)) == 1
