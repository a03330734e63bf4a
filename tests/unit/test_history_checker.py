"""The history checker finds every kind of damage that is done to a good history, and finds none in a good one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.history_checker import Grave, Seen, Verdict, judge

TOPIC = "lianzhi.enforcement.330421"


def _seen(offset: int, sequence: int, publisher: str = "jiashan.zhifa", epoch: int = 1) -> Seen:
    return Seen(offset, (f"id-{publisher}-{epoch}-{sequence}", f"case-{sequence % 7}"), (publisher, epoch, sequence), 5)


@st.composite
def _good(draw: Any) -> tuple[list[Seen], list[Seen], list[Grave]]:
    """Two publishers, two epochs, records that are no events, a redriven dead letter, resends, holes in the log."""
    lanes = [("jiashan.zhifa", 1), ("jiashan.zhifa", 2), ("jiashan.gongshi", 1)]
    counts = dict.fromkeys(lanes, 0)
    log: list[Seen] = []
    table: list[Seen] = []
    graves: list[Grave] = []
    offset = 0
    for kind in draw(st.lists(st.sampled_from(["event", "event", "event", "resend", "junk", "redriven", "hole"]))):
        offset += 1
        lane = draw(st.sampled_from(lanes))
        if kind == "hole":
            continue
        if kind == "junk":
            log.append(Seen(offset, None, None, 5))
            graves.append(Grave(offset, dead=True))
            continue
        if kind == "resend" and counts[lane]:
            sequence = draw(st.integers(1, counts[lane]))
        else:
            counts[lane] += 1
            sequence = counts[lane]
        record = _seen(offset, sequence, *lane)
        log.append(record)
        table.append(record)
        if kind == "redriven":
            graves.append(Grave(offset, dead=False))
    return log, table, graves


@given(_good())
def test_a_good_history_is_clean(history: tuple[list[Seen], list[Seen], list[Grave]]) -> None:
    log, table, graves = history
    verdict = judge(TOPIC, log, table, graves, [seen.numbered for seen in table if seen.numbered])
    assert verdict.clean, str(verdict)
    assert (verdict.records, verdict.rows) == (len(log), len(table))


@settings(max_examples=60)
@given(_good(), st.randoms(use_true_random=False))
def test_any_row_taken_away_is_lost_and_any_row_put_in_twice_is_doubled(
    history: tuple[list[Seen], list[Seen], list[Grave]], random: Any
) -> None:
    log, table, graves = history
    if not table:
        return
    place = random.randrange(len(table))
    offset = table[place].offset
    assert judge(TOPIC, log, table[:place] + table[place + 1 :], graves).lost == [offset]
    assert judge(TOPIC, log, table[: place + 1] + table[place:], graves).doubled == [offset]
    foreign = sorted([*table, replace(table[place], offset=10_000)], key=lambda seen: seen.offset)
    assert judge(TOPIC, log, foreign, graves).foreign == [10_000]


def _history(count: int = 12) -> tuple[list[Seen], list[Seen]]:
    log = [_seen(offset, offset + 1) for offset in range(count)]
    return log, list(log)


def _only(verdict: Verdict, **expected: object) -> None:
    assert {kind: getattr(verdict, kind) for kind in verdict.faults} == expected


def test_two_events_that_changed_places_are_named() -> None:
    log, table = _history()
    table[3], table[4] = replace(table[4], offset=3), replace(table[3], offset=4)
    _only(judge(TOPIC, log, table), moved=[3, 4])


@pytest.mark.parametrize(
    "change",
    [
        {"appended_ms": 6},
        {"identity": ("id-jiashan.zhifa-1-6", "another case")},
        {"numbered": ("jiashan.zhifa", 1, 7)},
        {"numbered": ("jiashan.zhifa", 2, 6)},
        {"numbered": ("qingpu.zhifa", 1, 6)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_row_that_says_anything_else_than_the_log_is_named(change: dict[str, Any]) -> None:
    log, table = _history()
    table[5] = replace(table[5], **change)
    _only(judge(TOPIC, log, table), moved=[5])


def test_a_gap_and_a_late_fill_are_named() -> None:
    log = [_seen(offset, sequence) for offset, sequence in enumerate((1, 2, 4, 3, 6))]
    verdict = judge(TOPIC, log, log)
    _only(verdict, gaps=[("jiashan.zhifa", 1, 5)], reordered=[3])


def test_the_same_event_at_a_second_place_is_a_resend_and_no_fault() -> None:
    log, _ = _history(3)
    log.append(replace(log[1], offset=3))
    verdict = judge(TOPIC, log, log)
    assert verdict.clean
    assert verdict.resends == 1


def test_a_dead_letter_that_also_landed_and_a_redriven_one_that_did_not() -> None:
    log, table = _history(4)
    verdict = judge(TOPIC, log, [table[0], table[1], table[3]], [Grave(1, dead=True), Grave(2, dead=False)])
    _only(verdict, both=[1], lost=[2])


def test_a_receipt_whose_event_never_came_is_named() -> None:
    log, table = _history(3)
    receipts = [("jiashan.zhifa", 1, 3), ("jiashan.zhifa", 1, 4), ("qingpu.zhifa", 1, 1)]
    _only(judge(TOPIC, log, table, (), receipts), unsent=[("jiashan.zhifa", 1, 4), ("qingpu.zhifa", 1, 1)])


def test_an_empty_table_loses_everything_and_an_empty_log_is_foreign_to_everything() -> None:
    log, table = _history(3)
    _only(judge(TOPIC, log, []), lost=[0, 1, 2])
    _only(judge(TOPIC, [], table), foreign=[0, 1, 2])


def test_a_publishers_own_event_among_the_dead_letters_is_told() -> None:
    log, table = _history(3)
    log.append(Seen(3, None, None, 5))
    verdict = judge(TOPIC, log, [table[0], table[2]], [Grave(1, dead=True), Grave(3, dead=True)])
    assert verdict.clean
    assert verdict.refused == [("jiashan.zhifa", 1, 2)]
