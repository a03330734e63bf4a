"""The XML parts of an XLSX workbook that grow with its rows, read as streams: a sheet's rows, the shared strings.

No spreadsheet program writes a document type; a part that declares one, and with it entities, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import IO
from xml.parsers import expat

from producers.importers.cells import Cell
from producers.importers.header import Line
from producers.importers.packed_texts import PackedTexts
from producers.importers.sheet_cells import Meaning, unescaped

_CHUNK = 1 << 18
_WIDEST = 16_384  # columns that a sheet can have


class NotASheet(ValueError):
    """The XML is none that a spreadsheet program writes."""


class _Part:
    """A parser of one part. Elements are told apart by their names without the prefix that the part's root has."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part = part
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _no_document_type
        self._parser.StartElementHandler = self._root
        self._texts: list[str] = []
        self._names: dict[str, str] = {}

    def _pieces(self) -> Iterator[None]:
        """Comes back after every piece that was read, and at the end."""
        while piece := self._part.read(_CHUNK):
            self._parser.Parse(piece, False)
            yield
        self._parser.Parse(b"", True)
        yield

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        prefix = name[: name.rfind(":") + 1]
        self._names = {prefix + known: known for known in ("row", "c", "v", "t", "is", "si", "rPh")}
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def _end(self, name: str) -> None:
        raise NotImplementedError


def refuse_document_type(content: bytes) -> None:
    """Raise NotASheet where a part declares a document type."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _no_document_type
    parser.Parse(content, True)


def _no_document_type(*_: object) -> None:
    raise NotASheet("a document type in a spreadsheet's part")


class SharedTexts(_Part):
    """The shared strings; runs of rich text are joined, readings (注音) left out."""

    def __init__(self, part: IO[bytes]) -> None:
        super().__init__(part)
        self._found = PackedTexts()
        self._in_reading = False

    def read(self) -> PackedTexts:
        """All of them."""
        for _ in self._pieces():
            pass
        self._found.finish()
        return self._found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match self._names.get(name):
            case "t" if not self._in_reading:
                self._parser.CharacterDataHandler = self._texts.append
            case "rPh":
                self._in_reading = True

    def _end(self, name: str) -> None:
        match self._names.get(name):
            case "t":
                self._parser.CharacterDataHandler = None
            case "rPh":
                self._in_reading = False
            case "si":
                self._found.append(unescaped("".join(self._texts)))
                self._texts.clear()


class SheetRows(_Part):
    """The rows of one sheet that hold something, with their numbers.

    Args:
        part: the sheet's XML.
        shared: the text of a shared string's number.
        meanings: what a number means in each style.

    Raises:
        NotASheet, expat.ExpatError, ValueError, IndexError: the part is damaged.
    """

    def __init__(self, part: IO[bytes], shared: Callable[[int], str], meanings: Sequence[Meaning | None]) -> None:
        super().__init__(part)
        self._shared, self._meanings = shared, meanings
        self._ready: list[Line] = []
        self._cells: list[Cell] = []
        self._line = 0
        self._kind = ""
        self._meaning: Meaning | None = None
        self._in_reading = False
        self._columns: dict[str, int] = {}

    def __iter__(self) -> Iterator[Line]:
        for _ in self._pieces():
            yield from self._ready
            self._ready.clear()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        known = self._names.get(name)
        if known == "c":
            self._open_cell(attributes)
        elif known == "v" or (known == "t" and not self._in_reading):
            self._parser.CharacterDataHandler = self._texts.append
        elif known == "row":
            given = attributes.get("r")
            self._line = int(given) if given else self._line + 1
            self._cells = []
        elif known == "rPh":
            self._in_reading = True

    def _end(self, name: str) -> None:
        known = self._names.get(name)
        if known == "c":
            if self._texts:
                self._cells[-1] = self._value("".join(self._texts))
                self._texts.clear()
        elif known in ("v", "t"):
            self._parser.CharacterDataHandler = None
        elif known == "row":
            if any(cell != "" for cell in self._cells):
                self._ready.append((self._line, self._cells))
        elif known == "rPh":
            self._in_reading = False

    def _open_cell(self, attributes: dict[str, str]) -> None:
        place = self._place(attributes.get("r"))
        self._cells += [""] * (place + 1 - len(self._cells))
        self._kind = attributes.get("t", "n")
        style = attributes.get("s")
        self._meaning = self._meanings[int(style)] if style and self._meanings else None

    def _place(self, reference: str | None) -> int:
        """The column of a reference such as `AB12`, from 0; without one, the next."""
        if reference is None:
            return len(self._cells)
        letters = reference.rstrip("0123456789")
        place = self._columns.get(letters)
        if place is None:
            place = -1
            for letter in letters:
                place = (place + 1) * 26 + ord(letter) - ord("A")
            if not 0 <= place < _WIDEST:
                raise NotASheet("a cell beyond the last column")
            self._columns[letters] = place
        return place

    def _value(self, text: str) -> Cell:
        match self._kind:
            case "s":
                return self._shared(int(text))
            case "n":
                return self._number(text)
            case "b":
                return text.strip() == "1"
            case "e":
                return ""
            case _:  # str, inlineStr, d
                return unescaped(text)

    def _number(self, text: str) -> Cell:
        try:
            number = float(text)
        except ValueError:
            return text
        return number if self._meaning is None else self._meaning(number)
