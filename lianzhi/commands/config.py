"""`lianzhi config`: what the settings are and where each comes from."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated

import typer

from lianzhi.exits import UsageError
from lianzhi.output import OutputFormat, emit

group = typer.Typer(help="配置：取值、来源与含义 | The settings: values, where they come from, what they mean.")

FormatOption = Annotated[OutputFormat, typer.Option("--output", "-o", help="table, json, ndjson, csv")]


@group.command("show")
def show(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="只输出这一项的值，如 registry.url | Print this one value only.")] = "",
    sources: Annotated[
        bool, typer.Option("--sources", help="显示每项的来源 | Say where each value comes from.")
    ] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """显示当前配置（不含密码）| Show the settings as they stand; passwords are never among them."""
    from infra.settings import describe_sources
    from lianzhi.context import settings_of

    lines = describe_sources(settings_of(ctx))
    if key:
        value = _value(key, {line.key: line.value for line in lines})
        if not sources and output is OutputFormat.TABLE:
            typer.echo(value)
            return
        lines = tuple(line for line in lines if line.key == key)
    rows = [{"key": line.key, "value": line.value} | ({"source": line.source} if sources else {}) for line in lines]
    emit(rows, output)


def _value(key: str, values: Mapping[str, str]) -> str:
    if key not in values:
        near = get_close_matches(key, values, 1)
        raise UsageError(
            f"there is no setting {key!r}", zh=f"没有配置项 {key!r}", hint=near[0] if near else "lianzhi config keys"
        )
    return values[key]


@group.command("keys")
def keys(output: FormatOption = OutputFormat.TABLE) -> None:
    """列出所有配置项及其含义 | List every key, its environment variable, its default and its meaning."""
    from infra.settings import Settings
    from infra.settings_sources import known_keys, variable_of

    emit(
        (
            {
                "key": key,
                "variable": variable_of(key),
                "default": "" if field.default is None else str(field.default),
                "meaning": field.description or "",
            }
            for key, field in known_keys(Settings).items()
        ),
        output,
    )


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(group, name="config")
