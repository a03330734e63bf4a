"""What the landing process tells `lianzhi status`: which topics stopped, and why."""

from __future__ import annotations

from consumers.topic import Phase, TopicReport
from lianzhi.processes.ingest import report_of


def test_a_stopped_topic_is_an_alarm_and_one_that_starts_again_is_none() -> None:
    stopped = TopicReport("lianzhi.dispute.320509", Phase.STOPPED, 9, 4, 0, "offset 4: UNKNOWN_SCHEMA")
    again = TopicReport("lianzhi.inquiry.320509", Phase.LOOKING, 9, 4, 0, "offset 4: UNKNOWN_SCHEMA")
    report = report_of([stopped, again])
    assert report["alarms"] == [
        "主题 lianzhi.dispute.320509 已停止落地 | topic lianzhi.dispute.320509 is stopped: offset 4: UNKNOWN_SCHEMA"
    ]
    assert [topic["topic"] for topic in report["topics"]] == [stopped.topic, again.topic]
