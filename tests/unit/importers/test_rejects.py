"""What the file of rejects shows of a row: enough to find it in the input, and nothing of a person."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from infra.settings import Settings, load_settings
from schemas.identifiers.citizen_id import make_synthetic
from tests.support.shuanggongshi import organisation, table, write_csv
from tests.unit.importers.test_run import imported

NUMBER = make_synthetic(date(1985, 6, 15), 7)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "home", env={})


def rejected(settings: Settings, file: Path) -> list[str]:
    report = imported(settings, file)
    assert report.reject_file is not None
    with report.reject_file.open(encoding="utf-8-sig", newline="") as found:
        return [row["document_number"] for row in csv.DictReader(found)]


@pytest.mark.parametrize("written", ["〔2026〕5号", "善综执罚决字【2025】第000005号", "善综 罚决字（2025）５号"])
def test_a_document_number_is_shown_as_it_stands_in_the_file(settings: Settings, tmp_path: Path, written: str) -> None:
    rows = table([organisation(1), organisation(2), organisation(3), organisation(4)])
    place = {heading: place for place, heading in enumerate(rows[0])}
    for row in rows[1:]:
        row[place["CF_WSH"]] = written
    rows[1][place["CF_JDRQ"]] = "2025-02-30"  # can not be told
    rows[2][place["CF_JDRQ"]] = "2031-01-01"  # can not be published
    rows[4][place["CF_NR_FK"]] = "0.3"  # tells otherwise what the line before tells
    rows[2][place["CF_WSH"]] = f"{written}之一"
    assert rejected(settings, write_csv(tmp_path / "a.csv", rows)) == [written, f"{written}之一", written]


def test_personal_numbers_are_not_shown(settings: Settings, tmp_path: Path) -> None:
    rows = table([organisation(1), organisation(2), organisation(3)])
    place = {heading: place for place, heading in enumerate(rows[0])}
    for row, written in zip(
        rows[1:], (NUMBER, f"善综罚〔2025〕{NUMBER}号", "善综罚〔2025〕138 0013 8000号"), strict=True
    ):
        row[place["CF_WSH"]] = written
        row[place["CF_JDRQ"]] = "2025-02-30"
    assert rejected(settings, write_csv(tmp_path / "a.csv", rows)) == ["", "", ""]
