"""Events as typed Python objects, derived from Avro and from nothing else.

`validate` turns a mapping (event JSON, or a decoded datum) into a model and names every wrong field at once; `to_datum`
turns a model into what `wire.encode` writes; `to_json` into event JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from schemas.catalogue import catalogue
from schemas.errors import InvalidEvent, InvalidInput, Problem
from schemas.models.convert import to_datum, to_json
from schemas.models.event import Event
from schemas.models.problems import problems_of, wrong_event_type
from schemas.models.record import Record

__all__ = ["Event", "Record", "model_of", "to_datum", "to_json", "validate"]


@cache
def model_of(event_type: str) -> type[Event]:
    """The model of one event type.

    Raises:
        InvalidInput: no such event type; the message names close ones.
        FatalError: the generated models are older than the catalogue.
    """
    from schemas.errors import FatalError

    event = catalogue().event_type(event_type)
    model = getattr(import_module(f"schemas.models.generated.{event.family}"), event_type, None)
    if model is None or model.schema_id != event.schema_id:
        raise FatalError(f"the model of {event_type} is not up to date", hint="lianzhi schemas generate")
    found: type[Event] = model
    return found


def validate(datum: Mapping[str, Any]) -> Event:
    """The event that `datum` describes: event JSON with a complete `meta`, or a datum as `wire.decode` gives it.

    Raises:
        InvalidEvent: naming every wrong field, what was found (no content of texts, persons or unknown fields) and what
            was expected, in English and Chinese.
    """
    try:
        model = model_of(datum["meta"]["event_type"])
    except (KeyError, TypeError, InvalidInput):
        raise InvalidEvent((wrong_event_type(datum),)) from None
    try:
        return model.model_validate(datum)
    except ValidationError as error:
        problems: tuple[Problem, ...] = problems_of(model, error)
    raise InvalidEvent(problems)
