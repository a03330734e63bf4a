"""SQL that lives in `.sql` files: loading them, and the one checked way of putting an identifier into one.

Values never pass here: they are ClickHouse parameters, `{name:Type}`, and the server fills them in. A database, a table
or a column is written as ClickHouse writes it too, `{name:Identifier}`, so that an analyst can run the file as it is
(`--param_name=…`); since the server does not take that form everywhere, `render` fills it in, plain identifiers only.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from infra.errors import InvalidInput

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,126}")
_PLACEHOLDER = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*)\s*:\s*Identifier\}")
_INCLUDE = re.compile(r"\{([a-z_]+):Include\}")
_SHARED = re.compile(r"\{([a-z_]+):Shared\}")


def identifier(name: str) -> str:
    """`name` itself when it is a plain identifier: ASCII letters, digits and underscores, no digit first, 127 at most.

    Raises:
        InvalidInput: for anything else, empty and quoted names included.
    """
    if not _IDENTIFIER.fullmatch(name):
        raise InvalidInput(
            f"{name!r} is not an identifier",
            zh=f"{name!r} 不是合法的标识符",
            hint="letters, digits and underscores only, not beginning with a digit",
        )
    return name


def render(template: str, **identifiers: str) -> str:
    """`template` with each `{name:Identifier}` replaced by the identifier of that name.

    Raises:
        InvalidInput: when a value is no plain identifier, a placeholder has no value, or a value has no placeholder.
    """
    wanted = set(_PLACEHOLDER.findall(template))
    if missing := sorted(wanted - identifiers.keys()):
        raise InvalidInput(f"the SQL needs identifiers that were not given: {', '.join(missing)}", zh="SQL 缺少标识符")
    if unused := sorted(identifiers.keys() - wanted):
        raise InvalidInput(f"the SQL has no place for: {', '.join(unused)}", zh="SQL 中没有这些标识符的位置")
    checked = {name: identifier(value) for name, value in identifiers.items()}
    return _PLACEHOLDER.sub(lambda match: checked[match.group(1)], template)


def include(template: str, **texts: str) -> str:
    """`template` with each `{name:Include}` replaced by the SQL of that name: a part that several files share.

    The texts are those of our own files, or made of placeholders; values are parameters here too.

    Raises:
        InvalidInput: when a placeholder has no text, or a text has no placeholder.
    """
    wanted = set(_INCLUDE.findall(template))
    if wanted != texts.keys():
        raise InvalidInput(
            f"the SQL includes {sorted(wanted)}, and was given {sorted(texts)}", zh="SQL 引用的部分与给出的不符"
        )
    return _INCLUDE.sub(lambda match: texts[match.group(1)].strip(), template)


def comment(text: str) -> str:
    """`text` as the literal behind COMMENT: DDL takes no parameters there. For texts of our own files only."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


@cache
def load(package: str, name: str) -> str:
    """The text of `name` (a `.sql` file; may hold a folder, as in `cases/fold.sql`) that lies in `package`.

    Each `{part:Shared}` in it is replaced by `sql/part.sql` of the room that the package belongs to: an expression that
    several files need.

    Raises:
        InvalidInput: when there is no such file, or `name` would leave the package.
    """
    parts = name.split("/")
    if not name.endswith(".sql") or any(part in {"", ".", ".."} for part in parts):
        raise InvalidInput(f"{name!r} is not the name of an SQL file in {package}", zh=f"{name!r} 不是 SQL 文件名")
    file = resources.files(package).joinpath(*parts)
    if not file.is_file():
        raise InvalidInput(f"there is no {name} in {package}", zh=f"{package} 中没有 {name}")
    room = package.partition(".")[0]
    text = file.read_text(encoding="utf-8")
    return _SHARED.sub(lambda match: load(room, f"sql/{match.group(1)}.sql").strip(), text)


def statements(script: str) -> list[str]:
    """The statements of `script`, split at semicolons that end a line, without blank ones and without the semicolon.

    Our own files keep to this: a semicolon at the end of a line ends a statement, elsewhere it means nothing.
    """
    return [part for piece in re.split(r";[ \t]*(?:--[^\n]*)?(?:\n|\Z)", script) if _has_code(part := piece.strip())]


def essence(script: str) -> str:
    """`script` without comments and layout: what changes only when its meaning may.

    Our own files keep to this: two hyphens begin a comment wherever they stand.
    """
    return " ".join(re.sub(r"--[^\n]*", "", script).split())


def _has_code(piece: str) -> bool:
    return any(line.strip() and not line.strip().startswith("--") for line in piece.splitlines())
