"""Plain Kafka, as any language can do it: one event written with Confluent's client and read back with its decoder.

    python plain_kafka.py BOOTSTRAP REGISTRY_URL

Needs `confluent-kafka[avro,schemaregistry]` and nothing of Lianzhi.
"""

# ruff: noqa: T201 (an example prints what it did)

import secrets
import sys
import time
import uuid
from datetime import UTC, date, datetime, timedelta, timezone

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient, record_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

BOOTSTRAP, REGISTRY = sys.argv[1:3]
PUBLISHER, REGION, FAMILY = "wujiang.gongshi", "320509", "enforcement"
TOPIC = f"lianzhi.{FAMILY}.{REGION}"
SHANGHAI = timezone(timedelta(hours=8))


def uuid7() -> str:
    """RFC 9562: 48 bits of Unix milliseconds, the version, 74 random bits."""
    bits = int(time.time() * 1000) << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=bits))


# This example keeps nothing on the disk, so each run begins a new epoch. A real publisher stores the epoch and the last
# sequence of each topic together with the event, before it sends, and goes on with sequence + 1.
epoch, sequence = int(time.time()) - int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()), 1
event_id = uuid7()
stream_id = "wujiang-decision-2026-0077"
event = {
    "meta": {
        "event_id": event_id,
        "event_type": "DecisionPublished",
        "publisher": PUBLISHER,
        "epoch": epoch,
        "sequence": sequence,
        "region": REGION,
        "stream_id": stream_id,
        "correlation_id": str(uuid.uuid5(uuid.NAMESPACE_URL, stream_id)),
        "causation_id": None,
        "fact_id": event_id,
        "revision": 1,
        "retracted": False,
        "occurred_at": datetime(2026, 5, 11, 10, 0, tzinfo=SHANGHAI),
        "recorded_at": datetime(2026, 5, 11, 10, 5, tzinfo=SHANGHAI),
        "actor": {"agency": "11320509Y00012033B", "unit": None, "officers": []},
        "legal_basis": ["cn/law/xingzhengchufafa@2021#art48"],
        "dissemination": "FULL",
        "audience": [],
    },
    "decision_id": "11320509Y00012033B|吴综执罚决字〔2026〕77号",
    "published_on": date(2026, 5, 11),
    "channel": "CREDIT_SITE",
    "publish_until": date(2027, 5, 11),
    "other_text": None,
}

registry = SchemaRegistryClient({"url": REGISTRY})
subject = f"cn.lianzhi.{FAMILY}.{event['meta']['event_type']}"
schema = registry.get_latest_version(subject).schema
rules = {
    "auto.register.schemas": False,
    "use.latest.version": True,
    "subject.name.strategy": record_subject_name_strategy,
}
value = AvroSerializer(registry, schema.schema_str, conf=rules)(event, SerializationContext(TOPIC, MessageField.VALUE))

producer = Producer({"bootstrap.servers": BOOTSTRAP, "acks": "all", "enable.idempotence": True})
headers = {
    "content-type": b"application/vnd.confluent.avro",
    "publisher": PUBLISHER.encode(),
    "epoch": str(epoch).encode(),
    "sequence": str(sequence).encode(),
}
arrived = []
producer.produce(
    TOPIC,
    key=stream_id.encode(),
    value=value,
    headers=list(headers.items()),
    on_delivery=lambda error, message: arrived.append((error, message)),
)
producer.flush(30)
error, message = arrived[0]
if error:
    sys.exit(str(error))

consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": "any", "enable.auto.commit": False})
consumer.assign([TopicPartition(TOPIC, 0, message.offset())])
record = consumer.poll(30)
read = AvroDeserializer(registry)(record.value(), SerializationContext(TOPIC, MessageField.VALUE))
consumer.close()
print(TOPIC, record.offset(), read["meta"]["event_id"], read["meta"]["event_type"], read["decision_id"])
