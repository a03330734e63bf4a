"""What the client library logs while it connects decides what is told: without a broker, so without its races."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from kafka import errors as kafka_errors

from infra.errors import FatalError
from infra.kafka.connecting import connecting
from infra.settings import Settings, load_settings

HUNG_UP = kafka_errors.KafkaConnectionError("socket disconnected")


def give_up(settings: Settings, logged: Exception) -> None:
    """As the library does: what it saw goes to its log, and at last it says only that its time is up."""
    with connecting(settings):
        for error in (HUNG_UP, logged, HUNG_UP):
            logging.getLogger("kafka.net").warning("connection failed: %s", error)
        raise kafka_errors.KafkaTimeoutError("bootstrap")


@pytest.mark.parametrize(
    ("logged", "names"),
    [
        (kafka_errors.UnsupportedSaslMechanismError("PLAIN"), ("'PLAIN'", "kafka.sasl_mechanism")),
        (kafka_errors.SaslAuthenticationFailedError("no"), ("'jiashan'", "kafka.user", "secrets/kafka/jiashan")),
    ],
)
def test_what_the_broker_answers_outweighs_its_hanging_up(
    tmp_path: Path, logged: Exception, names: tuple[str, ...]
) -> None:
    settings = load_settings(
        tmp_path,
        env={},
        kafka__security_protocol="SASL_PLAINTEXT",
        kafka__sasl_mechanism="PLAIN",
        kafka__user="jiashan",
    )
    with pytest.raises(FatalError) as told:
        give_up(settings, logged)
    for name in names:
        assert name in f"{told.value} {told.value.hint}"
