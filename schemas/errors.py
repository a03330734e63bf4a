"""The one small family of errors: invalid input, retryable, fatal.

Every message says what happened, to what, and what to do next; user-facing ones carry Chinese beside English.
"""

from __future__ import annotations

from dataclasses import dataclass


class LianzhiError(Exception):
    """Base of all errors of the platform.

    Args:
        message: what happened, in English.
        zh: the same in Chinese; shown first to people in the zone.
        hint: what to do next.
    """

    def __init__(self, message: str, *, zh: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.zh = zh
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.zh} | {self.message}" if self.zh else self.message
        return f"{text} ({self.hint})" if self.hint else text


class InvalidInput(LianzhiError):
    """What was given can not be accepted; trying again with the same input will not help."""


class RetryableError(LianzhiError):
    """A part is away or overloaded; the same call may succeed later."""


class FatalError(LianzhiError):
    """Going on could lose or double something; a person has to look."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong field: where, what was found, what was expected (never personal data in `found`)."""

    field: str
    found: str
    expected_en: str
    expected_zh: str

    def __str__(self) -> str:
        return f"{self.field}: {self.expected_zh} | expected {self.expected_en}; found {self.found}"


class InvalidEvent(InvalidInput):
    """An event that fails its schema or its rules; `problems` names every wrong field at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(
            "; ".join(f"{p.field}: expected {p.expected_en}, found {p.found}" for p in problems),
            zh="; ".join(f"{p.field}: {p.expected_zh}" for p in problems),
        )
        self.problems = problems
