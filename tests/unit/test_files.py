"""Files of ours: whole, private, and none of somebody else's by a link."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from infra.files import make_private, write_private, write_private_once


def _mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.mark.parametrize("texts", [("first", "second"), (b"\xff\x00", b"")])
def test_a_file_is_written_whole_and_private(tmp_path: Path, texts: tuple[bytes | str, ...]) -> None:
    file = tmp_path / "stack.toml"
    for text in texts:
        write_private(file, text)
        assert file.read_bytes() == (text.encode() if isinstance(text, str) else text)
        assert _mode(file) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["stack.toml"]


def test_what_is_written_once_stays(tmp_path: Path) -> None:
    file = tmp_path / "key"
    write_private_once(file, b"first")
    write_private_once(file, b"second")
    assert (file.read_bytes(), _mode(file)) == (b"first", 0o600)
    assert [entry.name for entry in tmp_path.iterdir()] == ["key"]


def test_a_database_is_private_before_it_is_one(tmp_path: Path) -> None:
    file, link = tmp_path / "db", tmp_path / "link"
    make_private(file)
    assert (file.read_bytes(), _mode(file)) == (b"", 0o600)
    file.write_bytes(b"content")
    file.chmod(0o644)
    make_private(file)
    assert (file.read_bytes(), _mode(file)) == (b"content", 0o600)
    link.symlink_to(file)
    with pytest.raises(FileExistsError):
        make_private(link)
