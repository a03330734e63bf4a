"""联治 Lianzhi: the shared memory of joint law enforcement in Jiashan, Qingpu and Wujiang.

The few public names, loaded when first used so that `import lianzhi` costs nothing:

- `Publisher`: publish events, durable when the call returns.
- `Receipt`: what `Publisher.publish` answers.
- `Settings`, `load_settings`: the configuration.
- `catalogue`: every event type and every registered schema.
- `LianzhiError`, `InvalidInput`, `InvalidEvent`, `RetryableError`, `FatalError`: all that the platform raises.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.errors import FatalError, InvalidEvent, InvalidInput, LianzhiError, RetryableError
    from infra.settings import Settings, load_settings
    from producers.publisher import Publisher, Receipt
    from schemas.catalogue import catalogue

__version__ = "0.1.0"

_HOMES = {
    "Publisher": "producers.publisher",
    "Receipt": "producers.publisher",
    "Settings": "infra.settings",
    "load_settings": "infra.settings",
    "catalogue": "schemas.catalogue",
    "LianzhiError": "infra.errors",
    "InvalidInput": "infra.errors",
    "InvalidEvent": "infra.errors",
    "RetryableError": "infra.errors",
    "FatalError": "infra.errors",
}

__all__ = [
    "FatalError",
    "InvalidEvent",
    "InvalidInput",
    "LianzhiError",
    "Publisher",
    "Receipt",
    "RetryableError",
    "Settings",
    "__version__",
    "catalogue",
    "load_settings",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
