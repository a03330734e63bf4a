"""A 双公示 workbook goes in, and a question about it comes out; the same workbook again changes nothing."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import FullStack
from tests.support.answers import compare_answer

pytestmark = [pytest.mark.servers, pytest.mark.e2e, pytest.mark.timeout(900)]

KEYS = {"rows", "published", "already_published", "corrected", "rejected", "reject_file"}


def test_imported_once_counted_once_imported_again_nothing(full_stack: FullStack) -> None:
    sheet = full_stack.world / "shuanggongshi-330421.xlsx"
    words = ("import", "shuanggongshi", str(sheet), "--region", "330421", "--publisher", "jiashan.gongshi")
    first = full_stack.run(*words, "--wait", "-o", "json").json
    assert set(first) >= KEYS
    assert first["rows"] > 100
    assert first["published"] > 0
    assert first["rejected"] == 0

    again = full_stack.run(*words, "--wait", "-o", "json").json
    assert again["rows"] == first["rows"]
    assert (again["published"], again["corrected"], again["rejected"]) == (0, 0, 0)


def test_answers_with_the_spreadsheet_are_the_keys(full_stack: FullStack) -> None:
    """Decisions that the case system had told of count once, those of the file alone count too."""
    sheet = full_stack.world / "shuanggongshi-330421.xlsx"
    words = ("import", "shuanggongshi", str(sheet), "--region", "330421", "--publisher", "jiashan.gongshi")
    full_stack.run(*words, "--wait")
    before, cut = full_stack.key["cuts"]["2025-12"], full_stack.key["cuts"]["2025-12-files"]
    assert before["questions"] != cut["questions"]
    for question, expected in cut["questions"].items():
        answer = full_stack.run("ask", question, "--as-of", cut["as_of"], "-o", "json").json
        assert compare_answer(expected, answer) == [], question


def test_what_was_known_before_the_import_is_still_what_was_known(full_stack: FullStack) -> None:
    cut = full_stack.key["cuts"]["2025-12"]
    answer = full_stack.run("ask", "repeat_offenders", "--known-at", "2025-12", "-o", "json").json
    assert compare_answer(cut["questions"]["repeat_offenders"], answer) == []
