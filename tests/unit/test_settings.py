"""Settings: which source counts, and that nothing unknown, wrong or secret slips through."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from infra.errors import InvalidInput
from infra.settings import Settings, describe_sources, load_settings, stack_file
from infra.settings_groups import RegistrySettings
from infra.settings_sources import known_keys, variable_of


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / "run").mkdir(parents=True)
    return folder


def sources(settings: Settings) -> dict[str, tuple[str, str]]:
    return {line.key: (line.value, line.source) for line in describe_sources(settings)}


def test_each_source_outranks_the_next(home: Path) -> None:
    (home / "lianzhi.toml").write_text('[kafka]\nbootstrap = "file:1"\nuser = "file"\nsasl_mechanism = "file"\n')
    stack_file(home).write_text(
        '[kafka]\nbootstrap = "stack:1"\nuser = "stack"\nsasl_mechanism = "stack"\nreplication_factor = 7\n'
    )
    env = {"LIANZHI_KAFKA__BOOTSTRAP": "env:1", "LIANZHI_KAFKA__USER": "env"}
    settings = load_settings(home, env=env, kafka__bootstrap="flag:1")
    found = sources(settings)
    assert found["kafka.bootstrap"] == ("flag:1", "flag")
    assert found["kafka.user"] == ("env", "environment (LIANZHI_KAFKA__USER)")
    assert found["kafka.sasl_mechanism"] == ("file", str(home / "lianzhi.toml"))
    assert found["kafka.replication_factor"] == ("7", str(stack_file(home)))
    assert found["kafka.min_insync_replicas"] == ("1", "default")


def test_home_comes_from_the_caller_then_the_environment_then_the_default(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(home, env={"LIANZHI_HOME": "/elsewhere"}).home == home
    assert load_settings(env={"LIANZHI_HOME": str(home)}).home == home
    assert load_settings(env={}).home == tmp_path / ".lianzhi"
    assert load_settings("some", env={}).home == tmp_path / "some"


@pytest.mark.parametrize(
    ("env", "flags", "named", "meant"),
    [
        ({"LIANZHI_KAFKA__BOOTSTRP": "x"}, {}, "LIANZHI_KAFKA__BOOTSTRP", "LIANZHI_KAFKA__BOOTSTRAP"),
        ({"LIANZHI_LANDIG__BATCH_ROWS": "1"}, {}, "LIANZHI_LANDIG__BATCH_ROWS", "LIANZHI_LANDING__BATCH_ROWS"),
        ({"LIANZHI_KAFKA_BOOTSTRAP": "x"}, {}, "LIANZHI_KAFKA_BOOTSTRAP", "LIANZHI_KAFKA__BOOTSTRAP"),
        ({}, {"kafka__bootstrp": "x"}, "kafka.bootstrp", "kafka.bootstrap"),
        ({}, {"landing": {"batch_row": 1}}, "landing.batch_row", "landing.batch_rows"),
    ],
)
def test_unknown_keys_are_refused_by_name(
    home: Path, env: dict[str, str], flags: dict[str, object], named: str, meant: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        load_settings(home, env=env, **flags)
    assert named in refused.value.message
    assert f"did you mean {meant}?" in refused.value.hint


@pytest.mark.parametrize("file", ["lianzhi.toml", "run/stack.toml"])
def test_unknown_keys_in_files_are_refused_with_the_file(home: Path, file: str) -> None:
    (home / file).write_text("[clickhouse]\nhttp_prt = 1\n[nonsense]\na = 1\n")
    with pytest.raises(InvalidInput) as refused:
        load_settings(home, env={})
    for expected in (str(home / file), "clickhouse.http_prt", "nonsense.a"):
        assert expected in refused.value.message
    assert "clickhouse.http_port" in refused.value.hint


def test_other_variables_are_none_of_our_business(home: Path) -> None:
    load_settings(home, env={"PATH": "/bin", "LIANZHIX": "1", "lianzhi_kafka__user": "x"})


def test_wrong_values_are_all_named_with_where_they_stand(home: Path) -> None:
    (home / "lianzhi.toml").write_text("[clickhouse]\nhttp_port = 70000\n")
    with pytest.raises(InvalidInput) as refused:
        load_settings(home, env={"LIANZHI_LANDING__BATCH_SECONDS": "-1"}, landing__batch_rows=10**9)
    message = refused.value.message
    assert f"clickhouse.http_port = 70000 from {home / 'lianzhi.toml'}" in message
    assert "landing.batch_seconds = '-1' from environment (LIANZHI_LANDING__BATCH_SECONDS)" in message
    assert "landing.batch_rows = 1000000000 from flag" in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [("[kafka\n", "not TOML"), ('home = "/x"\n', "can not say where the home is"), ("kafka = 5\n", "kafka")],
)
def test_broken_files_are_refused(home: Path, text: str, expected: str) -> None:
    (home / "lianzhi.toml").write_text(text)
    with pytest.raises(InvalidInput, match=expected):
        load_settings(home, env={})


def test_a_file_that_is_no_text_is_refused(home: Path) -> None:
    (home / "lianzhi.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match="can not read"):
        load_settings(home, env={})


def test_relative_paths_lie_where_they_were_written(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (home / "lianzhi.toml").write_text('zone_file = "zone.toml"\n[kafka]\nca_file = "ca.pem"\n')
    settings = load_settings(home, env={"LIANZHI_KAFKA__CA_FILE": "here.pem"})
    assert settings.zone_file == home / "zone.toml"
    assert settings.kafka.ca_file == tmp_path / "here.pem"
    assert settings.tokeniser.socket == home / "run" / "tokeniser.sock"
    assert load_settings(home, env={"LIANZHI_ZONE_FILE": ""}).zone_file is None


def test_settings_are_frozen_and_made_directly_they_read_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANZHI_KAFKA__BOOTSTRAP", "env:1")
    settings = Settings()
    assert settings.kafka.bootstrap == "127.0.0.1:9092"
    with pytest.raises(ValidationError):
        settings.home = Path("/x")  # type: ignore[misc]
    with pytest.raises(ValidationError):
        settings.kafka.bootstrap = "x"  # type: ignore[misc]


def test_other_values_for_a_copy(home: Path) -> None:
    settings = load_settings(home, env={}, registry__port=1234)
    changed = settings.with_values(clickhouse__database="replayed", registry={"port": 99})
    assert (changed.clickhouse.database, changed.registry.url) == ("replayed", "http://127.0.0.1:99")
    assert settings.clickhouse.database == "lianzhi"
    assert sources(changed)["clickhouse.database"] == ("replayed", "flag")
    assert changed.home == home
    with pytest.raises(InvalidInput, match=r"clickhouse\.databas"):
        settings.with_values(clickhouse__databas="x")


def test_the_registry_address_follows_host_and_port_unless_given() -> None:
    assert RegistrySettings().url == "http://127.0.0.1:8081"
    assert RegistrySettings(host="registry", port=80).url == "http://registry:80"
    assert RegistrySettings(url="https://registry.example/").url == "https://registry.example"


def test_every_key_says_its_meaning_and_has_a_variable(home: Path) -> None:
    for key, field in known_keys(Settings).items():
        assert field.description, key
        if key.endswith("_seconds"):
            assert field.description.rstrip(".").endswith(("seconds", ", s")), key
    assert variable_of("landing.batch_rows") == "LIANZHI_LANDING__BATCH_ROWS"
    json.dumps({line.key: line.value for line in describe_sources(load_settings(home, env={}))})


def secret(home: Path, user: str, text: str, mode: int = 0o600) -> Path:
    file = home / "secrets" / "clickhouse" / user
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    return file


def test_passwords_come_from_files_and_are_never_described(home: Path) -> None:
    secret(home, "ingest", "hunter2\n")
    settings = load_settings(home, env={})
    assert settings.clickhouse_password("ingest") == "hunter2"
    assert "hunter2" not in repr(settings) + repr(describe_sources(settings))


@pytest.mark.parametrize(
    ("user", "prepare", "expected"),
    [
        ("absent", None, "does not exist"),
        ("ingest", (" \n", 0o600), "is empty"),
        ("ingest", ("hunter2", 0o640), "others may read"),
        ("../ingest", None, "no name"),
        ("", None, "no name"),
    ],
)
def test_a_password_that_is_missing_or_open_is_refused(
    home: Path, user: str, prepare: tuple[str, int] | None, expected: str
) -> None:
    if prepare is not None:
        secret(home, user, prepare[0], prepare[1])
    with pytest.raises(InvalidInput, match=expected) as refused:
        load_settings(home, env={}).clickhouse_password(user)
    assert "hunter2" not in str(refused.value)
