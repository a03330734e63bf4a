"""The publishers' side of the tokeniser: asks in batches, waits a bounded time, and says clearly when it is away."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Sequence
from typing import NamedTuple, Self

from infra.clock import Clock, SystemClock
from infra.errors import FatalError, RetryableError
from infra.persons.endpoint import peer_uid, tokeniser_socket
from infra.persons.identity import Identity
from infra.persons.protocol import (
    LENGTH_BYTES,
    Answer,
    ProtocolError,
    Refused,
    Request,
    RetryAfter,
    Tokens,
    body_length,
    frame,
    parse_answer,
    request_body,
)
from infra.settings import Settings

BATCH = 2_000
"""Identities in one request."""

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 0.5


class TokeniserAway(RetryableError):
    """The tokeniser does not answer. Nothing was stored; the same call may succeed once it is back.

    Args:
        path: its socket.
        seconds: for how long it was tried.
        listening: whether somebody listens there.
    """

    def __init__(self, path: str, seconds: float, *, listening: bool = True) -> None:
        en = f"did not answer within {seconds:g} s" if listening else "is not running: nobody listens there"
        zh = f"在 {seconds:g} 秒内没有应答" if listening else "没有运行：无人监听"
        super().__init__(
            f"the tokeniser at {path} {en}; nothing with natural persons or officers (handlers) was stored",
            zh=f"令牌服务（{path}）{zh}；涉及自然人或执法人员（handlers）的事件均未保存",
            hint="see `lianzhi status`; `lianzhi up` starts it again; then publish again",
        )


class TokeniserBusy(RetryableError):
    """The publisher asks for more tokens than it may. Nothing was stored; the same call may succeed later."""

    def __init__(self, publisher: str, seconds: float) -> None:
        super().__init__(
            f"{publisher} asks the tokeniser for more than it may and would wait {seconds:.0f} s; nothing was stored",
            zh=f"{publisher} 的令牌请求超过限速，需等待 {seconds:.0f} 秒；未保存任何内容",
            hint="publish later or in smaller parts; the limits are tokeniser.requests_per_second and tokeniser.burst",
        )


class Token(NamedTuple):
    """A person's token and the version of the zone's key behind it."""

    text: str
    version: int


class TokeniserClient:
    """One publisher's line to the tokeniser; kept open, opened again when it breaks. May be shared by threads.

    Args:
        settings: where the tokeniser listens, and `tokeniser.timeout_seconds`: how long one request may take,
            connecting and trying again included.
        publisher: id of the asking publisher; limits and log are kept by it.
        patience_seconds: longest wait for one request when the publisher asks faster than it may.
    """

    def __init__(
        self, settings: Settings, publisher: str, *, patience_seconds: float = 60.0, clock: Clock | None = None
    ) -> None:
        self._path = os.fspath(tokeniser_socket(settings))
        self._publisher = publisher
        self._seconds = settings.tokeniser.timeout_seconds
        self._patience = patience_seconds
        self._clock: Clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the line; the next call opens it again."""
        with self._lock:
            self._hang_up()

    def tokens(self, identities: Sequence[Identity]) -> list[Token]:
        """One token for each identity, in order. Asking again for the same ones gives the same tokens.

        Raises:
            TokeniserAway: when it does not answer in time.
            TokeniserBusy: when the publisher would have to wait too long for its rate.
            FatalError: when it refuses the request, or something else listens in its place.
        """
        found: list[Token] = []
        with self._lock:
            for first in range(0, len(identities), BATCH):
                part = [identity.canonical for identity in identities[first : first + BATCH]]
                found += self._part(part)
        return found

    def _part(self, canonical: list[str]) -> list[Token]:
        body = frame(request_body(Request(self._publisher, canonical)))
        give_up = self._clock.monotonic() + self._patience
        while True:
            match self._ask(body, len(canonical)):
                case Tokens(version, tokens):
                    return [Token(token, version) for token in tokens]
                case RetryAfter(seconds):
                    if self._clock.monotonic() + seconds > give_up:
                        raise TokeniserBusy(self._publisher, seconds)
                    self._clock.sleep(seconds)
                case Refused(refusal):
                    raise FatalError(
                        f"the tokeniser refuses the request of {self._publisher}: {refusal.value}",
                        zh=f"令牌服务拒绝了 {self._publisher} 的请求：{refusal.value}",
                        hint="is the publisher in the zone file, and are both sides of one version?",
                    )

    def _ask(self, body: bytes, asked: int) -> Answer:
        """One request and its answer; on a broken line again on a new one, until the time is over."""
        deadline = self._clock.monotonic() + self._seconds
        pause = _FIRST_PAUSE
        while True:
            try:
                line = self._line(deadline)
                line.sendall(body)
                head = self._receive(line, LENGTH_BYTES, deadline)
                return parse_answer(self._receive(line, body_length(head), deadline), asked)
            except OSError as error:
                self._hang_up()
                listening = not isinstance(error, FileNotFoundError | ConnectionRefusedError)
            except ProtocolError:
                self._hang_up()
                raise FatalError(
                    f"what listens at {self._path} does not speak as the tokeniser does",
                    zh=f"{self._path} 上的应答不符合令牌服务协议",
                    hint="are both sides of one version?",
                ) from None
            left = deadline - self._clock.monotonic()
            if left <= pause:
                raise TokeniserAway(self._path, self._seconds, listening=listening)
            self._clock.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _line(self, deadline: float) -> socket.socket:
        if self._socket is None:
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket = line
            line.settimeout(self._left(deadline))
            line.connect(self._path)
            if peer_uid(line) != os.geteuid():
                self._hang_up()
                raise FatalError(
                    f"the socket {self._path} is served by another user", zh=f"{self._path} 由其他用户提供服务"
                )
        self._socket.settimeout(self._left(deadline))
        return self._socket

    def _receive(self, line: socket.socket, count: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            line.settimeout(self._left(deadline))
            part = line.recv(count - len(parts))
            if not part:
                raise ConnectionResetError
            parts += part
        return bytes(parts)

    def _left(self, deadline: float) -> float:
        left = deadline - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
