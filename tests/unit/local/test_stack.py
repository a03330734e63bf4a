"""Whether an `up` lets a running stack be: by the build of the code that its manager tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.local import stack as stack_module
from infra.local.build import this_build
from infra.local.manager import Managed, ManagerAwayError
from infra.local.roles import MANAGER_MODULE
from infra.local.stack import LocalStack
from infra.local.watcher import Silent
from infra.settings import load_settings
from tests.unit.local.test_processes import running


class Manager:
    """One that other code started; it knows no role of ours."""

    def __init__(self, build: str = "lianzhi") -> None:
        self.told, self.process = build, None
        self.shut_down = 0

    def build(self) -> str:
        """As it was told at its start."""
        if not self.told:
            raise ManagerAwayError("away")
        return self.told

    def processes(self) -> Mapping[str, Managed]:
        """None of ours."""
        return {}

    def shutdown(self) -> None:
        """It ends."""
        self.shut_down += 1
        self.process.kill()
        self.process.wait()


class Listener(Silent):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        """Keep it."""
        self.said.append(text)


@pytest.fixture
def running_manager(tmp_path: Path) -> Iterator[Any]:
    with running("-m", MANAGER_MODULE, "--home", str(tmp_path)) as process:
        yield process


def _stack(home: Path, manager: Manager, monkeypatch: pytest.MonkeyPatch) -> tuple[LocalStack, Listener]:
    monkeypatch.setattr(stack_module, "ManagerClient", lambda _: manager)
    listener = Listener()
    return LocalStack(load_settings(home, env={}), listener), listener


@pytest.mark.parametrize("build", ["lianzhi", "0123456789abcdef"])
def test_a_stack_of_another_build_is_stopped_in_order(
    tmp_path: Path, running_manager: Any, monkeypatch: pytest.MonkeyPatch, build: str
) -> None:
    manager = Manager(build)
    manager.process = running_manager
    stack, listener = _stack(tmp_path, manager, monkeypatch)
    with stack.exclusively():
        assert stack.stop_other_build() == ("supervisor",)
    assert manager.shut_down == 1
    (said,) = listener.said
    assert "由另一版本的代码启动" in said
    assert "was started by another build" in said


@pytest.mark.parametrize("build", [this_build(), ""], ids=["ours", "away"])
def test_a_stack_of_this_build_or_without_a_manager_is_left_alone(
    tmp_path: Path, running_manager: Any, monkeypatch: pytest.MonkeyPatch, build: str
) -> None:
    stack, listener = _stack(tmp_path, Manager(build), monkeypatch)
    with stack.exclusively():
        assert stack.stop_other_build() == ()
    assert (listener.said, running_manager.poll()) == ([], None)
