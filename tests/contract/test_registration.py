"""The frozen past is guarded, and a new version is one command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.catalogue import ROOT, load_catalogue
from schemas.errors import FatalError, InvalidInput
from schemas.history import Status, judge, plan, register, review
from schemas.lint import lint_event


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the contract alone."""
    for name in ("avro", "registered"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "catalogue.toml", tmp_path)
    return tmp_path


def _edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")


def _with_field(text: str, name: str = "remark") -> str:
    schema = json.loads(text)
    schema["fields"].append({"name": name, "type": ["null", "string"], "default": None, "doc": "备注 | remark"})
    return json.dumps(schema, ensure_ascii=False)


def test_the_contract_as_it_stands_is_registered_and_whole() -> None:
    found = review()
    assert found.ok
    assert found.pending == ()
    assert {verdict.status for verdict in found.verdicts} == {Status.UNCHANGED}


def test_every_version_ever_used_keeps_to_the_lint() -> None:
    for registered in load_catalogue().by_id.values():
        assert lint_event(registered.family, registered.name, registered.schema) == []


def test_a_changed_file_is_a_new_version_with_the_next_id_of_its_family(root: Path) -> None:
    _edit(root / "avro" / "exchange" / "ReferralClosed.avsc", _with_field)
    before = (root / "catalogue.toml").read_text(encoding="utf-8")
    assert [(each.id, each.name, each.version) for each in plan(root)] == [(2036, "ReferralClosed", 2)]
    assert (root / "catalogue.toml").read_text(encoding="utf-8") == before
    register(root)
    assert load_catalogue(root).event_types["ReferralClosed"].schema_ids == (2016, 2036)
    assert "# Every event type" in (root / "catalogue.toml").read_text(encoding="utf-8")
    assert review(root).pending == ()
    assert register(root) == []


def test_versions_follow_each_other_and_all_earlier_ones_count(root: Path) -> None:
    file = root / "avro" / "exchange" / "ReferralClosed.avsc"
    original = file.read_text(encoding="utf-8")
    _edit(file, _with_field)
    register(root)
    _edit(file, lambda text: _with_field(text, "second"))
    assert [(each.id, each.version) for each in register(root)] == [(2037, 3)]
    file.write_text(original, encoding="utf-8")
    verdict = next(each for each in review(root).verdicts if each.name == "ReferralClosed")
    assert verdict.status is Status.REFUSED
    assert {change.path for change in verdict.changes} == {"remark", "second"}


def test_a_shared_type_gives_all_its_users_a_new_version(root: Path) -> None:
    _edit(root / "avro" / "types" / "Meta.avsc", _with_field)
    done = register(root)
    assert len(done) == 86
    assert len({each.id for each in done}) == 86
    assert {each.id // 1000 for each in done} == {1, 2, 3}


def test_a_new_event_type_needs_no_line_but_may_have_one(root: Path) -> None:
    text = (root / "avro" / "dispute" / "DisputeClosed.avsc").read_text(encoding="utf-8")
    for name in ("DisputeMerged", "DisputeArchived"):
        (root / "avro" / "dispute" / f"{name}.avsc").write_text(text.replace("DisputeClosed", name), encoding="utf-8")
    _edit(
        root / "catalogue.toml",
        lambda lines: lines.replace("DisputeClosed = [3017]", "DisputeClosed = [3017]\nDisputeMerged = []"),
    )
    assert [(each.id, each.name, each.version) for each in register(root)] == [
        (3018, "DisputeArchived", 1),
        (3019, "DisputeMerged", 1),
    ]
    assert load_catalogue(root).event_types["DisputeMerged"].schema_ids == (3019,)
    assert load_catalogue(root).families == ("enforcement", "exchange", "dispute")


def test_a_new_family_gets_its_own_thousand(root: Path) -> None:
    text = (root / "avro" / "dispute" / "DisputeClosed.avsc").read_text(encoding="utf-8")
    (root / "avro" / "petition").mkdir()
    text = text.replace("DisputeClosed", "PetitionClosed").replace("cn.lianzhi.dispute", "cn.lianzhi.petition")
    (root / "avro" / "petition" / "PetitionClosed.avsc").write_text(text, encoding="utf-8")
    assert [each.id for each in register(root)] == [4001]
    assert load_catalogue(root).families[-1] == "petition"


def test_a_full_family_goes_on_in_the_next_free_thousand(root: Path) -> None:
    (root / "registered" / "3017.json").rename(root / "registered" / "3999.json")
    _edit(root / "registered" / "3999.json", lambda text: text.replace('"id": 3017', '"id": 3999'))
    _edit(root / "catalogue.toml", lambda text: text.replace("3017", "3999"))
    (root / "registered" / "SHA256SUMS").unlink()
    from schemas.history import write_sums

    write_sums(root)
    _edit(root / "avro" / "dispute" / "DisputeClosed.avsc", _with_field)
    assert [each.id for each in plan(root)] == [4001]


def test_an_id_is_never_given_twice(root: Path) -> None:
    _edit(root / "avro" / "exchange" / "ReferralClosed.avsc", _with_field)
    register(root)
    (root / "registered" / "2036.json").unlink()
    _edit(root / "catalogue.toml", lambda text: text.replace(", 2036", ""))
    assert "registered/2036.json is gone" in review(root).broken


def test_nothing_is_registered_while_something_is_refused(root: Path) -> None:
    _edit(root / "avro" / "exchange" / "ReferralClosed.avsc", _with_field)
    _edit(root / "avro" / "exchange" / "ReferralSent.avsc", lambda text: text.replace('"sent_on"', '"posted_on"'))
    with pytest.raises(InvalidInput, match="refused"):
        register(root)
    assert not (root / "registered" / "2036.json").exists()


TAMPERING: dict[str, tuple[Callable[[Path], None], str]] = {
    "a frozen file changed": (
        lambda root: _edit(root / "registered" / "1018.json", lambda text: text.replace("处罚决定", "决定")),
        "registered/1018.json was changed",
    ),
    "a frozen file gone": (lambda root: (root / "registered" / "1018.json").unlink(), "registered/1018.json is gone"),
    "a file slipped in": (
        lambda root: shutil.copy(root / "registered" / "1018.json", root / "registered" / "1035.json") and None,
        "registered/1035.json is not in SHA256SUMS",
    ),
    "an id removed from the catalogue": (
        lambda root: _edit(root / "catalogue.toml", lambda text: text.replace("DecisionMade = [1018]\n", "")),
        "registered/1018.json is not in catalogue.toml",
    ),
    "an id given to another": (
        lambda root: _edit(
            root / "catalogue.toml", lambda text: text.replace("DecisionMade = [1018]", "DecisionMade = [1017]")
        ),
        "id 1017 is listed twice",
    ),
    "an id that never was": (
        lambda root: _edit(root / "catalogue.toml", lambda text: text.replace("[1018]", "[1018, 1999]")),
        "id 1999 of DecisionMade was never registered",
    ),
    "ids swapped": (
        lambda root: _edit(
            root / "catalogue.toml", lambda text: text.replace("1018", "X").replace("1019", "1018").replace("X", "1019")
        ),
        "id 1019 is NoPenaltyDecided version 1",
    ),
    "the list of hashes gone": (lambda root: (root / "registered" / "SHA256SUMS").unlink(), "is not in SHA256SUMS"),
}


@pytest.mark.parametrize(("tamper", "said"), TAMPERING.values(), ids=TAMPERING)
def test_tampering_with_the_past_is_seen(root: Path, tamper: Callable[[Path], None], said: str) -> None:
    tamper(root)
    found = review(root)
    assert not found.ok
    assert any(said in text for text in found.broken)
    with pytest.raises(InvalidInput):
        plan(root)


def test_an_avro_file_that_went_away_is_named(root: Path) -> None:
    (root / "avro" / "enforcement" / "FinePaid.avsc").unlink()
    found = review(root)
    assert not found.ok
    assert [finding.event_type for finding in found.findings] == ["FinePaid"]


def test_an_event_type_can_not_move_to_another_family(root: Path) -> None:
    (root / "avro" / "enforcement" / "FinePaid.avsc").rename(root / "avro" / "exchange" / "FinePaid.avsc")
    assert "REFUSED" in {v.status.value for v in review(root).verdicts if v.name == "FinePaid"}


def test_broken_files_are_findings_not_crashes(root: Path) -> None:
    (root / "avro" / "enforcement" / "FinePaid.avsc").write_text("{", encoding="utf-8")
    _edit(
        root / "avro" / "dispute" / "DisputeClosed.avsc",
        lambda text: text.replace("cn.lianzhi.DisputeCloseKind", "cn.lianzhi.Nothing"),
    )
    found = review(root)
    assert {finding.event_type for finding in found.findings} == {"FinePaid", "DisputeClosed"}
    (root / "catalogue.toml").write_text("[enforcement", encoding="utf-8")
    with pytest.raises(FatalError, match=r"catalogue\.toml"):
        review(root)


def test_a_shared_type_inside_itself_is_a_recursion(root: Path) -> None:
    _edit(
        root / "avro" / "types" / "Actor.avsc",
        lambda text: text.replace('"unit", "type": ["null", "string"]', '"unit", "type": ["null", "cn.lianzhi.Actor"]'),
    )
    assert any("recursion" in finding.en for finding in review(root).findings)


def test_judge_of_a_new_event_type() -> None:
    assert judge("New", [], {"type": "record", "name": "New", "fields": []}) == (Status.NEW_TYPE, ())
