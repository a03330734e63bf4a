"""Users of ClickHouse as data: what the shipped file says, what a home adds, what ends up in users.xml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from infra.errors import InvalidInput
from infra.local.home import Home
from infra.local.users import Grants, ensure_passwords, grants_of, users_xml


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home.of(tmp_path)
    home.make_folders()
    yield home
    home.remove_short_folder()


def document(home: Home) -> ElementTree.Element:
    grants = grants_of(home)
    ensure_passwords(home, grants)
    return ElementTree.fromstring(users_xml(home, grants, "lianzhi"))  # noqa: S314 - written by us


def test_passwords_are_made_once(home: Home) -> None:
    grants = Grants.read()
    ensure_passwords(home, grants)
    first = {user: (home.secrets / "clickhouse" / user).read_text(encoding="utf-8") for user in grants.users}
    ensure_passwords(home, grants)
    assert {user: (home.secrets / "clickhouse" / user).read_text(encoding="utf-8") for user in grants.users} == first
    assert all(len(password) > 40 for password in first.values())


def test_default_may_only_start_listening_and_only_from_here(home: Home) -> None:
    default = document(home).find("users/default")
    assert default is not None
    assert [query.text for query in default.iter("query")] == ["GRANT SYSTEM LISTEN ON *.*"]
    assert [ip.text for ip in default.iter("ip")] == ["127.0.0.1"]


def test_no_user_comes_from_another_machine_or_manages_access(home: Home) -> None:
    root = document(home)
    assert {ip.text for ip in root.iter("ip")} == {"127.0.0.1"}
    assert list(root.iter("access_management")) == []


@pytest.mark.parametrize("user", sorted(Grants.read().users))
def test_no_user_may_do_what_would_harm_the_server(user: str) -> None:
    text = " ".join(Grants.read().statements(user, "lianzhi"))
    for word in ("SHUTDOWN", "ACCESS MANAGEMENT", "CREATE USER", "URL", "WRITE ON", "ALL ON *.*", "Kafka"):
        assert word not in text


def test_the_analyst_is_granted_views_by_name_only() -> None:
    shipped = Grants.read()
    for statement in shipped.statements("analyst", "lianzhi"):
        target = statement.removeprefix("GRANT SELECT ON ")
        assert target.startswith(("system.", "lianzhi_cut_", "lianzhi."))
        assert target != "lianzhi.*"
        assert "events_" not in target


def test_a_home_may_add_grants(home: Home) -> None:
    (home.path / "grants.toml").write_text('[users.analyst]\ngrants = ["SELECT ON mine.*"]\n', encoding="utf-8")
    assert "GRANT SELECT ON mine.*" in {query.text for query in document(home).iter("query")}
    assert set(Grants.read().statements("analyst", "d")) < set(grants_of(home).statements("analyst", "d"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[users.nobody]\ngrants = ["SELECT ON *.*"]', "nobody"),
        ("[users.analyst]\ngrant = []", "grant"),
        ("[users", "grants.toml"),
    ],
)
def test_what_nobody_knows_is_refused_by_name(home: Home, text: str, said: str) -> None:
    (home.path / "grants.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=said):
        grants_of(home)


def test_the_database_of_the_settings_is_filled_in() -> None:
    statements = list(Grants.read().statements("ingest", "other"))
    assert "GRANT SELECT, INSERT ON other.events_* " not in statements
    assert "GRANT SELECT, INSERT ON other.events_*" in statements
    assert not any("{" in statement for statement in statements)
