"""Where a home's things lie, and paths that would not do."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.errors import InvalidInput
from infra.local.home import Home


@pytest.fixture
def run_dir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for sockets with a path as short as people's."""
    with tempfile.TemporaryDirectory(prefix="lz-run-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


def test_folders_are_closed_to_others(tmp_path: Path, run_dir: Path) -> None:
    home = Home.of(tmp_path / "联治 的 家")
    home.make_folders()
    for folder in (home.run, home.logs, home.data, home.secrets):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_link_and_its_target_are_one_home(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert Home.of(tmp_path / "link") == Home.of(tmp_path / "real")


@pytest.mark.parametrize("character", ['"', "\\", "%", ",", "\n"])
def test_characters_that_the_manager_or_kafka_can_not_take_are_refused(tmp_path: Path, character: str) -> None:
    with pytest.raises(InvalidInput, match="character"):
        Home.of(tmp_path / f"a{character}b")


def test_a_socket_lies_in_the_home_when_its_path_fits(tmp_path: Path) -> None:
    home = Home.of(Path("/tmp/lianzhi-short"))  # noqa: S108 - only the name is looked at
    assert home.socket("supervisor") == home.run / "supervisor.sock"


def test_a_long_home_has_its_sockets_in_a_private_short_folder(tmp_path: Path, run_dir: Path) -> None:
    home = Home.of(tmp_path / ("长" * 30) / "home")
    socket = home.socket("supervisor")
    assert not socket.parent.exists()
    home.make_folders()
    assert socket.parent.parent == run_dir
    assert len(os.fsencode(socket)) < 100
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert Home.of(tmp_path / ("长" * 30) / "other").socket("supervisor") != socket
    home.remove_short_folder()
    assert not socket.parent.exists()


def test_a_short_folder_that_others_may_enter_is_refused(tmp_path: Path, run_dir: Path) -> None:
    home = Home.of(tmp_path / ("长" * 30) / "home")
    home.make_folders()
    home.socket("supervisor").parent.chmod(0o755)
    with pytest.raises(InvalidInput, match="private"):
        home.make_folders()


def test_a_home_that_can_not_be_made_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match="can not be used: Not a directory") as refusal:
        Home.of(tmp_path / "file" / "home").make_folders()
    assert str(tmp_path) in refusal.value.zh
