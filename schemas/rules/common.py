"""Rules of every family: the envelope, text with OTHER, personal data in clear, days, amounts, codes.

Refused (`check`) is what can not be an event: it contradicts itself, lies in the future, or would lay personal data
open. What is merely unlawful, unlikely or badly coded is accepted and flagged (`flags`), because it happened.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from schemas.errors import InvalidInput, Problem
from schemas.identifiers import regions, uscc
from schemas.identifiers.documents import decision_id
from schemas.identifiers.text import is_blank
from schemas.models import Event
from schemas.rules.findings import Flag
from schemas.rules.screening import holds_citizen_id, holds_mobile_number, suspicious
from schemas.rules.shapes import Part, Shape, parts_of, texts_of

FIRST_LEGAL_DAY: Final = date(1949, 10, 1)
AHEAD: Final = timedelta(days=1)
"""How far a clock may be ahead of ours."""

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_USCC_OK = uscc.UsccCheck.OK
_REGION = re.compile(r"[0-9]{6}")
_PLACE = re.compile(r"[0-9]{1,12}")  # a code that no table knows is flagged, text that is no code is refused
_BIRTH_BAND = re.compile(r"(?:18|19|20)[0-9]{2}-(?:18|19|20)[0-9]{2}")
_CITATION = re.compile(r"[a-z0-9-]+(?:/[a-z0-9._-]+)+@[0-9]{4}(?:-[0-9]{2}-[0-9]{2})?(?:#art[0-9]+(?:\.[0-9]+)*)?")
_PERSON_ONLY_SEALED = ("facts", "penalty_text")
_TOGETHER = (
    ("sealed", "sealed_key"),
    ("token", "token_version"),
    ("representative_sealed", "representative_sealed_key"),
)  # party fields that come in pairs
_NAMELESS = frozenset({"NATURAL_PERSON", "UNKNOWN"})


def problem(field: str, found: str, en: str, zh: str) -> Problem:
    """A refusal; `found` never holds content of a text."""
    return Problem(field, found, en, zh)


def at(path: str, name: str) -> str:
    """Path of a field of the record at `path`."""
    return f"{path}.{name}" if path else name


@lru_cache(maxsize=1024)
def legal_day(instant: datetime) -> date:
    """Day in Asia/Shanghai of an aware instant."""
    return instant.astimezone(_SHANGHAI).date()


def check_common(event: Event, now: datetime) -> Iterator[Problem]:
    """Refusals that hold for every event; `now` is an aware instant."""
    yield from _envelope(event, now)
    latest = legal_day(now) + AHEAD
    parts = parts_of(event)
    for path, shape, values in parts:
        if shape.enums and "OTHER" in shape.get_enums(values):
            for name in shape.enums:
                if values[name] == "OTHER":
                    yield from _other(path, name, values)
        for name in shape.numbers:
            if (number := values[name]) is not None and number < 0:
                yield problem(at(path, name), str(number), "a number that is not negative", "不得为负数")
        for name in shape.past_days:
            if (day := values[name]) is not None and not FIRST_LEGAL_DAY <= day <= latest:
                yield _day(at(path, name), day)
        yield from _codes(path, shape, values)
    if suspicious("\n".join(texts_of(parts))):
        for part in parts:
            yield from _texts(part)
    yield from _persons(event)


def flags_common(event: Event) -> Iterator[Flag]:
    """Flags that hold for every event."""
    meta = event.meta
    if meta.recorded_at < meta.occurred_at:
        en, zh = "recorded before it occurred", "登记时刻早于发生时刻"
        yield Flag("RECORDED_BEFORE_OCCURRED", "meta.recorded_at", "", en, zh)
    for index, citation in enumerate(meta.legal_basis):
        if not _CITATION.fullmatch(citation):
            en, zh = "not a citation in the common grammar", "法律依据标识不合规范"
            yield Flag("CITATION_FORM", f"meta.legal_basis[{index}]", "", en, zh)
    recorded = legal_day(meta.recorded_at)
    for path, shape, values in parts_of(event):
        for name in shape.past_days:
            if (day := values[name]) is not None and day > recorded:
                en, zh = "a day after the one on which it was recorded", "日期晚于登记之日"
                yield Flag("DAY_AFTER_RECORDING", at(path, name), "", en, zh)
        for name in shape.usccs:
            code = values[name]
            if code and (outcome := uscc.check_public(code)) is not _USCC_OK:
                yield _uscc(at(path, name), outcome)
        for name in shape.regions:
            if found := values[name]:
                for code in (found,) if isinstance(found, str) else found:
                    if not regions.is_known(code):
                        yield _region_unknown(at(path, name))


def ordered(event: Event, first: str, last: str) -> Iterator[Problem]:
    """Refuses an interval that ends before it begins; absent ends are fine."""
    begin, end = event.__dict__.get(first), event.__dict__.get(last)
    if begin is not None and end is not None and end < begin:
        yield problem(last, str(end), f"a day not before {first} ({begin})", f"不得早于 {first}（{begin}）")


class Order(NamedTuple):
    """Two days that the law or plain sense puts in this order; the flag for those that are not, and its article."""

    first: str
    last: str
    code: str
    article: str = ""


def late(event: Event, orders: Iterable[Order]) -> Iterator[Flag]:
    """Flags days in another order; absent ones are fine."""
    values = event.__dict__
    for first, last, code, article in orders:
        end = values.get(last)
        if end is not None and (begin := values.get(first)) is not None and end < begin:
            yield Flag(code, last, article, f"{last} lies before {first}", f"{last} 早于 {first}")


def check_decision_ids(event: Event) -> Iterator[Problem]:
    """Identities of decisions must be in the one spelling in which two systems meet."""
    values = event.__dict__
    for name in ("decision_id", "challenged_decision_id"):
        given = values.get(name)
        if given is None:
            continue
        if name == "decision_id" and "document_number" in values:
            expected = _canonical_id(values["agency"], values["document_number"])
            if expected is None:
                en, zh = "a document number and the code of an agency", "应有决定机关代码和决定书文号"
                yield problem("document_number", "a sign for nothing", en, zh)
                continue
        else:
            agency, bar, number = given.partition("|")
            expected = _canonical_id(agency, number) if bar else None
        if given != expected:
            en = "agency USCC, a vertical bar, the document number in canonical form"
            if expected and not holds_citizen_id(expected):
                en, zh = f"{en}: {expected}", f"应为 机关代码|规范文号：{expected}"
            else:
                zh = "应为 机关代码|规范文号"
            yield problem(name, "another spelling", en, zh)


@lru_cache(maxsize=4096)
def _canonical_id(agency: str, number: str) -> str | None:
    try:
        return decision_id(agency, number)
    except InvalidInput:
        return None


def _envelope(event: Event, now: datetime) -> Iterator[Problem]:
    meta = event.meta
    name = type(event).__name__
    if meta.event_type != name:
        yield problem("meta.event_type", "another event type", name, f"应为 {name}")
    if meta.event_id.version != 7:
        yield problem("meta.event_id", f"version {meta.event_id.version}", "a UUID of version 7", "应为第 7 版 UUID")
    if meta.revision < 1:
        yield problem("meta.revision", str(meta.revision), "a whole number from 1", "应为不小于 1 的整数")
    elif (meta.revision == 1) != (meta.fact_id == meta.event_id):
        en = "the id of the fact's first event: event_id itself in revision 1, another one later"
        yield problem("meta.fact_id", f"revision {meta.revision}", en, "第 1 版应等于 event_id，之后应为首个事件的编号")
    if meta.retracted and meta.revision == 1:
        yield problem("meta.retracted", "revision 1", "false in revision 1: nothing was said yet", "首个版本不得为撤回")
    for field in ("occurred_at", "recorded_at"):
        instant: datetime = meta.__dict__[field]
        if instant > now + AHEAD:
            limit = (now + AHEAD).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            yield problem(f"meta.{field}", instant.isoformat(), f"an instant not after {limit}", f"不得晚于 {limit}")
    for field in ("publisher", "stream_id"):
        text: str = meta.__dict__[field]
        if not text or text != text.strip() or len(text) > 256 or not text.isprintable():
            en = "1 to 256 printable characters without space around them"
            yield problem(
                f"meta.{field}", f"text of {len(text)} characters", en, "应为 1 至 256 个可见字符，首尾无空格"
            )
    if not _REGION.fullmatch(meta.region):
        yield problem("meta.region", "another form", "six digits of GB/T 2260", "应为六位行政区划代码")
    for index, code in enumerate(meta.audience):
        if not _REGION.fullmatch(code):
            yield problem(f"meta.audience[{index}]", "another form", "six digits of GB/T 2260", "应为六位行政区划代码")


def _other(path: str, name: str, values: Mapping[str, Any]) -> Iterator[Problem]:
    text = next((field for field in ("other_text", "detail") if field in values), None)
    if text is None:
        yield problem(at(path, name), "OTHER", "one of the named values", "应为所列取值之一，不得为 OTHER")
    elif is_blank(values[text]):
        en, zh = f"text that says what {name} OTHER means", f"{name} 为 OTHER 时须说明"
        yield problem(at(path, text), "nothing", en, zh)


def _texts(part: Part) -> Iterator[Problem]:
    path, shape, values = part
    for name in (*shape.texts, *shape.text_lists):
        value: str | tuple[str, ...] | None = values[name]
        for index, text in enumerate((value,) if isinstance(value, str) else value or ()):
            where = at(path, name) + ("" if isinstance(value, str) else f"[{index}]")
            if "\x00" in text:
                yield problem(where, "a NUL character", "text without NUL characters", "文本不得含空字符")
            if name not in shape.usccs and holds_citizen_id(text):
                yield _citizen_id(where)
            if name in shape.free_texts and holds_mobile_number(text):
                yield problem(where, "a mobile number", "no telephone number in clear", "不得含手机号码")


def _codes(path: str, shape: Shape, values: Mapping[str, Any]) -> Iterator[Problem]:
    for name in shape.regions:
        if path != "meta" and (found := values[name]):
            for code in (found,) if isinstance(found, str) else found:
                if not _PLACE.fullmatch(code):
                    en, zh = "a region code (GB/T 2260), digits", "应为数字的行政区划代码"
                    yield problem(at(path, name), "another form", en, zh)
    for name in shape.usccs:
        # Resembles such a number, and is none where its own check is right.
        if (code := values[name]) and holds_citizen_id(code) and uscc.check(code) is not _USCC_OK:
            yield _citizen_id(at(path, name))


def _citizen_id(path: str) -> Problem:
    en = "no citizen identity number in clear; a person is given in party.person"
    return problem(path, "a citizen identity number", en, "不得含公民身份号码；自然人请填 party.person")


def _day(path: str, day: date) -> Problem:
    if day < FIRST_LEGAL_DAY:
        return problem(path, str(day), f"a day from {FIRST_LEGAL_DAY} on", f"不得早于 {FIRST_LEGAL_DAY}")
    return problem(path, str(day), "a day that is not in the future", "不得为将来的日期")


def _persons(event: Event) -> Iterator[Problem]:
    values = event.__dict__
    for name in ("party", "other_party"):
        party = values.get(name)
        if party is None:
            continue
        if party.kind in _NAMELESS:
            if party.name:
                en, zh = "no name in clear; a person is given in party.person", "自然人姓名不得明文；请填 party.person"
                yield problem(f"{name}.name", "a name", en, zh)
            if party.kind == "NATURAL_PERSON":
                yield from _sealed_only(values)
        if party.birth_band and not _BIRTH_BAND.fullmatch(party.birth_band):
            yield problem(
                f"{name}.birth_band", "another form", "a band of years, 1980-1984", "应为年份段，如 1980-1984"
            )
        fields = party.__dict__
        for first, second in _TOGETHER:
            if (fields[first] is None) != (fields[second] is None):
                missing, there = (first, second) if fields[first] is None else (second, first)
                if missing == "token" and party.representative_token is not None:
                    continue  # the version is also that of the representative's token
                yield problem(f"{name}.{missing}", "nothing", f"a value, as {there} has one", f"有 {there} 时必填")


def _sealed_only(values: dict[str, Any]) -> Iterator[Problem]:
    for name in _PERSON_ONLY_SEALED:
        if values.get(name):
            en, zh = "nothing in clear when the party is a natural person", "当事人为自然人时不得明文"
            yield problem(name, "text", en, zh)


def _uscc(path: str, outcome: uscc.UsccCheck) -> Flag:
    en, zh = f"not a valid unified social credit code: {outcome.value}", f"统一社会信用代码有误：{outcome.value}"
    return Flag("USCC", path, "GB 32100-2015", en, zh)


def _region_unknown(path: str) -> Flag:
    return Flag("REGION_UNKNOWN", path, "GB/T 2260", "not a region code that the table knows", "区划代码不在表中")
