"""The package as a whole: its public names, its files, and what a row of an import costs."""

from __future__ import annotations

import subprocess
import sys

from schemas import identifiers
from schemas.identifiers.text import fold, is_blank, tidy


def test_every_public_name_is_there() -> None:
    assert all(hasattr(identifiers, name) for name in identifiers.__all__)
    assert identifiers.__all__ == sorted(identifiers.__all__)


def test_importing_reads_no_file_and_nothing_of_ours_but_errors() -> None:
    code = (
        "import sys, schemas.identifiers as i;"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in"
        " ('infra','producers','consumers','projections','audit','lianzhi','pydantic','fastavro')),"
        " i.regions._table.cache_info().currsize, i.penalties._words.cache_info().currsize)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[] 0 0"


def test_text() -> None:
    assert fold(" ａ\u3000１\u200b－—") == "a1--"
    assert tidy(" 2024 — 1\n 5\u200b ") == "2024 - 1 5"
    assert [is_blank(t) for t in (None, "", " ", "—", "／", "n/a", "暂无")] == [True] * 7
    assert not any(is_blank(t) for t in ("0", "无证经营", "a"))
