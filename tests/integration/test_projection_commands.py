"""`lianzhi projections list|compare`, `lianzhi cuts`, and `lianzhi ask -o csv`, as a user meets them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from projections import questions
from projections.cut import vector_digest
from projections.definition import definitions
from projections.standing import standing_vector
from tests.support.cli import run_here
from tests.support.command import Outcome
from tests.support.event_rows import filed
from tests.support.projection_lab import ProjectionLab, projection_lab
from tests.support.question_units import AS_OF, fill, keys
from tests.support.stack import RunningStack

pytestmark = pytest.mark.servers

TOPIC = "lianzhi.enforcement.330421"


@pytest.fixture
def lab(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectionLab]:
    with projection_lab(tmp_path_factory.mktemp("commands") / "home", stack) as made:
        yield made


def run(lab: ProjectionLab, *words: str, code: int = 0) -> Outcome:
    told = run_here(lab.settings.home, *words)
    assert told.code == code, told
    assert "Traceback" not in told.err
    return told


def refused(lab: ProjectionLab, *words: str, zh: str, en: str, code: int = 1) -> None:
    """Said in both languages on stderr, nothing on stdout."""
    told = run(lab, *words, code=code)
    assert told.out == ""
    assert zh in told.err
    assert en in told.err


def test_projections_are_listed_with_how_far_they_are(lab: ProjectionLab) -> None:
    lab.log.append([filed(1, "c1"), filed(2, "c2")])
    lab.projector.tick()
    lab.log.append([filed(3, "c3")])
    listed = run(lab, "projections", "list", "-o", "json").json
    assert [(one["projection"], one["read"], one["building"]) for one in listed] == [
        (name, True, "") for name in definitions()
    ]
    cases = listed[0]
    assert (cases["table"], cases["rows"], cases["behind"]) == (definitions()["cases"].table(1), 2, 1)
    assert "|" in cases["title"]
    lines = list(csv.DictReader(io.StringIO(run(lab, "projections", "list", "-o", "csv").out, newline="")))
    assert [line["projection"] for line in lines] == list(definitions())
    assert "cases_v1" in run(lab, "projections", "list").out


def test_a_table_is_compared_with_one_that_was_folded_anew(lab: ProjectionLab) -> None:
    lab.log.append([filed(number, f"c{number}") for number in range(1, 6)])
    lab.projector.tick()
    refused(lab, "projections", "compare", "cases", zh="没有可比对的另一张表", en="no other table to compare with")
    refused(lab, "projections", "compare", "case", zh="没有投影", en="there is no projection", code=2)
    other = ("projections", "compare", "cases", "--with")
    for table in ("parties_v1", "cases_v7"):
        refused(lab, *other, table, zh="没有表", en="there are cases_v1", code=2)
    refused(
        lab, "projections", "switch", "cases", zh="没有可切换到的表", en="nothing to switch to: cases_v1 is the only"
    )
    run(lab, "projections", "rebuild", "cases")
    same = run(lab, "projections", "compare", "cases", "-o", "json").json
    assert (same["left"], same["right"], same["same"]) == ("cases_v1", "cases_v2", True)
    assert (same["left_rows"], same["right_rows"], same["differing_keys"]) == (5, 5, [])
    assert same["left_hash"] == same["right_hash"]
    lab.server.command("INSERT INTO cases_v2 (stream_id, region, has_facts, version) SELECT 'c3', 'x', 1, 1000000")
    told = run(lab, "projections", "compare", "cases", "-o", "json", code=3).json
    assert (told["same"], told["differing_keys"]) == (False, ["c3"])
    assert told["left_hash"] != told["right_hash"]
    run(lab, "projections", "compare", "cases", "--with", "cases_v2", code=3)
    listed = [one for one in run(lab, "projections", "list", "-o", "json").json if one["projection"] == "cases"]
    assert [(one["table"], one["read"]) for one in listed] == [("cases_v1", True), ("cases_v2", False)]
    for before in ("cases_v1", "cases_v2"):  # said again, it is done already
        told = run(lab, "projections", "switch", "cases", "-o", "json").json
        assert (told["before"], told["read"]) == (before, "cases_v2")


def test_cuts_are_added_and_listed(lab: ProjectionLab) -> None:
    assert run(lab, "cuts", "list", "-o", "json").json == []
    run(lab, "cuts", "list")
    lab.log.append([filed(1, "c1")])
    added = run(lab, "cuts", "add", "2026-01", "--as-of", "2026-01-31", "-o", "json").json
    assert (added["name"], added["as_of"], added["known_at"], added["events"]) == ("2026-01", "2026-01-31", None, 1)
    assert added["vector"] == {TOPIC: 1}
    assert run(lab, "cuts", "list", "-o", "json").json == [added]
    (line,) = csv.DictReader(io.StringIO(run(lab, "cuts", "list", "-o", "csv").out, newline=""))
    assert (line["name"], line["digest"]) == ("2026-01", added["digest"])


def test_a_name_that_is_taken_is_refused(lab: ProjectionLab) -> None:
    lab.log.append([filed(1, "c1")])
    first = run(lab, "cuts", "add", "report", "-o", "json").json
    lab.log.append([filed(2, "c2")])
    refused(lab, "cuts", "add", "report", zh="截面 'report' 已存在", en="there is a cut 'report' already", code=2)
    assert run(lab, "cuts", "list", "-o", "json").json == [first]
    second = run(lab, "cuts", "add", "report", "--replace", "-o", "json").json
    assert second["vector"] == {TOPIC: 2}
    assert run(lab, "cuts", "list", "-o", "json").json == [second]


def test_what_is_no_cut_is_said(lab: ProjectionLab) -> None:
    for name in ("2099-01-01", "20990101", "2099-01-01T12:00:00+08:00", "2099-W01"):
        refused(lab, "cuts", "add", name, zh="像是日期或时刻", en="reads as a time", code=2)
    refused(lab, "cuts", "add", " ", zh="不能作截面名称", en="is no name of a cut", code=2)
    refused(lab, "cuts", "add", "x", "--at", "2999-01-01T00:00:00Z", zh="尚未到来", en="has not come yet", code=2)
    refused(lab, "cuts", "add", "x", "--at", "2026-01-01T00:00:00", zh="带时区", en="with its offset", code=2)
    refused(lab, "cuts", "add", "x", "--as-of", "tomorrow", zh="--as-of 应写作", en="--as-of is a day", code=2)
    assert run(lab, "cuts", "list", "-o", "json").json == []


def test_a_csv_file_is_a_plain_table_that_says_what_it_is(lab: ProjectionLab) -> None:
    known = keys("transfer_acceptance")[:3]
    units = [(key, False) for key, size in zip(known, (3, 9, 30), strict=True) for _ in range(size)]
    fill(lab.server, "transfer_acceptance", units)
    words = ("ask", "7", "--as-of", AS_OF.isoformat(), "--param", "months=9", "-o", "csv")
    told = run(lab, *words)
    rows = list(csv.DictReader(io.StringIO(told.out, newline="")))
    asked = questions.question("transfer_acceptance")
    stamp = ("question", "parameters", "as_of", "known_at", "cut", "formula_version")
    assert tuple(rows[0]) == (*stamp, *asked.columns)
    assert len(rows) == 3
    for row in rows:
        assert (row["question"], row["as_of"], row["known_at"]) == (asked.name, AS_OF.isoformat(), "")
        assert (row["parameters"], row["formula_version"]) == ('{"months": 9, "exchange_form": ""}', "1")
        assert row["cut"] == vector_digest(standing_vector(lab.settings))
    assert [(row["n"], row["d"], row["suppressed"]) for row in rows] == [
        ("", "", "true"),
        ("", "", "true"),
        ("0", "30", "false"),
    ]
    assert "rows: 3" in told.err
    assert "suppressed rows: 2" in told.err
    assert "42" in told.err


def test_a_table_is_read_in_both_languages(lab: ProjectionLab) -> None:
    fill(lab.server, "transfer_acceptance", [(keys("transfer_acceptance")[0], True)] * 9)
    lab.log.append([filed(1, "c1")])
    lab.projector.tick()
    run(lab, "cuts", "add", "March", "--as-of", "2026-03-31")
    words = ("ask", "7", "--as-of", AS_OF.isoformat())
    table = run(lab, *words).out
    for text in (
        "发出区划 from_region",
        "分子 n",
        "被拒收 refused",
        "310118 青浦区",
        "320509 吴江区",
        "330421 嘉善县: 1",
    ):
        assert text in table
    assert "months=12, exchange_form=" in table
    versions = run(lab, *words, "-o", "json").json["policy_versions"]
    assert ", ".join(f"{name} {version}" for name, version in versions.items()) in table
    assert "青浦" not in run(lab, *words, "-o", "csv").out
    assert "编号 number" in run(lab, "ask").out
    assert "名称 name" in run(lab, "cuts", "list").out
    assert "投影 projection" in run(lab, "projections", "list").out


def test_a_csv_file_without_rows_has_its_header(lab: ProjectionLab) -> None:
    told = run(lab, "ask", "ninety_day_risk", "--as-of", AS_OF.isoformat(), "--evidence", "-o", "csv")
    (header,) = csv.reader(io.StringIO(told.out, newline=""))
    assert header[-3:] == ["suppressed", "event_ids", "n_event_ids"]
    assert "rows: 0" in told.err


def test_nothing_there_does_not_look_suppressed(lab: ProjectionLab) -> None:
    for name in questions.questions():
        told = run(lab, "ask", name, "--as-of", AS_OF.isoformat(), "-o", "json").json
        assert (told["rows"], told["n"], told["d"], told["suppressed"]) == ([], 0, 0, 0)
        table = run(lab, "ask", name, "--as-of", AS_OF.isoformat()).out
        assert "无数据 | no data" in table
        assert "已抑制" not in table.replace("未被抑制", "")


def test_an_answer_at_a_cut_comes_out_the_same_later(lab: ProjectionLab) -> None:
    """Byte for byte: how complete the data was then is part of it, whatever came since."""
    lab.log.append([filed(1, "c1"), filed(3, "c3")])
    run(lab, "cuts", "add", "March", "--as-of", "2026-03-31")
    words = ("ask", "ninety_day_risk", "--known-at", "March", "--evidence", "-o")
    forms = ("json", "csv", "ndjson", "table")
    before = [run(lab, *words, form) for form in forms]
    (region,) = before[0].json["completeness"]
    assert (region["events"], region["missing"]) == (2, 1)
    lab.log.append([filed(number, f"c{number}") for number in (2, 4, 5)])
    lab.projector.tick()
    assert [run(lab, *words, form) for form in forms] == before
    (region,) = run(lab, "ask", "ninety_day_risk", "-o", "json").json["completeness"]
    assert (region["events"], region["missing"]) == (5, 0)
