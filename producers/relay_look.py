"""Looking at the log before sending: what has landed already, and whether this outbox may still speak.

A relay that dies between the broker's acknowledgement and its own mark has sent events that the outbox does not know as
sent. They stand in the log at or after the offset that the last mark remembers, so reading from there finds every one.
The same look tells when outbox and log do not belong together: then nothing is sent, a person has to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from infra.errors import FatalError
from producers.backlog import Entry, TopicState
from producers.log import Landed, Log

TAIL = 2_000
"""So many events at the end of a topic are looked at for a later epoch when an outbox first meets the topic."""

_ENTRIES_AT_ONCE = 500

ReadEntries = Callable[[int, int], list[Entry]]


class OutboxOutdated(FatalError):
    """The log holds more of this publisher than its outbox knows of: another outbox has spoken for it since."""

    def __init__(self, publisher: str, topic: str, what: str) -> None:
        super().__init__(
            f"the outbox of {publisher} is outdated, nothing is sent: {topic} holds {what}",
            zh=f"{publisher} 的发件箱已过时，停止发送：{topic} 中已有更新的事件",
            hint="was it restored from a backup, or does a second one publish elsewhere? then: "
            f"`lianzhi outbox renew {publisher}`",
        )


class LogShorter(FatalError):
    """The log ends before events that it once acknowledged."""

    def __init__(self, publisher: str, topic: str, end: int, acknowledged: int) -> None:
        super().__init__(
            f"{topic} ends at offset {end}, but events of {publisher} were acknowledged below {acknowledged}: "
            "the log has lost events or was made anew, nothing is sent",
            zh=f"{topic} 止于偏移量 {end}，早于已确认的 {acknowledged}：日志丢失事件或被重建，停止发送",
            hint=f"restore the log; if it is a new one on purpose: `lianzhi outbox renew {publisher}`",
        )


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look has found.

    Attributes:
        sent: the sequence up to which the log holds this epoch's events.
        log_offset: where the log ended.
        landed_unmarked: events that had landed without being marked.
        resent: events that the log holds a second time.
    """

    sent: int
    log_offset: int
    landed_unmarked: int
    resent: int


def look(log: Log, publisher: str, epoch: int, state: TopicState, read_entries: ReadEntries) -> Looked:
    """Compare a topic's end with the outbox.

    Args:
        read_entries: the entries of this topic after a sequence, up to a count (`Backlog.entries`).

    Raises:
        OutboxOutdated, LogShorter: nothing may be sent.
        LogAway, LianzhiError: the log can not be read now.
    """
    end = log.end(state.topic)
    if state.log_offset is None:
        for landed in _of(publisher, log.read(state.topic, max(0, end - TAIL), end)):
            if landed.epoch is not None and landed.epoch >= epoch:
                raise OutboxOutdated(publisher, state.topic, f"epoch {landed.epoch}, this one began {epoch}")
        return Looked(state.sent, end, 0, 0)
    if end < state.log_offset:
        raise LogShorter(publisher, state.topic, end, state.log_offset)
    sent, resent = state.sent, 0
    own = _entries(read_entries, state.sent)
    for landed in _of(publisher, log.read(state.topic, state.log_offset, end)):
        if landed.epoch is None or landed.sequence is None or landed.epoch < epoch:
            continue
        if landed.epoch > epoch:
            raise OutboxOutdated(publisher, state.topic, f"epoch {landed.epoch}, this one is {epoch}")
        if landed.sequence > state.last:
            raise OutboxOutdated(publisher, state.topic, f"sequence {landed.sequence}, this one ends at {state.last}")
        if landed.sequence == sent + 1:
            if next(own).value != landed.value:
                raise OutboxOutdated(publisher, state.topic, f"another event as sequence {landed.sequence}")
            sent += 1
        elif landed.sequence <= sent:
            resent += 1
    return Looked(sent, end, sent - state.sent, resent)


def _of(publisher: str, landed: Iterator[Landed]) -> Iterator[Landed]:
    return (each for each in landed if each.publisher == publisher)


def _entries(read_entries: ReadEntries, after: int) -> Iterator[Entry]:
    while found := read_entries(after, _ENTRIES_AT_ONCE):
        yield from found
        after = found[-1].sequence
