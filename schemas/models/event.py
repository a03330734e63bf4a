"""The base of every event model."""

from __future__ import annotations

from typing import ClassVar

from schemas.models.generated.shared import Meta
from schemas.models.record import Record


class Event(Record):
    """One event: the envelope `meta`, then what this event type says.

    Attributes:
        family: family of the event type, e.g. `enforcement`.
        schema_id: the registered version that the model was generated from, and that `wire.encode` writes.
    """

    family: ClassVar[str]
    schema_id: ClassVar[int]

    meta: Meta
