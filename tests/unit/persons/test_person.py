"""A person in clear is never printed, and what is wrong with one is said without repeating it."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from typing import Any

import pytest
from rich.pretty import pretty_repr

from infra.persons.person import InvalidPerson, PersonInput
from schemas.identifiers.citizen_id import make_synthetic
from tests.support.leaks import assert_error_clean, assert_no_trace

NUMBER = make_synthetic(date(1980, 5, 17), 15)
SECRETS = ("张三丰", NUMBER, "1980-05-17", "西塘镇塘东街九号", "13800000000", "在塘东街九号占道经营")
FIELDS: dict[str, Any] = {
    "name": "张三丰",
    "id_type": "CITIZEN_ID",
    "id_number": NUMBER,
    "birth_date": "1980-05-17",
    "address": "西塘镇塘东街九号",
    "phone": "13800000000",
    "notes": {"facts": "在塘东街九号占道经营"},
}


def test_no_way_of_printing_shows_content() -> None:
    person = PersonInput(**FIELDS)
    texts = [repr(person), str(person), f"{person}", f"{person!r:>40}", repr([person]), pretty_repr(person)]
    texts += [repr(person.model_dump()), str(person.model_dump(mode="json")), person.model_dump_json()]
    texts += [repr(copy.deepcopy(person)), repr(person.model_copy(update={"id_type": None}))]
    assert_no_trace(SECRETS, *texts)


def test_clear_json_is_the_one_way_out_and_back() -> None:
    person = PersonInput(**FIELDS)
    assert PersonInput.from_clear_json(person.clear_json()) == person
    assert pickle.loads(pickle.dumps(person)) == person  # noqa: S301
    assert NUMBER.encode() in person.clear_json()
    assert PersonInput(name="张*", id_number="").clear_json() == '{"name":"张*"}'.encode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", ""),
        ("name", "   "),
        ("name", 7),
        ("name", "张三丰" * 100),
        ("name", ["张三丰"]),
        ("name", "张三丰\ud800"),
        ("id_type", "张三丰"),
        ("id_number", 990000198005170157),
        ("id_number", NUMBER * 10),
        ("id_number", f"{NUMBER}\udfff"),
        ("birth_date", "1980-05-17T00:00:00Z"),
        ("notes", {"facts": 7}),
        ("notes", {"张三丰": "x"}),
        ("notes", "张三丰"),
        ("birth_date", "19800517"),
        ("birth_date", 19800517),
        ("birth_date", "1980-02-30"),
        ("birth_date", "张三丰"),
        ("address", "西塘镇塘东街九号" * 100),
        ("address", "西塘镇塘东街九号\ud800"),
        ("phone", {"张三丰": NUMBER}),
        ("phone", "13800000000\ud800"),
    ],
)
def test_a_wrong_field_is_named_and_its_content_is_not(field: str, value: object) -> None:
    with pytest.raises(InvalidPerson) as caught:
        PersonInput.model_validate({**FIELDS, field: value})
    assert [problem.field for problem in caught.value.problems] == [field]
    assert_error_clean(caught.value, (*SECRETS, "19800517", "990000198005170157"))


def test_every_problem_is_told_at_once() -> None:
    data = {"id_type": "X", "birth_date": "x", "张三丰": 1, "nick_name": "张三丰"}
    with pytest.raises(InvalidPerson) as caught:
        PersonInput.model_validate(data)
    assert {problem.field for problem in caught.value.problems} == {"name", "id_type", "birth_date", "?", "nick_name"}
    assert "必填" in str(caught.value)
    assert_error_clean(caught.value, SECRETS)


@pytest.mark.parametrize("data", ["张三丰", ["张三丰"], None, 7])
def test_what_is_no_object_is_refused_without_echo(data: object) -> None:
    with pytest.raises(InvalidPerson) as caught:
        PersonInput.model_validate(data)
    assert_error_clean(caught.value, SECRETS)


def test_json_input_is_refused_without_echo() -> None:
    text = f'{{"name": "", "id_number": "{NUMBER}", "phone": ["张三丰"]}}'
    with pytest.raises(InvalidPerson) as caught:
        PersonInput.model_validate_json(text)
    assert_error_clean(caught.value, SECRETS)
