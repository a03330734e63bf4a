"""The registry answers as other clients expect, and nothing but reading."""

from __future__ import annotations

import json

import pytest
from fastavro import parse_schema

from schemas.catalogue import catalogue
from schemas.registry import answer

SUBJECT = "cn.lianzhi.enforcement.DecisionMade"


def test_every_schema_by_its_id() -> None:
    for schema_id, registered in catalogue().by_id.items():
        got = answer("GET", f"/schemas/ids/{schema_id}")
        assert got.status == 200
        assert json.loads(got.body["schema"]) == registered.schema
        assert parse_schema(json.loads(got.body["schema"]))["name"] == registered.subject
        versions = answer("GET", f"/schemas/ids/{schema_id}/versions").body
        assert versions == [{"subject": registered.subject, "version": registered.version}]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", {}),
        ("/schemas/types", ["AVRO"]),
        (f"/subjects/{SUBJECT}/versions", [1]),
        ("/schemas/ids/1018/subjects", [SUBJECT]),
        ("/config", {"compatibilityLevel": "FULL_TRANSITIVE"}),
        ("/mode", {"mode": "READONLY"}),
    ],
)
def test_small_answers(path: str, body: object) -> None:
    assert answer("GET", path).body == body
    assert answer("HEAD", path).status == 200
    assert answer("GET", f"{path}?deleted=true").body == body


def test_subjects_and_their_versions() -> None:
    assert len(answer("GET", "/subjects").body) == 86
    assert answer("GET", "/subjects/").body[0] == "cn.lianzhi.enforcement.ClueReceived"
    for version in ("1", "latest", "-1"):
        got = answer("GET", f"/subjects/{SUBJECT}/versions/{version}")
        assert (got.status, got.body["id"], got.body["version"], got.body["subject"]) == (200, 1018, 1, SUBJECT)
    assert answer("GET", f"/subjects/{SUBJECT}/versions/latest/schema").body["name"] == "DecisionMade"
    assert answer("GET", f"/subjects/{SUBJECT.replace('.', '%2E')}/versions").status == 200


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/schemas/ids/1", 404, 40403),
        ("/schemas/ids/x", 404, 40403),
        ("/schemas/ids/٣", 404, 40403),
        ("/subjects/nobody/versions", 404, 40401),
        ("/subjects/nobody/versions/1", 404, 40401),
        (f"/subjects/{SUBJECT}/versions/2", 404, 40402),
        (f"/subjects/{SUBJECT}/versions/0", 422, 42202),
        (f"/subjects/{SUBJECT}/versions/x", 422, 42202),
        (f"/subjects/{SUBJECT}/versions/99999999999", 422, 42202),
        ("/associations/subjects/x", 404, 404),
        ("/contexts", 404, 404),
        ("/schemas", 404, 404),
        ("/../etc/passwd", 404, 404),
    ],
)
def test_errors_have_the_error_object(path: str, status: int, code: int) -> None:
    got = answer("GET", path)
    assert (got.status, got.body["error_code"]) == (status, code)
    assert got.body["message"]
    json.dumps(got.body)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(method: str) -> None:
    assert answer(method, f"/subjects/{SUBJECT}/versions").status == 405
    assert answer(method, "/associations").status == 404
