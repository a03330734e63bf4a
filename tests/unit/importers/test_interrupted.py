"""Imports that fail or die on the way, and what the next one makes of it: nothing is corrected that was never told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.errors import RetryableError
from infra.faultpoints import FaultPoint
from infra.settings import Settings, load_settings
from producers.publisher import Publisher
from tests.support.shuanggongshi import organisation, table, write_csv
from tests.unit.importers.test_run import counts, events, imported

CLAIMED, PUBLISHED = FaultPoint.IMPORT_AFTER_CLAIM, FaultPoint.IMPORT_AFTER_PUBLISH
DECISIONS = [organisation(1), organisation(2)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "home", env={})


class Died(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def die(monkeypatch: pytest.MonkeyPatch) -> Callable[[FaultPoint | None], None]:
    """Let imports end at a point; None: no more."""

    def at(point: FaultPoint | None) -> None:
        def reach(reached: FaultPoint) -> None:
            if reached is point:
                raise Died

        monkeypatch.setattr("producers.importers.run.reach", reach)

    return at


def written(folder: Path, fine: int, name: str = "a.csv") -> Path:
    return write_csv(folder / name, table([each.with_(fine_yuan=fine) for each in DECISIONS]))


def revisions(settings: Settings) -> list[int]:
    told = events(settings)
    ids = {event["meta"]["event_id"] for event in told}
    assert {event["meta"]["fact_id"] for event in told} <= ids, "every fact was told"
    return [event["meta"]["revision"] for event in told]


def test_publishing_that_failed_leaves_nothing_to_correct(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RetryableError("the tokeniser is away", zh="令牌服务没有运行")

    with monkeypatch.context() as patched:
        patched.setattr(Publisher, "publish_valid", fail)
        for fine in (1000, 2000):
            with pytest.raises(RetryableError):
                imported(settings, written(tmp_path, fine))
    assert counts(imported(settings, written(tmp_path, 3000), rehearse=True)) == (2, 0, 0, 0)
    assert counts(imported(settings, written(tmp_path, 3000))) == (2, 0, 0, 0)
    assert revisions(settings) == [1, 1]
    assert counts(imported(settings, written(tmp_path, 3000))) == (0, 2, 0, 0)
    assert counts(imported(settings, written(tmp_path, 4000))) == (0, 0, 2, 0)
    assert revisions(settings) == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("point", "again", "otherwise"),
    [(CLAIMED, (2, 0, 0, 0), (2, 0, 0, 0)), (PUBLISHED, (0, 2, 0, 0), (0, 0, 2, 0))],
)
def test_what_died_before_it_was_settled(
    settings: Settings,
    tmp_path: Path,
    die: Callable[[FaultPoint | None], None],
    point: FaultPoint,
    again: tuple[int, int, int, int],
    otherwise: tuple[int, int, int, int],
) -> None:
    other_home = load_settings(tmp_path / "other", env={})
    for home in (settings, other_home):
        die(point)
        with pytest.raises(Died):
            imported(home, written(tmp_path, 1000))
    die(None)
    assert counts(imported(settings, written(tmp_path, 1000))) == again
    assert revisions(settings) == [1, 1]
    assert counts(imported(other_home, written(tmp_path, 2000), rehearse=True)) == otherwise
    assert counts(imported(other_home, written(tmp_path, 2000))) == otherwise
    assert revisions(other_home) == [1, 1] + [2] * otherwise[2]


@pytest.mark.parametrize("point", [CLAIMED, PUBLISHED])
def test_a_correction_that_died_before_it_was_settled(
    settings: Settings, tmp_path: Path, die: Callable[[FaultPoint | None], None], point: FaultPoint
) -> None:
    imported(settings, written(tmp_path, 1000))
    die(point)
    with pytest.raises(Died):
        imported(settings, written(tmp_path, 2000))
    die(None)
    told = 2 if point is CLAIMED else 4
    assert len(revisions(settings)) == told
    back = imported(settings, written(tmp_path, 1000))
    if point is CLAIMED:
        assert counts(back) == (0, 2, 0, 0), "it is as it was told"
        assert counts(imported(settings, written(tmp_path, 3000))) == (0, 0, 2, 0)
        assert revisions(settings) == [1, 1, 2, 2]
    else:
        assert counts(back) == (0, 0, 2, 0)
        assert revisions(settings) == [1, 1, 2, 2, 3, 3]
