"""Kinds of administrative penalty (行政处罚法 2021, Art. 9), and the cells of published files that name them.

The cells are written by hand: several kinds in one cell with any separator or none, shared verbs, amounts, numbering,
orders such as 责令改正 (Art. 28) that are no penalties. The words are a table, `data/penalty_words.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files

from schemas.identifiers.penalty_kinds import PenaltyKind, headline
from schemas.identifiers.text import is_blank, tidy

__all__ = ["ParsedKinds", "PenaltyKind", "headline", "parse_kinds", "read_kinds"]


@dataclass(frozen=True, slots=True)
class ParsedKinds:
    """What a cell of penalty kinds says.

    Attributes:
        kinds: the kinds named, each once, as they come in the cell.
        unknown: text that is no known kind, or names one unclearly (暂扣或者吊销许可证).
        other_texts: what the cell gives for OTHER (`补办` in 其他-补办).
        measures: orders named besides that are no penalties (责令改正).
    """

    kinds: tuple[PenaltyKind, ...]
    unknown: tuple[str, ...]
    other_texts: tuple[str, ...]
    measures: tuple[str, ...]


_NOTHING = ParsedKinds((), (), (), ())


def parse_kinds(
    text: str | None, codes: Mapping[str, PenaltyKind] | None = None
) -> tuple[list[PenaltyKind], list[str]]:
    """Kinds named in a cell, and the text that was not understood; see `read_kinds`, which also gives the rest."""
    read = read_kinds(text, codes)
    return list(read.kinds), list(read.unknown)


def read_kinds(text: str | None, codes: Mapping[str, PenaltyKind] | None = None) -> ParsedKinds:
    """Read a cell that names kinds of penalty: CF_CFLB of the 双公示 files, 警告;罚款;其他-补办.

    Kinds may be separated by any mark, space, line or joining word, or by nothing (警告罚款). Amounts and terms are
    passed over. Words are those of `data/penalty_words.toml`; never guessed: what is not there comes back as unknown.

    Args:
        text: the cell; empty, or a sign for "nothing", gives no kinds.
        codes: the publisher's own codes for kinds, where it writes codes (there is no common list of them).
    """
    if not text:
        return _NOTHING
    fixed_codes = tuple(codes.items()) if codes else ()
    return _read_short(text, fixed_codes) if len(text) <= _SHORT_CELL else _read(text, fixed_codes)


_SEPARATORS = re.compile(r"[、,;/|+&·\\ ]+")
_BREAKS = re.compile(r"[\r\n\u2460-\u249b\u3220-\u3229\u2776-\u2793]")  # line ends; ①, ⑴, ⒈, ㈠
_GROUPED = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_NUMBERING = re.compile(
    r"\((?:[0-9]{1,2}|[一二三四五六七八九十]{1,2})\)|(?<![0-9.])[0-9]{1,2}[、.:)](?=[^0-9\s])|[一二三四五六七八九十]{1,2}、"
)
_BARE_NUMBER = re.compile(r"[:(]?[0-9]+(?:\.[0-9]+)?[)]?")
_OTHER = re.compile(r"其[他它](?:行政)?(?:处罚|种类|类)?(?P<joint>[-:(]*)(?P<text>.*?)[)]*")
_EDGES = "和及与并处以的-:()\"'“”。. "
_CACHED_CELLS, _SHORT_CELL = 4096, 64


@dataclass(frozen=True, slots=True)
class _Words:
    """The table of words, made into expressions once."""

    known: re.Pattern[str]
    meaning: Mapping[str, str]
    by_group: Mapping[str, str]
    alone: Mapping[str, PenaltyKind]
    nouns: Mapping[str, PenaltyKind]
    filler: re.Pattern[str]


@dataclass(slots=True)
class _Found:
    """What has been read of a cell so far; dicts keep each text once and in order."""

    kinds: dict[PenaltyKind, None] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
    other_texts: dict[str, None] = field(default_factory=dict)
    measures: dict[str, None] = field(default_factory=dict)
    confiscated: bool = False

    @property
    def left_over(self) -> int:
        return sum(map(len, self.unknown))


@cache
def _words() -> _Words:
    table = tomllib.loads(files("schemas.identifiers").joinpath("data", "penalty_words.toml").read_text("utf-8"))
    parts = {**table["kinds"], "MEASURE": table["not_a_penalty"], "UNCLEAR": table["unclear"]}
    licences = "|".join(table["licences"])
    meaning = {word: target for target, part in parts.items() for word in part.get("words", ())}
    meaning |= {kind.value: kind.value for kind in PenaltyKind}
    nouns = {word: PenaltyKind[t] for t, part in table["kinds"].items() for word in part.get("nouns", ())}
    by_group: dict[str, str] = {}
    patterns: list[str] = []
    for target in ("MEASURE", "UNCLEAR", *table["kinds"]):
        for pattern in parts[target].get("patterns", ()):
            group = f"p{len(by_group)}"
            by_group[group] = target
            filled = pattern.replace("{t}", "[^、,;/|+吊暂]{0,14}?").replace("{n}", licences)
            patterns.append(f"(?P<{group}>{filled})")
    words = "|".join(map(re.escape, sorted([*meaning, *nouns], key=len, reverse=True)))
    filler = [*map(re.escape, sorted(table["filler"]["words"], key=len, reverse=True)), *table["filler"]["patterns"]]
    return _Words(
        re.compile("|".join([f"(?P<word>{words})", *patterns])),
        meaning,
        by_group,
        {word: PenaltyKind[target] for target, part in table["kinds"].items() for word in part.get("alone", ())},
        nouns,
        re.compile(
            f"(?:{'|'.join(filler)})*+"
        ),  # possessive: a long run of joining words costs no more than its length
    )


@lru_cache(_CACHED_CELLS)
def _read_short(text: str, codes: tuple[tuple[str, PenaltyKind], ...]) -> ParsedKinds:
    """Read a cell once: a few short spellings make up most of a file."""
    return _read(text, codes)


def _read(text: str, codes: tuple[tuple[str, PenaltyKind], ...]) -> ParsedKinds:
    if is_blank(text):
        return _NOTHING
    text = tidy(_BREAKS.sub(";", text))
    text = _NUMBERING.sub(";", _GROUPED.sub("", text))
    found = _scan(text, dict(codes))
    if found.unknown and " " in text:  # spaces may also stand inside a word: 罚 款
        closed = _scan(text.replace(" ", ""), dict(codes))
        found = closed if closed.left_over < found.left_over else found
    return ParsedKinds(tuple(found.kinds), tuple(found.unknown), tuple(found.other_texts), tuple(found.measures))


def _scan(text: str, codes: Mapping[str, PenaltyKind]) -> _Found:
    """One pass from left to right: what is known, and the gaps between."""
    words, found, end = _words(), _Found(), 0
    for match in words.known.finditer(text):
        _gap(text[end : match.start()], found, codes, after_kind=end > 0, before_kind=True)
        _known(match, found, words)
        end = match.end()
    _gap(text[end:], found, codes, after_kind=end > 0, before_kind=False)
    return found


def _known(match: re.Match[str], found: _Found, words: _Words) -> None:
    text, group = match[0], match.lastgroup or ""
    if text in words.nouns:
        if found.confiscated:
            found.kinds[words.nouns[text]] = None
        else:
            found.unknown[text] = None
        return
    target = words.meaning[text] if group == "word" else words.by_group[group]
    if target == "MEASURE":
        found.measures[text] = None
    elif target == "UNCLEAR":
        found.unknown[text] = None
    else:
        found.kinds[PenaltyKind[target]] = None
        found.confiscated = found.confiscated or text.startswith("没收")


def _gap(text: str, found: _Found, codes: Mapping[str, PenaltyKind], *, after_kind: bool, before_kind: bool) -> None:
    """Text between two known words: separators, filling words, OTHER with its text, or something unknown."""
    words = _words()
    pieces = [piece for piece in _SEPARATORS.split(text) if piece]
    for place, piece in enumerate(pieces):
        if piece in codes:
            found.kinds[codes[piece]] = None
        elif words.filler.fullmatch(piece) or (place == 0 and after_kind and _BARE_NUMBER.fullmatch(piece)):
            continue
        elif piece in words.alone:
            found.kinds[words.alone[piece]] = None
        elif (other := _OTHER.fullmatch(piece.lstrip(_EDGES))) is not None:
            detail = other["text"].strip(_EDGES)
            if detail:
                found.other_texts[detail] = None
            elif other["joint"] and before_kind and place == len(pieces) - 1 and text.endswith(piece):
                continue  # 其他-没收违法所得: the named kind that follows is meant
            found.kinds[PenaltyKind.OTHER] = None
        else:
            found.unknown[piece.strip(_EDGES) or piece] = None
