"""Results as a table, as JSON, and as the block of the README."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from tests.benchmarks.frame import Result
from tests.support.command import ROOT

RESULTS = ROOT / "bench-results"
BEGIN, END = "<!-- bench -->", "<!-- /bench -->"


def write_json(
    results: Sequence[Result],
    machine: dict[str, object],
    *,
    short: bool,
    only: str,
    failed: Sequence[str],
    folder: Path = RESULTS,
) -> Path:
    """One file a run, named by the moment in Asia/Shanghai."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    folder.mkdir(exist_ok=True)
    path = folder / f"{now:%Y-%m-%dT%H%M%S}{'-short' if short else ''}.json"
    body = {
        "measured_at": now.isoformat(timespec="seconds"),
        "short": short,
        "only": only,
        "machine": machine,
        "failed": list(failed),
        "results": [result.as_row() for result in results],
    }
    path.write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def show(results: Sequence[Result], machine: dict[str, object], console: Console | None = None) -> None:
    """The table that people read."""
    console = console or (Console() if sys.stdout.isatty() else Console(width=170))
    table = Table(title="测量 Measured", caption=machine_line(machine), show_lines=False)
    for heading, right in (
        ("测量 what", False),
        ("值 value", True),
        ("单位 unit", False),
        ("参照 reference", False),
        ("比 ratio", True),
        ("目标 target", False),
        ("达到 met", False),
    ):
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for result in results:
        met = "" if not result.target else "[green]✓[/]" if result.met else "[red]✗[/]"
        table.add_row(
            result.name + (f"\n[dim]{result.note}[/]" if result.note else ""),
            number(result.value),
            result.unit,
            result.reference,
            _times(result.ratio),
            result.target,
            met,
        )
    console.print(table)


def number(value: float) -> str:
    """A number with as many digits as it deserves."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"


def machine_line(machine: dict[str, Any]) -> str:
    """The machine in one line."""
    versions = machine["versions"]
    shown = ("Apache Kafka", "chdb-core", "kafka-python", "fastavro", "confluent-kafka", "clickhouse-connect")
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['kernel']}, "
        f"Python {machine['python']}; " + ", ".join(f"{name} {versions[name]}" for name in shown)
    )


def newest_full(folder: Path = RESULTS) -> Path | None:
    """The newest file of a full run: everything measured, nothing failed."""
    for path in sorted(folder.glob("*.json"), reverse=True):
        body = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(body, dict) and "results" in body and not (body["short"] or body["only"] or body["failed"]):
            return path
    return None


def readme_block(body: dict[str, Any]) -> str:
    """What stands between the README's marks."""
    lines = [
        "| 测量 what | 值 value | 参照 reference | 比 ratio | 目标 target |",
        "| --- | ---: | --- | ---: | --- |",
    ]
    for row in body["results"]:
        target = f"{row['target']} {'✓' if row['met'] else '✗'}" if row["target"] else ""
        cells = (row["name"], f"{number(row['value'])} {row['unit']}", row["reference"], _times(row["ratio"]), target)
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    lines += ["", f"{body['measured_at'][:10]}, {machine_line(body['machine'])}."]
    return "\n".join(lines)


def rewrite_readme(body: dict[str, Any], readme: Path) -> None:
    """Put the block after the mark `<!-- bench -->`, in place of the one that is there.

    Raises:
        ValueError: the README has no such mark.
    """
    text = readme.read_text(encoding="utf-8")
    before, mark, after = text.partition(BEGIN)
    if not mark:
        raise ValueError(f"{readme.name} has no {BEGIN}")
    rest = after.partition(END)[2] if END in after else after
    readme.write_text(f"{before}{BEGIN}\n{readme_block(body)}\n{END}{rest}", encoding="utf-8")


def _times(ratio: float | None) -> str:
    """A ratio as people read it: 24.5×, 0.086×, 0.0037×."""
    if ratio is None:
        return ""
    return f"{ratio:.1f}×" if ratio >= 1 else f"{ratio:.2g}×"
