"""Adding an event type is one schema, its golden example and a line in the catalogue; all else follows by command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.catalogue import ROOT

PROJECT = ROOT.parent
SCHEMA = {
    "type": "record",
    "name": "SiteRestored",
    "namespace": "cn.lianzhi.enforcement",
    "doc": "现场恢复 | the site was restored",
    "fields": [
        {"name": "meta", "type": "cn.lianzhi.Meta", "doc": "事件信封 | what every event says about itself"},
        {"name": "decision_id", "type": "string", "doc": "决定标识 | identity of the decision"},
        {"name": "restored_on", "type": {"type": "int", "logicalType": "date"}, "doc": "恢复日 | day restored"},
        {
            "name": "restoration_cost",
            "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 2}],
            "default": None,
            "doc": "恢复费用，元 | cost in yuan",
        },
    ],
}
USE = """
from schemas.catalogue import catalogue
from schemas.columns import family_columns
from schemas.golden import examples
from schemas.models import model_of, to_datum, validate
from schemas.registry import answer
from schemas.wire import decode, encode

event = catalogue().event_type("SiteRestored")
golden = next(each for each in examples() if each.registered.name == "SiteRestored")
model = validate(golden.event)
assert type(model) is model_of("SiteRestored")
assert encode("SiteRestored", to_datum(model)) == golden.value
assert validate(decode(golden.value)) == model
assert {"restored_on", "restoration_cost"} <= {column.name for column in family_columns("enforcement")}
assert answer("GET", f"/schemas/ids/{event.schema_id}").status == 200
print(event.schema_id, model.restored_on)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the rooms that the command needs."""
    ignored = shutil.ignore_patterns("__pycache__")
    for room in ("schemas", "infra", "lianzhi"):
        shutil.copytree(PROJECT / room, tmp_path / room, ignore=ignored)
    return tmp_path


def _python(project: Path, *arguments: str, expect: int = 0) -> str:
    environment = os.environ | {"PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout


def _schemas(project: Path, *arguments: str, expect: int = 0) -> str:
    return _python(project, "-m", "lianzhi", "schemas", *arguments, expect=expect)


def test_one_schema_one_example_one_line(project: Path) -> None:
    (project / "schemas" / "avro" / "enforcement" / "SiteRestored.avsc").write_text(
        json.dumps(SCHEMA, ensure_ascii=False, indent=2), encoding="utf-8"
    )
    catalogue = project / "schemas" / "catalogue.toml"
    lines = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(
        lines.replace("PoliceAnswered = [1034]\n", "PoliceAnswered = [1034]\nSiteRestored = []\n"), "utf-8"
    )

    pending = json.loads(_schemas(project, "check", "-o", "json"))
    assert pending["ok"]
    assert [row["event_type"] for row in pending["pending"]] == ["SiteRestored"]
    _schemas(project, "check", "--registered", expect=3)
    _schemas(project, "generate", "--check")

    registered = json.loads(_schemas(project, "register", "-o", "json"))
    assert registered == [{"id": 1035, "family": "enforcement", "event_type": "SiteRestored", "version": 1}]
    _schemas(project, "generate", "--check", expect=3)
    assert "enforcement.py" in _schemas(project, "generate")
    _schemas(project, "golden", "--check", expect=3)
    assert "SiteRestored.v1.hex" in _schemas(project, "golden")
    _schemas(project, "check", "--registered")
    assert _python(project, "-c", USE).startswith("1035 ")


def test_a_second_version_keeps_the_first_readable(project: Path) -> None:
    path = project / "schemas" / "avro" / "enforcement" / "FinePaid.avsc"
    schema = json.loads(path.read_text(encoding="utf-8"))
    schema["fields"].append({"name": "receipt", "type": ["null", "string"], "default": None, "doc": "票据号 | receipt"})
    path.write_text(json.dumps(schema, ensure_ascii=False), encoding="utf-8")
    _schemas(project, "register")
    _schemas(project, "generate")
    assert _schemas(project, "golden").splitlines() == [
        "schemas/golden/enforcement/FinePaid.v2.json",
        "schemas/golden/enforcement/FinePaid.v2.hex",
    ]
    _schemas(project, "golden", "--check")
    shown = _schemas(project, "show", "FinePaid", "-o", "json")
    assert "receipt" in {row["field"] for row in json.loads(shown)}
    shown = _schemas(project, "show", "FinePaid", "--version", "1", "-o", "json")
    assert "receipt" not in {row["field"] for row in json.loads(shown)}


def test_a_forbidden_change_is_shown_with_before_and_after(project: Path) -> None:
    path = project / "schemas" / "avro" / "enforcement" / "FinePaid.avsc"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"scale": 2', '"scale": 4', 1), encoding="utf-8")
    said = json.loads(_schemas(project, "check", "-o", "json", expect=3))
    assert not said["ok"]
    change = next(row for row in said["problems"] if row["before"])
    assert (change["event_type"], change["path"]) == ("FinePaid", "paid_amount")
    assert '"scale": 2' in change["before"]
    assert '"scale": 4' in change["after"]
    assert change["zh"]
    _schemas(project, "register", expect=1)
    assert "paid_amount" in _schemas(project, "check", expect=3)
