"""A pytest plugin that only looks: which fault points do the collected tests take as parameters?

    python -m pytest tests/faults --collect-only -q -p tests.support.fault_point_counter

With FAULT_POINTS_FILE set it writes `{"<point>": ["<node id>", …]}` there once everything is collected.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.faultpoints import FaultPoint

FILE = "FAULT_POINTS_FILE"


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write down what was found."""
    found: dict[str, list[str]] = {}
    for item in session.items:
        parameters = getattr(item, "callspec", None)
        for point in _points(parameters.params.values() if parameters is not None else ()):
            found.setdefault(point.value, []).append(item.nodeid)
    if path := os.environ.get(FILE):
        Path(path).write_text(json.dumps(found), encoding="utf-8")


def _points(values: Iterable[Any]) -> Iterator[FaultPoint]:
    for value in values:
        if isinstance(value, FaultPoint):
            yield value
        elif isinstance(value, str):
            known = {point.value: point for point in FaultPoint}
            names = (plan.split(":")[0].removesuffix("@stop") for plan in value.split(","))
            yield from (known[name] for name in names if name in known)
        elif isinstance(value, list | tuple | set | frozenset):
            yield from _points(value)
