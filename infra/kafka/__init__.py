"""The one narrow place that touches kafka-python. Topics are named; each has one partition."""

from infra.kafka.admin import Admin, TopicState, make_admin
from infra.kafka.batches import Outgoing
from infra.kafka.config import require_fast_crc, require_fast_parts
from infra.kafka.consumer import Consumer, end_offsets, make_consumer
from infra.kafka.producer import NotAcknowledged, Producer, make_producer
from infra.kafka.records import Record, fetch_range
from infra.kafka.runs import Run

__all__ = [
    "Admin",
    "Consumer",
    "NotAcknowledged",
    "Outgoing",
    "Producer",
    "Record",
    "Run",
    "TopicState",
    "end_offsets",
    "fetch_range",
    "make_admin",
    "make_consumer",
    "make_producer",
    "require_fast_crc",
    "require_fast_parts",
]
