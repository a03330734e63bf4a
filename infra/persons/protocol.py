"""What client and tokeniser say to each other: frames of a four-byte length (big endian) and JSON.

Request: `{"publisher": …, "identities": [canonical text, …]}`. Answer, one of: `{"version": n, "tokens": […]}` in the
order of the identities; `{"retry_after": seconds}` when the caller asks faster than it may; `{"error": code}`.
Errors are codes and never repeat what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

MAX_IDENTITIES = 5_000
"""Most identities in one request; a client with more asks several times."""

MAX_FRAME = 8 * 1024 * 1024
"""Most bytes of one frame, its length not counted: more than 5,000 identities of the greatest length need."""

LENGTH_BYTES = 4
TOKEN = re.compile(r"[po][1-9][0-9]{0,4}n?_[a-z2-7]{32}")
"""Every token that any version of the zone's key makes (see `tokens`)."""

_PUBLISHER = re.compile(r"[a-z]{2,30}\.[a-z0-9_]{2,30}")


class Refusal(StrEnum):
    """Why a request is not answered with tokens."""

    MALFORMED = "malformed"
    UNKNOWN_PUBLISHER = "unknown-publisher"
    TOO_MANY = "too-many"


class ProtocolError(Exception):
    """A frame that breaks the protocol; its text is a code, never content."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A publisher's identities, in canonical text (see `identity`)."""

    publisher: str
    identities: Sequence[str]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The answer: one token for each identity, in order, and the version of the key that made them."""

    version: int
    tokens: Sequence[str]


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """The caller is too fast; nothing was computed."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Refused:
    """The request was wrong; asking again the same way will not help."""

    refusal: Refusal


_CODES = frozenset(refusal.value for refusal in Refusal)

Answer = Tokens | RetryAfter | Refused


def frame(body: bytes) -> bytes:
    """`body` with its length before it."""
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def body_length(head: bytes) -> int:
    """The length that a frame's head announces.

    Raises:
        ProtocolError: when it is beyond `MAX_FRAME`.
    """
    length = int.from_bytes(head, "big")
    if length > MAX_FRAME:
        raise ProtocolError(Refusal.MALFORMED)
    return length


def request_body(request: Request) -> bytes:
    """The JSON of a request."""
    return orjson.dumps({"publisher": request.publisher, "identities": request.identities})


def parse_request(body: bytes) -> Request:
    """A request, its shape checked; whether its identities are canonical is for the tokeniser to say.

    Raises:
        ProtocolError: when it has another shape or holds more than `MAX_IDENTITIES`.
    """
    match _json(body):
        case {"publisher": str(publisher), "identities": list(identities), **rest} if not rest:
            pass
        case _:
            raise ProtocolError(Refusal.MALFORMED)
    if not _PUBLISHER.fullmatch(publisher):
        raise ProtocolError(Refusal.UNKNOWN_PUBLISHER)
    if len(identities) > MAX_IDENTITIES:
        raise ProtocolError(Refusal.TOO_MANY)
    if not all(isinstance(identity, str) for identity in identities):
        raise ProtocolError(Refusal.MALFORMED)
    return Request(publisher, identities)


def answer_body(answer: Answer) -> bytes:
    """The JSON of an answer."""
    match answer:
        case Tokens(version, tokens):
            return orjson.dumps({"version": version, "tokens": tokens})
        case RetryAfter(seconds):
            return orjson.dumps({"retry_after": seconds})
        case Refused(refusal):
            return orjson.dumps({"error": refusal.value})


def parse_answer(body: bytes, asked: int) -> Answer:
    """The answer to a request of `asked` identities.

    Raises:
        ProtocolError: when it has another shape, another number of tokens, or something that is no token.
    """
    match _json(body):
        case {"version": int(version), "tokens": list(tokens)} if version > 0 and len(tokens) == asked:
            if all(isinstance(token, str) and TOKEN.fullmatch(token) for token in tokens):
                return Tokens(version, tokens)
        case {"retry_after": int(seconds) | float(seconds)} if seconds >= 0:
            return RetryAfter(float(seconds))
        case {"error": str(code)} if code in _CODES:
            return Refused(Refusal(code))
    raise ProtocolError(Refusal.MALFORMED)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass  # raised below, outside: the decoder's error holds the text
    raise ProtocolError(Refusal.MALFORMED)
