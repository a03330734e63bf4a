"""Metrics: the catalogue keeps its own rules, and the text is Prometheus'."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from infra import metrics
from infra.errors import FatalError
from infra.metrics import Kind, Metric, Metrics, catalogue

SENT = Metric("test_sent_total", Kind.COUNTER, "Sent.", ("topic",))
LAG = Metric("test_lag_events", Kind.GAUGE, "Lag.")
TIME = Metric("test_time_seconds", Kind.HISTOGRAM, "Time.", ("outcome",), buckets=(0.1, 1.0))


def test_the_catalogue_names_each_metric_once_with_its_meaning() -> None:
    names = [metric.name for metric in catalogue()]
    assert len(names) == len(set(names)) > 10
    for metric in catalogue():
        assert re.fullmatch(r"lianzhi_[a-z_]+", metric.name)
        assert metric.meaning.endswith(".")


@pytest.mark.parametrize("label", ["event_id", "stream_id", "person", "case"])
def test_labels_never_carry_ids(label: str) -> None:
    with pytest.raises(FatalError, match="labels never carry ids"):
        Metric("test_x_total", Kind.COUNTER, "X.", (label,))


def test_counters_and_only_they_end_in_total() -> None:
    with pytest.raises(FatalError):
        Metric("test_x", Kind.COUNTER, "X.")
    with pytest.raises(FatalError):
        Metric("test_x_total", Kind.GAUGE, "X.")


def test_text() -> None:
    values = Metrics()
    values.add(SENT, 2, topic='a"b\\\n')
    values.add(SENT, topic='a"b\\\n')
    values.set(LAG, 1.5)
    for seconds in (0.05, 0.1, 0.5, 7):
        values.observe(TIME, seconds, outcome="ok")
    assert values.render() == (
        "# HELP test_lag_events Lag.\n"
        "# TYPE test_lag_events gauge\n"
        "test_lag_events 1.5\n"
        "# HELP test_sent_total Sent.\n"
        "# TYPE test_sent_total counter\n"
        'test_sent_total{topic="a\\"b\\\\\\n"} 3\n'
        "# HELP test_time_seconds Time.\n"
        "# TYPE test_time_seconds histogram\n"
        'test_time_seconds_bucket{outcome="ok",le="0.1"} 2\n'
        'test_time_seconds_bucket{outcome="ok",le="1"} 3\n'
        'test_time_seconds_bucket{outcome="ok",le="+Inf"} 4\n'
        'test_time_seconds_sum{outcome="ok"} 7.65\n'
        'test_time_seconds_count{outcome="ok"} 4\n'
    )
    assert (values.value(SENT, topic='a"b\\\n'), values.value(LAG), values.value(SENT, topic="x")) == (3, 1.5, 0)


def test_wrong_use_is_refused() -> None:
    values = Metrics()
    wrong: tuple[Callable[[], None], ...] = (
        lambda: values.add(SENT),
        lambda: values.add(SENT, region="330421"),
        lambda: values.add(SENT, -1, topic="t"),
        lambda: values.add(LAG),
        lambda: values.set(SENT, 1, topic="t"),
        lambda: values.observe(LAG, 1),
    )
    for call in wrong:
        with pytest.raises(FatalError):
            call()


def test_a_label_that_takes_ids_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "MOST_SERIES", 3)
    values = Metrics()
    for topic in "abc":
        values.add(SENT, topic=topic)
    values.add(SENT, topic="a")
    with pytest.raises(FatalError, match="3 series"):
        values.add(SENT, topic="d")


def test_threads_lose_no_count_and_the_file_is_whole(tmp_path: Path) -> None:
    values, file = Metrics(), tmp_path / "landing.prom"

    def count() -> None:
        for _ in range(2_000):
            values.add(SENT, topic="t")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    values.write(file)
    assert file.read_text() == values.render()
    assert values.value(SENT, topic="t") == 8_000
    assert list(tmp_path.iterdir()) == [file]
