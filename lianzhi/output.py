"""What commands print: tables for people, JSON, NDJSON and CSV for programs; problems and progress on stderr."""

from __future__ import annotations

import csv
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from infra.errors import LianzhiError
from lianzhi.progress import Bar, Bars, progress, progress_group
from lianzhi.values import cell, is_number, neutral, to_json

__all__ = ["Bar", "Bars", "OutputFormat", "Row", "echo_problem", "emit", "progress", "progress_group", "to_json"]

Row = Mapping[str, Any]


class OutputFormat(StrEnum):
    """The values of `-o`."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


def emit(
    data: Row | Iterable[Row],
    fmt: OutputFormat | str = OutputFormat.TABLE,
    *,
    columns: Sequence[str] | None = None,
    headings: Mapping[str, str] | None = None,
    title: str = "",
    notes: Mapping[str, Any] | None = None,
    out: TextIO | None = None,
) -> None:
    """Print rows, or one object, to stdout.

    Args:
        data: rows, or one mapping (a table then shows key and value, JSON the object itself).
        fmt: how; rows go out one by one as NDJSON and CSV, so that any number fits in memory.
        columns: which, and in which order; None: those of the first row.
        headings: what a table shows above a column, or beside the value of one object, where `headings.toml` does not
            say what it means here.
        title: above a table.
        notes: query, filters, time zone, row count …: below a table, on stderr beside CSV: a CSV file holds its header
            and its rows and nothing else, or spreadsheets and programs stumble.
        out: instead of stdout.
    """
    stream = out or sys.stdout
    match OutputFormat(fmt):
        case OutputFormat.JSON:
            whole = data if isinstance(data, Mapping) else list(data)
            stream.write(to_json(whole, indent=2) + "\n")
        case OutputFormat.NDJSON:
            for row in [data] if isinstance(data, Mapping) else data:
                stream.write(to_json(row) + "\n")
        case OutputFormat.CSV:
            _emit_csv([data] if isinstance(data, Mapping) else data, columns, stream)
            for name, note in (notes or {}).items():
                sys.stderr.write(f"{name}: {cell(note)}\n")
        case OutputFormat.TABLE:
            _emit_table(
                data,
                stream,
                columns=columns,
                headings=_headings() | dict(headings or {}),
                title=title,
                notes=notes or {},
            )


@cache
def _headings() -> dict[str, str]:
    text = Path(__file__).with_name("headings.toml").read_text(encoding="utf-8")
    return {name: str(heading) for name, heading in tomllib.loads(text).items()}


def echo_problem(problem: LianzhiError | str) -> None:
    """A problem on stderr: Chinese, English, and what to do next, each on a line of its own."""
    if isinstance(problem, str):
        lines = [problem]
    else:
        lines = [line for line in (problem.zh, problem.message) if line]
        lines += [f"→ {problem.hint}"] if problem.hint else []
    sys.stderr.write("\n".join(lines) + "\n")


def _emit_csv(rows: Iterable[Row], columns: Sequence[str] | None, stream: TextIO) -> None:
    names, rows = _columns(rows, columns)
    writer = csv.writer(stream)  # lines end in CR LF, as RFC 4180 says; else a bare CR in a cell would go unquoted
    writer.writerow([neutral(name) for name in names])
    for row in rows:
        writer.writerow([neutral(row.get(name)) for name in names])


def _emit_table(
    data: Row | Iterable[Row],
    stream: TextIO,
    *,
    columns: Sequence[str] | None,
    headings: Mapping[str, str],
    title: str,
    notes: Mapping[str, Any],
) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    names, rows = _columns(data, columns) if not isinstance(data, Mapping) else (["", " "], [])
    numeric: set[str] = set()
    shown: list[list[str]] = []
    if isinstance(data, Mapping):
        shown = [[headings.get(str(key), str(key)), cell(value)] for key, value in data.items()]
    else:
        for row in rows:
            shown.append([cell(row.get(name)) for name in names])
            numeric |= {name for name in names if is_number(row.get(name))}
    table = Table(title=title or None, title_justify="left", show_header=not isinstance(data, Mapping))
    for name in names:
        table.add_column(headings.get(name, name), justify="right" if name in numeric else "left", overflow="fold")
    for cells in shown:
        table.add_row(*(Text(cell) for cell in cells))
    console = Console(file=stream, width=None if stream.isatty() else 200, highlight=False)
    console.print(table)
    for name, note in notes.items():
        console.print(Text(f"{name}: {cell(note)}"), style="dim")


def _columns(rows: Iterable[Row], columns: Sequence[str] | None) -> tuple[list[str], Iterable[Row]]:
    iterator = iter(rows)
    if columns is not None:
        return list(columns), iterator
    first = next(iterator, None)
    return ([], []) if first is None else (list(first), chain([first], iterator))
