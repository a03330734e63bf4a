"""What the pages say that code knows better: blocks made from it are fresh, links lead somewhere, pictures are XML."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from infra.zone import zone
from schemas.models import model_of
from tests.support.doc_blocks import DOCS, pages, renewed

ROOT = DOCS.parent
EVERY = (ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "SECURITY.md", *sorted(DOCS.rglob("*.md")))
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_EVENTS = ("case.ndjson", "correction.ndjson", "retraction.ndjson", "referral.ndjson", "referral-answer.ndjson")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_blocks_made_from_code_are_fresh(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert renewed(text) == text, "python -m tests.support.doc_blocks"


@pytest.mark.parametrize("page", EVERY, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = (unquote(found["target"]).partition("#")[0] for found in _LINK.finditer(text))
    missing = [
        target for target in targets if target and "://" not in target and not (page.parent / target).resolve().exists()
    ]
    assert missing == []


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_a_page_is_in_both_languages(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(_CHINESE.findall(prose)) > 200
    assert len(re.findall(r"\b[a-z]{3,}\b", prose)) > 200


@pytest.mark.parametrize("picture", sorted(DOCS.glob("*.svg")), ids=lambda picture: picture.name)
def test_a_picture_is_well_formed_and_has_a_title(picture: Path) -> None:
    root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314 (our own file)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.findtext("{http://www.w3.org/2000/svg}title")


@pytest.mark.parametrize("name", _EVENTS)
def test_example_events_are_of_the_catalogue(name: str) -> None:
    for line in (DOCS / "examples" / name).read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        assert model_of(event["meta"]["event_type"]).family in zone().families
