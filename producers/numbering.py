"""Putting epoch and sequence into an event that is already encoded.

The number of an event is known only inside the transaction that stores it, and that transaction should be short. So an
event is encoded outside with epoch 0 and sequence 0, and the two numbers are put in their place afterwards. Avro makes
that safe: they are two varints, at a place that follows from the three texts before them (event_id, event_type,
publisher), and nothing else in the datum depends on their length.
"""

from __future__ import annotations

from infra.errors import FatalError
from schemas.wire import HEADER

_TEXTS_BEFORE = 3  # meta.event_id, meta.event_type, meta.publisher
_UNNUMBERED = b"\x00\x00"


def split_unnumbered(value: bytes) -> tuple[bytes, bytes]:
    """What stands before and what stands after the numbers of a value that was encoded with epoch 0 and sequence 0.

    Raises:
        FatalError: when the numbers are not there: the contract's first fields changed, or the value has numbers.
    """
    position = _after_texts(value)
    end = position + len(_UNNUMBERED)
    if value[position:end] != _UNNUMBERED:
        raise FatalError("meta.epoch and meta.sequence are not where the contract puts them, or not 0")
    return value[:position], value[end:]


def split_numbered(value: bytes) -> tuple[bytes, bytes]:
    """What stands before and what stands after the numbers of a value, whatever they are.

    Raises:
        FatalError: when the value ends before its numbers do.
    """
    start = position = _after_texts(value)
    for _ in range(2):
        _, position = _read_varint(value, position)
    return value[:start], value[position:]


def numbered(parts: tuple[bytes, bytes], epoch: int, sequence: int) -> bytes:
    """The value with its numbers, from what `split_unnumbered` gave."""
    return b"".join((parts[0], varint(epoch), varint(sequence), parts[1]))


def varint(number: int) -> bytes:
    """A number from 0 to 2**63 - 1 as Avro writes it: zig-zag, seven bits a byte, the lowest first."""
    rest = number << 1
    if rest < 0x80:
        return bytes((rest,))
    out = bytearray()
    while rest >= 0x80:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def _after_texts(value: bytes) -> int:
    position = HEADER.size
    for _ in range(_TEXTS_BEFORE):
        length, position = _read_varint(value, position)
        position += length
    return position


def _read_varint(value: bytes, position: int) -> tuple[int, int]:
    shift = result = 0
    while True:
        if position >= len(value) or shift > 63:
            raise FatalError("the value ends before its numbers")
        byte = value[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result >> 1, position
        shift += 7
