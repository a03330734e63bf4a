"""Writes Avro data with a writer compiled once per schema, for the shapes that the contract allows and no others.

Why not fastavro, which reads for us: it tries every branch of a union and every logical type anew, which takes twice as
long and more, and it writes what it should refuse: numbers beyond 32 bits into an `int`, naive datetimes in the
process's time zone, symbols of another enum. Tests hold both writers' bytes against each other.

A writer is straight Python, generated from the schema as `dataclasses` generates its methods: one function for each
record, one step for each field. Most of an event's fields are null, and a step over a null is all that they then cost.
`source_of` shows what is run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from schemas.avro_files import Schema
from schemas.avro_scalars import SCALARS, UnwritableError, long_bytes
from schemas.errors import FatalError

__all__ = ["UnwritableError", "Writer", "compile_writer", "source_of"]

Writer = Callable[[bytearray, Any], None]

_INDENT = "    "


def compile_writer(schema: Schema) -> Writer:
    """A function that appends a datum's bytes to a bytearray; raises UnwritableError, naming the field.

    Raises:
        FatalError: the schema uses a shape that the contract does not allow.
    """
    compiler = _Compiler(schema)
    names = compiler.names
    exec(compile(compiler.source, f"<writer of {schema['name']}>", "exec"), names)  # noqa: S102 - only our own schemas
    writer: Writer = names[compiler.entry]
    return writer


def source_of(schema: Schema) -> str:
    """The source of that function, and of those for the records in it."""
    return _Compiler(schema).source


class _Compiler:
    """Turns a schema into functions. Texts of the schema come into the source as literals only, never as code."""

    def __init__(self, schema: Schema) -> None:
        self.names: dict[str, Any] = {
            "Mapping": Mapping,
            "UnwritableError": UnwritableError,
            "length": long_bytes,
            "wrong_fields": _wrong_fields,
        }
        self._functions: list[str] = []
        self.entry = self._record(schema, schema["name"])

    @property
    def source(self) -> str:
        return "\n\n".join(self._functions)

    def _record(self, node: Schema, path: str) -> str:
        """The name of a function for records at `path`."""
        fields = tuple(item["name"] for item in node["fields"])
        steps = [step for item in node["fields"] for step in self._field(item, path)]
        return self._define(
            [
                "if type(value) is not dict and not isinstance(value, Mapping):",
                f"    raise UnwritableError({path!r}, 'a record')",
                f"if len(value) != {len(fields)}:",
                f"    raise wrong_fields({path!r}, {self._constant(fields)}, value)",
                "record = value",
                "append = out.append",
                "try:",
                *_indented(steps),
                "except KeyError as missing:",
                f"    raise UnwritableError({path + '.'!r} + str(missing.args[0]), 'a value') from None",
            ]
        )

    def _field(self, item: Schema, path: str) -> Iterator[str]:
        node, path = item["type"], f"{path}.{item['name']}"
        yield f"value = record[{item['name']!r}]"
        if not isinstance(node, list):
            yield from self._value(node, path)
            return
        if len(node) != 2 or node[0] != "null":
            raise FatalError(f"{path}: a union other than [null, T]")
        yield "if value is None:"
        yield "    append(0)"
        yield "else:"
        yield "    append(2)"
        yield from _indented(self._value(node[1], path))

    def _value(self, node: Any, path: str) -> Iterator[str]:
        """Steps that write `value`, which is not null."""
        kind, logical = (node, "") if isinstance(node, str) else (node["type"], node.get("logicalType", ""))
        match kind:
            case "record":
                yield f"{self._record(node, path)}(out, value)"
            case "array":
                items = node["items"]
                if isinstance(items, dict) and items["type"] == "record":
                    inner = self._record(items, f"{path}[]")
                else:
                    inner = self._define(["append = out.append", *self._value(items, f"{path}[]")])
                yield "if not isinstance(value, (list, tuple)):"
                yield f"    raise UnwritableError({path!r}, 'a list')"
                yield "if value:"
                yield "    out += length(len(value))"
                yield "    for item in value:"
                yield f"        {inner}(out, item)"
                yield "append(0)"
            case "enum":
                symbols = {symbol: long_bytes(index) for index, symbol in enumerate(node["symbols"])}
                yield f"raw = {self._constant(symbols)}.get(value) if isinstance(value, str) else None"
                yield "if raw is None:"
                yield f"    raise UnwritableError({path!r}, 'a symbol of the enum')"
                yield "out += raw"
            case "string" if not logical:
                yield from _TEXT.format(path=repr(path)).splitlines()
            case _:
                scalar = SCALARS.get((kind, logical))
                if scalar is None:
                    raise FatalError(f"{path}: no writer for {kind} {logical}")
                name = self._constant(scalar.bytes_of, f"{logical or kind}_bytes".replace("-", "_"))
                yield "try:"
                yield f"    out += {name}(value)"
                yield "except (TypeError, ValueError):"
                yield f"    raise UnwritableError({path!r}, {scalar.expected!r}) from None"

    def _define(self, body: list[str]) -> str:
        name = f"write_{len(self._functions)}"
        self._functions.append("\n".join([f"def {name}(out, value):", *_indented(body)]))
        return name

    def _constant(self, value: Any, name: str = "") -> str:
        name = name or f"constant_{len(self.names)}"
        self.names[name] = value
        return name


# Written out where it stands, since half of what is written is text.
_TEXT = """\
try:
    raw = str.encode(value)
except (TypeError, UnicodeEncodeError):
    raise UnwritableError({path}, 'text in valid UTF-8') from None
if len(raw) < 64:
    append(len(raw) << 1)
else:
    out += length(len(raw))
out += raw
"""


def _indented(lines: Iterator[str] | list[str]) -> list[str]:
    return [_INDENT + line for line in lines]


def _wrong_fields(path: str, fields: tuple[str, ...], value: Mapping[str, Any]) -> UnwritableError:
    unknown = value.keys() - set(fields)
    return UnwritableError(path, f"{len(fields)} fields" + (", without unknown ones" if unknown else ""))
