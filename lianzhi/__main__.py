"""The `lianzhi` command: finds its groups in `lianzhi/commands/`, turns errors into a message and an exit code."""

from __future__ import annotations

import inspect
import pkgutil
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

import lianzhi
from infra.errors import LianzhiError
from lianzhi import commands
from lianzhi.context import GlobalOptions
from lianzhi.exits import ExitCode, UsageError
from lianzhi.output import echo_problem

app = typer.Typer(
    name="lianzhi",
    help="联治：三地联合执法的共同记忆。\n\nThe shared memory of joint law enforcement in Jiashan, Qingpu and Wujiang.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: the rich one costs half a second of imports at every usage message
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lianzhi {lianzhi.__version__}")
        raise typer.Exit


@app.callback()
def global_options(
    ctx: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(help="数据目录（默认 $LIANZHI_HOME 或 .lianzhi）| Folder of everything that Lianzhi keeps."),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="版本 | Show the version.")
    ] = False,
) -> None:
    """Options that stand before the command."""
    ctx.obj = GlobalOptions(home=home)


def _register_commands() -> None:
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda found: found.name):
        if not module.name.startswith("_"):
            import_module(f"{commands.__name__}.{module.name}").register(app)


def _list_whole_sentences(group: typer.Typer) -> None:
    """Where commands are listed, each stands with its whole first sentence: the second language was cut off."""
    for command in group.registered_commands:
        command.short_help = (command.help or inspect.getdoc(command.callback) or "").split("\n\n")[0]
    for each in group.registered_groups:
        if each.typer_instance is not None:
            each.short_help = str(each.typer_instance.info.help)
            _list_whole_sentences(each.typer_instance)


_register_commands()
_list_whole_sentences(app)


def main() -> None:
    """Run the command line; never shows a traceback for an error of ours."""
    try:
        app()
    except UsageError as error:
        echo_problem(error)
        sys.exit(ExitCode.USAGE)
    except LianzhiError as error:
        echo_problem(error)
        sys.exit(ExitCode.ERROR)
    except SystemExit as left:
        if left.code == ExitCode.USAGE:  # told by Typer, in English alone
            echo_problem("命令行不完整或有误，用法见上；-h 显示帮助 | see the usage above; -h shows the help")
        raise


if __name__ == "__main__":
    main()
