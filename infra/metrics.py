"""Metrics: the catalogue of every name with its meaning, and the values of this process as Prometheus text.

Labels are topics, families, projections, regions, publishers, reasons: sets that stay small. Never a case, a person or
an event: such label names are refused when the catalogue is read, and so is a label that takes too many values.
"""

from __future__ import annotations

import math
import os
import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from infra.errors import FatalError

MOST_SERIES = 1_000
"""Series that one metric may have; more would mean that a label holds ids."""

LABELS = frozenset({"family", "method", "outcome", "projection", "publisher", "reason", "region", "topic"})
"""Every label that a metric may have."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Kind(StrEnum):
    """What a metric does over time."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """A name and its meaning; `name` ends in its unit, counters in `_total`."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = field(default=SECONDS)

    def __post_init__(self) -> None:
        if unknown := set(self.labels) - LABELS:
            raise FatalError(f"metric {self.name}: labels never carry ids or persons; unknown: {sorted(unknown)}")
        if (self.kind is Kind.COUNTER) != self.name.endswith("_total"):
            raise FatalError(f"metric {self.name}: counters, and only they, end in _total")


RELAY_SENT = Metric("lianzhi_relay_sent_total", Kind.COUNTER, "Events acknowledged by the log.", ("topic",))
RELAY_FAILURES = Metric("lianzhi_relay_failures_total", Kind.COUNTER, "Sendings that failed.", ("reason",))
RELAY_BACKLOG = Metric("lianzhi_relay_backlog_events", Kind.GAUGE, "Events in an outbox, not sent.", ("publisher",))
RELAY_OLDEST = Metric("lianzhi_relay_oldest_seconds", Kind.GAUGE, "Age of the oldest unsent event.", ("publisher",))

LANDING_EVENTS = Metric("lianzhi_landing_events_total", Kind.COUNTER, "Events landed.", ("topic",))
LANDING_BYTES = Metric("lianzhi_landing_bytes_total", Kind.COUNTER, "Bytes of values landed.", ("topic",))
LANDING_BATCHES = Metric("lianzhi_landing_batches_total", Kind.COUNTER, "Landing statements.", ("outcome",))
LANDING_SECONDS = Metric(
    "lianzhi_landing_post_seconds", Kind.HISTOGRAM, "Time of one landing statement, failed ones too.", ("outcome",)
)
LANDING_LAG = Metric("lianzhi_landing_lag_events", Kind.GAUGE, "Offsets from the table's end to the log's.", ("topic",))
LANDING_STOPPED = Metric("lianzhi_landing_stopped", Kind.GAUGE, "1 while a topic is stopped by an alarm.", ("topic",))
DEAD_LETTERS = Metric("lianzhi_dead_letters_total", Kind.COUNTER, "Values refused for good.", ("topic", "reason"))

PROJECTION_TICKS = Metric("lianzhi_projection_ticks_total", Kind.COUNTER, "Ticks.", ("projection", "outcome"))
PROJECTION_SECONDS = Metric(
    "lianzhi_projection_tick_seconds",
    Kind.HISTOGRAM,
    "Time that one tick took for a projection, failed ones too.",
    ("projection",),
)
PROJECTION_KEYS = Metric("lianzhi_projection_keys_total", Kind.COUNTER, "Keys computed anew.", ("projection",))
PROJECTION_LAG = Metric("lianzhi_projection_lag_events", Kind.GAUGE, "Landed events not yet folded.", ("projection",))

TOKENISER_REQUESTS = Metric("lianzhi_tokeniser_requests_total", Kind.COUNTER, "Requests.", ("outcome",))
REGISTRY_REQUESTS = Metric("lianzhi_registry_requests_total", Kind.COUNTER, "Requests.", ("method", "outcome"))
HEARTBEAT = Metric("lianzhi_heartbeat_timestamp_seconds", Kind.GAUGE, "Last round of this process's loop, UTC.")


def catalogue() -> tuple[Metric, ...]:
    """Every metric of the platform, by name."""
    return tuple(sorted((m for m in globals().values() if isinstance(m, Metric)), key=lambda metric: metric.name))


class _Series:
    __slots__ = ("buckets", "count", "value")

    def __init__(self, buckets: int) -> None:
        self.value = 0.0
        self.count = 0
        self.buckets = [0] * buckets


class Metrics:
    """The values of one process; safe to share among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series: dict[Metric, dict[tuple[str, ...], _Series]] = {}

    def add(self, metric: Metric, amount: float = 1.0, **labels: str) -> None:
        """Count `amount` (not negative) on a counter."""
        if metric.kind is not Kind.COUNTER or amount < 0:
            raise FatalError(f"metric {metric.name}: only a counter is added to, and never less than nothing")
        with self._lock:
            self._of(metric, labels).value += amount

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """Set a gauge."""
        if metric.kind is not Kind.GAUGE:
            raise FatalError(f"metric {metric.name}: only a gauge is set")
        with self._lock:
            self._of(metric, labels).value = float(value)

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """Put `value` into a histogram."""
        if metric.kind is not Kind.HISTOGRAM:
            raise FatalError(f"metric {metric.name}: only a histogram observes")
        with self._lock:
            series = self._of(metric, labels)
            series.value += value
            series.count += 1
            series.buckets[bisect_left(metric.buckets, value)] += 1

    def value(self, metric: Metric, **labels: str) -> float:
        """The value of a counter or gauge, or the sum of a histogram; 0 when nothing was said yet."""
        with self._lock:
            series = self._series.get(metric, {}).get(tuple(labels.get(name, "") for name in metric.labels))
        return 0.0 if series is None else series.value

    def render(self) -> str:
        """All values in Prometheus' text format 0.0.4."""
        with self._lock:
            return "".join(
                f"{line}\n"
                for metric in sorted(self._series, key=lambda metric: metric.name)
                for line in _lines(metric, self._series[metric])
            )

    def write(self, file: Path) -> None:
        """Write `render()` to `file` at once and whole, for a textfile collector and `lianzhi status`."""
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        draft.write_text(self.render(), encoding="utf-8")
        draft.replace(file)

    def _of(self, metric: Metric, labels: Mapping[str, str]) -> _Series:
        if labels.keys() != set(metric.labels):
            raise FatalError(f"metric {metric.name} has the labels {metric.labels}, given: {tuple(labels)}")
        family = self._series.setdefault(metric, {})
        key = tuple(labels[name] for name in metric.labels)
        if key not in family and len(family) >= MOST_SERIES:
            raise FatalError(f"metric {metric.name} has {MOST_SERIES} series; a label holds what it must not")
        return family.setdefault(key, _Series(len(metric.buckets) + 1))


METRICS = Metrics()
"""The values of this process."""


def _lines(metric: Metric, family: Mapping[tuple[str, ...], _Series]) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.meaning}"
    yield f"# TYPE {metric.name} {metric.kind.value}"
    for key, series in sorted(family.items()):
        labels = [f'{name}="{_escaped(value)}"' for name, value in zip(metric.labels, key, strict=True)]
        if metric.kind is not Kind.HISTOGRAM:
            yield f"{metric.name}{_braced(labels)} {_number(series.value)}"
            continue
        below = 0
        for bound, count in zip((*metric.buckets, math.inf), series.buckets, strict=True):
            below += count
            yield f"{metric.name}_bucket{_braced([*labels, _le(bound)])} {below}"
        yield f"{metric.name}_sum{_braced(labels)} {_number(series.value)}"
        yield f"{metric.name}_count{_braced(labels)} {series.count}"


def _le(bound: float) -> str:
    return f'le="{_number(bound)}"'


def _braced(labels: list[str]) -> str:
    return f"{{{','.join(labels)}}}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value.is_integer() else repr(value)
