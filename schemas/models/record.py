"""The base of every generated model: immutable, closed, silent about its content in error messages."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A record of the contract. Built from Avro data (Python values) or from event JSON (text), by the same rules.

    Attributes:
        nested: names of the fields that hold one record.
        listed: names of the fields that hold a list of records.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        defer_build=True,
        use_attribute_docstrings=False,
        validate_default=False,
    )

    nested: ClassVar[tuple[str, ...]] = ()
    listed: ClassVar[tuple[str, ...]] = ()
