"""The client library's errors as ours: retryable, invalid or fatal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kafka import errors as kafka_errors

from infra.errors import FatalError, InvalidInput, LianzhiError, RetryableError


@dataclass(frozen=True, slots=True)
class _Meaning:
    errors: tuple[type[Exception], ...]
    ours: type[LianzhiError]
    zh: str
    hint: str


_MEANINGS = (
    _Meaning(
        (
            kafka_errors.OffsetOutOfRangeError,
            kafka_errors.NoOffsetForPartitionError,
            kafka_errors.LogTruncationError,
        ),
        FatalError,
        "日志中已没有所需位置的事件",
        "the log is shorter or younger than what was read of it; do not go on before you know why",
    ),
    _Meaning(
        (kafka_errors.CorruptRecordError, kafka_errors.UnsupportedCodecError),
        FatalError,
        "日志中的字节已损坏",
        "check the broker's disk and the other replicas",
    ),
    _Meaning(
        (kafka_errors.AuthorizationError, kafka_errors.SaslAuthenticationFailedError),
        FatalError,
        "Kafka 拒绝访问",
        "check the user, its password and its grants",
    ),
    _Meaning(
        (kafka_errors.MessageSizeTooLargeError, kafka_errors.RecordListTooLargeError),
        InvalidInput,
        "消息过大",
        "see kafka.max_message_bytes",
    ),
    _Meaning(
        (kafka_errors.UnknownTopicOrPartitionError,), RetryableError, "主题不存在", "`lianzhi up` makes the topics"
    ),
    _Meaning(
        (kafka_errors.RetriableError, OSError),
        RetryableError,
        "Kafka 暂时不可用",
        "is the broker running? see `lianzhi status`",
    ),
)
_OTHERWISE = _Meaning((Exception,), FatalError, "Kafka 出错", "see the broker's log")


def as_ours(error: Exception, doing: str) -> LianzhiError:
    """The error of ours that says what `error` means for whoever was `doing` something (in English: 'reading t')."""
    meaning = next((meaning for meaning in _MEANINGS if isinstance(error, meaning.errors)), _OTHERWISE)
    return meaning.ours(f"Kafka, {doing}: {type(error).__name__}: {error}", zh=meaning.zh, hint=meaning.hint)


@contextmanager
def kafka_calls(doing: str) -> Iterator[None]:
    """Turn what the client library raises inside into errors of ours."""
    try:
        yield
    except (kafka_errors.KafkaError, OSError) as error:
        raise as_ours(error, doing) from error
