"""Write a value that is no event, and print where it stands: the topic and the offset.

    python not_an_event.py BOOTSTRAP TOPIC

Needs `confluent-kafka` and nothing of Lianzhi.
"""

# ruff: noqa: T201 (its output is what the next command takes)

import sys

from confluent_kafka import Producer

BOOTSTRAP, TOPIC = sys.argv[1:3]
arrived = []
producer = Producer({"bootstrap.servers": BOOTSTRAP, "acks": "all"})
producer.produce(TOPIC, key=b"nobody", value=b"not an event", on_delivery=lambda *told: arrived.append(told))
producer.flush(30)
error, message = arrived[0]
if error:
    sys.exit(str(error))
print(TOPIC, message.offset())
