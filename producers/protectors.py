"""The protector of a publisher's region, opened when the first event with a person in clear comes by."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from infra.clock import Clock
from infra.settings import Settings
from infra.zone import PublisherInfo

if TYPE_CHECKING:
    from infra.persons.protect import PersonProtector

Fingerprint = Callable[[bytes], bytes]
"""32 bytes that nobody without the region's secret key can search."""


class LazyProtector:
    """A `PersonProtector` that opens the region's vault only when it is needed; may be shared by threads."""

    def __init__(self, settings: Settings, info: PublisherInfo, clock: Clock) -> None:
        self._settings, self._info, self._clock = settings, info, clock
        self._lock = threading.Lock()
        self._protector: PersonProtector | None = None

    def get(self) -> PersonProtector:
        """The protector.

        Raises:
            FatalError: when the vault's master key is gone.
        """
        with self._lock:
            if self._protector is None:
                from infra.persons.protect import PersonProtector

                self._protector = PersonProtector(self._settings, self._info.region, self._info.id, clock=self._clock)
            return self._protector

    def fingerprint(self, content: bytes) -> bytes:
        """See `PersonProtector.fingerprint`."""
        return self.get().fingerprint(content)

    def close(self) -> None:
        """Close the vault, if it was opened."""
        with self._lock:
            if self._protector is not None:
                self._protector.close()
                self._protector = None
