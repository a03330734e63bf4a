"""A whole import of organisations' rows: counts, rejects, corrections, without any other process."""

from __future__ import annotations

import csv
import pickle
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infra.errors import InvalidInput
from infra.settings import Settings, load_settings
from producers.importers.columns import Column
from producers.importers.ledger import Ledger
from producers.importers.problems import CellProblem, Reject
from producers.importers.rejects import HEADER, neutral
from producers.importers.run import ImportReport, ImportRequest, run_import
from producers.outbox_file import OutboxFile
from schemas import wire
from schemas.identifiers.money import Unit
from tests.support.drafts import HandClock
from tests.support.shuanggongshi import AGENCY, CHINESE, Style, cells, organisation, table, write_csv, write_xlsx

PUBLISHER = "jiashan.gongshi"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "home", env={})


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def imported(settings: Settings, file: Path, clock: HandClock | None = None, **changes: Any) -> ImportReport:
    request = replace(ImportRequest(file, "330421", PUBLISHER), **changes)
    return run_import(settings, request, clock=clock or HandClock())


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    assert report.rows == report.published + report.already_published + report.corrected + report.rejected
    return report.published, report.already_published, report.corrected, report.rejected


def events(settings: Settings, publisher: str = PUBLISHER) -> list[dict[str, Any]]:
    """Every event of the outbox, in order."""
    outbox = OutboxFile(settings.home, publisher)
    with outbox.reading() as db:
        values = [value for (value,) in db.execute("SELECT value FROM entry ORDER BY sequence")]
    outbox.close()
    return [wire.decode(value) for value in values]


def rejects(report: ImportReport) -> list[dict[str, str]]:
    assert report.reject_file is not None
    with report.reject_file.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_file_imported_again_publishes_nothing(settings: Settings, tmp_path: Path, clock: HandClock) -> None:
    decisions = [organisation(serial) for serial in range(1, 21)]
    file = write_csv(tmp_path / "a.csv", table(decisions))
    assert counts(imported(settings, file, clock)) == (20, 0, 0, 0)
    told = events(settings)
    assert len(told) == 20
    assert {event["source"] for event in told} == {"PUBLICATION_FILE"}
    assert len({event["meta"]["event_id"] for event in told}) == 20
    clock.forward(86_400)
    assert counts(imported(settings, file, clock)) == (0, 20, 0, 0)
    for style in (Style("中文", "[{}]", "；", "%Y年{m}月{d}日", padded=True), Style(bracket="【{}】", separator="")):
        again = write_xlsx(tmp_path / "b.xlsx", [["公示"], *table(decisions, style), ["备注：完"]])
        assert counts(imported(settings, again, clock)) == (0, 20, 0, 0), "however it is written"
    assert len(events(settings)) == 20


def test_a_changed_row_is_a_correction_of_the_same_fact(settings: Settings, tmp_path: Path, clock: HandClock) -> None:
    decisions = [organisation(serial) for serial in range(1, 4)]
    imported(settings, write_csv(tmp_path / "a.csv", table(decisions)), clock)
    clock.forward(3600)
    decisions[1] = decisions[1].with_(fine_yuan=5000)
    file = write_csv(tmp_path / "b.csv", table([*decisions, organisation(9)]))
    assert counts(imported(settings, file, clock)) == (1, 2, 1, 0)
    first, corrected = events(settings)[1], events(settings)[3]
    assert corrected["meta"]["revision"] == 2
    assert corrected["meta"]["fact_id"] == first["meta"]["fact_id"] == first["meta"]["event_id"]
    assert corrected["meta"]["stream_id"] == first["meta"]["stream_id"]
    assert corrected["meta"]["recorded_at"] > first["meta"]["recorded_at"]
    assert [str(penalty["amount"]) for penalty in corrected["penalties"]] == ["None", "5000.00"]
    assert counts(imported(settings, file, clock)) == (0, 4, 0, 0)


def stamped(folder: Path, stamp: str, fine: int, heading: str = "时间戳") -> Path:
    """A file of one decision with a column of time stamps."""
    header, row = table([organisation(1, fine_yuan=fine)])
    return write_csv(folder / "stamped.csv", [[*header, heading], [*row, stamp]])


@pytest.mark.parametrize("heading", ["时间戳", "数据更新时间戳", "SJC"])
def test_an_older_file_corrects_nothing(settings: Settings, tmp_path: Path, clock: HandClock, heading: str) -> None:
    new = stamped(tmp_path, "2025-05-02", 2000, heading)
    assert counts(imported(settings, new, clock)) == (1, 0, 0, 0)
    old = stamped(tmp_path, "2025-05-01", 100, heading)
    for rehearse in (True, False, False):
        report = imported(settings, old, clock, rehearse=rehearse)
        assert counts(report) == (0, 1, 0, 0)
        assert {flag.code: count for flag, count in report.flags.items()} == {"OLDER_THAN_PUBLISHED": 1}
    assert [event["meta"]["revision"] for event in events(settings)] == [1]
    newest = stamped(tmp_path, "2025-05-03 08:00:00", 300, heading)
    assert counts(imported(settings, newest, clock)) == (0, 0, 1, 0)
    assert str(events(settings)[-1]["penalties"][1]["amount"]) == "300.00"


def test_a_stamp_of_the_future_or_none_at_all_keeps_nothing_away(
    settings: Settings, tmp_path: Path, clock: HandClock
) -> None:
    for stamp, expected in (
        ("2031-05-02", (1, 0, 0, 0)),
        ("2025-05-01", (0, 0, 1, 0)),
        ("", (0, 0, 1, 0)),
        ("2025-04-01", (0, 0, 1, 0)),
        ("昨天", (0, 0, 1, 0)),
    ):
        fine = 100 + len(events(settings)) if stamp != "2031-05-02" else 99
        assert counts(imported(settings, stamped(tmp_path, stamp, fine), clock)) == expected, stamp


def test_a_lost_ledger_costs_nothing_for_rows_never_corrected(
    settings: Settings, tmp_path: Path, clock: HandClock
) -> None:
    file = write_csv(tmp_path / "a.csv", table([organisation(serial) for serial in range(1, 6)]))
    imported(settings, file, clock)
    for part in (settings.home / "imports").iterdir():
        part.unlink()
    clock.forward(3600)
    assert counts(imported(settings, file, clock)) == (0, 5, 0, 0)
    assert counts(imported(settings, file, clock)) == (0, 5, 0, 0)
    assert len(events(settings)) == 5


def test_a_lost_outbox_is_told_again_under_the_same_ids(settings: Settings, tmp_path: Path, clock: HandClock) -> None:
    file = write_csv(tmp_path / "a.csv", table([organisation(serial) for serial in range(1, 6)]))
    imported(settings, file, clock)
    before = [event["meta"] for event in events(settings)]
    for part in (settings.home / "outbox").glob(f"{PUBLISHER}.*.sqlite*"):
        part.unlink()
    clock.forward(3600)
    assert counts(imported(settings, file, clock)) == (5, 0, 0, 0)
    after = [event["meta"] for event in events(settings)]
    assert [(m["event_id"], m["recorded_at"]) for m in after] == [(m["event_id"], m["recorded_at"]) for m in before]
    assert {m["epoch"] for m in after} != {m["epoch"] for m in before}
    assert counts(imported(settings, file, clock)) == (0, 5, 0, 0)


def test_bad_rows_go_to_a_file_and_good_ones_on(settings: Settings, tmp_path: Path) -> None:
    rows = table([organisation(serial) for serial in range(1, 9)], Style("中文"))
    place = {heading: place for place, heading in enumerate(rows[0])}
    rows[2][place[CHINESE["document_number"]]] = ""
    rows[3][place[CHINESE["decided_on"]]] = "2025-02-30"
    rows[4][place[CHINESE["fine"]]] = "不详"
    rows[5][place[CHINESE["agency"]]] = ""
    rows[6][place[CHINESE["kinds"]]] = "责令改正"
    rows[6][place[CHINESE["fine"]]] = rows[6][place[CHINESE["penalty_text"]]] = ""
    rows[7][place[CHINESE["decided_on"]]] = "2031-01-01"
    rows = [["嘉善县行政处罚公示表"], [], *rows, ["合计", "", "8"], [], ["制表人：某某"]]
    file = write_csv(tmp_path / "a.csv", rows, "gb18030")
    report = imported(settings, file)
    assert counts(report) == (2, 0, 0, 6)
    assert report.ignored_lines == 2
    assert report.reject_file == tmp_path / "a.csv.rejects.csv"
    found = rejects(report)
    assert [int(row["line"]) for row in found] == [5, 6, 7, 8, 9, 10]
    assert [row["field"] for row in found] == [
        "行政处罚决定书文号",
        "处罚决定日期",
        "罚款金额（万元）",
        "处罚机关统一社会信用代码",
        "处罚类别",
        "处罚决定日期",
    ]
    assert found[0]["document_number"] == ""
    assert found[1]["document_number"] == "善综执罚决字〔2025〕第3号", "as it stands in the file"
    assert all("|" in row["reason"] for row in found)
    assert len({event["decision_id"] for event in events(settings)}) == 2


def test_the_reject_file_follows_the_newest_import(settings: Settings, tmp_path: Path) -> None:
    bad = [*table([organisation(1)]), ["x"]]
    file = write_csv(tmp_path / "a.csv", bad)
    beside = tmp_path / "a.csv.rejects.csv"
    assert counts(imported(settings, file)) == (1, 0, 0, 1)
    assert beside.exists()
    write_csv(file, table([organisation(1)]))
    report = imported(settings, file)
    assert counts(report) == (0, 1, 0, 0)
    assert report.reject_file is None
    assert not beside.exists()
    beside.write_text("somebody else's", encoding="utf-8")
    imported(settings, file)
    assert beside.read_text(encoding="utf-8") == "somebody else's"
    assert not list(tmp_path.glob(".*")), "no draft is left"


def test_rejects_may_go_elsewhere_but_never_over_the_input(settings: Settings, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", [*table([organisation(1)]), ["x"]])
    report = imported(settings, file, rejects=tmp_path / "r.csv")
    assert report.reject_file == tmp_path / "r.csv"
    assert (tmp_path / "r.csv").read_bytes().startswith(b"\xef\xbb\xbf" + ",".join(HEADER).encode())
    for target in (file, tmp_path / "nowhere" / "r.csv"):
        with pytest.raises(InvalidInput):
            imported(settings, file, rejects=target)
    assert len(file.read_bytes()) > 100


def test_cells_of_the_reject_file_are_no_formulas() -> None:
    for text in ("=1+1", "+1", "-1", "@x", "＝1", "\t=1"):
        assert neutral(text).startswith("'"), text
    assert neutral("a\r\nb") == "a b"


def test_one_decision_on_two_lines(settings: Settings, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", table([organisation(1), organisation(1), organisation(1, fine_yuan=900)]))
    for expected in ((1, 1, 0, 1), (0, 2, 0, 1)):
        report = imported(settings, file)
        assert counts(report) == expected
        assert rejects(report)[0]["line"] == "4"
        assert "第 2 行" in rejects(report)[0]["reason"]
    assert len(events(settings)) == 1


def test_a_rehearsal_says_what_would_be_and_does_nothing(settings: Settings, tmp_path: Path) -> None:
    decisions = [organisation(serial) for serial in range(1, 4)]
    file = write_csv(tmp_path / "a.csv", [*table(decisions), ["x"]])
    assert counts(imported(settings, file, rehearse=True)) == (3, 0, 0, 1)
    assert not settings.home.exists() or not list(settings.home.rglob("*.*"))
    imported(settings, file)
    changed = write_csv(tmp_path / "b.csv", table([decisions[0].with_(fine_yuan=100), *decisions[1:], organisation(7)]))
    assert counts(imported(settings, changed, rehearse=True)) == (1, 2, 1, 0)
    assert counts(imported(settings, changed)) == (1, 2, 1, 0)


def test_both_kinds_of_publishers_may_import_and_meet_in_one_decision(settings: Settings, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", table([organisation(1)]))
    imported(settings, file)
    imported(settings, file, publisher="jiashan.zhifa")
    told = [*events(settings), *events(settings, "jiashan.zhifa")]
    assert len({event["decision_id"] for event in told}) == 1
    assert len({event["meta"]["stream_id"] for event in told}) == 1
    assert len({event["meta"]["event_id"] for event in told}) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"region": "310118"}, "jiashan.gongshi publishes for 330421"),
        ({"region": "999999"}, "unknown region"),
        ({"publisher": "jiashan.nobody"}, "unknown publisher"),
        ({"publisher": "jiashan.tiaojie"}, "no decisions on penalties"),
        ({"agency": "123"}, "--agency"),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_done(
    settings: Settings, tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    file = write_csv(tmp_path / "a.csv", table([organisation(1)]))
    with pytest.raises(InvalidInput, match=words) as caught:
        imported(settings, file, **changes)
    assert caught.value.zh
    assert not (settings.home / "outbox").exists()


def test_a_slug_names_a_region_too(settings: Settings, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", table([organisation(1)]))
    assert counts(imported(settings, file, region="jiashan")) == (1, 0, 0, 0)


def test_the_form_of_2016_needs_an_agency(settings: Settings, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", table([organisation(1), organisation(2)], Style("2016")))
    with pytest.raises(InvalidInput, match="CF_CFJGDM") as caught:
        imported(settings, file)
    assert "--agency" in caught.value.hint
    report = imported(settings, file, agency=AGENCY)
    assert counts(report) == (2, 0, 0, 0)
    assert {flag.code for flag in report.flags} == {"AMOUNT_FROM_TEXT"}
    assert events(settings)[0]["decision_id"].startswith(AGENCY)


def test_wrong_check_digits_are_accepted_and_counted(settings: Settings, tmp_path: Path) -> None:
    decisions = [organisation(serial, uscc="91350211M0000XUF46") for serial in range(1, 4)]
    report = imported(settings, write_csv(tmp_path / "a.csv", table([*decisions, organisation(9)])))
    assert counts(report) == (4, 0, 0, 0)
    assert [(flag.code, count) for flag, count in report.flags.items()] == [("USCC", 3)]
    assert [event["party"]["uscc"] for event in events(settings)][:3] == ["91350211M0000XUF46"] * 3


def test_amounts_without_a_unit(settings: Settings, tmp_path: Path) -> None:
    headings = dict(CHINESE) | {"fine": "罚款金额"}
    row = cells(organisation(1)) | {"fine": "2000", "penalty_text": ""}
    rows = [list(headings.values()), [row.get(name, "") for name in headings]]
    report = imported(settings, write_csv(tmp_path / "a.csv", rows), unit=Unit.YUAN)
    assert counts(report) == (1, 0, 0, 0)
    assert str(events(settings)[0]["penalties"][1]["amount"]) == "2000.00"


@pytest.mark.parametrize(
    ("headings", "given", "fine"),
    [
        (("罚款金额（万元）", "罚款金额（万元）"), ("0.1", "0.9"), None),
        (("罚款金额（万元）", "罚款金额（万元）"), ("0.1", "0.10"), "1000.00"),
        (("罚款金额（万元）", "罚款金额（万元）"), ("", "0.9"), "9000.00"),
        (("罚款金额（万元）", "罚款金额（万元）"), ("0", "0.9"), "9000.00"),
        (("罚款金额（万元）", "罚款金额（元）"), ("", "900"), "900.00"),
        (("罚款金额（元）", "罚款金额（万元）"), ("1000", "0.1"), "1000.00"),
        (("罚款金额（元）", "罚款金额（万元）"), ("1000", "1000"), None),
        (("罚款金额", "罚款金额（元）"), ("0.1", ""), "1000.00"),
        (("罚款金额", "罚款金额（元）"), ("0.1", "1000"), None),
        (("罚款金额", "罚款金额（元）"), ("1000元", "1000"), "1000.00"),
        (("罚款金额", "罚款金额"), ("0.1", "1000元"), None),
        (("罚款金额（万元）", "罚款数额（万元）"), ("0.1", "很多"), None),
    ],
)
def test_two_columns_of_one_amount_lose_none(
    settings: Settings, tmp_path: Path, headings: tuple[str, str], given: tuple[str, str], fine: str | None
) -> None:
    rows = table([organisation(1)], Style("中文"))
    place = rows[0].index(CHINESE["fine"])
    for row, (first, second) in zip(rows, (headings, given), strict=True):
        row[place : place + 1] = [first, second]
    rows[1][rows[0].index("处罚内容")] = ""
    report = imported(settings, write_csv(tmp_path / "a.csv", rows))
    if fine is None:
        assert counts(report) == (0, 0, 0, 1)
        assert rejects(report)[0]["field"] == headings[0]
    else:
        assert counts(report) == (1, 0, 0, 0)
        assert str(events(settings)[0]["penalties"][1]["amount"]) == fine


def test_a_column_that_is_read_only_where_another_is_empty_is_told(settings: Settings, tmp_path: Path) -> None:
    rows = table([organisation(1)], Style("中文"))
    rows[0].append("案件名称")
    rows[1].append("另一案由")
    report = imported(settings, write_csv(tmp_path / "a.csv", rows))
    assert [name[:4] for name in report.ignored_columns] == ["案件名称"]
    assert events(settings)[0]["item_name"] == "擅自占用城市道路"


def test_what_the_source_says_about_its_time_is_when_it_was_recorded(
    settings: Settings, tmp_path: Path, clock: HandClock
) -> None:
    row = cells(organisation(1), Style("2016"))
    header = table([], Style("2016"))[0]
    for stamp, expected in (
        ("2025-04-01 08:00:00", "2025-04-01T00:00:00"),
        ("2031-01-01 08:00:00", "2026-03-01T01:30:00"),
    ):
        home = load_settings(tmp_path / stamp[:4], env={})
        names = [*cells_2016(), "updated_at"]
        rows = [header, [{**row, "updated_at": stamp}.get(name, "") for name in names[:-1]]]
        imported(home, write_csv(tmp_path / "a.csv", rows), clock, agency=AGENCY)
        assert events(home)[0]["meta"]["recorded_at"].isoformat().startswith(expected)


def cells_2016() -> Iterable[str]:
    from tests.support.shuanggongshi import CODES_2016

    return CODES_2016


def test_many_batches_keep_the_order_of_the_file(settings: Settings, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("producers.importers.run.BATCH_ROWS", 7)
    decisions = [organisation(serial, decided_on=date(2025, 1, 1)) for serial in range(1, 60)]
    rows = table(decisions)
    rows[30:30] = [["x"]]
    seen: list[tuple[int, int]] = []
    request = ImportRequest(write_csv(tmp_path / "a.csv", rows), "330421", PUBLISHER)
    report = run_import(settings, request, progress=lambda done, total: seen.append((done, total)), clock=HandClock())
    assert counts(report) == (59, 0, 0, 1)
    assert [event["decision_id"] for event in events(settings)] == [
        f"{AGENCY}|善综执罚决字〔2025〕{serial}号" for serial in range(1, 60)
    ]
    assert seen[-1][0] == 60
    assert all(done <= total for done, total in seen)


def test_an_empty_table_is_no_error(settings: Settings, tmp_path: Path) -> None:
    report = imported(settings, write_csv(tmp_path / "a.csv", [*table([]), ["备注：本月没有行政处罚"]]))
    assert counts(report) == (0, 0, 0, 0)
    assert report.ignored_lines == 1


def test_a_second_import_waits_for_nobody(settings: Settings, tmp_path: Path, clock: HandClock) -> None:
    from infra.errors import RetryableError

    file = write_csv(tmp_path / "a.csv", table([organisation(1)]))
    ledger = Ledger(settings.home, PUBLISHER, 1, lambda _: (), clock.now())
    with pytest.raises(RetryableError, match="another import"):
        imported(settings, file)
    ledger.close()
    assert counts(imported(settings, file)) == (1, 0, 0, 0)


def test_problems_travel_between_processes() -> None:
    problem = CellProblem(Column.FINE, "en", "zh")
    again = pickle.loads(pickle.dumps(Reject(7, "善罚〔2025〕1号", (problem,))))  # noqa: S301
    assert (again.line, again.document_number) == (7, "善罚〔2025〕1号")
    assert [(p.column, p.message, p.zh) for p in again.problems] == [(Column.FINE, "en", "zh")]
