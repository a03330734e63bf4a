"""Loggers of libraries that say on their own what an error of ours says better; apart from `infra.logging`, since
commands that never write a log line should not wait for it to load.
"""

from __future__ import annotations

import logging

_QUIET = {
    "asyncio": logging.WARNING,
    "clickhouse_driver": logging.ERROR,
    "kafka": logging.WARNING,
    "urllib3": logging.WARNING,
}


def quiet_libraries(least: int = logging.NOTSET) -> None:
    """Hold back what libraries say below their level here, and below `least`."""
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(max(level, least))
