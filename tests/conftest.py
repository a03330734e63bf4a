"""Fixtures of all suites."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.reaper import Reaper
from tests.support.stack import RunningStack, session_stack


@pytest.fixture(scope="session")
def reaper() -> Iterator[Reaper]:
    """Whatever a test starts and registers here ends with the test process."""
    reaper = Reaper()
    yield reaper
    reaper.close()


@pytest.fixture(scope="session")
def stack(reaper: Reaper) -> Iterator[RunningStack]:
    """The real Kafka and the real ClickHouse, started once a session."""
    with session_stack(reaper) as running:
        yield running
