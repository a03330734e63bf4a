"""`lianzhi ask`: the questions, and their answers with numerator, denominator and evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lianzhi.exits import UsageError, as_typed
from lianzhi.known_at import cut_known_at
from lianzhi.output import OutputFormat, emit, progress

if TYPE_CHECKING:
    from infra.settings import Settings
    from projections.cut import Cut
    from projections.questions import Answer, Question

BAR = 24
SHOWN_IDS = 3
WITHHELD = "已抑制 suppressed"
PROOF = "依据 evidence"
PICTURE = "图 picture"
NOTHING = "无数据 | no data"
_LISTED = {"zh": "问题", "en": "question"}


def ask_command(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="问题名或编号；不填则列出 | Name or number; none lists them.")] = "",
    param: Annotated[list[str] | None, typer.Option(help="参数 名=值 | Parameter name=value; may be repeated.")] = None,
    as_of: Annotated[str, typer.Option(help="截止日 YYYY-MM-DD | Day on which the law's windows end.")] = "",
    known_at: Annotated[
        str, typer.Option(help="截面名称或时刻：按当时日志所知 | A cut's name or a time: as the log knew it then.")
    ] = "",
    evidence: Annotated[
        bool, typer.Option("--evidence", help="列出每行所依据的事件 | The event ids behind each row.")
    ] = False,
    output: Annotated[
        OutputFormat, typer.Option("--output", "-o", help="table, json, ndjson, csv")
    ] = OutputFormat.TABLE,
) -> None:
    """提问；不带名称时列出全部问题 | Ask a question; without a name, list them."""
    from infra.zone import zone
    from lianzhi.context import settings_of
    from projections import questions
    from projections.standing import completeness, standing_vector

    if not name:
        emit([_listed(one) for one in questions.questions().values()], output, headings=_LISTED)
        return
    with as_typed():
        asked = questions.question(name)
        values = asked.values(_parameters(param or []))
    settings = settings_of(ctx)
    cut = cut_known_at(settings, known_at)
    day = _day(as_of, cut)
    database = _database(settings, cut)
    answer = questions.ask(settings, asked, values, day, database=database, evidence=evidence)
    stands = dict(cut.vector) if cut is not None else standing_vector(settings)
    frame = _frame(asked, values, day, known_at, stands) | {"completeness": completeness(settings, database)}
    if output is OutputFormat.JSON:
        emit(frame | _body(answer), output)
        return
    names = {region.code: f"{region.code} {region.name_zh}" for region in zone(settings.zone_file).regions}
    notes = _notes(asked, answer, frame, names)
    match output:
        case OutputFormat.TABLE:
            columns = [*asked.columns[:-1], *([PROOF] if evidence else []), PICTURE]
            rows = _pictured(asked, answer, names)
            emit(rows, output, columns=columns, headings=_headings(), title=_title(asked, answer, day), notes=notes)
        case OutputFormat.CSV:
            columns = [*_stamp(frame), *asked.columns, *(questions.EVIDENCE if evidence else [])]
            emit([_stamp(frame) | row for row in answer.rows], output, columns=columns, notes=notes)
        case _:
            emit(answer.rows, output)


def _parameters(given: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    for name, equals, _ in pairs:
        if not equals:
            raise UsageError(f"--param is name=value, not {name!r}", zh="--param 应写作 名=值")
    return {name: value for name, _, value in pairs}


def _day(as_of: str, cut: Cut | None) -> date:
    """The day asked for; else the cut's own; else today in Asia/Shanghai."""
    if as_of:
        try:
            return date.fromisoformat(as_of)
        except ValueError:
            raise UsageError(f"--as-of is a day as 2026-06-30, not {as_of!r}", zh="--as-of 应写作 2026-06-30") from None
    if cut is not None and cut.as_of is not None:
        return cut.as_of
    from infra.clock import SystemClock, legal_day

    return legal_day(cut.known_at if cut is not None and cut.known_at is not None else SystemClock().now())


def _database(settings: Settings, cut: Cut | None) -> str | None:
    if cut is None:
        return None
    from projections.as_of import database_at

    with progress(f"按截面折叠 folding as of {cut.name or cut.digest()}"):
        return database_at(settings, cut.vector)


def _frame(
    asked: Question, values: dict[str, Any], day: date, known_at: str, stands: Mapping[str, int]
) -> dict[str, Any]:
    from projections import policy

    return {
        "question": asked.name,
        "number": asked.number,
        "title": asked.title,
        "parameters": values,
        "as_of": day,
        "known_at": known_at or None,
        "cut": stands,
        "formula_version": asked.formula_version,
        "policy_versions": policy.load().versions,
    }


def _stamp(frame: dict[str, Any]) -> dict[str, Any]:
    """What each line of a CSV file says first, so that lines still tell what they are when files are put together."""
    from projections.cut import vector_digest

    said = {name: frame[name] for name in ("question", "parameters", "as_of", "known_at")}
    return said | {"cut": vector_digest(frame["cut"]), "formula_version": frame["formula_version"]}


def _body(answer: Answer) -> dict[str, Any]:
    return {
        "rows": answer.rows,
        "n": answer.n,
        "d": answer.d,
        "interval": answer.interval,
        "suppressed": answer.suppressed,
    }


def _title(asked: Question, answer: Answer, day: date) -> str:
    whole = f"n = {_or_withheld(answer.n)}，d = {_or_withheld(answer.d)}"
    if answer.n is not None and answer.interval is not None and answer.d:
        low, high = answer.interval
        whole += f"，{answer.n / answer.d:.1%}（95 %: {low:.1%}–{high:.1%}）"
    elif not answer.rows:
        whole += f"，{NOTHING}"
    return f"{asked.number}. {asked.zh} {asked.en} · {day}\n{whole}"


def _notes(asked: Question, answer: Answer, frame: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    regions = "；".join(
        f"{names.get(one['region'], one['region'])}: {one['events']:,} 事件 events, 缺 missing {one['missing']}, "
        f"至 until {one['last_recorded_at']}"
        for one in frame["completeness"]
    )
    policies = ", ".join(f"{name} {version}" for name, version in frame["policy_versions"].items())
    return {
        "定义 definition": f"{asked.definition_zh} {asked.definition_en}",
        "分子 n": f"{_or_withheld(answer.n)}: {asked.numerator}",
        "分母 d": f"{_or_withheld(answer.d)}: {asked.denominator}",
        "参数 parameters": ", ".join(f"{name}={value}" for name, value in frame["parameters"].items()),
        "截止日 as of": f"{frame['as_of']} (Asia/Shanghai)",
        "所知 known at": frame["known_at"] or "现在 now",
        "口径版本 formula": f"{asked.formula_version}；政策 policy {policies}",
        "行数 rows": len(answer.rows),
        "抑制的行 suppressed rows": answer.suppressed,
        "完整性 completeness": regions,
    }


def _headings() -> dict[str, str]:
    """Of every column of any answer its Chinese meaning and its name."""
    from projections.questions import column_texts

    texts = column_texts()
    about = {**texts["every"], **texts["dims"], **{name: figure["about"] for name, figure in texts["figures"].items()}}
    return {name: f"{text.partition('|')[0].strip()} {name}" for name, text in about.items()}


def _pictured(asked: Question, answer: Answer, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows with a small bar each, regions with their names, and the first event ids only."""
    from projections.questions import EVIDENCE

    sizes = [_size(asked.chart, row) for row in answer.rows]
    largest = max((size for size in sizes if size is not None), default=0.0) or 1.0
    rows = []
    for row, size in zip(answer.rows, sizes, strict=True):
        shown = {name: value for name, value in row.items() if name not in {"suppressed", *EVIDENCE}}
        shown |= {dim: names.get(shown[dim], shown[dim]) for dim in asked.dims if "region" in dim}
        if "event_ids" in row:
            shown[PROOF] = _first(row["event_ids"], row["n_event_ids"])
        shown[PICTURE] = WITHHELD if row["suppressed"] else "█" * round(BAR * (size or 0) / largest)
        rows.append(shown)
    return rows


def _first(ids: list[str], of_n: list[str]) -> str:
    """The first few events, those that make n before the others, and how many there are."""
    makes_n = set(of_n)
    first = sorted(ids, key=lambda event_id: event_id not in makes_n)[:SHOWN_IDS]
    more = f" …共 {len(ids)} in all，分子 n {len(of_n)}" if len(ids) > SHOWN_IDS else ""
    return " ".join(first) + more


def _size(chart: str, row: dict[str, Any]) -> float | None:
    if row["suppressed"]:
        return None
    if chart == "rate":
        return float(row["n"]) / float(row["d"]) if row["d"] else 0.0
    return float(row[chart] or 0)


def _or_withheld(value: int | None) -> str:
    return WITHHELD if value is None else f"{value:,}"


def _listed(one: Question) -> dict[str, Any]:
    return {
        "number": one.number,
        "name": one.name,
        "zh": one.zh,
        "en": one.en,
        "parameters": ", ".join(f"{parameter.name}={parameter.default}" for parameter in one.parameters),
        "formula_version": one.formula_version,
    }


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("ask")(ask_command)
