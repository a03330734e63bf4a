"""`lianzhi import`: files that districts publish."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lianzhi.exits import ExitCode, UsageError, as_typed
from lianzhi.output import OutputFormat, echo_problem, emit, progress

if TYPE_CHECKING:
    from producers.importers.run import ImportReport

group = typer.Typer(help="导入各地公示的文件 | Import files that districts publish.", no_args_is_help=True)

_SHOWN_FLAGS = 30


class AmountUnit(StrEnum):
    """The unit of amounts in a column whose heading names none."""

    WAN = "万元"
    YUAN = "元"


@group.callback()
def importing() -> None:
    """导入各地公示的文件 | Import files that districts publish."""


@group.command("shuanggongshi")
def shuanggongshi(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV 或 XLSX 文件 | CSV or XLSX file.")],
    region: Annotated[str, typer.Option("--region", help="区划代码，如 330421 | Region, must be the publisher's.")],
    publisher: Annotated[str, typer.Option("--publisher", help="发布方，如 jiashan.gongshi | Who publishes.")],
    agency: Annotated[
        str,
        typer.Option("--agency", help="文件未列处罚机关代码时采用的统一社会信用代码 | Agency of rows that name none."),
    ] = "",
    unit: Annotated[
        AmountUnit | None, typer.Option("--unit", help="金额栏未注明单位时的单位 | Unit where no heading names one.")
    ] = None,
    encoding: Annotated[str, typer.Option("--encoding", help="CSV 编码（默认自动识别）| Encoding of a CSV.")] = "",
    sheet: Annotated[str, typer.Option("--sheet", help="工作表名称或序号 | Sheet, by name or number.")] = "",
    rejects: Annotated[
        Path | None,
        typer.Option("--rejects", help="退回清单（默认在输入文件旁）| Where rejected rows are told; beside the input."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只检查，不发布 | Check everything, publish nothing.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="等到进入日志和事件表 | Return when log and event tables have everything.")
    ] = False,
    output: Annotated[
        OutputFormat, typer.Option("--output", "-o", help="table, json, ndjson, csv")
    ] = OutputFormat.TABLE,
) -> None:
    """导入“双公示”行政处罚表：一行一个决定 | Import a 双公示 table of administrative penalties, one decision a row.

    重复导入不会重复发布，内容有变的行作为更正发布；有行被退回时退出码 3。
    The same file again publishes nothing; a row whose content changed is published as a correction. Exit code 3 when
    rows were rejected.
    """
    from infra.logging import configure_logging
    from lianzhi.context import settings_of
    from producers.collector import calm_collector
    from producers.importers.run import ImportRequest, check_request, run_import, start_workers
    from schemas.identifiers.money import Unit

    if dry_run and wait:
        raise UsageError("--dry-run publishes nothing to wait for", zh="--dry-run 不发布，无需 --wait")
    if not file.exists() or file.is_dir():
        raise UsageError(f"can not read {file}: there is no such file", zh=f"无法读取 {file}：没有这个文件")
    settings = settings_of(ctx)
    configure_logging(settings.log, role="import")
    request = ImportRequest(
        file=file,
        region=region,
        publisher=publisher,
        agency=agency,
        unit=None if unit is None else Unit.YUAN if unit is AmountUnit.YUAN else Unit.WAN_YUAN,
        encoding=encoding,
        sheet=sheet,
        rejects=rejects,
        rehearse=dry_run,
    )
    with as_typed():
        check_request(settings, request)
    calm_collector()  # before workers are forked, which inherit it
    workers = start_workers(request)  # before the bar, whose thread would forbid to fork
    with progress(f"导入 importing {file.name}", unit="行 lines") as bar:
        report = run_import(
            settings,
            request,
            workers=workers,
            progress=lambda done, total: bar.update(completed=done, total=total),
        )
    _tell(report, output, dry_run=dry_run)
    if wait:
        from lianzhi.folded import wait_until_folded
        from lianzhi.landed import wait_until_landed

        with progress("落地 landing", unit="事件 events") as bar:
            wait_until_landed(settings, [publisher], bar)
            wait_until_folded(settings, bar)
    if report.rejected:
        raise typer.Exit(ExitCode.PROBLEMS)


def _tell(report: ImportReport, output: OutputFormat, *, dry_run: bool) -> None:
    counts = {
        "rows": report.rows,
        "published": report.published,
        "already_published": report.already_published,
        "corrected": report.corrected,
        "rejected": report.rejected,
        "reject_file": None if report.reject_file is None else str(report.reject_file),
    }
    title = f"{report.description}" + ("（试运行，未发布 | dry run, nothing published）" if dry_run else "")
    emit(counts, output, title=title)
    notes = []
    if report.ignored_columns:
        notes.append(f"未采用的列 columns not used: {'、'.join(report.ignored_columns)}")
    if report.sheets_not_read:
        notes.append(f"未读取的工作表 sheets not read (--sheet): {'、'.join(report.sheets_not_read)}")
    if report.ignored_lines:
        notes.append(f"跳过的说明、合计等行 lines that are no rows: {report.ignored_lines:,}")
    flags = report.flags.most_common(_SHOWN_FLAGS)
    notes += [f"{count:,} 行 rows · {flag.code}: {flag.zh} | {flag.en}" for flag, count in flags]
    if notes:
        echo_problem("\n".join(notes))


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(group, name="import")
