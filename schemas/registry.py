"""The read side of a schema registry, as other Avro clients expect it: a pure function from a request to its answer.

The shape is that of Confluent's Schema Registry. A path that it does not know is answered with 404 and an error object:
clients feature-detect that way (confluent-kafka asks `/associations/…` first, and breaks on anything but 404). Nothing
can be registered here: the contract changes in the repository.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

from schemas.catalogue import EventType, RegisteredSchema, catalogue

CONTENT_TYPE = "application/vnd.schemaregistry.v1+json"
SUBJECT_NOT_FOUND = 40401
VERSION_NOT_FOUND = 40402
SCHEMA_NOT_FOUND = 40403
INVALID_VERSION = 42202


@dataclass(frozen=True, slots=True)
class Answer:
    """HTTP status, and the body as JSON data."""

    status: int
    body: Any


def answer(method: str, target: str) -> Answer:
    """Answer one request.

    Args:
        method: HTTP method; only GET and HEAD are answered.
        target: path as it stands in the request, percent-encoded; a query string is ignored.
    """
    path = target.partition("?")[0].rstrip("/") or "/"
    for pattern, reply in _ROUTES.items():
        found = pattern.fullmatch(path)
        if found:
            if method not in {"GET", "HEAD"}:
                return _error(405, 405, "HTTP 405 Method Not Allowed: this registry is read-only")
            return reply(*map(unquote, found.groups()))
    return _error(404, 404, "HTTP 404 Not Found")


def _error(status: int, code: int, message: str) -> Answer:
    return Answer(status, {"error_code": code, "message": message})


@cache
def _subjects() -> Mapping[str, EventType]:
    return {event.latest.subject: event for event in catalogue().event_types.values()}


@cache
def _text(schema_id: int) -> str:
    return json.dumps(catalogue().by_id[schema_id].schema, ensure_ascii=False, separators=(",", ":"))


def _with_id(number: str, reply: Callable[[RegisteredSchema], Any]) -> Answer:
    registered = catalogue().by_id.get(int(number)) if number.isascii() and number.isdecimal() else None
    if registered is None:
        return _error(404, SCHEMA_NOT_FOUND, f"Schema {number} not found")
    return Answer(200, reply(registered))


def _with_version(subject: str, given: str, reply: Callable[[RegisteredSchema], Any]) -> Answer:
    event = _subjects().get(subject)
    if event is None:
        return _error(404, SUBJECT_NOT_FOUND, f"Subject '{subject}' not found.")
    if given in {"latest", "-1"}:
        return Answer(200, reply(event.latest))
    if not given.isascii() or not given.isdecimal() or len(given) > 9 or int(given) < 1:
        text = f"The specified version '{given}' is not a valid version id. Allowed: 1 and above, 'latest' or -1"
        return _error(422, INVALID_VERSION, text)
    if int(given) > len(event.versions):
        return _error(404, VERSION_NOT_FOUND, f"Version {int(given)} not found.")
    return Answer(200, reply(event.versions[int(given) - 1]))


def _versions(subject: str) -> Answer:
    event = _subjects().get(subject)
    if event is None:
        return _error(404, SUBJECT_NOT_FOUND, f"Subject '{subject}' not found.")
    return Answer(200, [registered.version for registered in event.versions])


def _full(registered: RegisteredSchema) -> dict[str, Any]:
    return {
        "subject": registered.subject,
        "version": registered.version,
        "id": registered.id,
        "schema": _text(registered.id),
    }


_ROUTES: Mapping[re.Pattern[str], Callable[..., Answer]] = {
    re.compile(r"/"): lambda: Answer(200, {}),
    re.compile(r"/schemas/types"): lambda: Answer(200, ["AVRO"]),
    re.compile(r"/schemas/ids/([^/]+)"): lambda number: _with_id(number, lambda r: {"schema": _text(r.id)}),
    re.compile(r"/schemas/ids/([^/]+)/schema"): lambda number: _with_id(number, lambda r: r.schema),
    re.compile(r"/schemas/ids/([^/]+)/subjects"): lambda number: _with_id(number, lambda r: [r.subject]),
    re.compile(r"/schemas/ids/([^/]+)/versions"): lambda number: _with_id(
        number, lambda r: [{"subject": r.subject, "version": r.version}]
    ),
    re.compile(r"/subjects"): lambda: Answer(200, list(_subjects())),
    re.compile(r"/subjects/([^/]+)/versions"): _versions,
    re.compile(r"/subjects/([^/]+)/versions/([^/]+)"): lambda subject, version: _with_version(subject, version, _full),
    re.compile(r"/subjects/([^/]+)/versions/([^/]+)/schema"): lambda subject, version: _with_version(
        subject, version, lambda r: r.schema
    ),
    re.compile(r"/config"): lambda: Answer(200, {"compatibilityLevel": "FULL_TRANSITIVE"}),
    re.compile(r"/mode"): lambda: Answer(200, {"mode": "READONLY"}),
}
