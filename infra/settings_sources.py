"""Where settings come from: each source as a flat layer of known keys, and the merge that remembers who said what."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from infra.errors import InvalidInput

ENV_PREFIX = "LIANZHI_"
NESTED = "__"
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source says: its name for people, and values by flat key (`kafka.bootstrap`)."""

    origin: str
    values: Mapping[str, Any]
    detail: Mapping[str, str] | None = None

    def origin_of(self, key: str) -> str:
        """Where exactly the value of `key` stands."""
        return (self.detail or {}).get(key, self.origin)


@cache
def known_keys(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """Every leaf key of a settings model, flat and in order."""
    return dict(_leaves(model, ""))


def _leaves(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _leaves(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as flat keys."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, BaseModel):
            value = {name: getattr(value, name) for name in type(value).model_fields}  # noqa: PLW2901
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def flag_layer(model: type[BaseModel], flags: Mapping[str, Any]) -> Layer:
    """Values given on the command line or by the caller; None means not given; relative paths as the caller means them.

    Raises:
        InvalidInput: naming every unknown key.
    """
    nested = {key.replace(NESTED, "."): value for key, value in flags.items()}
    flat = {key: value for key, value in flatten(nested).items() if value is not None}
    _refuse_unknown(model, flat, "flag", lambda key: key)
    return Layer("flag", _absolute(model, flat, Path.cwd()))


def env_layer(model: type[BaseModel], environment: Mapping[str, str], ignore: Collection[str]) -> Layer:
    """`LIANZHI_GROUP__KEY` variables.

    Raises:
        InvalidInput: naming every `LIANZHI_` variable that is no setting.
    """
    found = {name: value for name, value in environment.items() if name.startswith(ENV_PREFIX) and name not in ignore}
    keys = {name: name.removeprefix(ENV_PREFIX).lower().replace(NESTED, ".") for name in found}
    flat = {keys[name]: value for name, value in found.items()}
    _refuse_unknown(model, flat, "environment", variable_of)
    detail = {keys[name]: f"environment ({name})" for name in found}
    return Layer("environment", _absolute(model, flat, Path.cwd()), detail)


def variable_of(key: str) -> str:
    """The environment variable of a flat key."""
    return ENV_PREFIX + key.replace(".", NESTED).upper()


def toml_layer(model: type[BaseModel], file: Path, relative_to: Path) -> Layer:
    """A TOML file; a missing one says nothing; relative paths in it lie under `relative_to`.

    Raises:
        InvalidInput: when it can not be read, is no TOML, or holds unknown keys.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Layer(str(file), {})
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"can not read {file}: {error}", zh=f"无法读取 {file}") from error
    try:
        flat = flatten(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{file} is not TOML: {error}", zh=f"{file} 不是合法的 TOML") from error
    if "home" in flat:
        raise InvalidInput(
            f"{file} can not say where the home is: it lies in it",
            zh=f"{file} 不能指定 home",
            hint="use --home or LIANZHI_HOME",
        )
    _refuse_unknown(model, flat, str(file), lambda key: key)
    return Layer(str(file), _absolute(model, flat, relative_to))


def resolve(model: type[BaseModel], layers: Sequence[Layer]) -> tuple[dict[str, Any], dict[str, str]]:
    """The nested values of the first layer that has each key, checked, and each key's origin.

    Raises:
        InvalidInput: naming every wrong value and where it stands.
    """
    flat: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for layer in layers:
        for key, value in layer.values.items():
            if key not in flat:
                flat[key] = value
                origins[key] = layer.origin_of(key)
    nested = _nest(flat)
    try:
        model(**nested)
    except ValidationError as error:
        raise _wrong_values(error, flat, origins) from None
    return nested, origins


def _nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in flat.items():
        *groups, name = key.split(".")
        table = nested
        for group in groups:
            table = table.setdefault(group, {})
        table[name] = value
    return nested


def _wrong_values(error: ValidationError, flat: Mapping[str, Any], origins: Mapping[str, str]) -> InvalidInput:
    lines = []
    for problem in error.errors(include_url=False, include_context=False):
        key = ".".join(str(part) for part in problem["loc"])
        where = origins.get(key, DEFAULT)
        said = problem["msg"].removeprefix("Value error, ")  # pydantic's words before ours
        lines.append(f"{key} = {flat.get(key)!r} from {where}: {said}")
    return InvalidInput(
        "settings are wrong: " + "; ".join(lines),
        zh="配置有误",
        hint="`lianzhi config keys` lists every key with its meaning and unit",
    )


def _refuse_unknown(model: type[BaseModel], flat: Iterable[str], origin: str, spelled: Any) -> None:
    known = known_keys(model)
    unknown = sorted(key for key in flat if key not in known)
    if not unknown:
        return
    details, advice = [], []
    for key in unknown:
        details.append(spelled(key))
        if close := difflib.get_close_matches(key, known, n=1, cutoff=0.6):
            advice.append(f"{spelled(key)}: did you mean {spelled(close[0])}?")
    raise InvalidInput(
        f"unknown settings in {origin}: {', '.join(details)}",
        zh=f"{origin} 中有未知的配置项：{', '.join(details)}",
        hint=" ".join(advice) or "`lianzhi config keys` lists every key",
    )


def _absolute(model: type[BaseModel], flat: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    known = known_keys(model)
    return {key: _path(folder, value) if _is_path(known[key]) else value for key, value in flat.items()}


def _is_path(field: FieldInfo) -> bool:
    return field.annotation is Path or Path in get_args(field.annotation)


def _path(folder: Path, value: Any) -> Any:
    if value == "":
        return None
    return folder / Path(value).expanduser() if isinstance(value, (str, Path)) else value
