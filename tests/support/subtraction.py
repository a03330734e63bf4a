"""What somebody can work out of a published answer who knows that the whole is the sum of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every way to write `total` as that many ordered numbers of at least 1."""
    if parts == 1:
        if total >= 1:
            yield (total,)
        return
    for first in range(1, total - parts + 2):
        for rest in compositions(total - first, parts - 1):
            yield (first, *rest)


def leaks(answer: Mapping[str, Any], *, n_of_shown: bool = False) -> list[str]:
    """The withheld figures that only one value fits, in words.

    Every row holds at least one unit of d, n is between 0 and d. A sum that is 0 or all of d says the same of every
    row; that is said of at least as many units as a row needs to be shown, and no leak of one row.

    Args:
        answer: rows with n, d and `suppressed`; n and d of the whole, None where they are withheld.
        n_of_shown: n of the whole counts the rows that are shown.
    """
    hidden: Sequence[Mapping[str, Any]] = [row for row in answer["rows"] if row["suppressed"]]
    found = [f"{row} is shown in part" for row in hidden if row["n"] is not None or row["d"] is not None]
    if answer["d"] is None or not hidden:
        return found
    units = answer["d"] - sum(row["d"] for row in answer["rows"] if not row["suppressed"])
    hits = answer["n"] - sum(row["n"] for row in answer["rows"] if not row["suppressed"])
    possible = list(compositions(units, len(hidden)))
    for place, row in enumerate(hidden):
        values = {parts[place] for parts in possible}
        if len(values) < 2:
            found.append(f"d of {row} must be {values}")
        if n_of_shown or hits in {0, units}:
            continue
        ranges = [(max(0, hits - units + parts[place]), min(parts[place], hits)) for parts in possible]
        if len({value for low, high in ranges for value in range(low, high + 1)}) < 2:
            found.append(f"n of {row} must be {ranges[0]}")
    if units < 5 or (n_of_shown and hits):
        found.append(f"together the withheld rows are known to be {units}")
    return found
