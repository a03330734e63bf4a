"""Finding what is wrong in a refused batch: halves are judged until each culprit stands alone.

Only ClickHouse judges, by the landing statement itself with nothing at its end, and only its verdict on the single
value counts. So an event's fate never depends on its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from consumers.batch import Batch
from infra.clickhouse import ServerRefused

Judge = Callable[[Batch], ServerRefused | None]
"""ClickHouse's verdict on a batch: None when it would land. Raises RetryableError when there is no verdict."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Culprits by row (counted from 0) with their refusals; all rows before `judged` are good but these."""

    culprits: Mapping[int, ServerRefused]
    judged: int


def isolate(batch: Batch, judge: Judge, most: int) -> Findings:
    """The first culprits of a refused batch, `most` of them at most.

    When no single value is refused although the whole was, the first half that is good alone is reported as judged, so
    that the batch lands in pieces.

    Raises:
        RetryableError: ClickHouse gives no verdict now.
    """
    search = _Search(batch, judge, most)
    search.look(0, batch.rows, refused=True)
    return Findings(search.culprits, search.judged)


class _Search:
    def __init__(self, batch: Batch, judge: Judge, most: int) -> None:
        self._batch, self._judge, self._most = batch, judge, most
        self.culprits: dict[int, ServerRefused] = {}
        self.judged = 0

    def look(self, begin: int, end: int, *, refused: bool) -> None:
        """Judge rows [begin, end); `refused`: they were refused as a whole already."""
        if len(self.culprits) >= self._most:
            return
        if end - begin == 1 or not refused:
            refusal = self._judge(self._batch.piece(begin, end))
            if refusal is None:
                self.judged = end
                return
            if end - begin == 1:
                self.culprits[begin] = refusal
                self.judged = end
                return
        middle = (begin + end) // 2
        known = len(self.culprits)
        self.look(begin, middle, refused=False)
        # Good on the left means wrong on the right: no need to ask again.
        self.look(middle, end, refused=len(self.culprits) == known)
