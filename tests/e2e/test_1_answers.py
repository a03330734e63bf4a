"""The answer key against every question: at every month's cut, and once more with the spreadsheet imported.

Questions as of now go through a process of their own, those of earlier months through the same command in this one. The
key comes from the simulated world's own objects; the answers come out of `lianzhi ask`. Neither reads the other.
"""

from __future__ import annotations

import pytest

from tests.e2e.conftest import FullStack
from tests.support.answers import ANSWER_KEYS, compare_answer

pytestmark = [pytest.mark.servers, pytest.mark.e2e, pytest.mark.timeout(900)]

MONTHS = ("2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12")
QUESTIONS = (
    *("repeat_offenders", "fine_disparity", "transfer_acceptance", "transfer_timeliness"),
    *("transfer_conversion", "ninety_day_risk", "double_fine", "mediation_outcome"),
)


def test_the_key_has_every_cut_and_every_question(full_stack: FullStack) -> None:
    assert tuple(full_stack.key["cuts"]) == (*MONTHS, f"{MONTHS[-1]}-files")
    for cut in full_stack.key["cuts"].values():
        assert set(cut["questions"]) == set(QUESTIONS)
    assert full_stack.simulated["published"] == full_stack.simulated["events"]


def test_the_last_key_says_something_of_every_question(full_stack: FullStack) -> None:
    """A key of empty answers would prove nothing. Half a year is too short for conversions, which take three months."""
    questions = full_stack.key["cuts"][MONTHS[-1]]["questions"]
    assert {name for name, answer in questions.items() if answer["d"]} >= set(QUESTIONS) - {"transfer_conversion"}
    assert any(row["suppressed"] for answer in questions.values() for row in answer["rows"])


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("month", MONTHS)
def test_as_it_was_known_at_the_end_of_a_month(full_stack: FullStack, month: str, question: str) -> None:
    cut = full_stack.key["cuts"][month]
    answer = full_stack.ask(question, "--known-at", month)
    assert compare_answer(cut["questions"][question], answer) == []
    assert answer["as_of"] == cut["as_of"]
    assert set(answer) >= ANSWER_KEYS
    assert answer["question"] == question


@pytest.mark.parametrize("question", QUESTIONS)
def test_as_it_is_known_now(full_stack: FullStack, question: str) -> None:
    cut = full_stack.key["cuts"][MONTHS[-1]]
    answer = full_stack.run("ask", question, "--as-of", cut["as_of"], "-o", "json").json
    assert compare_answer(cut["questions"][question], answer) == []
    assert set(answer) >= ANSWER_KEYS
