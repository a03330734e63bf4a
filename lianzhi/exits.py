"""Exit codes of the `lianzhi` command, the same for every command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from infra.errors import InvalidInput


class ExitCode(IntEnum):
    """0 done; 1 an error; 2 called wrongly; 3 done, but problems were found and named."""

    OK = 0
    ERROR = 1
    USAGE = 2
    PROBLEMS = 3


class UsageError(InvalidInput):
    """The command was called wrongly: an unknown name or a contradiction among options; exit code 2."""


@contextmanager
def as_typed() -> Iterator[None]:
    """Around what is made of arguments and options alone: a value that is refused there was typed wrongly."""
    try:
        yield
    except UsageError:
        raise
    except InvalidInput as error:
        raise UsageError(error.message, zh=error.zh, hint=error.hint) from error
