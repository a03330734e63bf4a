"""Making a client of the log; when that fails, saying which setting is wrong.

The library tries again until its time is up and then says only that it could not bootstrap; what it saw goes to its
log. So its log is listened to while it connects.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kafka import errors as kafka_errors

from infra.errors import FatalError, LianzhiError, RetryableError
from infra.kafka.config import OVER_TLS
from infra.kafka.errors import as_ours
from infra.settings import Settings
from infra.settings_groups import KafkaSettings, SecurityProtocol
from infra.tls import Door, why_closed

_LOGGER = "kafka"
_WITH_PASSWORD = {SecurityProtocol.SASL_PLAINTEXT, SecurityProtocol.SASL_SSL}
_DEFAULT_PORT = 9092


@contextmanager
def connecting(settings: Settings) -> Iterator[None]:
    """Turn what the client library raises while it connects into errors of ours.

    Raises:
        FatalError: a setting is wrong, named.
        RetryableError: no broker answers.
    """
    seen = _Seen()
    logger = logging.getLogger(_LOGGER)
    logger.addHandler(seen)
    try:
        yield
    except (kafka_errors.KafkaError, OSError) as error:
        gave_up = isinstance(error, kafka_errors.KafkaTimeoutError | kafka_errors.SaslAuthenticationFailedError)
        reason = _refused(settings, [*seen.errors, error]) if gave_up else None
        raise reason or as_ours(error, "connecting") from None
    finally:
        logger.removeHandler(seen)


class _Seen(logging.Handler):
    """The errors that the library logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.errors: list[Exception] = []

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.args, tuple):
            self.errors += [argument for argument in record.args if isinstance(argument, Exception)]


def _refused(settings: Settings, seen: Sequence[Exception]) -> LianzhiError | None:
    kafka = settings.kafka
    for error in seen:
        if isinstance(error, kafka_errors.UnsupportedSaslMechanismError):
            return FatalError(
                f"Kafka at {kafka.bootstrap} does not know the SASL mechanism {kafka.sasl_mechanism!r}",
                zh=f"Kafka 不支持 SASL 机制 {kafka.sasl_mechanism}",
                hint="see kafka.sasl_mechanism",
            )
        if isinstance(error, kafka_errors.SaslAuthenticationFailedError):
            return FatalError(
                f"Kafka at {kafka.bootstrap} does not let the user {kafka.user!r} in ({kafka.sasl_mechanism})",
                zh=f"Kafka 拒绝用户 {kafka.user} 登录",
                hint=_see_password(kafka),
            )
    if reason := why_closed(_doors(settings), kafka.connect_seconds):
        return reason
    if any("disconnected" in str(error) for error in seen):
        # Also what the library often sees of a refused password: the broker closes right behind its answer.
        with_password = kafka.security_protocol in _WITH_PASSWORD
        return RetryableError(
            f"Kafka at {kafka.bootstrap} ends each connection as soon as it is made",
            zh=f"Kafka（{kafka.bootstrap}）接受连接后立即断开",
            hint=_see_password(kafka) if with_password else "does it ask for a password? see kafka.security_protocol",
        )
    return None


def _see_password(kafka: KafkaSettings) -> str:
    return f"see kafka.user, kafka.sasl_mechanism, and the password in secrets/kafka/{kafka.user}"


def _doors(settings: Settings) -> Iterator[Door]:
    kafka = settings.kafka
    for address in filter(None, (part.strip() for part in kafka.bootstrap.split(","))):
        host, _, port = address.rpartition(":")
        yield Door(
            "Kafka",
            host.strip("[]") or address,
            int(port) if host and port.isdigit() else _DEFAULT_PORT,
            kafka.security_protocol in OVER_TLS,
            kafka.ca_file,
            "kafka.ca_file",
            "kafka.security_protocol",
        )
