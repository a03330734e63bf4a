"""Where each part of an Avro datum lies in its bytes, so that a test can put wrong ones in the place of right ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.catalogue import RegisteredSchema
from schemas.wire import HEADER


@dataclass(frozen=True, slots=True)
class Place:
    """Bytes [begin, end) of a value: a union's branch, an enum's symbol, a length, a list's count, or a number.

    Attributes:
        path: dotted path of the field, with `[]` for an element of a list.
        kind: "union", "enum", "count", "boolean", "double", "int", "long", or a kind of text: "string length", …
        number: what they say now.
        extent: for a count the bytes of the list's first block; for a length those that it measures.
    """

    path: str
    kind: str
    begin: int
    end: int
    number: int
    extent: int = 0
    node: Any = None

    def replaced(self, value: bytes, by: bytes) -> bytes:
        """The value with other bytes in this place."""
        return value[: self.begin] + by + value[self.end :]


def varint(number: int, *, length: int = 0) -> bytes:
    """A number as Avro writes it (zig-zag, seven bits a byte), in at least `length` bytes."""
    return plain_varint((number << 1) ^ (number >> 63), length=length)


def plain_varint(number: int, *, length: int = 0) -> bytes:
    """A number that is not negative, seven bits a byte, in at least `length` bytes."""
    out = bytearray()
    while number > 0x7F or len(out) + 1 < length:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def places(schema: RegisteredSchema, value: bytes) -> list[Place]:
    """All places of a value that was written with `schema`, in the order of its bytes."""
    walk = _Walk(value)
    found = list(walk.node(schema.schema, ""))
    if walk.at != len(value):
        raise ValueError(f"{len(value) - walk.at} bytes are left over")
    return found


class _Walk:
    def __init__(self, value: bytes) -> None:
        self._value, self.at = value, HEADER.size

    def node(self, node: Any, path: str) -> Iterator[Place]:
        if isinstance(node, list):
            branch = self._number(path, "union", node)
            yield branch
            yield from self.node(node[branch.number], path)
            return
        kind = node if isinstance(node, str) else node["type"]
        match kind:
            case "null":
                pass
            case "record":
                for item in node["fields"]:
                    yield from self.node(item["type"], f"{path}.{item['name']}".lstrip("."))
            case "array":
                yield from self._list(node, path)
            case "string" | "bytes":
                logical = node.get("logicalType") if isinstance(node, Mapping) else None
                length = self._number(path, f"{logical or kind} length", node)
                self.at += length.number
                yield Place(path, length.kind, length.begin, length.end, length.number, length.number, node)
            case "boolean" | "double":
                width = 1 if kind == "boolean" else 8
                self.at += width
                yield Place(path, kind, self.at - width, self.at, self._value[self.at - 1], 0, node)
            case _:
                yield self._number(path, kind, node)

    def _list(self, node: Any, path: str) -> Iterator[Place]:
        while True:
            count = self._number(path, "count", node)
            inside = [place for _ in range(count.number) for place in self.node(node["items"], f"{path}[]")]
            yield Place(path, "count", count.begin, count.end, count.number, self.at - count.end, node)
            yield from inside
            if not count.number:
                return

    def _number(self, path: str, kind: str, node: Any) -> Place:
        begin, number, shift = self.at, 0, 0
        while True:
            byte = self._value[self.at]
            self.at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return Place(path, kind, begin, self.at, (number >> 1) ^ -(number & 1), 0, node)
