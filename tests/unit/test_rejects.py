"""The report of refused lines, as one JSON object."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from lianzhi.rejects import RejectReport
from schemas.errors import Problem


@pytest.mark.parametrize("flags", [{}, {"USCC": 4, "DAY_AFTER_RECORDING": 1}], ids=str)
@pytest.mark.parametrize("refused", [0, 2])
def test_counts_and_problems_are_one_json_object(flags: dict[str, Any], refused: int) -> None:
    out = io.StringIO()
    with RejectReport(None) as report:
        for line in range(refused):
            report.add(line + 1, Problem("filed_on", "nothing", "a day", "应为日期"))
        report.write_json({"lines": 5, "flags": flags}, out)
    told = json.loads(out.getvalue())
    assert (told["lines"], told["flags"]) == (5, flags)
    assert [problem["line"] for problem in told["problems"]] == list(range(1, refused + 1))
