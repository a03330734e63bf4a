"""What every command needs from the global options: the home, and the settings that come with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from infra.settings import Settings


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """The options that stand before the command."""

    home: Path | None = None


def settings_of(ctx: typer.Context, **flags: Any) -> Settings:
    """The settings for this command line; `flags` (None: not given) outrank all other sources.

    Libraries are quiet from now on: what goes wrong is told once, by the message that the command ends with.

    Raises:
        InvalidInput: naming every unknown key and every wrong value.
    """
    from infra.quiet_loggers import quiet_libraries
    from infra.settings import load_settings

    quiet_libraries()
    options = ctx.find_object(GlobalOptions) or GlobalOptions()
    return load_settings(options.home, **flags)
