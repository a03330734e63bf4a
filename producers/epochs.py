"""Epochs: the number that a publisher's outbox counts its sequences under.

A lost outbox is followed by one with a higher epoch, and no epoch may ever come twice, or two different events would
bear one number. Whoever lost its outbox may have lost everything else on the machine too, and the log may be out of
reach when the first event is published; so an epoch can not be "the last one plus one". It is the number of seconds
since 2020-01-01T00:00:00Z, which fits the contract's 32 bits until 2088, and at least one more than the epoch that the
file beside the outbox remembers, so that a clock set back makes no epoch twice. The relay compares with the log before
it sends (`relay_look`): an outbox whose epoch is lower than one that the log holds is refused.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from infra.clock import Clock
from infra.errors import FatalError
from infra.files import write_private

ZERO = datetime(2020, 1, 1, tzinfo=UTC)
HIGHEST = 2**31 - 1


def remembered_epoch(file: Path) -> int:
    """The highest epoch that was ever begun here; 0 when none was.

    Raises:
        FatalError: when the file holds anything but a number.
    """
    try:
        text = file.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return 0
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= HIGHEST:
        raise FatalError(
            f"{file} holds no epoch",
            zh=f"{file} 的内容不是纪元",
            hint="write the highest epoch of this publisher into it (`lianzhi check` shows it), or delete it",
        )
    return int(text)


def next_epoch(clock: Clock, *known: int) -> int:
    """An epoch that none of the `known` ones reaches.

    Raises:
        FatalError: when the machine's clock is so wrong that no epoch is left.
    """
    seconds = int((clock.now() - ZERO).total_seconds())
    epoch = max(seconds, max(known, default=0) + 1, 1)
    if epoch > HIGHEST:
        raise FatalError(
            f"epoch {epoch} is beyond the contract's 32 bits", zh="纪元超出范围", hint="check the machine's clock"
        )
    return epoch


def remember_epoch(file: Path, epoch: int) -> None:
    """Make `epoch` the present one, durably and in one step. The caller holds the outbox's lock."""
    write_private(file, f"{epoch}\n".encode())
