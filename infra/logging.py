"""Log lines: for people on a terminal, JSON elsewhere, on stderr; never with personal data.

Every line carries the process's role (relay, landing, projector, …) and what was bound to the context. Lines of the
standard library's `logging` go the same way. Two nets hold personal data back: keys that name it lose their values, and
whatever looks like a citizen id is masked in the finished line, stack traces included.
"""

from __future__ import annotations

import contextvars
import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, ParamSpec, TextIO, TypeVar

import structlog
from structlog.typing import EventDict, Processor

from infra.quiet_loggers import quiet_libraries
from infra.settings_groups import LogFormat, LogLevel, LogSettings

P = ParamSpec("P")
R = TypeVar("R")

PERSONAL_KEYS = frozenset(
    {
        "address",
        "birth_date",
        "email",
        "id_number",
        "identity",
        "legal_representative",
        "name",
        "name_zh",
        "person",
        "persons",
        "phone",
        "plaintext",
    }
)
"""Keys whose values may be somebody's; log a token, an id or a count instead."""

REMOVED = "[personal]"

_CITIZEN_ID = re.compile(
    r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9A-Za-z])"
)


def configure_logging(settings: LogSettings | None = None, *, role: str = "", stream: TextIO | None = None) -> None:
    """Set up logging for this process; call it once, first thing.

    Args:
        settings: level and format; None: the defaults.
        role: what this process is, on every line; empty: none.
        stream: instead of stderr.
    """
    chosen, target = settings or LogSettings(), stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        remove_personal,
    ]
    console = chosen.format is LogFormat.CONSOLE or (chosen.format is LogFormat.AUTO and target.isatty())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(console, target),
                mask_citizen_ids,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(_level(chosen.level))
    quiet_libraries(_level(chosen.level))
    structlog.contextvars.clear_contextvars()
    if role:
        structlog.contextvars.bind_contextvars(role=role)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module; `name` is its `__name__`.

    In a program that never calls `configure_logging`, as one that only publishes, lines go to the standard library's
    `logging` and are that program's to show or not; nothing is printed to stdout.
    """
    if not structlog.is_configured():
        structlog.configure(
            processors=[
                structlog.stdlib.filter_by_level,
                remove_personal,
                structlog.processors.KeyValueRenderer(key_order=["event"]),
            ],
            wrapper_class=structlog.stdlib.BoundLogger,
            logger_factory=structlog.stdlib.LoggerFactory(),
            cache_logger_on_first_use=False,
        )
    return structlog.stdlib.get_logger(name)


def bind(**context: Any) -> None:
    """Put `context` on every later line of this thread (a topic, a projection; never a person or a case)."""
    structlog.contextvars.bind_contextvars(**context)


def in_context(call: Callable[P, R]) -> Callable[P, R]:
    """`call` with the present context, for another thread: context does not cross threads by itself."""
    context = contextvars.copy_context()

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return context.run(call, *args, **kwargs)

    return run


def remove_personal(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> EventDict:
    """Take the values of personal keys away, at any depth; the key stays, so that somebody notices."""
    for key, value in event.items():
        event[key] = REMOVED if key.lower() in PERSONAL_KEYS else _without_personal(value)
    return event


def mask_citizen_ids(_logger: Any, _method: str, line: Any) -> str:
    """The finished line with everything that looks like a citizen id masked."""
    return _CITIZEN_ID.sub(REMOVED, str(line))


def _without_personal(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: REMOVED if str(key).lower() in PERSONAL_KEYS else _without_personal(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_without_personal(item) for item in value]
    return value


def _rendering(console: bool, target: TextIO) -> list[Processor]:
    if console:
        # Not the default traceback: it shows the values of local variables, passwords and persons among them.
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=plain)]
    return [
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("message"),
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]


def _level(level: LogLevel) -> int:
    return logging.getLevelNamesMapping()[level.value.upper()]
