"""What ClickHouse's refusals and silences mean: invalid, retryable, or unknown until somebody looks."""

from __future__ import annotations

import re

from infra.errors import InvalidInput, LianzhiError, RetryableError
from infra.settings_groups import ClickHouseSettings
from infra.tls import Door, why_closed

TOO_MANY_SIMULTANEOUS_QUERIES = 202
MEMORY_LIMIT_EXCEEDED = 241
TOO_MANY_PARTS = 252
AUTHENTICATION_FAILED = 516

BUSY_CODES = {
    TOO_MANY_SIMULTANEOUS_QUERIES: "too many statements at once",
    MEMORY_LIMIT_EXCEEDED: "out of memory for now",
    TOO_MANY_PARTS: "too many parts; merges are behind",
    173: "can not allocate memory",
    201: "a quota is used up",
    225: "Keeper is away",
    242: "the table is read-only for now",
    243: "not enough space on the disk",
    999: "Keeper is away",
}
"""Refused because of the moment: nothing was done, the same statement may succeed later."""

UNKNOWN_OUTCOME_CODES = {
    159: "ran too long",
    209: "a socket timed out",
    236: "aborted, as when the server stops",
    319: "the status of the insert is unknown",
    394: "was cancelled",
    733: "was cancelled, as when the server stops",
}
"""Ended in the middle: what it did must be looked up."""

_LONGEST_MESSAGE = 2_000
_TRACE = re.compile(r"(?:,?\s*Stack trace[^\n]*:?\s*\n).*\Z", re.DOTALL)
_VERSION = re.compile(r"\s*\(version [^()]*(?:\([^()]*\))?\)\s*\Z")
_PREFIXES = re.compile(r"\A(?:Code: \d+\.\s*)?(?:DB::Exception:\s*)+")


class ServerRefused(InvalidInput):
    """ClickHouse refused a statement; doing it again gives the same answer. `code` is the server's error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(
            f"ClickHouse refused (code {code}): {message}",
            zh=f"ClickHouse 拒绝执行（代码 {code}）",
            hint="see the password in secrets/clickhouse/<user>" if code == AUTHENTICATION_FAILED else "",
        )
        self.code = code
        self.server_message = message


class ServerBusy(RetryableError):
    """ClickHouse did nothing now (overloaded, no memory, no connection); the same call may succeed later."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message, zh="ClickHouse 暂时不可用", hint="is the server running? see `lianzhi status`")
        self.code = code


class OutcomeUnknown(RetryableError):
    """A statement was sent and its answer did not come, or broke off: it may have been done, or may still be.

    The connection is dropped. Look at the table before doing anything again.
    """

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message, zh="ClickHouse 未答复，结果未知", hint="look at the table before trying again")
        self.code = code


def refusal(code: int, message: str) -> LianzhiError:
    """The error of ours for the server's `code`; its stack trace is cut off."""
    text = tidy(message)
    if code in BUSY_CODES:
        return ServerBusy(f"ClickHouse, {BUSY_CODES[code]} (code {code}): {text}", code)
    if code in UNKNOWN_OUTCOME_CODES:
        return OutcomeUnknown(f"ClickHouse, {UNKNOWN_OUTCOME_CODES[code]} (code {code}): {text}", code)
    return ServerRefused(code, text)


def tidy(message: str) -> str:
    """The server's message on one line, without prefix and stack trace, bounded in length."""
    text = _VERSION.sub("", _PREFIXES.sub("", _TRACE.sub("", message))).strip()
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"


def no_connection(server: ClickHouseSettings, port: int, otherwise: LianzhiError) -> LianzhiError:
    """The error of ours for a connection that did not come about: the wrong setting, named, or `otherwise`."""
    door = Door(
        "ClickHouse", server.host, port, server.secure, server.ca_file, "clickhouse.ca_file", "clickhouse.secure"
    )
    return why_closed([door], server.connect_seconds) or otherwise
