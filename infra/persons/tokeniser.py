"""The tokeniser process: the only reader of the zone's key. `python -m infra.persons.tokeniser --home DIR`.

It answers on a unix socket, to callers of its own user (the kernel says who they are) that name a publisher of the
zone, as fast as the settings allow each publisher. Every request is logged with publisher, counts and outcome, never
with content. It keeps nothing: identities live in memory for the length of one request.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import os
import resource
import signal
import socket
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from infra.clock import Clock, SystemClock
from infra.errors import FatalError, LianzhiError
from infra.logging import configure_logging, get_logger
from infra.metrics import METRICS, TOKENISER_REQUESTS
from infra.persons.endpoint import heartbeat_file, peer_uid, socket_folder, tokeniser_socket
from infra.persons.identity import SEPARATOR, is_canonical
from infra.persons.keys import newest_zone_key, private_folder
from infra.persons.protocol import (
    LENGTH_BYTES,
    Answer,
    ProtocolError,
    Refusal,
    Refused,
    Request,
    RetryAfter,
    Tokens,
    answer_body,
    body_length,
    frame,
    parse_request,
)
from infra.persons.rate import TokenBucket
from infra.persons.tokens import tokens_of
from infra.settings import Settings, load_settings
from infra.zone import zone

HEARTBEAT_SECONDS = 1.0
FRAME_SECONDS = 10.0
"""A frame that has begun must be whole after so long."""

_log = get_logger(__name__)


_OUTCOMES: Mapping[type[Answer], str] = {Tokens: "made", RetryAfter: "too_fast", Refused: "refused"}


class Tokeniser:
    """Requests to answers: checks, rate, tokens. No sockets here.

    Args:
        key: the zone's key, and `version`, its version.
        publishers: ids of those that may ask.
        per_second, burst: identities that each of them may ask for.
    """

    def __init__(
        self, key: bytes, version: int, publishers: frozenset[str], *, per_second: float, burst: int, clock: Clock
    ) -> None:
        self._key = key
        self._version = version
        self._buckets = {publisher: TokenBucket(per_second, burst, clock) for publisher in publishers}

    def answer(self, body: bytes) -> Answer:
        """The answer to one request's JSON, logged and counted."""
        try:
            request = parse_request(body)
        except ProtocolError as error:
            _log.warning("request refused", reason=error.refusal.value, bytes=len(body))
            answer: Answer = Refused(error.refusal)
        else:
            answer = self._answer(request)
        METRICS.add(TOKENISER_REQUESTS, outcome=_OUTCOMES[type(answer)])
        return answer

    def _answer(self, request: Request) -> Answer:
        log = _log.bind(publisher=request.publisher, identities=len(request.identities))
        bucket = self._buckets.get(request.publisher)
        if bucket is None:
            log.warning("request refused", reason=Refusal.UNKNOWN_PUBLISHER.value)
            return Refused(Refusal.UNKNOWN_PUBLISHER)
        if not all(map(is_canonical, request.identities)):
            log.warning("request refused", reason=Refusal.MALFORMED.value)
            return Refused(Refusal.MALFORMED)
        wait = bucket.take(len(request.identities))
        if wait > 0:
            log.warning("request too fast", retry_after=round(wait, 3))
            return RetryAfter(wait)
        tokens = tokens_of(self._key, self._version, request.identities)
        log.info("tokens made", kinds=_kinds(request.identities), distinct=len(set(tokens)))
        return Tokens(self._version, tokens)


class Server:
    """The tokeniser on its socket: one task per caller, closed on stop."""

    def __init__(self, tokeniser: Tokeniser) -> None:
        self._tokeniser = tokeniser
        self._callers: set[asyncio.Task[None]] = set()

    async def serve(self, path: Path, heartbeat: Path, stop: asyncio.Event) -> None:
        """Serve on `path` and touch `heartbeat` every second, until `stop` is set."""
        listener = _listen(path)
        server = await asyncio.start_unix_server(self._caller, sock=listener)
        _log.info("tokeniser ready", socket=str(path), pid=os.getpid())
        try:
            while not stop.is_set():
                heartbeat.touch(mode=0o600)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), HEARTBEAT_SECONDS)
        finally:
            server.close()
            for caller in self._callers:
                caller.cancel()
            await asyncio.gather(*self._callers, return_exceptions=True)
            path.unlink(missing_ok=True)
            heartbeat.unlink(missing_ok=True)
            _log.info("tokeniser stopped", pid=os.getpid())

    async def _caller(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._callers.add(task)
            task.add_done_callback(self._callers.discard)
        try:
            uid = peer_uid(writer.get_extra_info("socket"))
            if uid != os.geteuid():
                _log.warning("caller of another user turned away", uid=uid)
                return
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, TimeoutError):
            _log.info("caller left in the middle of a request")
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False when the caller has gone or can not be understood any more."""
        try:
            head = await reader.readexactly(LENGTH_BYTES)
            async with asyncio.timeout(FRAME_SECONDS):
                answer = self._tokeniser.answer(await reader.readexactly(body_length(head)))
        except asyncio.IncompleteReadError:
            return False
        except ProtocolError as error:
            _log.warning("frame refused", reason=error.refusal.value)
            return False
        writer.write(frame(answer_body(answer)))
        async with asyncio.timeout(FRAME_SECONDS):
            await writer.drain()
        return True


def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        FatalError: when there is no zone key, or another tokeniser serves this home.
    """
    private_folder(settings.run_dir)
    with _alone(settings.run_dir / "tokeniser.lock"):
        version, key = newest_zone_key(settings.home)
        publishers = frozenset(publisher.id for publisher in zone(settings.zone_file).publishers)
        limits = settings.tokeniser
        tokeniser = Tokeniser(
            key,
            version,
            publishers,
            per_second=limits.requests_per_second,
            burst=limits.burst,
            clock=SystemClock(),
        )
        asyncio.run(_until_signal(Server(tokeniser), tokeniser_socket(settings), heartbeat_file(settings)))


async def _until_signal(server: Server, path: Path, heartbeat: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await server.serve(path, heartbeat, stop)


def _listen(path: Path) -> socket.socket:
    """A listening socket that only its owner may connect to; one that a killed process left is replaced."""
    socket_folder(path)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(os.fspath(path))
    finally:
        os.umask(mask)
    listener.listen(64)
    return listener


@contextlib.contextmanager
def _alone(lock_file: Path) -> Iterator[None]:
    """Hold the lock that says a tokeniser serves this home; the kernel drops it when the process dies."""
    with lock_file.open("a") as file:
        lock_file.chmod(0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FatalError(
                f"another tokeniser serves this home ({lock_file})",
                zh=f"该目录已有令牌服务在运行（{lock_file}）",
                hint="`lianzhi status` shows it",
            ) from None
        yield


def _kinds(identities: Sequence[str]) -> dict[str, int]:
    return dict(Counter(identity.partition(SEPARATOR)[0] for identity in identities))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.persons.tokeniser", description="令牌服务 | the tokeniser")
    parser.add_argument(
        "--home", type=Path, default=None, help="数据目录 | folder of everything (default: $LIANZHI_HOME)"
    )
    options = parser.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the zone's key
    configure_logging(role="tokeniser")
    try:
        settings = load_settings(options.home)
        configure_logging(settings.log, role="tokeniser")
        serve(settings)
    except LianzhiError as error:
        _log.error("tokeniser failed", error=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
