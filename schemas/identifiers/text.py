"""What every identifier needs first: text as people type it, folded to one spelling.

Cells of published files hold full-width digits, ideographic spaces, tabs that keep Excel from rounding a code,
zero-width marks from web pages, and a dozen kinds of dash. `fold` removes all of that; `is_blank` knows the signs that
people put where there is nothing to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

# White space of every kind, control characters, and marks that have no width (soft hyphen, joiners, bidi marks, BOM).
_INVISIBLE = re.compile(
    "[\\s\u0000-\u001f\u007f-\u009f\u00ad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f\ufeff]+"
)

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\u2501\ufe58\ufe63\uff0d\u30fc"
"""Everything that is drawn as a dash and meant as a hyphen in an identifier."""

DASHES_TO_HYPHEN: Mapping[int, str | None] = dict.fromkeys(map(ord, DASHES), "-")

_BLANKS = frozenset(
    {
        "",
        "-",
        "--",
        "---",
        "/",
        "//",
        "\\",
        "*",
        "**",
        ".",
        "。",
        "无",
        "暂无",
        "空",
        "无无",
        "NULL",
        "NONE",
        "NA",
        "N/A",
        "NIL",
        "NAN",
    }
)


def fold(text: str, table: Mapping[int, str | None] = DASHES_TO_HYPHEN) -> str:
    """Text without any white space or invisible mark, full-width forms made half-width (Unicode NFKC), dashes made `-`.

    Args:
        text: as it stands in the cell.
        table: what is replaced or dropped besides, in the form of `str.translate`; it replaces the table of dashes.
            What it puts in is nothing that it takes out.

    Folding twice changes nothing. Case is kept.
    """
    if text.isascii():
        return _INVISIBLE.sub("", text).translate(table)
    while True:  # dropping a mark may bring two characters together that compose
        normal = unicodedata.normalize("NFKC", text)
        if _INVISIBLE.search(normal) is None and (text := normal.translate(table)) == normal:
            return text  # nothing to drop, as in most cells
        text = _INVISIBLE.sub("", normal).translate(table)
        if unicodedata.is_normalized("NFKC", text) and _INVISIBLE.search(text) is None:
            return text


def is_blank(text: str | None) -> bool:
    """Whether the cell says nothing: empty, or one of the signs used for "nothing" (`-`, `/`, `无`, `NULL`, …)."""
    return text is None or fold(text).upper() in _BLANKS


def tidy(text: str) -> str:
    """Text made half-width (NFKC) with dashes made `-`, runs of white space made one space, and none at the ends."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(DASHES_TO_HYPHEN)
    return _INVISIBLE.sub(lambda run: " " if any(c.isspace() for c in run[0]) else "", text).strip()
