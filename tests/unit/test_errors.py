"""The error family, and what the clients' errors become in it."""

from __future__ import annotations

import pytest
from kafka import errors as kafka_errors

from infra import errors
from infra.clickhouse import OutcomeUnknown, ServerBusy, ServerRefused
from infra.clickhouse.errors import refusal
from infra.errors import FatalError, InvalidEvent, InvalidInput, LianzhiError, Problem, RetryableError
from infra.kafka import NotAcknowledged
from infra.kafka.errors import as_ours, kafka_calls


def test_there_is_one_family() -> None:
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert kind is Problem or issubclass(kind, LianzhiError)
    for kind in (ServerBusy, OutcomeUnknown, NotAcknowledged):
        assert issubclass(kind, RetryableError)
    assert issubclass(ServerRefused, InvalidInput)


def test_a_message_says_what_happened_in_both_languages_and_what_to_do() -> None:
    assert str(InvalidInput("it is wrong", zh="有误", hint="mend it")) == "有误 | it is wrong (mend it)"
    assert str(FatalError("it is wrong")) == "it is wrong"


def test_an_invalid_event_names_every_field() -> None:
    refused = InvalidEvent((Problem("a.b", "1", "a text", "应为文本"), Problem("c", "nothing", "a date", "应为日期")))
    for part in ("a.b", "a text", "应为文本", "c", "a date", "应为日期"):
        assert part in str(refused)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (kafka_errors.OffsetOutOfRangeError(), FatalError),
        (kafka_errors.NoOffsetForPartitionError(), FatalError),
        (kafka_errors.CorruptRecordError(), FatalError),
        (kafka_errors.TopicAuthorizationFailedError(), FatalError),
        (kafka_errors.GroupAuthorizationFailedError(), FatalError),
        (kafka_errors.MessageSizeTooLargeError(), InvalidInput),
        (kafka_errors.UnknownTopicOrPartitionError(), RetryableError),
        (kafka_errors.KafkaTimeoutError(), RetryableError),
        (kafka_errors.KafkaConnectionError(), RetryableError),
        (kafka_errors.NotEnoughReplicasError(), RetryableError),
        (ConnectionRefusedError(), RetryableError),
        (kafka_errors.KafkaConfigurationError(), FatalError),
    ],
)
def test_what_kafkas_errors_mean(error: Exception, kind: type[LianzhiError]) -> None:
    found = as_ours(error, "reading t")
    assert isinstance(found, kind)
    assert "reading t" in found.message
    assert type(error).__name__ in found.message
    assert found.zh
    assert found.hint


def test_errors_of_ours_and_mistakes_pass_through() -> None:
    with pytest.raises(KeyError), kafka_calls("reading"):
        raise KeyError("x")
    with pytest.raises(FatalError, match="as it was"), kafka_calls("reading"):
        raise FatalError("as it was")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (252, ServerBusy),
        (241, ServerBusy),
        (202, ServerBusy),
        (159, OutcomeUnknown),
        (319, OutcomeUnknown),
        (394, OutcomeUnknown),
        (395, ServerRefused),
        (86, ServerRefused),
        (210, ServerRefused),
        (117, ServerRefused),
        (497, ServerRefused),
    ],
)
def test_what_clickhouses_codes_mean(code: int, kind: type[ServerRefused]) -> None:
    found = refusal(code, "Code: 1. DB::Exception: DB::Exception: it is so. Stack trace:\n\n0. at somewhere\n1. else")
    assert type(found) is kind
    assert found.code == code
    assert "it is so" in found.message
    assert "Stack trace" not in found.message
    assert "somewhere" not in found.message
    assert found.zh


def test_the_servers_words_are_bounded() -> None:
    found = refusal(6, "Code: 6. DB::Exception: " + "x" * 100_000 + " (version 26.9.2.1 (official build))")
    assert isinstance(found, ServerRefused)
    assert len(found.message) < 2_200
    assert isinstance(
        tidied := refusal(6, "DB::Exception: no. (X) (version 26.9.2.1 (official build))\n"), ServerRefused
    )
    assert tidied.server_message == "no. (X)"
