"""Where outboxes lie: one file for each epoch of each publisher, and a small file that says which epoch is present.

A database gets a name of its own with each epoch and never another one. SQLite's log beside it (`-wal`) goes by name:
were a database renamed or replaced while a process still had it open, that process could, on closing, delete the log of
its successor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from producers.epochs import remembered_epoch

_DATABASE = re.compile(r"(?P<publisher>[a-z]{2,30}\.[a-z0-9_]{2,30})\.(?P<epoch>[1-9][0-9]{0,9})\.sqlite")


@dataclass(frozen=True, slots=True)
class OutboxPaths:
    """Where the parts of one publisher's outbox lie."""

    folder: Path
    publisher: str

    def database(self, epoch: int) -> Path:
        """Events, counters, and the memory of what was published."""
        return self.folder / f"{self.publisher}.{epoch}.sqlite"

    @property
    def lock(self) -> Path:
        """Held by whoever writes now."""
        return self.folder / f"{self.publisher}.lock"

    @property
    def relay_lock(self) -> Path:
        """Held by the one relay of this outbox."""
        return self.folder / f"{self.publisher}.relay.lock"

    @property
    def epoch_file(self) -> Path:
        """Says the present epoch."""
        return self.folder / f"{self.publisher}.epoch"

    def epochs(self) -> list[int]:
        """Epochs of which there is a database, the oldest first."""
        names = (_DATABASE.fullmatch(file.name) for file in self.folder.glob(f"{self.publisher}.*.sqlite"))
        return sorted(int(match["epoch"]) for match in names if match and match["publisher"] == self.publisher)

    def present_epoch(self) -> int:
        """The present epoch, whether its database is still there or not; 0 when none has begun.

        Raises:
            FatalError: when the file that says so holds anything else.
        """
        return remembered_epoch(self.epoch_file) or max(self.epochs(), default=0)

    def earlier(self) -> list[Path]:
        """Databases of other epochs: broken ones, and those that were replaced."""
        present = self.present_epoch()
        return [self.database(epoch) for epoch in self.epochs() if epoch != present]


def outbox_paths(home: Path, publisher: str) -> OutboxPaths:
    """The paths of a publisher's outbox under `$LIANZHI_HOME`."""
    return OutboxPaths(home / "outbox", publisher)


def outbox_publishers(home: Path) -> list[str]:
    """The publishers that have an outbox under this home."""
    names = (_DATABASE.fullmatch(file.name) for file in (home / "outbox").glob("*.sqlite"))
    return sorted({match["publisher"] for match in names if match})
