"""What becomes of measurements: percentiles, the JSON, the block of the README."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks import report
from tests.benchmarks.frame import MODULES, Result, bench_modules, percentile
from tests.benchmarks.machine import describe_machine

RESULTS = [
    Result("a landing", 160_000.4, "events/s", "the reference", 11.83, "≥ 8×", True),
    Result("d visible, p99", 2.5, "s", "the log | alone", 0.01, "≤ 2 s", False, "a note"),
]


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([3.0, 1.0, 2.0], 0.5, 2.0), ([1.0], 0.99, 1.0), ([float(n) for n in range(1, 101)], 0.99, 99.0)],
)
def test_percentiles_are_values_that_were_measured(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


def test_the_machine_is_described() -> None:
    machine = describe_machine()
    assert machine["cores"]
    assert all(machine[name] for name in ("cpu", "memory_gib", "kernel", "python"))
    assert {"Apache Kafka", "chdb-core", "kafka-python"} <= set(machine["versions"])  # type: ignore[call-overload]


def test_only_full_runs_without_a_break_get_into_the_readme(tmp_path: Path) -> None:
    machine = describe_machine()
    assert report.newest_full(tmp_path) is None
    report.write_json(RESULTS, machine, short=True, only="", failed=[], folder=tmp_path)
    report.write_json(RESULTS, machine, short=False, only="a", failed=[], folder=tmp_path)
    assert report.newest_full(tmp_path) is None
    (tmp_path / "soak-9.json").write_text("{}")
    path = report.write_json(RESULTS, machine, short=False, only="", failed=[], folder=tmp_path)
    assert report.newest_full(tmp_path) == path
    assert json.loads(path.read_text(encoding="utf-8"))["results"][0]["value"] == 160_000.4


def test_the_readmes_block_is_put_after_its_mark_and_later_replaced(tmp_path: Path) -> None:
    path = report.write_json(RESULTS, describe_machine(), short=False, only="", failed=[], folder=tmp_path)
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n\n{report.BEGIN}\n\nafter\n", encoding="utf-8")
    body = json.loads(path.read_text(encoding="utf-8"))
    report.rewrite_readme(body, readme)
    once = readme.read_text(encoding="utf-8")
    report.rewrite_readme(body, readme)
    assert readme.read_text(encoding="utf-8") == once
    assert once.startswith("before\n")
    assert once.endswith("\n\nafter\n")
    assert "160,000 events/s" in once
    assert "≤ 2 s ✗" in once
    assert "11.8×" in once
    assert "0.01×" in once
    assert "the log \\| alone" in once


def test_a_readme_without_the_mark_is_left_alone(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError, match="has no"):
        report.rewrite_readme({"results": []}, readme)
    assert readme.read_text(encoding="utf-8") == "nothing"


def test_every_letter_has_a_module_that_measures() -> None:
    for letter in MODULES:
        for _, bench in bench_modules(letter):
            assert bench.TITLE
            assert callable(bench.run)
