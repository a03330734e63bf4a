"""What `--known-at` means, for every command that has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lianzhi.exits import as_typed

if TYPE_CHECKING:
    from infra.settings import Settings
    from projections.cut import Cut


def cut_known_at(settings: Settings, text: str) -> Cut | None:
    """The cut of that name or time; None where nothing was said.

    Raises:
        UsageError: neither a name nor a time, or a time that has not come yet.
        RetryableError: a server is away, or what the log held at that time has not all landed yet.
    """
    if not text:
        return None
    from audit.cuts import list_cuts, resolve

    list_cuts(settings)  # what is wrong with the settings is wrong here already, and no matter of what was typed
    with as_typed():
        return resolve(settings, text)
