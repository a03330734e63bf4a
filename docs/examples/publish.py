"""Publish from a program: durable when `publish` returns, refused with every reason when something is wrong."""

# ruff: noqa: T201 (an example prints what it did)

from typing import Any

from lianzhi import InvalidEvent, Publisher, RetryableError, load_settings

AGENCY = "11330421Y000120170"
CASE = "jiashan-case-2026-0501"

filed: dict[str, Any] = {
    "meta": {
        "event_type": "CaseFiled",
        "stream_id": CASE,
        "occurred_at": "2026-05-06T09:30:00+08:00",
        "recorded_at": "2026-05-06T09:41:00+08:00",
        "actor": {"agency": AGENCY},
    },
    "case_number": "嘉综执立字〔2026〕501号",
    "domain": "URBAN_MANAGEMENT",
    "procedure": "ORDINARY",
    "act_place": "330421",
    "act_on": "2026-05-05",
    "filed_on": "2026-05-06",
    "handlers": ["330421001", "330421002"],
    "party": {
        "kind": "NATURAL_PERSON",
        "person": {"name": "示例当事人", "id_type": "CITIZEN_ID", "id_number": "999999198811034154"},
    },
}

with Publisher(load_settings(), "jiashan.zhifa") as publisher:
    receipt = publisher.publish(filed)
    print(receipt.topic, receipt.epoch, receipt.sequence, receipt.event_id)

    again = publisher.publish(filed)  # the same event once more: recognised, not published twice
    print("already published:", again.already_published)

    wrong = {"meta": {**filed["meta"], "event_type": "CaseClosed"}, "closed_on": "06.05.2026", "closing_kind": "DONE"}
    try:
        publisher.publish(wrong)
    except InvalidEvent as error:
        for problem in error.problems:
            print(f"{problem.field}: {problem.found}; {problem.expected_zh} | {problem.expected_en}")
    except RetryableError as error:  # the tokeniser or the disk is busy: nothing was stored, try again
        print("later:", error)
