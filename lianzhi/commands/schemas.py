"""`lianzhi schemas`: the contract: what event types there are, and whether a change to them may stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lianzhi.exits import ExitCode, UsageError, as_typed
from lianzhi.output import OutputFormat, echo_problem, emit, to_json

if TYPE_CHECKING:
    from schemas.history import Review

group = typer.Typer(
    help="事件契约：查看、检查、登记 | The contract: event types, and whether a change may stand.", no_args_is_help=True
)

FormatOption = Annotated[OutputFormat, typer.Option("--output", "-o", help="table, json, ndjson, csv")]


@group.command("list")
def list_types(
    family: Annotated[str, typer.Option(help="只看一族 | One family only: enforcement, exchange, dispute.")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """列出事件类型 | List the event types."""
    from schemas.catalogue import catalogue

    known = catalogue()
    if family and family not in known.families:
        names = ", ".join(known.families)
        raise UsageError(f"unknown family {family!r}, there are {names}", zh=f"没有事件族 {family!r}，现有 {names}")
    rows = []
    for event in known.event_types.values():
        if family in ("", event.family):
            zh, _, en = str(event.schema.get("doc", "")).partition(" | ")
            versions = len(event.versions)
            rows.append(
                {
                    "family": event.family,
                    "event_type": event.name,
                    "schema_id": event.schema_id,
                    "versions": versions,
                    "zh": zh,
                    "en": en,
                }
            )
    emit(rows, output)


@group.command("show")
def show(
    name: Annotated[str, typer.Argument(help="事件类型 | Event type, e.g. DecisionMade.")],
    version: Annotated[int, typer.Option(help="版本，缺省为最新 | Version; the newest unless given.", min=0)] = 0,
    avro: Annotated[bool, typer.Option("--avro", help="输出 Avro 模式 | Print the Avro schema itself.")] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """显示一个事件类型的字段 | Show the fields of one event type."""
    from schemas.catalogue import catalogue
    from schemas.outline import outline

    known = catalogue()
    with as_typed():
        event = known.event_type(name)
    if version > len(event.versions):
        there = len(event.versions)
        raise UsageError(f"{name} has {there} versions, not {version}", zh=f"{name} 只有 {there} 个版本")
    registered = event.versions[version - 1] if version else event.latest
    if avro:
        typer.echo(to_json(registered.schema, indent=2))
        return
    title = f"{registered.subject} · v{registered.version} · id {registered.id} · {registered.schema.get('doc', '')}"
    emit([line.as_row() for line in outline(registered.schema)], output, title=title)


@group.command("check")
def check(
    registered: Annotated[
        bool, typer.Option("--registered", help="未登记的改动也算问题 | What is not registered yet is a problem too.")
    ] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """检查契约的改动是否允许 | Check that what changed in the Avro files may stand. Exit code 3: something may not."""
    from schemas.history import Status, review

    found = review()
    problems = _problems(found)
    pending = [
        {"event_type": v.name, "status": v.status.value, "additions": [change.path for change in v.changes]}
        for v in found.pending
    ]
    if output is OutputFormat.JSON:
        unchanged = sum(verdict.status is Status.UNCHANGED for verdict in found.verdicts)
        counts = {"event_types": len(found.verdicts), "unchanged": unchanged}
        emit({"ok": found.ok, **counts, "pending": pending, "problems": problems}, output)
    else:
        if problems:
            emit(problems, output)
        if pending and found.ok and output is OutputFormat.TABLE:
            emit(pending, output, title="待登记 | To be registered: lianzhi schemas register")
        elif found.ok and output is OutputFormat.TABLE:
            typer.echo(
                f"{len(found.verdicts)} 个事件类型，没有改动 | {len(found.verdicts)} event types, nothing changed"
            )
    if not found.ok or (registered and pending):
        raise typer.Exit(ExitCode.PROBLEMS)


def _problems(found: Review) -> list[dict[str, Any]]:
    """Everything that is refused, each with path, before and after."""
    from schemas.compat import Kind

    rows: list[dict[str, Any]] = []

    def add(event_type: str, path: str, zh: str, en: str, before: str = "", after: str = "") -> None:
        row = {"event_type": event_type, "path": path, "zh": zh, "en": en, "before": before, "after": after}
        rows.append(row)

    for text in found.broken:
        add("", "", "已冻结的模式文件与记录不符", text)
    for finding in found.findings:
        add(finding.event_type, finding.path, finding.zh, finding.en)
    for verdict in found.verdicts:
        for change in verdict.changes:
            if change.kind is Kind.REFUSED:
                add(verdict.name, change.path, change.zh, change.en, change.before, change.after)
    return rows


@group.command("register")
def register_changes(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只显示，不写入 | Show, write nothing.")] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """登记新的或改动的事件类型 | Freeze new and changed event types as their next versions."""
    from schemas import history

    done = history.plan() if dry_run else history.register()
    rows = [{"id": each.id, "family": each.family, "event_type": each.name, "version": each.version} for each in done]
    if not rows and output is OutputFormat.TABLE:
        typer.echo("没有需要登记的内容 | Nothing to register")
        return
    emit(rows, output)
    if not dry_run and output is OutputFormat.TABLE:
        typer.echo("→ lianzhi schemas generate && lianzhi schemas golden")


@group.command("generate")
def generate(
    check_only: Annotated[
        bool, typer.Option("--check", help="只检查是否最新 | Only check that they are fresh; exit code 3 if not.")
    ] = False,
) -> None:
    """由契约生成 Python 模型 | Generate the Python models from the registered schemas."""
    from schemas.generate_models import stale, write

    changed = stale() if check_only else write()
    for name in changed:
        typer.echo(f"schemas/models/generated/{name}")
    if check_only and changed:
        echo_problem("生成的模型不是最新的 | The generated models are not fresh\n→ lianzhi schemas generate")
        raise typer.Exit(ExitCode.PROBLEMS)


@group.command("golden")
def golden(
    check_only: Annotated[
        bool, typer.Option("--check", help="只检查 | Only check that they are all there and still hold.")
    ] = False,
) -> None:
    """补齐标准样例，不改动已有的 | Write missing golden examples; those that exist are never changed."""
    from schemas.golden import problems, write_missing

    if not check_only:
        for path in write_missing():
            typer.echo(f"schemas/golden/{path.parent.name}/{path.name}")
    wrong = problems()
    for text in wrong:
        echo_problem(text)
    if wrong:
        raise typer.Exit(ExitCode.PROBLEMS)


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(group, name="schemas")
