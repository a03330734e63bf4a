"""The `lianzhi` command as a frame: groups found by name, problems without tracebacks, usage messages at once."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lianzhi
from infra.errors import FatalError, InvalidInput
from lianzhi import __main__ as cli
from lianzhi.exits import UsageError
from tests.support.cli import run_here

HEAVY = {
    "chdb",
    "clickhouse_driver",
    "cryptography",
    "fastavro",
    "kafka",
    "numpy",
    "pydantic",
    "rich",
    "starlette",
    "structlog",
    "supervisor",
    "urllib3",
    "uvicorn",
}


def run(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "/usr/bin:/bin", "LIANZHI_HOME": str(home), "PYTHONIOENCODING": "utf-8", **variables}
    return subprocess.run(
        [sys.executable, "-m", "lianzhi", *arguments], capture_output=True, text=True, env=env, check=False, timeout=60
    )


def test_a_usage_message_loads_nothing_heavy() -> None:
    code = "import sys, lianzhi.__main__; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not HEAVY & set(loaded.stdout.split())


def test_public_names_load_when_first_used() -> None:
    code = (
        "import sys, lianzhi; print('infra' in sys.modules); lianzhi.InvalidInput; print('infra.errors' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout.split() == ["False", "True"]
    for name in lianzhi.__all__:
        assert getattr(lianzhi, name) is not None
    assert set(lianzhi.__all__) <= set(dir(lianzhi))
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = lianzhi.no_such_name


def test_help_and_version(tmp_path: Path) -> None:
    shown = run(tmp_path, "--help")
    assert shown.returncode == 0
    assert "config" in shown.stdout
    assert "联治" in shown.stdout
    assert run(tmp_path, "--version").stdout == f"lianzhi {lianzhi.__version__}\n"


def test_commands_are_listed_in_both_languages(tmp_path: Path) -> None:
    """The whole sentence, wherever it breaks: nothing is cut off behind the Chinese."""
    groups = ("config", "cuts", "dead-letters", "import", "outbox", "projections", "schemas")
    for words in ((), *((group,) for group in groups)):
        shown = run_here(tmp_path, *words, "--help").out
        listed = shown.partition("Commands:")[2]
        assert listed
        assert "..." not in listed
        for entry in re.split(r"\n  (?=[a-z])", listed.strip("\n")):
            assert re.search(r"[一-龥].*\| ?[A-Z]", " ".join(entry.split())), entry


@pytest.mark.parametrize("arguments", [("no-such-command",), ("config", "shw"), ("config", "show", "--nope"), ()])
def test_a_wrong_call_is_exit_code_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    shown = run(tmp_path, *arguments)
    assert shown.returncode == 2
    assert "Traceback" not in shown.stderr
    assert "命令行不完整或有误" in shown.stderr
    assert "Usage:" in shown.stderr + shown.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("ask", "no_such_question"),
        ("ask", "7", "--param", "month=12"),
        ("ask", "7", "--param", "months=abc"),
        ("ask", "7", "--param", "months=-1"),
        ("ask", "7", "--param", "exchange_form=NOPE"),
        ("check", "--topic", "nope"),
        ("check", "--topic", "lianzhi.enforcement.999999"),
        ("dead-letters", "list", "--topic", "nope"),
        ("dead-letters", "show", "nope", "1"),
        ("outbox", "renew", "nope", "--yes", "--offline"),
        ("projections", "rebuild", "nope"),
        ("projections", "switch", "nope"),
        ("projections", "rollback", "nope"),
        ("publish", "-", "--publisher", "nope"),
        ("replay", "--from-log", "--into", "bad name;"),
        ("schemas", "show", "Nope"),
        ("schemas", "show", "DecisionMade", "--version", "99"),
        ("import", "shuanggongshi", __file__, "--region", "nope", "--publisher", "jiashan.gongshi"),
        ("import", "shuanggongshi", __file__, "--region", "330421", "--publisher", "nope"),
        ("import", "shuanggongshi", __file__, "--region", "310118", "--publisher", "jiashan.gongshi"),
        ("import", "shuanggongshi", "no-such-file", "--region", "330421", "--publisher", "jiashan.gongshi"),
    ],
    ids=" ".join,
)
def test_what_was_typed_wrong_is_exit_code_2(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Whether the frame of the command line notices or the platform: it is told in both languages, by its value."""
    told = run_here(tmp_path, *words)
    assert (told.code, told.out) == (2, "")
    zh, en = told.err.splitlines()[:2]
    assert not zh.isascii()
    assert en.isascii()
    assert any(part in told.err for word in words[1:] for part in word.split("=") if len(part) > 2)


def test_what_goes_wrong_in_doing_is_exit_code_1(tmp_path: Path) -> None:
    """A home without servers: nothing is wrong with what was typed."""
    for words in (("ask", "7"), ("ask", "7", "--known-at", "nope"), ("cuts", "add", "x"), ("check",)):
        told = run_here(tmp_path, *words)
        assert (told.code, told.out) == (1, ""), told
        assert "Traceback" not in told.err


def test_a_server_that_is_away_is_told_once_and_by_us_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    secrets = home / "secrets" / "clickhouse"
    secrets.mkdir(parents=True, mode=0o700)
    for user in ("analyst", "projector", "auditor"):
        (secrets / user).touch(mode=0o600)
        (secrets / user).write_text("hunter2")
    nobody = {"LIANZHI_CLICKHOUSE__NATIVE_PORT": "1", "LIANZHI_CLICKHOUSE__HTTP_PORT": "1"}
    for words in (("ask", "1"), ("cuts", "list"), ("dead-letters", "list")):
        told = run(home, *words, **nobody)
        assert told.returncode == 1
        zh, en, hint = told.stderr.splitlines()
        assert zh == "ClickHouse 暂时不可用"
        assert en.startswith("no connection to ClickHouse")
        assert hint.startswith("→")


def test_config_show_says_where_each_value_comes_from(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "lianzhi.toml").write_text("[landing]\nbatch_rows = 7\n")
    secret = home / "secrets" / "clickhouse" / "ingest"
    secret.parent.mkdir(parents=True)
    secret.write_text("hunter2")
    shown = run(home, "config", "show", "--sources", "-o", "json", LIANZHI_LANDING__BATCH_SECONDS="0.5")
    assert shown.returncode == 0, shown.stderr
    found = {row["key"]: (row["value"], row["source"]) for row in json.loads(shown.stdout)}
    assert found["landing.batch_rows"] == ("7", str(home / "lianzhi.toml"))
    assert found["landing.batch_seconds"] == ("0.5", "environment (LIANZHI_LANDING__BATCH_SECONDS)")
    assert found["home"] == (str(home), "environment (LIANZHI_HOME)")
    assert found["landing.batch_bytes"][1] == "default"
    assert "hunter2" not in shown.stdout
    other = run(tmp_path, "--home", str(home), "config", "show", "-o", "csv")
    assert "landing.batch_rows,7" in other.stdout
    assert "source" not in other.stdout.splitlines()[0]


def test_config_keys_names_variables_and_meanings(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in run(tmp_path, "config", "keys", "-o", "ndjson").stdout.splitlines()]
    row = next(row for row in rows if row["key"] == "landing.batch_rows")
    assert row["variable"] == "LIANZHI_LANDING__BATCH_ROWS"
    assert row["default"] == "100000"
    assert row["meaning"]


def test_an_unknown_key_stops_every_command_by_name(tmp_path: Path) -> None:
    shown = run(tmp_path, "config", "show", LIANZHI_LANDING__BATCH_ROW="1")
    assert shown.returncode == 1
    assert shown.stdout == ""
    assert "LIANZHI_LANDING__BATCH_ROW" in shown.stderr
    assert "did you mean LIANZHI_LANDING__BATCH_ROWS?" in shown.stderr
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInput("wrong", zh="有误"), 1),
        (FatalError("broken", zh="坏了"), 1),
        (UsageError("no such", zh="没有"), 2),
    ],
)
def test_errors_of_ours_are_messages_and_exit_codes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: InvalidInput, code: int
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == code
    assert capsys.readouterr().err == f"{error.zh}\n{error.message}\n"


def test_config_show_prints_one_value_for_scripts(tmp_path: Path) -> None:
    shown = run(tmp_path, "config", "show", "registry.url", LIANZHI_REGISTRY__PORT="9081")
    assert (shown.returncode, shown.stdout) == (0, "http://127.0.0.1:9081\n")
    asked = run(tmp_path, "config", "show", "registry.url", "--sources", "-o", "json")
    assert [set(row) for row in json.loads(asked.stdout)] == [{"key", "value", "source"}]
    unknown = run(tmp_path, "config", "show", "registry.uri")
    assert unknown.returncode == 2
    assert "registry.url" in unknown.stderr
