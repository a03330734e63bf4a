"""Models: everything wrong at once, in two languages, without a word of a person."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.catalogue import catalogue
from schemas.errors import InvalidEvent, InvalidInput
from schemas.generate_models import generate, stale
from schemas.models import Event, model_of, to_datum, to_json, validate
from schemas.wire import decode, encode
from tests.unit.schemas.events import event, event_json


def problems(datum: Any) -> dict[str, tuple[str, str, str]]:
    with pytest.raises(InvalidEvent) as caught:
        validate(datum)
    return {
        problem.field: (problem.found, problem.expected_en, problem.expected_zh) for problem in caught.value.problems
    }


def test_every_event_type_has_its_model() -> None:
    for name, known in catalogue().event_types.items():
        model = model_of(name)
        assert issubclass(model, Event)
        assert (model.__name__, model.family, model.schema_id) == (name, known.family, known.schema_id)
        assert model.__doc__ == known.schema["doc"]
        assert list(model.model_fields) == [item["name"] for item in known.schema["fields"]]
        json.dumps(model.model_json_schema())


def test_generated_models_are_fresh_and_python() -> None:
    assert stale() == []
    for name, text in generate().items():
        compile(text, name, "exec")


def test_unknown_event_type_names_close_ones() -> None:
    with pytest.raises(InvalidInput, match="DecisionMad"):
        model_of("DecisionMad")
    found, en, zh = problems(event_json("DecisionMade", meta__event_type="DecisionMad"))["meta.event_type"]
    assert found == '"DecisionMad"'
    assert "DecisionMade" in en
    assert "DecisionMade" in zh


@pytest.mark.parametrize(
    ("datum", "field"),
    [
        ({}, "meta"),
        ({"meta": None}, "meta"),
        ({"meta": {}}, "meta.event_type"),
        ({"meta": {"event_type": 5}}, "meta.event_type"),
        ([], ""),
        ("x", ""),
    ],
)
def test_what_is_no_event_at_all(datum: Any, field: str) -> None:
    assert list(problems(datum)) == [field]


def test_all_problems_at_once_with_paths_in_two_languages() -> None:
    datum = event_json(
        "DecisionMade",
        decided_on="2026-02-30",
        penalties__0__kind="fine",
        penalties__1__amount="1.005",
        meta__epoch=2**31,
        meta__recorded_at="2026-03-01T10:00:00",
        party__legacy_ids=None,
        partyy=1,
    )
    del datum["agency"]
    found = problems(datum)
    assert set(found) == {
        "meta.epoch",
        "meta.recorded_at",
        "agency",
        "decided_on",
        "penalties[0].kind",
        "penalties[1].amount",
        "party.legacy_ids",
        "partyy",
    }
    assert found["decided_on"] == ('"2026-02-30"', "a day as YYYY-MM-DD", "应为日期，写作 YYYY-MM-DD")
    assert found["penalties[0].kind"][0] == "text of 4 characters"
    assert found["penalties[0].kind"][1].startswith("one of WARNING, CRITICISM, FINE")
    assert found["penalties[1].amount"][:2] == ('"1.005"', "at most two decimal places")
    assert found["meta.epoch"][:2] == ("2147483648", "a whole number ≤ 2147483647")
    assert found["meta.recorded_at"][1].startswith("an instant with its offset")
    assert found["agency"][0] == "nothing"
    assert found["partyy"][1].endswith("did you mean party?")
    assert all(zh != en for _, en, zh in found.values())


SECRETS = ("张三丰", "999999198001010014", "13800138000", "zhang.san@example.com")


def test_no_problem_repeats_what_could_be_personal() -> None:
    """Whatever stands in a wrong place: names, numbers and addresses never come back in an error."""
    for secret in (*SECRETS, int(SECRETS[1]), [SECRETS[0]], {"name": SECRETS[0]}):
        for name in (
            "decided_on",
            "agency",
            "penalties",
            "meta",
            "source",
            "mitigated",
            "party",
            "other_text",
            "unknown",
        ):
            datum = event_json("DecisionMade") | {name: secret}
            _assert_silent(datum)
        for path in (
            "party__kind",
            "party__name",
            "party__token_version",
            "party__sealed",
            "meta__event_id",
            "meta__epoch",
            "meta__occurred_at",
            "meta__actor",
            "penalties__0__amount",
            "penalties__0__kind",
        ):
            _assert_silent(event_json("DecisionMade", **{path: secret}))
        _assert_silent(event_json("DecisionMade", party__person={"name": secret, "id_number": secret}))
    _assert_silent(event_json("DecisionMade") | {SECRETS[0]: 1})


def _assert_silent(datum: Any) -> None:
    try:
        validate(datum)
    except InvalidEvent as error:
        said = f"{error} {error!r} {error.problems} {error.__cause__} {error.__context__}"
        for secret in SECRETS:
            assert secret not in said


def test_pydantic_itself_is_silent_too() -> None:
    with pytest.raises(ValidationError) as caught:
        model_of("DecisionMade").model_validate(event_json("DecisionMade", party__name=5, source="张三丰"))
    assert "张三丰" not in str(caught.value)


def test_models_do_not_change() -> None:
    decision: Any = event("DecisionMade")
    with pytest.raises(ValidationError):
        decision.agency = "other"
    with pytest.raises(ValidationError):
        decision.meta.sequence = 2
    with pytest.raises(AttributeError):
        decision.penalties.append(None)


def test_lists_of_texts_may_be_left_out_lists_of_records_may_not() -> None:
    datum = event_json("DecisionMade")
    del datum["handlers"], datum["party"]["legacy_ids"], datum["meta"]["audience"]
    decision: Any = validate(datum)
    assert decision.handlers == decision.party.legacy_ids == decision.meta.audience == ()
    del datum["penalties"]
    assert list(problems(datum)) == ["penalties"]


def test_datum_belongs_to_the_caller() -> None:
    decision = event("DecisionMade")
    datum = to_datum(decision)
    datum["meta"]["sequence"] = 99
    datum["penalties"][0]["kind"] = "WARNING"
    assert to_datum(decision)["meta"]["sequence"] == 1018
    assert to_datum(decision)["penalties"][0]["kind"] == "FINE"


def test_python_values_and_json_make_the_same_event() -> None:
    at = datetime(2026, 3, 1, 17, 30, 0, 5, tzinfo=timezone(timedelta(hours=8)))
    one: Any = event("FinePaid", meta__occurred_at=at, paid_on=date(2026, 3, 1), paid_amount=Decimal("10.5"))
    two: Any = event(
        "FinePaid", meta__occurred_at="2026-03-01T17:30:00.000005+08:00", paid_on="2026-03-01", paid_amount="10.50"
    )
    assert one == two
    assert one.meta.occurred_at.tzinfo is UTC
    assert str(one.paid_amount) == "10.50"
    assert json.loads(to_json(one))["meta"]["occurred_at"] == "2026-03-01T09:30:00.000005Z"
    assert isinstance(one.meta.event_id, UUID)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=4)
    | st.decimals()
    | st.dates()
    | st.datetimes()
    | st.uuids(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=3),
    max_leaves=8,
)
PATHS = [
    "decided_on",
    "penalties",
    "penalties__0",
    "penalties__0__amount",
    "penalties__0__kind",
    "party",
    "party__legacy_ids",
    "party__token_version",
    "party__sealed",
    "meta",
    "meta__actor",
    "meta__event_id",
    "meta__occurred_at",
    "meta__sequence",
    "mitigated",
    "facts",
    "handlers",
]


@given(st.dictionaries(st.sampled_from(PATHS), JSON, min_size=1, max_size=3))
@settings(max_examples=300, deadline=None)
def test_any_value_anywhere_is_taken_or_refused_in_words(changes: dict[str, Any]) -> None:
    ordered = dict(sorted(changes.items(), reverse=True))  # inner fields before the records that hold them
    decision, found = None, ()
    try:
        decision = validate(event_json("DecisionMade", **ordered))
    except InvalidEvent as error:
        found = error.problems
    assert (decision is None) == bool(found)
    assert all(problem.expected_en and problem.expected_zh for problem in found)
    if decision is None:
        return
    assert validate(decode(encode("DecisionMade", to_datum(decision)))) == decision
    assert validate(json.loads(to_json(decision))) == decision


MONSTERS = {
    "huge": 10**5000,
    "negative": -(10**5000),
    "inf": float("inf"),
    "nan": Decimal("sNaN"),
    "exponent": Decimal("1e999999"),
}


@pytest.mark.parametrize("value", MONSTERS.values(), ids=MONSTERS)
def test_monstrous_numbers(value: Any) -> None:
    for path in ("penalties__0__amount", "meta__epoch", "decided_on", "facts"):
        with pytest.raises(InvalidEvent):
            validate(event_json("DecisionMade", **{path: value}))


def test_mappings_need_not_be_dicts() -> None:
    datum = event_json("DecisionMade")
    datum["party"] = MappingProxyType(datum["party"])
    datum["meta"] = MappingProxyType(datum["meta"])
    assert validate(MappingProxyType(datum)) == event("DecisionMade")
