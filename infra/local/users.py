"""ClickHouse users of the local server: passwords made once, grants from `infra/grants.toml`, hashes in `users.xml`.

A home may hold a `grants.toml` of its own; what it grants is added (tests give themselves scratch databases that way).
"""

from __future__ import annotations

import hashlib
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self
from xml.etree import ElementTree

from pydantic import BaseModel, ConfigDict, ValidationError

from infra.errors import InvalidInput
from infra.files import write_private
from infra.local.home import Home

GRANTS_FILE = Path(__file__).parent.parent / "grants.toml"
EMBEDDED_USER = "default"
"""The server's own start statement runs as this user: no password, this machine only, no right but to listen."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class User(_Frozen):
    """One user: what it is for, whose session settings it has, and what it may do."""

    meaning: str = ""
    profile: str = ""
    grants: tuple[str, ...] = ()
    revokes: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    views: tuple[str, ...] = ()


class Profile(_Frozen):
    """Session settings; `limits` are their maxima, `fixed` can not be changed."""

    settings: Mapping[str, int | str] = {}
    limits: Mapping[str, int] = {}
    fixed: tuple[str, ...] = ()


class Grants(_Frozen):
    """All users and profiles."""

    users: Mapping[str, User]
    profiles: Mapping[str, Profile] = {}

    @classmethod
    def read(cls, file: Path = GRANTS_FILE) -> Self:
        """The users as `file` (TOML) describes them.

        Raises:
            InvalidInput: when the file is no TOML or holds what nobody knows.
        """
        try:
            return cls.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            raise InvalidInput(f"{file} is wrong: {error}", zh=f"{file} 有误") from error

    def with_more(self, other: Grants) -> Grants:
        """These users with the grants of `other` added; `other` can name known users only."""
        if unknown := sorted(set(other.users) - set(self.users)):
            raise InvalidInput(f"grants for unknown users: {', '.join(unknown)}", zh="授权给了未知的用户")
        merged = {
            name: user.model_copy(
                update={
                    part: getattr(user, part) + getattr(other.users[name], part)
                    for part in ("grants", "revokes", "engines", "views")
                }
            )
            if name in other.users
            else user
            for name, user in self.users.items()
        }
        return Grants(users=merged, profiles={**self.profiles, **other.profiles})

    def statements(self, user: str, database: str) -> Iterator[str]:
        """The GRANT and REVOKE statements of one user, without the receiver."""
        known = self.users[user]
        for grant in known.grants:
            yield f"GRANT {grant.format(database=database)}"
        for view in known.views:
            yield f"GRANT SELECT ON {database}.{view}"
        for engine in known.engines:
            yield f"GRANT TABLE ENGINE ON {engine}"
        for revoke in known.revokes:
            yield f"REVOKE {revoke.format(database=database)}"


def ensure_passwords(home: Home, grants: Grants) -> None:
    """Make a random password, mode 0600, for every user that has none yet."""
    folder = home.secrets / "clickhouse"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for user in grants.users:
        if not (folder / user).exists():
            write_private(folder / user, secrets.token_urlsafe(32) + "\n")


def grants_of(home: Home) -> Grants:
    """The shipped grants, with those of the home's own `grants.toml` added."""
    own = home.path / "grants.toml"
    shipped = Grants.read()
    return shipped.with_more(Grants.read(own)) if own.exists() else shipped


def users_xml(home: Home, grants: Grants, database: str) -> str:
    """`users.xml`: every user with the hash of its password, its networks, profile and grants."""
    root = ElementTree.Element("clickhouse")
    profiles = ElementTree.SubElement(root, "profiles")
    _profile(
        profiles, "default", Profile(settings={"async_insert": 0, "log_queries": 0, "allow_introspection_functions": 0})
    )
    for name, profile in grants.profiles.items():
        _profile(profiles, name, profile, parent="default")
    users = ElementTree.SubElement(root, "users")
    _user(users, EMBEDDED_USER, {"password": ""}, "default", ["GRANT SYSTEM LISTEN ON *.*"])
    for name, user in grants.users.items():
        password = (home.secrets / "clickhouse" / name).read_text(encoding="utf-8").strip()
        hashed = {"password_sha256_hex": hashlib.sha256(password.encode()).hexdigest()}
        _user(users, name, hashed, user.profile or "default", list(grants.statements(name, database)))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _profile(profiles: ElementTree.Element, name: str, profile: Profile, parent: str = "") -> None:
    element = ElementTree.SubElement(profiles, name)
    if parent:
        _text(element, "profile", parent)
    for setting, value in profile.settings.items():
        _text(element, setting, value)
    if profile.limits or profile.fixed:
        constraints = ElementTree.SubElement(element, "constraints")
        for setting, most in profile.limits.items():
            bounds = ElementTree.SubElement(constraints, setting)
            _text(bounds, "min", 1)  # 0 means without limit
            _text(bounds, "max", most)
        for setting in profile.fixed:
            ElementTree.SubElement(ElementTree.SubElement(constraints, setting), "readonly")


def _user(users: ElementTree.Element, name: str, secret: Mapping[str, str], profile: str, grants: list[str]) -> None:
    element = ElementTree.SubElement(users, name)
    for key, value in secret.items():
        _text(element, key, value)
    _text(ElementTree.SubElement(element, "networks"), "ip", "127.0.0.1")
    _text(element, "profile", profile)
    section = ElementTree.SubElement(element, "grants")
    for statement in grants:
        _text(section, "query", statement)


def _text(parent: ElementTree.Element, tag: str, value: Any) -> None:
    ElementTree.SubElement(parent, tag).text = str(value)
