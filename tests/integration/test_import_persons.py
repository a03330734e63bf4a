"""Importing files with natural persons, as a user types it: nothing of them is anywhere in clear, whatever happens."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import date
from pathlib import Path

import pytest

from infra.errors import RetryableError
from infra.persons.keys import ensure_zone_key
from infra.persons.person import PersonInput
from infra.persons.reader import open_person
from infra.persons.vault import Vault
from infra.settings import Settings, load_settings
from producers.importers.one_import import hold
from schemas.identifiers import uscc
from schemas.identifiers.citizen_id import make_synthetic
from tests.support.imports import counts, outbox_events, rejects, run_import_command, start_import, tokeniser_process
from tests.support.leaks import assert_files_clean, assert_no_trace
from tests.support.shuanggongshi import Style, cells, organisation, person, table, write_csv, write_xlsx
from tests.support.wait import wait_until

NAME, OTHER, MINOR, KEEPER = "欧阳震华甲", "端木试样乙", "司徒未成丙", "慕容试丁"
NUMBER = make_synthetic(date(1983, 5, 17), 15)
OTHER_NUMBER = make_synthetic(date(1990, 2, 3), 21)
MINOR_NUMBER = make_synthetic(date(2011, 9, 1), 33)
KEEPER_NUMBER = make_synthetic(date(1975, 12, 24), 44)
STORY = "在塘东街九十九号门前摆摊"
AROUND = (f"{KEEPER}（个体户）", f"{KEEPER}(个体工商户)", f"个体户{KEEPER}", f"业主{KEEPER}", f"{KEEPER} 个体工商户")
SECRETS = (NAME, OTHER, MINOR, KEEPER, NUMBER, OTHER_NUMBER, MINOR_NUMBER, KEEPER_NUMBER, STORY, "13900139000")
DECISIONS = [
    organisation(1),
    organisation(
        2, representative=KEEPER, representative_id_number=KEEPER_NUMBER, facts=f"{KEEPER}（{KEEPER_NUMBER}）在场"
    ),
    person(3, NAME, facts=f"{NAME}{STORY}，电话13900139000").with_(person_id_number=NUMBER),
    person(4, NAME, violation=f"{NAME}无照经营").with_(person_id_number=NUMBER),
    person(5, OTHER).with_(person_id_number=OTHER_NUMBER),
    person(6, MINOR, kinds=("警告",), fine_yuan=0).with_(person_id_number=MINOR_NUMBER),
    person(7, "王*").with_(person_id_number="3304**********0014"),
    organisation(8, party_name=KEEPER, party_kind="个体工商户", uscc="", person_id_number=KEEPER_NUMBER),
    organisation(9, party_name=OTHER, party_kind="法人及非法人组织", uscc=OTHER_NUMBER),
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "lianzhi.toml").write_text("[tokeniser]\ntimeout_seconds = 1\n", encoding="utf-8")
    ensure_zone_key(home)
    return load_settings(home, env={})


@pytest.fixture
def tokeniser(settings: Settings) -> Iterator[None]:
    with tokeniser_process(settings):
        yield


@pytest.mark.usefixtures("tokeniser")
def test_persons_are_known_again_and_nowhere_in_clear(settings: Settings, tmp_path: Path) -> None:
    rows = table(DECISIONS)
    columns = {heading: place for place, heading in enumerate(rows[0])}
    shifted = list(rows[3])
    shifted[columns["CF_WSH"]] = NUMBER  # a row whose columns slipped
    shifted[columns["CF_JDRQ"]] = NAME
    shifted[columns["CF_NR_FK"]] = OTHER_NUMBER
    stray = ["", NAME, NUMBER]
    files = tmp_path / "files"
    files.mkdir()
    file = write_csv(files / "a.csv", [*rows, shifted, stray], "gb18030")

    code, answer, printed = run_import_command(settings.home, file)
    assert code == 3
    assert counts(answer) == (9, 0, 0, 2)
    assert {row["line"] for row in rejects(answer)} == {"11", "12"}
    assert_no_trace(SECRETS, printed, Path(answer["reject_file"]).read_bytes())
    assert assert_files_clean(settings.home, SECRETS) > 5

    told = {int(event["decision_id"].rpartition("〕")[2][:-1]): event for event in outbox_events(settings)}
    parties = {serial: event["party"] for serial, event in told.items()}
    assert parties[3]["token"] == parties[4]["token"] != parties[5]["token"] is not None
    assert parties[9]["token"] == parties[5]["token"], "a number in the wrong column is a number all the same"
    assert parties[9]["uscc"] is None
    assert parties[7]["token"] is None
    assert parties[7]["sealed"]
    assert parties[2]["representative_token"] == parties[8]["token"]
    assert parties[8]["kind"] == "INDIVIDUAL_BUSINESS"
    assert parties[8]["name"] is None
    assert parties[3]["birth_band"] == "1980-1984"
    assert (parties[6]["age_group"], told[6]["meta"]["dissemination"]) == ("UNDER_14", "NONE")
    assert {told[serial]["meta"]["dissemination"] for serial in (1, 2, 3, 5)} == {"FULL"}
    assert [told[serial]["facts"] for serial in (3, 6)] == [None, None]
    assert told[2]["facts"] == "〔已隐去〕（〔已隐去〕）在场"
    assert told[4]["item_name"] == "〔已隐去〕无照经营"

    vault = Vault(settings.home, "330421")
    event_id = str(told[3]["meta"]["event_id"])
    opened = open_person(vault, event_id, "party", parties[3]["sealed"], purpose="test", asked_by="test")
    vault.close()
    assert isinstance(opened, PersonInput)
    clear = opened.clear_json().decode()
    assert NAME in clear
    assert STORY in clear


@pytest.mark.usefixtures("tokeniser")
def test_one_column_of_numbers_behind_the_representative_serves_persons_and_companies(
    settings: Settings, tmp_path: Path
) -> None:
    decisions = [
        person(1, MINOR, kinds=("警告",), fine_yuan=0, person_id_number="", representative_id_number=MINOR_NUMBER),
        person(2, NAME, person_id_number="", representative=NAME, representative_id_number=NUMBER),
        organisation(3, representative=NAME, representative_id_number=NUMBER),
    ]
    header, *rows = table(decisions, Style("中文"))
    kept = [place for place, heading in enumerate(header) if heading not in ("证件类型", "证件号码")]
    shared = {"法定代表人证件类型": "证件类型", "法定代表人证件号码": "证件号码"}
    lines = [[shared.get(heading, heading) for heading in header], *rows]
    file = write_csv(tmp_path / "a.csv", [[line[place] for place in kept] for line in lines])
    code, answer, _ = run_import_command(settings.home, file)
    assert (code, counts(answer)) == (0, (3, 0, 0, 0))
    minor, grown, company = outbox_events(settings)
    assert (minor["party"]["age_group"], minor["meta"]["dissemination"]) == ("UNDER_14", "NONE")
    assert minor["party"]["token"] is not None
    assert grown["party"]["token"] == company["party"]["representative_token"] is not None
    assert company["party"]["token"] is None
    assert_files_clean(settings.home, SECRETS)


@pytest.mark.usefixtures("tokeniser")
def test_the_same_persons_written_otherwise_are_known_and_changes_are_corrections(
    settings: Settings, tmp_path: Path
) -> None:
    run_import_command(settings.home, write_csv(tmp_path / "a.csv", table(DECISIONS)))
    again = write_xlsx(tmp_path / "b.xlsx", [["公示"], *table(DECISIONS, Style("中文", "[{}]", "；", padded=True))])
    code, answer, _ = run_import_command(settings.home, again)
    assert (code, counts(answer)) == (0, (0, 9, 0, 0))
    changed = [*DECISIONS[:2], DECISIONS[2].with_(person_id_number=OTHER_NUMBER), *DECISIONS[3:]]
    code, answer, _ = run_import_command(settings.home, write_csv(tmp_path / "c.csv", table(changed)))
    assert (code, counts(answer)) == (0, (0, 8, 1, 0))
    first, corrected = outbox_events(settings)[2], outbox_events(settings)[9]
    assert corrected["meta"]["fact_id"] == first["meta"]["event_id"]
    assert corrected["meta"]["revision"] == 2
    assert corrected["party"]["token"] != first["party"]["token"]


@pytest.mark.usefixtures("tokeniser")
def test_what_stands_around_a_name_or_only_in_words_gives_nobody_away(settings: Settings, tmp_path: Path) -> None:
    household = uscc.make("92", "330421", 78)
    words = {"facts": f"当事人{KEEPER}占道", "violation": f"{KEEPER}占道"}
    business = {"party_kind": "个体工商户", "uscc": household, "person_id_number": KEEPER_NUMBER, **words}
    decisions = [
        *(organisation(serial, party_name=name, **business) for serial, name in enumerate(AROUND, 1)),
        person(7, MINOR, person_id_number="", facts=f"{MINOR}，男，15岁"),
        person(8, MINOR, person_id_number="", remarks="未成年"),
        person(9, f"{MINOR}（2010年5月生）", person_id_number=""),
    ]
    file = write_csv(tmp_path / "a.csv", table(decisions))
    code, answer, printed = run_import_command(settings.home, file)
    assert (code, counts(answer)) == (0, (len(AROUND) + 3, 0, 0, 0))
    assert b"BUSINESS_NAMED_AFTER_PERSON" in printed
    *businesses, first, second, third = outbox_events(settings)
    assert {event["party"]["name"] for event in businesses} == {None}
    assert len({event["party"]["representative_token"] for event in businesses}) == 1
    assert {event["facts"] for event in businesses} == {"当事人〔已隐去〕占道"}
    assert [event["meta"]["dissemination"] for event in (first, second, third)] == ["NONE"] * 3
    assert_no_trace(SECRETS, printed)
    assert_files_clean(settings.home, SECRETS)


def test_without_the_tokeniser_nothing_is_stored_half_and_the_file_is_imported_later(
    settings: Settings, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "a.csv", table(DECISIONS))
    code, answer, printed = run_import_command(settings.home, file)
    assert (code, answer) == (1, {})
    assert "令牌服务" in printed.decode()
    assert "没有运行" in printed.decode()
    assert "is not running" in printed.decode()
    assert "officers (handlers)" in printed.decode()
    assert_no_trace(SECRETS, printed)
    assert outbox_events(settings) == []
    assert_files_clean(settings.home, SECRETS)
    with tokeniser_process(settings):
        code, answer, _ = run_import_command(settings.home, file)
    assert (code, counts(answer)) == (0, (9, 0, 0, 0))


def test_what_failed_without_the_tokeniser_and_was_mended_since_is_no_correction(
    settings: Settings, tmp_path: Path
) -> None:
    decisions = [person(3, NAME), person(4, OTHER)]
    code, *_ = run_import_command(settings.home, write_csv(tmp_path / "a.csv", table(decisions)))
    assert code == 1
    mended = write_csv(tmp_path / "b.csv", table([each.with_(fine_yuan=700) for each in decisions]))
    with tokeniser_process(settings):
        code, answer, _ = run_import_command(settings.home, mended)
    assert (code, counts(answer)) == (0, (2, 0, 0, 0))
    assert [event["meta"]["revision"] for event in outbox_events(settings)] == [1, 1]


@pytest.mark.faults
@pytest.mark.usefixtures("tokeniser")
@pytest.mark.parametrize(
    ("point", "revisions"),
    [
        ("import.after_claim", [1] * 9),
        ("outbox.before_commit", [1] * 9),
        ("outbox.after_commit", [1] * 9 + [2]),
        ("import.after_publish", [1] * 9 + [2]),
    ],
)
def test_killed_anywhere_and_then_told_otherwise_only_what_was_published_is_corrected(
    settings: Settings, tmp_path: Path, point: str, revisions: list[int]
) -> None:
    process = start_import(settings.home, write_csv(tmp_path / "a.csv", table(DECISIONS)), fault=point)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    changed = write_csv(tmp_path / "b.csv", table([*DECISIONS[:2], DECISIONS[2].with_(fine_yuan=700), *DECISIONS[3:]]))
    code, _, _ = run_import_command(settings.home, changed)
    assert code == 0
    told = outbox_events(settings)
    assert [event["meta"]["revision"] for event in told] == revisions
    assert {event["meta"]["fact_id"] for event in told} <= {event["meta"]["event_id"] for event in told}


@pytest.mark.faults
@pytest.mark.usefixtures("tokeniser")
@pytest.mark.parametrize(
    "point", ["import.after_claim", "import.after_publish", "import.after_settle", "outbox.before_commit"]
)
def test_killed_anywhere_nothing_is_lost_or_told_twice(settings: Settings, tmp_path: Path, point: str) -> None:
    file = write_csv(tmp_path / "a.csv", table(DECISIONS))
    process = start_import(settings.home, file, fault=point)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    code, answer, _ = run_import_command(settings.home, file)
    assert code == 0
    assert sum(counts(answer)[:2]) == 9
    assert len(outbox_events(settings)) == 9
    changed = write_csv(tmp_path / "b.csv", table([DECISIONS[0].with_(fine_yuan=700), *DECISIONS[1:]]))
    process = start_import(settings.home, changed, fault=point)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    code, answer, _ = run_import_command(settings.home, changed)
    assert code == 0
    told = outbox_events(settings)
    assert len(told) == 10
    assert [event["meta"]["revision"] for event in told] == [1] * 9 + [2]
    assert counts(run_import_command(settings.home, changed)[1]) == (0, 9, 0, 0)
    assert_files_clean(settings.home, SECRETS)


@pytest.mark.faults
@pytest.mark.usefixtures("tokeniser")
def test_workers_beside_killed_amid_the_file(settings: Settings, tmp_path: Path) -> None:
    decisions = [organisation(serial, facts="当事人占道经营" * 30) for serial in range(1, 5_001)]
    decisions[2_000] = person(2_001, NAME, facts=STORY)
    rows = table(decisions)
    rows[100:100] = [["x", "", "y"]]
    file = write_csv(tmp_path / "a.csv", rows)
    assert file.stat().st_size > 1 << 20, "large enough for workers beside"
    process = start_import(settings.home, file)
    wait_until(lambda: _stored(settings) > 0, seconds=240, every=0.02, what="the first batch")
    process.kill()
    process.communicate()
    wait_until(lambda: not _working(settings), seconds=60, what="the workers' end")
    before = _stored(settings)
    assert 0 < before < 5_000
    code, answer, printed = run_import_command(settings.home, file)
    assert code == 3
    published, already, corrected, rejected = counts(answer)
    assert (published + already, corrected, rejected) == (5_000, 0, 1)
    assert published <= 5_000 - before, "what the killed workers published in their last moment is recognised too"
    told = outbox_events(settings)
    assert len(told) == len({event["decision_id"] for event in told}) == 5_000
    assert [row["line"] for row in rejects(answer)] == ["101"]
    assert counts(run_import_command(settings.home, file)[1]) == (0, 5_000, 0, 1)
    assert_no_trace(SECRETS, printed)
    assert_files_clean(settings.home, SECRETS)


def test_what_a_test_row_holds() -> None:
    assert STORY in cells(DECISIONS[2])["facts"]


def _stored(settings: Settings) -> int:
    """Events in the outbox, without getting in its way."""
    stored = 0
    for file in (settings.home / "outbox").glob("*.sqlite"):
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db, suppress(sqlite3.OperationalError):
            stored += db.execute("SELECT count(*) FROM entry").fetchone()[0]  # fails while it is being made
    return stored


def _working(settings: Settings) -> bool:
    """Whether a worker still keeps further imports away."""
    try:
        hold(settings.home, "jiashan.gongshi").close()
    except RetryableError:
        return True
    return False
