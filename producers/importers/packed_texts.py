"""Many texts in little memory: the shared strings of a large workbook, which its cells refer to by number.

They are kept compressed, some hundred texts a block, and opened a block at a time. Rows refer to texts in about the
order in which these stand in the file, so that a few open blocks serve nearly all of them; what comes in every row is
remembered besides. Memory grows with the size of the file as it lies packed on the disk, and nothing is written out:
the texts hold persons.
"""

from __future__ import annotations

import zlib
from functools import lru_cache

import orjson

_BLOCK_TEXTS = 128
_OPEN_BLOCKS = 32
_REMEMBERED = 4096


class PackedTexts:
    """A list of texts that only grows at its end; `finish` it before reading."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._open: list[str] = []
        self._count = 0
        self._block = lru_cache(_OPEN_BLOCKS)(self._unpack)
        self.text = lru_cache(_REMEMBERED)(self._find)
        """The text of a number from 0; raises IndexError where there is none."""

    def __len__(self) -> int:
        return self._count

    def append(self, text: str) -> None:
        """Add a text at the end."""
        self._open.append(text)
        self._count += 1
        if len(self._open) == _BLOCK_TEXTS:
            self._pack()

    def finish(self) -> None:
        """Pack what is still open."""
        if self._open:
            self._pack()

    def _pack(self) -> None:
        self._packed.append(zlib.compress(orjson.dumps(self._open), 1))
        self._open = []

    def _find(self, number: int) -> str:
        if not 0 <= number < self._count:
            raise IndexError(number)
        return self._block(number // _BLOCK_TEXTS)[number % _BLOCK_TEXTS]

    def _unpack(self, block: int) -> list[str]:
        texts: list[str] = orjson.loads(zlib.decompress(self._packed[block]))
        return texts
