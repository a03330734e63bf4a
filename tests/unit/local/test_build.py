"""Which build of the code a stack was started by: every file that counts at run time, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.build import build_of, this_build


def a_checkout(root: Path) -> Path:
    for name in ("lianzhi/up.py", "projections/sql/cases.sql", "infra/zone.toml", "schemas/a.avsc", "audit/b.json"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")
    return root


def test_the_same_code_elsewhere_is_the_same_build(tmp_path: Path) -> None:
    assert build_of(a_checkout(tmp_path / "here")) == build_of(a_checkout(tmp_path / "there"))


@pytest.mark.parametrize("file", ["lianzhi/up.py", "projections/sql/cases.sql", "infra/zone.toml", "infra/new/more.py"])
def test_another_content_is_another_build(tmp_path: Path, file: str) -> None:
    before = build_of(a_checkout(tmp_path))
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("other", encoding="utf-8")
    assert build_of(tmp_path) != before


def test_a_moved_file_is_another_build(tmp_path: Path) -> None:
    before = build_of(a_checkout(tmp_path))
    (tmp_path / "infra" / "zone.toml").rename(tmp_path / "infra" / "zones.toml")
    assert build_of(tmp_path) != before


@pytest.mark.parametrize("file", ["lianzhi/__pycache__/up.py", "infra/notes.md", "tests/test_up.py", "infra/up.pyc"])
def test_what_does_not_run_does_not_count(tmp_path: Path, file: str) -> None:
    before = build_of(a_checkout(tmp_path))
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("other", encoding="utf-8")
    assert build_of(tmp_path) == before


def test_this_build_is_one(tmp_path: Path) -> None:
    assert len(this_build()) == 16
    assert this_build() != build_of(tmp_path)
