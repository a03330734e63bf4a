"""Parts of the documentation that are made from the code, so that they can not drift from it.

    python -m tests.support.doc_blocks

writes every block between `<!-- begin name … -->` and `<!-- end name -->` anew; a test asserts that nothing changes.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from infra.local.users import Grants
from infra.metrics import catalogue as metrics
from infra.settings import Settings
from infra.settings_sources import known_keys
from infra.zone import zone
from projections import policy
from projections.definition import definitions
from projections.questions import Parameter, Question, questions
from projections.questions.views import PREFIX

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(
    r"(?P<begin><!-- begin (?P<name>[a-z_]+)\b[^>]*-->\n)(?P<body>.*?)(?P<end><!-- end (?P=name) -->)", re.DOTALL
)


def pages() -> tuple[Path, ...]:
    """Every page for users, and the list of decisions."""
    return (*sorted(DOCS.glob("*.md")), DOCS / "decisions" / "README.md")


def renewed(text: str) -> str:
    """A page with all its blocks made anew.

    Raises:
        KeyError: a block that nobody makes.
    """
    return _BLOCK.sub(lambda found: f"{found['begin']}{_BLOCKS[found['name']]()}{found['end']}", text)


def _table(heading: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    head = list(heading)
    lines = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|")


def _publishers() -> str:
    rows = (
        (
            f"`{info.id}`",
            f"{info.name_zh} {info.name_en}",
            f"{info.region} {zone().region(info.region).name_zh}",
            ", ".join(info.families),
        )
        for info in zone().publishers
    )
    return _table(("发布方 publisher", "名称 name", "区划 region", "事件族 families"), rows)


def _settings() -> str:
    rows = (
        (f"`{key}`", "" if field.default in (None, "") else f"`{field.default}`", field.description or "")
        for key, field in known_keys(Settings).items()
    )
    return _table(("配置项 key", "默认 default", "含义与单位 meaning and unit"), rows)


def _values(parameter: Parameter) -> str:
    return f": {', '.join(f'`{value}`' for value in parameter.allowed)}" if parameter.allowed else ""


def _questions() -> str:
    parts = []
    for one in questions().values():
        parameters = "；".join(
            f"`{p.name}`（{p.zh} {p.en}{_values(p)}，{p.type}，默认 default `{p.default}`）" for p in one.parameters
        )
        parts.append(
            f"### {one.number}. `{one.name}` {one.zh} {one.en}\n\n"
            f"{one.definition_zh}\n\n{one.definition_en}\n\n"
            f"- 分子 n: {_words(one.numerator)}\n"
            f"- 分母 d: {_words(one.denominator)}\n"
            f"- 每行 one row per: {', '.join(f'`{dim}`' for dim in one.dims)}\n"
            f"{_figures(one)}"
            f"- 参数 parameters: {parameters or '-'}；口径版本 formula_version {one.formula_version}\n"
            f"- 视图 view: `{PREFIX}{one.name}({', '.join(('as_of', *(p.name for p in one.parameters)))})`\n\n"
        )
    return "".join(parts)


def _figures(asked: Question) -> str:
    told = "；".join(f"`{each.name}` {' '.join(each.about.replace('|', ' ').split())}" for each in asked.figures)
    return f"- 其他数字 further figures: {told}\n" if told else ""


def _users() -> str:
    return _table(
        ("用户 user", "用途 what it is for"),
        ((f"`{name}`", user.meaning) for name, user in Grants.read().users.items()),
    )


def _metrics() -> str:
    rows = ((f"`{metric.name}`", metric.kind.value, ", ".join(metric.labels), metric.meaning) for metric in metrics())
    return _table(("指标 metric", "类型 kind", "标签 labels", "含义 meaning"), rows)


_VIEWS: Mapping[str, str] = {
    "penalties": "每个决定的每项处罚（全部口径）every penalty of every decision: the operational count",
    "penalty_counts": "两种口径并列：全部处罚，与一个决定一项 both counting rules side by side, by month",
    "findings": "已发生而不合规之处，附条文 what happened and breaks a rule, with its article",
    "referrals_with_deadlines": "移送及其签收、答复期限 referrals with their deadlines",
    "standing": "各表折叠到日志何处 how far the tables are folded",
    "policy_calendar": "工作日历 working days",
    "policy_sla": "移送时限 deadlines of referrals",
    "policy_limits": "期限与口径 limits",
}


def _views() -> str:
    titles = {one.name: f"{one.title_zh} {one.title_en}" for one in definitions().values()}
    return _table(
        ("视图 view", "内容 holds"),
        ((f"`{view}`", {**titles, **_VIEWS}[view]) for view in Grants.read().users["analyst"].views),
    )


def _policies() -> str:
    known = policy.load()
    rows: list[tuple[object, ...]] = [
        (f"`limits.{one.name}`", f"{one.value} {one.unit}", f"{one.instrument} {one.article}".strip(), one.confidence)
        for one in known.limits
    ]
    for rule in known.sla:
        named = " ".join(part for part in rule.circumstances() if part) or "其余 all else"
        days = f"{rule.acknowledge_working_days} working days / {rule.reply_calendar_days} days"
        rows.append((f"`sla` {named}", f"签收 acknowledge / 答复 reply: {days}", rule.instrument, rule.confidence))
    for year in tomllib.loads((policy.FOLDER / "calendar.toml").read_text(encoding="utf-8"))["years"]:
        days = f"{len(year['holidays'])} 个假日 holidays, {len(year['workdays'])} 个补班日 worked week-ends"
        rows.append((f"`calendar` {year['year']}", days, year["instrument"], year["confidence"]))
    return _table(("政策 policy", "取值 value", "文件 instrument", "把握 confidence"), rows)


def _decisions() -> str:
    files = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    titles = (file.read_text(encoding="utf-8").splitlines()[0] for file in files)
    rows = (
        (f"[{number}]({file.name})", title)
        for file, heading in zip(files, titles, strict=True)
        for number, _, title in [heading.removeprefix("# ").partition(" ")]
    )
    return _table(("编号 number", "决定 decision"), rows)


def _words(text: str) -> str:
    return text.replace(" | ", "；")


def _json_line(name: str) -> str:
    """The first event of an example file, laid out for reading."""
    first = (DOCS / "examples" / name).read_text(encoding="utf-8").splitlines()[0]
    return f"```json\n{json.dumps(json.loads(first), ensure_ascii=False, indent=2)}\n```\n"


def _python(name: str) -> str:
    return f"```python\n{(DOCS / 'examples' / name).read_text(encoding='utf-8')}```\n"


_BLOCKS: Mapping[str, Callable[[], str]] = {
    "publishers": _publishers,
    "settings": _settings,
    "questions": _questions,
    "decisions": _decisions,
    "views": _views,
    "policies": _policies,
    "users": _users,
    "metrics": _metrics,
    "case": lambda: _json_line("case.ndjson"),
    "referral": lambda: _json_line("referral.ndjson"),
    "publish_py": lambda: _python("publish.py"),
}


def main() -> None:
    """Write every block anew."""
    for page in pages():
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
