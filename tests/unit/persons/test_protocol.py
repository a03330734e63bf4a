"""Frames, requests, answers, rate, and the tokeniser's judgement, without a socket."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import structlog
from structlog.testing import LogCapture

from infra.persons.identity import recognise
from infra.persons.protocol import (
    MAX_FRAME,
    MAX_IDENTITIES,
    TOKEN,
    Answer,
    ProtocolError,
    Refusal,
    Refused,
    Request,
    RetryAfter,
    Tokens,
    answer_body,
    body_length,
    parse_answer,
    parse_request,
    request_body,
)
from infra.persons.rate import TokenBucket
from infra.persons.tokeniser import Tokeniser
from infra.persons.tokens import tokens_of
from schemas.identifiers.citizen_id import IdType, make_synthetic
from tests.support.leaks import assert_error_clean, assert_no_trace

NUMBER = make_synthetic(date(1980, 5, 17), 15)
KEY = bytes(range(32))


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def canonical(kind: IdType | None, number: str | None, name: str = "张三丰", born: date | None = None) -> str:
    identity = recognise(kind, number, name, born).identity
    assert identity is not None
    return identity.canonical


CITIZEN = canonical(IdType.CITIZEN_ID, NUMBER)
NAMED = canonical(None, None, born=date(1980, 5, 17))


def test_tokens_are_fixed_by_key_version_and_identity() -> None:
    [token] = tokens_of(KEY, 1, [CITIZEN])
    assert token == "p1_" + tokens_of(KEY, 1, [NAMED, CITIZEN])[1][3:]
    assert token == "p1_2wdrkiqlfgyzv5a37mstimcu7surjupt"  # for ever: events in the log carry it
    assert tokens_of(KEY, 2, [CITIZEN]) == ["p2_" + token[3:]]
    assert tokens_of(bytes(32), 1, [CITIZEN])[0] != token


def test_prefixes_tell_what_a_token_stands_on() -> None:
    tokens = tokens_of(KEY, 1, [CITIZEN, NAMED, "officer\x1f330421\x1f33010001"])
    assert [token.partition("_")[0] for token in tokens] == ["p1", "p1n", "o1"]
    assert all(TOKEN.fullmatch(token) for token in tokens)
    assert_no_trace((NUMBER, CITIZEN, "33010001"), *tokens)


def test_a_bucket_allows_its_burst_then_its_rate() -> None:
    clock = Clock()
    bucket = TokenBucket(10, 100, clock)
    assert bucket.take(100) == 0
    assert bucket.take(5) == pytest.approx(0.5)
    clock.seconds = 0.5
    assert bucket.take(5) == 0
    assert bucket.take(1) > 0
    clock.seconds = 1000
    assert bucket.take(100) == 0
    assert bucket.take(1) == pytest.approx(0.1)


def test_a_request_beyond_the_burst_waits_for_a_full_bucket_and_leaves_a_debt() -> None:
    clock = Clock()
    bucket = TokenBucket(10, 100, clock)
    assert bucket.take(300) == 0
    assert bucket.take(1) == pytest.approx(20.1)


def tokeniser(clock: Clock, burst: int = 10) -> Tokeniser:
    return Tokeniser(KEY, 1, frozenset({"jiashan.zhifa", "qingpu.zhifa"}), per_second=1.0, burst=burst, clock=clock)


def ask(server: Tokeniser, publisher: str, *identities: str) -> Answer:
    return server.answer(request_body(Request(publisher, list(identities))))


def test_every_publisher_has_its_own_rate() -> None:
    clock = Clock()
    server = tokeniser(clock)
    assert isinstance(ask(server, "jiashan.zhifa", *[CITIZEN] * 10), Tokens)
    assert ask(server, "jiashan.zhifa", CITIZEN) == RetryAfter(1.0)
    assert isinstance(ask(server, "qingpu.zhifa", CITIZEN), Tokens)
    clock.sleep(1.0)
    assert isinstance(ask(server, "jiashan.zhifa", CITIZEN), Tokens)


@pytest.mark.parametrize(
    ("publisher", "identity", "refusal"),
    [
        ("jiashan.other", CITIZEN, Refusal.UNKNOWN_PUBLISHER),
        ("张三丰", CITIZEN, Refusal.UNKNOWN_PUBLISHER),
        ("jiashan.zhifa", NUMBER, Refusal.MALFORMED),
        ("jiashan.zhifa", "named\x1f张*\x1f1980-05-17", Refusal.MALFORMED),
    ],
)
def test_what_is_refused_costs_nothing_and_is_not_repeated(publisher: str, identity: str, refusal: Refusal) -> None:
    server = tokeniser(Clock(), burst=1)
    assert ask(server, publisher, identity) == Refused(refusal)
    assert isinstance(ask(server, "jiashan.zhifa", CITIZEN), Tokens)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"publisher":"jiashan.zhifa"}',
        b'{"publisher":1,"identities":[]}',
        b'{"publisher":"jiashan.zhifa","identities":[1]}',
        b'{"publisher":"jiashan.zhifa","identities":"x"}',
        b'{"publisher":"jiashan.zhifa","identities":[],"more":1}',
        b'{"publisher":"jiashan.zhifa","identities":["\\ud800"]}',
        b"\xff\xfe",
    ],
)
def test_bodies_that_are_no_request_are_refused(body: bytes) -> None:
    assert tokeniser(Clock()).answer(body) == Refused(Refusal.MALFORMED)


def test_too_many_at_once_are_refused() -> None:
    body = request_body(Request("jiashan.zhifa", [CITIZEN] * (MAX_IDENTITIES + 1)))
    assert len(body) < MAX_FRAME
    assert tokeniser(Clock()).answer(body) == Refused(Refusal.TOO_MANY)


def test_the_largest_request_fits_a_frame() -> None:
    longest = "document\x1f" + "A" * 32 + "\x1f" + "A" * 32 + "\x1f" + "\U00020000" * 200
    assert len(request_body(Request("jiashan.zhifa", [longest] * MAX_IDENTITIES))) < MAX_FRAME


def test_a_broken_request_raises_nothing_that_holds_it() -> None:
    body = f'{{"publisher": "张三丰", "identities": ["{NUMBER}"'.encode()
    with pytest.raises(ProtocolError) as caught:
        parse_request(body)
    assert_error_clean(caught.value, (NUMBER, "张三丰"))


@pytest.mark.parametrize("answer", [Tokens(3, [f"p3_{'a' * 32}"]), RetryAfter(0.25), Refused(Refusal.TOO_MANY)])
def test_answers_survive_the_way(answer: Answer) -> None:
    assert parse_answer(answer_body(answer), 1) == answer


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"version":1,"tokens":[]}',
        b'{"version":0,"tokens":["p1_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]}',
        b'{"version":1,"tokens":["999999198005170151"]}',
        b'{"retry_after":-1}',
        b'{"error":"what"}',
    ],
)
def test_what_is_no_answer_is_not_believed(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_answer(body, 1)


def test_a_frame_is_bounded() -> None:
    assert body_length((5).to_bytes(4, "big")) == 5
    with pytest.raises(ProtocolError):
        body_length((MAX_FRAME + 1).to_bytes(4, "big"))


def test_every_request_is_logged_without_content(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = LogCapture()
    monkeypatch.setattr("infra.persons.tokeniser._log", structlog.wrap_logger(None, processors=[capture]))
    server = tokeniser(Clock(), burst=3)
    ask(server, "jiashan.zhifa", CITIZEN, CITIZEN, NAMED)
    ask(server, "jiashan.zhifa", CITIZEN)
    ask(server, "jiashan.zhifa", NUMBER)
    ask(server, "nobody.knows", CITIZEN)
    server.answer(f'{{"identities": ["{NUMBER}"'.encode())
    told = [(entry["event"], entry.get("publisher"), entry.get("identities")) for entry in capture.entries]
    assert told == [
        ("tokens made", "jiashan.zhifa", 3),
        ("request too fast", "jiashan.zhifa", 1),
        ("request refused", "jiashan.zhifa", 1),
        ("request refused", "nobody.knows", 1),
        ("request refused", None, None),
    ]
    assert capture.entries[0]["kinds"] == {"citizen": 2, "named": 1}
    assert capture.entries[0]["distinct"] == 2
    assert_no_trace((NUMBER, "张三丰", *tokens_of(KEY, 1, [CITIZEN, NAMED])), repr(capture.entries))
