"""Parts of the documentation that are made from the code, so that they can not drift from it.

    python -m tests.support.doc_blocks

writes every block between `<!-- begin name … -->` and `<!-- end name -->` anew; a test asserts that nothing changes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from infra.local.users import Grants
from infra.metrics import catalogue as metrics
from infra.settings import Settings
from infra.settings_sources import known_keys
from infra.zone import zone
from projections.questions import questions

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(
    r"(?P<begin><!-- begin (?P<name>[a-z_]+)\b[^>]*-->\n)(?P<body>.*?)(?P<end><!-- end (?P=name) -->)", re.DOTALL
)


def pages() -> tuple[Path, ...]:
    """Every page for users."""
    return tuple(sorted(DOCS.glob("*.md")))


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


def _questions() -> str:
    parts = []
    for one in questions().values():
        parameters = "；".join(
            f"`{p.name}`（{p.zh} {p.en}，{p.type}，默认 default `{p.default}`）" for p in one.parameters
        )
        parts.append(
            f"### {one.number}. `{one.name}` {one.zh} {one.en}\n\n"
            f"{one.definition_zh}\n\n{one.definition_en}\n\n"
            f"- 分子 n: {_words(one.numerator)}\n"
            f"- 分母 d: {_words(one.denominator)}\n"
            f"- 每行 one row per: {', '.join(f'`{dim}`' for dim in one.dims)}\n"
            f"- 参数 parameters: {parameters or '-'}；口径版本 formula_version {one.formula_version}\n\n"
        )
    return "".join(parts)


def _users() -> str:
    return _table(
        ("用户 user", "用途 what it is for"),
        ((f"`{name}`", user.meaning) for name, user in Grants.read().users.items()),
    )


def _metrics() -> str:
    rows = ((f"`{metric.name}`", metric.kind.value, ", ".join(metric.labels), metric.meaning) for metric in metrics())
    return _table(("指标 metric", "类型 kind", "标签 labels", "含义 meaning"), rows)


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
