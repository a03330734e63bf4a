"""Settings: one frozen object, resolved once, every key known by name.

For each key the first of these that says something counts: flags, environment (`LIANZHI_GROUP__KEY`), the file
`$LIANZHI_HOME/lianzhi.toml`, the addresses that `lianzhi up` wrote to `$LIANZHI_HOME/run/stack.toml`, the default. A
key that nobody knows is refused by name wherever it stands, since a misspelt one would silently turn something off.
Passwords are no settings: they lie in files under `$LIANZHI_HOME/secrets`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import Field, PrivateAttr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from infra.errors import InvalidInput
from infra.faultpoints import FAULT_VARIABLE
from infra.settings_groups import (
    ClickHouseSettings,
    KafkaSettings,
    LandingSettings,
    LocalSettings,
    LogSettings,
    ProjectorSettings,
    RegistrySettings,
    RelaySettings,
    TokeniserSettings,
)
from infra.settings_sources import DEFAULT, Layer, env_layer, flag_layer, flatten, known_keys, resolve, toml_layer

HOME_VARIABLE = "LIANZHI_HOME"
DEFAULT_HOME = Path(".lianzhi")


@dataclass(frozen=True, slots=True)
class SettingSource:
    """One line of `lianzhi config show --sources`: a key, its value as text, where it came from, what it means."""

    key: str
    value: str
    source: str
    description: str


class Settings(BaseSettings):
    """All settings. Make it with `load_settings`; made directly it takes what it is given and reads nothing."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    home: Path = Field(DEFAULT_HOME, description="Folder of everything that Lianzhi keeps on this machine.")
    zone_file: Path | None = Field(None, description="Regions and publishers; empty: those that come with Lianzhi.")
    kafka: KafkaSettings = KafkaSettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    registry: RegistrySettings = RegistrySettings()
    tokeniser: TokeniserSettings = TokeniserSettings()
    relay: RelaySettings = RelaySettings()
    landing: LandingSettings = LandingSettings()
    projector: ProjectorSettings = ProjectorSettings()
    local: LocalSettings = LocalSettings()
    log: LogSettings = LogSettings()

    _origins: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what it is given: `load_settings` reads the sources itself, to know where each value came from."""
        return (init_settings,)

    @property
    def run_dir(self) -> Path:
        """Sockets, process ids and addresses of what runs now."""
        return self.home / "run"

    @property
    def stack_file(self) -> Path:
        """The addresses that `lianzhi up` wrote (TOML, the same keys as `lianzhi.toml`)."""
        return stack_file(self.home)

    @property
    def secrets_dir(self) -> Path:
        """Passwords and keys, readable by their owner only."""
        return self.home / "secrets"

    def clickhouse_password(self, user: str) -> str:
        """The password of a ClickHouse user, from `secrets/clickhouse/<user>`.

        Raises:
            InvalidInput: when the file is missing, empty, or others than its owner may read it.
        """
        return _secret(self.secrets_dir / "clickhouse", user, "ClickHouse")

    def kafka_password(self, user: str) -> str:
        """The password of a Kafka user, from `secrets/kafka/<user>`.

        Raises:
            InvalidInput: as `clickhouse_password`.
        """
        return _secret(self.secrets_dir / "kafka", user, "Kafka")

    def with_values(self, **flags: Any) -> Self:
        """A copy with other values, given as in `load_settings`."""
        given = Layer("", flatten(self.model_dump(exclude_unset=True)))
        values, origins = resolve(type(self), [flag_layer(type(self), flags), given])
        changed = type(self)(**values)
        changed._origins = {key: origin or self._origins.get(key, DEFAULT) for key, origin in origins.items()}
        return changed


def stack_file(home: Path) -> Path:
    """Where `lianzhi up` writes the addresses of what it started."""
    return home / "run" / "stack.toml"


def home_dir(home: Path | str | None = None, env: Mapping[str, str] | None = None) -> Path:
    """The home as an absolute path: `home`, else `$LIANZHI_HOME`, else `.lianzhi` in the current folder."""
    environment = os.environ if env is None else env
    return Path(home or environment.get(HOME_VARIABLE) or DEFAULT_HOME).expanduser().absolute()


def load_settings(home: Path | str | None = None, *, env: Mapping[str, str] | None = None, **flags: Any) -> Settings:
    """The settings as they stand now.

    Args:
        home: the folder of everything; None: `$LIANZHI_HOME`, else `.lianzhi`.
        env: the environment to read; None: this process's.
        flags: values that outrank all others, as `kafka={"bootstrap": …}` or `kafka__bootstrap=…`; None: not given.

    Raises:
        InvalidInput: naming every unknown key (with the nearest known one) or every wrong value, and where it stands.
    """
    environment = os.environ if env is None else env
    folder = home_dir(home, environment)
    home_origin = "flag" if home else f"environment ({HOME_VARIABLE})" if environment.get(HOME_VARIABLE) else DEFAULT
    layers = [
        Layer(home_origin, {"home": folder}),
        flag_layer(Settings, flags),
        env_layer(Settings, environment, ignore={HOME_VARIABLE, FAULT_VARIABLE}),
        toml_layer(Settings, folder / "lianzhi.toml", relative_to=folder),
        toml_layer(Settings, stack_file(folder), relative_to=folder),
        Layer(DEFAULT, {"tokeniser.socket": folder / "run" / "tokeniser.sock"}),
    ]
    values, origins = resolve(Settings, layers)
    settings = Settings(**values)
    settings._origins = origins
    return settings


def describe_sources(settings: Settings) -> tuple[SettingSource, ...]:
    """Every key with its value and where that came from; passwords are no settings, so none is shown."""
    flat, lines = _flat(settings), []
    for key, field in known_keys(type(settings)).items():
        value = flat[key]
        text = "" if value is None else str(value)
        lines.append(SettingSource(key, text, settings._origins.get(key, DEFAULT), field.description or ""))
    return tuple(lines)


def _flat(settings: Settings) -> dict[str, Any]:
    return flatten({name: getattr(settings, name) for name in type(settings).model_fields})


def _secret(folder: Path, user: str, system: str) -> str:
    if not user or not user.replace("_", "").replace("-", "").isalnum():
        raise InvalidInput(f"{user!r} is no name of a {system} user", zh=f"{user!r} 不是 {system} 用户名")
    file = folder / user
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise InvalidInput(
            f"no password for the {system} user {user!r}: {file} does not exist",
            zh=f"缺少 {system} 用户 {user!r} 的密码文件 {file}",
            hint="`lianzhi up` makes it; in production put the password there, mode 0600",
        ) from error
    except OSError as error:
        raise InvalidInput(
            f"can not read {file}: {error.strerror}", zh=f"无法读取 {file}", hint="check its owner and mode"
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise InvalidInput(
            f"others may read {file} (mode {stat.S_IMODE(mode):04o})",
            zh=f"其他用户可以读取 {file}",
            hint=f"chmod 600 {file}",
        )
    if not text:
        raise InvalidInput(f"{file} is empty", zh=f"{file} 为空", hint="write the password into it")
    return text
