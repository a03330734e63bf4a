"""Parameters of questions: what they take, and what they refuse by name."""

from __future__ import annotations

import pytest

from infra.errors import InvalidInput
from projections.questions import question, questions
from projections.questions.views import describe
from schemas.catalogue import catalogue


def test_a_parameter_of_fixed_values_takes_these_and_its_default() -> None:
    asked = question("transfer_acceptance")
    fields = {field["name"]: field["type"] for field in catalogue().event_type("ReferralSent").schema["fields"]}
    symbols = fields["exchange_form"]["symbols"]
    (form,) = [parameter for parameter in asked.parameters if parameter.name == "exchange_form"]
    assert list(form.allowed) == symbols
    for value in ("", *symbols):
        assert asked.values({"exchange_form": value})["exchange_form"] == value
    assert ", ".join(symbols) in describe(asked)


@pytest.mark.parametrize("value", ["NOPE", "clue", " CLUE", "CLUE,GOODS"])
def test_any_other_value_is_refused_with_those_there_are(value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        question("7").values({"exchange_form": value})
    for text in (refused.value.message, refused.value.zh):
        assert "exchange_form" in text
        assert repr(value) in text
        assert "CASE_FILE" in text


@pytest.mark.parametrize("value", ["abc", "-1", "1201", "", "1.5"])
def test_a_number_is_within_its_bounds(value: str) -> None:
    with pytest.raises(InvalidInput, match="whole number from 0 to 1200") as refused:
        question("7").values({"months": value})
    assert repr(value) in refused.value.zh


def test_an_enum_that_is_named_is_in_the_contract() -> None:
    for asked in questions().values():
        for parameter in asked.parameters:
            assert bool(parameter.enum) == bool(parameter.allowed)
