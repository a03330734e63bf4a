"""A natural person in clear, as given at the publisher's door: read once, sealed, never printed.

Every field that could tell who it is is a pydantic secret: `repr`, `str`, `model_dump` and `model_dump_json` show
stars. What is wrong with a person is said by field and by kind, never by repeating it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

import orjson
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    Secret,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from infra.errors import InvalidInput, Problem
from schemas.identifiers.citizen_id import IdType

_Name = Annotated[SecretStr, Field(min_length=1, max_length=200)]
_Number = Annotated[SecretStr, Field(max_length=64)]
_Text = Annotated[SecretStr, Field(max_length=500)]
_NoteName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,30}$")]
_Notes = Annotated[dict[_NoteName, Annotated[SecretStr, Field(max_length=20_000)]], Field(max_length=20)]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(value: object) -> object:
    """Only a date or YYYY-MM-DD: pydantic itself would take `19800101` for seconds since 1970."""
    if type(value) is date or (isinstance(value, str) and _DAY.fullmatch(value.strip())):
        return value
    raise ValueError


_Day = Secret[Annotated[date, BeforeValidator(_day)]]
_FIELD_NAME = re.compile(r"[a-z][a-z_]{0,30}")
_TYPES = ", ".join(IdType)
_EXPECTED: Mapping[str, tuple[str, str]] = {
    "missing": ("a value", "必填"),
    "extra_forbidden": ("no such field", "没有此字段"),
    "string_too_short": ("at least one character", "不得为空"),
    "too_short": ("at least one character", "不得为空"),
    "string_too_long": ("a shorter text", "文字过长"),
    "too_long": ("a shorter text", "文字过长"),
    "enum": (f"one of {_TYPES}", f"应为以下之一：{_TYPES}"),
    "string_unicode": ("valid Unicode text", "应为有效的 Unicode 文字"),
    "model_type": ("an object", "应为对象"),
}
_BY_FIELD: Mapping[str, tuple[str, str]] = {
    "birth_date": ("a date as YYYY-MM-DD", "应为 YYYY-MM-DD 格式的日期"),
    "id_type": _EXPECTED["enum"],
}


class InvalidPerson(InvalidInput):
    """A person whose fields can not be read; `problems` names each of them without its content."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(
            "; ".join(f"{p.field}: expected {p.expected_en}, found {p.found}" for p in problems),
            zh="; ".join(f"{p.field}: {p.expected_zh}" for p in problems),
        )
        self.problems = problems


class PersonInput(BaseModel):
    """A natural person in clear.

    Attributes:
        name: as written in the document; a masked one (张某, 张*) is kept as it is.
        id_type: kind of the document, if any.
        id_number: its number in any spelling.
        birth_date: day of birth, where the source knows it; a citizen identity number tells it by itself.
        address, phone: sealed with the rest, used for nothing.
        notes: texts about the person by name (`facts`, `penalty_text`), sealed with the rest, used for nothing.

    Raises:
        InvalidPerson: instead of pydantic's own error, which would carry the input along.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    name: _Name
    id_type: IdType | None = None
    id_number: _Number | None = None
    birth_date: _Day | None = None
    address: _Text | None = None
    phone: _Number | None = None
    notes: _Notes | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _without_echo(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            problems = tuple(_problem(details) for details in error.errors(include_url=False, include_context=False))
        raise InvalidPerson(problems)  # out here, so that pydantic's error with its input is not chained to it

    def __repr__(self) -> str:
        return "PersonInput(…)"

    def __str__(self) -> str:
        return "PersonInput(…)"

    def clear_json(self) -> bytes:
        """All fields in clear as JSON. For sealing only: never log, store or send it."""
        fields = {
            "name": _clear(self.name),
            "id_type": self.id_type,
            "id_number": _clear(self.id_number),
            "birth_date": self.birth_date and self.birth_date.get_secret_value(),
            "address": _clear(self.address),
            "phone": _clear(self.phone),
            "notes": {name: text.get_secret_value() for name, text in (self.notes or {}).items()} or None,
        }
        return orjson.dumps({key: value for key, value in fields.items() if value is not None})

    @classmethod
    def from_clear_json(cls, data: bytes) -> Self:
        """The person that `clear_json` wrote."""
        return cls.model_validate(orjson.loads(data))


def _clear(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() or None if secret is not None else None


def _problem(details: ErrorDetails) -> Problem:
    where = str(details["loc"][0]) if details["loc"] else "person"
    name = where if _FIELD_NAME.fullmatch(where) else "?"
    expected = _EXPECTED.get(details["type"]) or _BY_FIELD.get(name, ("text", "应为文字"))
    return Problem(name, _shape(details["type"], details["input"]), *expected)


def _shape(kind: str, value: object) -> str:
    """What was found, by its shape alone."""
    if kind == "missing":
        return "nothing"
    if isinstance(value, str):
        return f"text of {len(value)} characters"
    shapes = ((bool, "a boolean"), ((int, float), "a number"), (Mapping, "an object"), ((list, tuple), "a list"))
    return next((shape for kinds, shape in shapes if isinstance(value, kinds)), "null" if value is None else "other")
