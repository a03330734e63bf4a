"""Frames are read strictly, and values to their last byte."""

from __future__ import annotations

import pytest

from schemas.catalogue import catalogue, load_registered
from schemas.errors import FatalError, InvalidInput
from schemas.golden import read
from schemas.wire import FRAME_LENGTH, HEADER, InvalidFrame, decode, encode, frame

VALUE = read(catalogue().event_type("FinePaid").latest).value


def test_the_event_id_stands_in_bytes_6_to_41() -> None:
    assert frame(VALUE).event_id == VALUE[6:42].decode() == decode(VALUE)["meta"]["event_id"].__str__()
    assert frame(VALUE).schema_id == 1021


@pytest.mark.parametrize(
    "value",
    [
        b"",
        VALUE[: FRAME_LENGTH - 1],
        b"\x01" + VALUE[1:],
        VALUE[:5] + b"\x46" + VALUE[6:],
        VALUE[:6] + b"x" * 36 + VALUE[42:],
        VALUE[:6] + b"\xff" * 36 + VALUE[42:],
        VALUE[:6] + VALUE[6:42].replace(b"-", b"0") + VALUE[42:],
    ],
    ids=["empty", "short", "magic", "length", "no uuid", "no text", "no dashes"],
)
def test_what_is_no_frame(value: bytes) -> None:
    with pytest.raises(InvalidFrame):
        frame(value)


def test_what_can_not_be_decoded() -> None:
    with pytest.raises(InvalidInput, match="left over"):
        decode(VALUE + b"\x00")
    with pytest.raises(InvalidInput, match="not in the catalogue"):
        decode(HEADER.pack(0, 999) + VALUE[5:])
    for end in range(FRAME_LENGTH, len(VALUE)):
        with pytest.raises(InvalidInput):
            decode(VALUE[:end])
    with pytest.raises(InvalidInput):
        decode(HEADER.pack(0, 1018) + VALUE[5:])


def test_encode_knows_its_event_types() -> None:
    with pytest.raises(InvalidInput, match="unknown event type"):
        encode("Nothing", {})
    with pytest.raises(InvalidInput, match="FinePaid"):
        encode("FinePaid", {})


def test_a_missing_frozen_file_is_fatal() -> None:
    with pytest.raises(FatalError, match="missing"):
        load_registered(9999)
