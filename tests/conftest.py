"""Fixtures of all suites."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.support.landing_lab import LandingLab, drop_lab, make_lab
from tests.support.reaper import Reaper
from tests.support.registry_process import registry_process
from tests.support.stack import RunningStack, session_stack

WITH_SERVERS = {"stack", "lab", "full_stack", "reaper"}
SUITES_WITH_SERVERS = {"integration", "faults", "e2e"}
END_TO_END = "tests/e2e/"


def pytest_configure() -> None:
    """Let what tests start be interrupted, though a shell that runs the tests in its background says otherwise."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs real servers by what it asks for, so that the two runs of `make test` share out every test."""
    for item in items:
        suites = set(item.path.relative_to(item.config.rootpath).parts)
        if suites & SUITES_WITH_SERVERS or WITH_SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.servers)


class FilesTogether(LoadFileScheduling):  # type: ignore[misc] # without types
    """Each process has servers of its own; a file stays with one of them, and so do the end-to-end tests as a whole,
    which follow one another on one stack."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return END_TO_END if file.startswith(END_TO_END) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesTogether | None:
    """How processes share out a run by files (`--dist loadfile`)."""
    return FilesTogether(config, log) if config.getoption("dist") == "loadfile" else None


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


@pytest.fixture(scope="session")
def registry_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The registry process, started once a session."""
    with registry_process(tmp_path_factory.mktemp("registry")) as url:
        yield url


@pytest.fixture
def lab(stack: RunningStack, registry_url: str, tmp_path: Path) -> Iterator[LandingLab]:
    """A region with topics, tables and a landing group of its own."""
    made = make_lab(tmp_path / "home", stack, registry_url)
    yield made
    drop_lab(made)
