"""What a replay takes of the runs that the log hands over: all below its cut, nothing else."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from audit.landing_again import parts_below
from infra.kafka import Run


def _run(first: int, end: int) -> Run:
    values = [str(offset).encode() for offset in range(first, end)]
    return Run("topic", first, 0, True, [b"key"] * len(values), values)


@given(st.sets(st.integers(0, 60), min_size=2), st.data())
def test_every_record_below_the_cut_and_none_beyond(bounds: set[int], data: st.DataObject) -> None:
    """However the log is cut into runs, gaps between them included."""
    runs = [_run(*span) for span in pairwise(sorted(bounds)) if data.draw(st.booleans())]
    end = data.draw(st.integers(0, 70))
    parts = list(parts_below(runs, end))
    taken = [(offset, value) for run in parts for offset, value in enumerate(run.values, run.first)]
    there = [(offset, str(offset).encode()) for run in runs for offset in range(run.first, run.end)]
    assert taken == [(offset, value) for offset, value in there if offset < end]
    assert all(len(part) for part in parts)


def test_reading_stops_at_the_first_run_beyond_the_cut() -> None:
    runs = iter([_run(0, 5), _run(5, 9), _run(9, 12)])
    assert [part.end for part in parts_below(runs, 4)] == [4]
    assert [run.first for run in runs] == [9]
