"""What ClickHouse's refusals mean."""

from __future__ import annotations

import pytest

from consumers.explain import explain
from consumers.reasons import WORDS, Reason, ReasonCode
from consumers.verdict import RegistryAway, Unexpected, Verdict, guard_of, verdict_of, waiting
from infra.clickhouse import ServerRefused
from projections.store.landing import Guard
from schemas.catalogue import catalogue
from tests.support.sample_events import Samples


def _not_found(schema_id: int) -> str:
    body = f'{{"error_code":40403,"message":"Schema {schema_id} not found"}}'
    return (
        f"Received error from remote server /schemas/ids/{schema_id}. HTTP status code: 404 'Not Found', "
        f"body length: {len(body)} bytes, body: '{body}': while fetching schema id = {schema_id}: "
        "While executing AvroConfluentRowInputFormat."
    )


@pytest.mark.parametrize(
    ("code", "message", "verdict"),
    [
        (395, "lianzhi:region: while executing 'FUNCTION and(… 'lianzhi:deadline' …", Verdict.REFUSED),
        (395, "lianzhi:checksum: while executing", Verdict.REFUSED),
        (395, "lianzhi:moved: while executing 'lianzhi:region'", Verdict.TOO_LATE),
        (395, "lianzhi:deadline: while executing", Verdict.TOO_LATE),
        (395, "lianzhi:present: while executing", Verdict.TOO_LATE),
        (395, "something else threw", Verdict.UNEXPECTED),
        (1001, "std::exception. Code: 1001, type: avro::Exception, e.what() = EOF reached", Verdict.REFUSED),
        (1001, "std::exception. Code: 1001, type: std::bad_alloc", Verdict.UNEXPECTED),
        (117, "Missing AvroConfluent magic byte", Verdict.REFUSED),
        (376, "Cannot parse uuid", Verdict.REFUSED),
        (86, "HTTP 404", Verdict.REGISTRY_AWAY),
        (86, _not_found(3914806203), Verdict.REFUSED),
        (86, _not_found(min(catalogue().by_id)), Verdict.REGISTRY_AWAY),
        (86, _not_found(3914806203).replace("404", "503"), Verdict.REGISTRY_AWAY),
        (210, "Connection refused", Verdict.REGISTRY_AWAY),
        (60, "Table does not exist", Verdict.UNEXPECTED),
        (497, "Not enough privileges", Verdict.UNEXPECTED),
        (44, "a code that nobody has met yet", Verdict.UNEXPECTED),
    ],
)
def test_verdicts(code: int, message: str, verdict: Verdict) -> None:
    refusal = ServerRefused(code, message)
    assert verdict_of(refusal) is verdict
    if verdict in {Verdict.REGISTRY_AWAY, Verdict.UNEXPECTED}:
        assert type(waiting(refusal, "t")) is (RegistryAway if verdict is Verdict.REGISTRY_AWAY else Unexpected)


def test_the_guard_is_the_one_that_threw_and_not_one_that_is_quoted() -> None:
    assert guard_of(ServerRefused(395, "lianzhi:text: while executing 'lianzhi:moved'")) is Guard.TEXT


def test_every_code_has_words_in_two_languages() -> None:
    assert set(WORDS) == set(ReasonCode)
    for code in ReasonCode:
        zh, en = WORDS[code]
        assert zh
        assert en
        assert str(Reason(code, "detail")) == f"{zh} | {en}: detail"


def test_no_value_of_the_event_stands_in_a_reason() -> None:
    sample = Samples(1, absent=0.0).make("DecisionMade")
    values = {str(value) for value in sample.datum.values() if isinstance(value, str)}
    for refusal in (
        ServerRefused(376, "Cannot parse uuid 330421198001010014: (at row 1)"),
        ServerRefused(395, "lianzhi:checksum: x"),
        ServerRefused(395, "lianzhi:region: x"),
        ServerRefused(1001, "avro::Exception 张三"),
    ):
        for value in (sample.value, sample.value[:-3], sample.value + b"x"):
            text = str(explain(value, refusal))
            assert "330421198001010014" not in text
            assert "张三" not in text
            assert not [each for each in values if len(each) > 3 and each in text]
