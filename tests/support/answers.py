"""An answer of `lianzhi ask` held against the answer key: every row, every figure, nothing rounded away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

ANSWER_KEYS = {
    *("question", "title", "parameters", "as_of", "known_at", "formula_version", "rows", "n", "d", "interval"),
    *("suppressed", "completeness"),
}
"""What the JSON of an answer holds at least; promised to whoever reads it."""


def compare_answer(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """Every difference in words; nothing when the answer is the key's."""
    found = [
        f"{name}: {answer[name]!r}, the key says {expected[name]!r}"
        for name in ("n", "d", "suppressed")
        if not same(answer[name], expected[name])
    ]
    rows, wanted = list(answer["rows"]), list(expected["rows"])
    if len(rows) != len(wanted):
        found.append(f"{len(rows)} rows, the key has {len(wanted)}")
    for place, (row, want) in enumerate(zip(rows, wanted, strict=False)):
        missing = set(want) - set(row)
        found += [f"row {place}: no column {name}" for name in sorted(missing)]
        found += [
            f"row {place}, {name}: {row[name]!r}, the key says {value!r} in {dict(want)}"
            for name, value in want.items()
            if name in row and not same(row[name], value)
        ]
    return found


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values; 1 and 1.0 and "1.00" are one amount, and no two different amounts are."""
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if _is_list(one) and _is_list(other):
        return len(one) == len(other) and all(same(left, right) for left, right in zip(one, other, strict=True))
    first, second = _amount(one), _amount(other)
    if first is not None and second is not None:
        return first == second
    return bool(one == other)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _amount(value: Any) -> Decimal | None:
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value))
    if isinstance(value, str) and value.replace(".", "", 1).replace("-", "", 1).isdecimal() and "." in value:
        return Decimal(value)
    return None
