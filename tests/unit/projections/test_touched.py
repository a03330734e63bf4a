"""What new rows touch is asked once for all tables that stand at the same place."""

from __future__ import annotations

from typing import Any

from projections.definition import definition
from projections.indexes.new_rows import NewRows
from projections.touched import Lag, Touched, behind

ENFORCEMENT, DISPUTE = "lianzhi.enforcement.330421", "lianzhi.dispute.330421"


class Server:
    """Keeps what it is asked, and answers every list with one key that names its place."""

    def __init__(self, *, corrected: bool = True) -> None:
        self.asked: list[str] = []
        self.corrected = corrected

    def rows(self, sql: str, **_: Any) -> list[tuple[list[str], ...]]:
        self.asked.append(sql)
        lists = sql.split("groupUniqArray(")[1:]
        return [
            tuple(
                [f"{len(self.asked)}.{place}"] if self.corrected or "revision" not in each else []
                for place, each in enumerate(lists)
            )
        ]


def lag(name: str, *news: NewRows) -> Lag:
    return Lag(definition(name), f"{name}_v1", {}, list(news))


def touched(server: Server, lagging: list[Lag], *uncorrected: NewRows, most: int = 100) -> Touched:
    return Touched(server, lagging, uncorrected, most)  # type: ignore[arg-type]


def test_tables_at_the_same_place_ask_together() -> None:
    server, news = Server(), NewRows(ENFORCEMENT, 5, 9)
    lagging = [lag("cases", news), lag("decisions", news), lag("parties", news)]
    found = touched(server, lagging)
    assert [found.keys(each) for each in lagging] == [["1.0", "2.0"], ["1.1", "2.1"], ["1.2", "2.2"]]
    assert [sql.count("groupUniqArray(") for sql in server.asked] == [3, 3]
    assert "FROM events_enforcement" in server.asked[0]
    assert "FROM corrections" in server.asked[1]


def test_a_table_that_stands_elsewhere_asks_for_itself() -> None:
    server = Server()
    lagging = [lag("cases", NewRows(ENFORCEMENT, 5, 9)), lag("parties", NewRows(ENFORCEMENT, 0, 9))]
    found = touched(server, lagging)
    assert [found.keys(each) for each in lagging] == [["1.0", "2.0"], ["3.0", "4.0"]]


def test_a_projection_of_several_families_asks_each_and_has_no_corrections() -> None:
    server = Server()
    publishers = lag("publishers", NewRows(ENFORCEMENT, 5, 9), NewRows(DISPUTE, 0, 2))
    disputes = lag("disputes", NewRows(DISPUTE, 0, 2))
    found = touched(server, [publishers, disputes])
    assert found.keys(publishers) == ["1.0", "2.0"]
    assert found.keys(disputes) == ["2.1", "3.0"]
    assert [sql.partition("FROM ")[2].partition("\n")[0] for sql in server.asked] == [
        "events_enforcement",
        "events_dispute",
        "corrections",
    ]


def test_corrected_facts_are_asked_for_with_the_keys_and_where_there_are_none_no_key_moved() -> None:
    news = NewRows(ENFORCEMENT, 5, 9)
    for corrected in (True, False):
        server, lagging = Server(corrected=corrected), [lag("cases", news), lag("decisions", news)]
        found = touched(server, lagging, news)
        assert list(found.corrected("enforcement", (news,))) == [{"1.2"} if corrected else set()]
        assert [found.keys(each) for each in lagging] == (
            [["1.0", "2.0"], ["1.1", "2.1"]] if corrected else [["1.0"], ["1.1"]]
        )
        assert len(server.asked) == (2 if corrected else 1)


def test_corrected_facts_of_rows_that_no_table_asks_about_are_asked_for_alone_so_many_at_a_time() -> None:
    server, news = Server(), NewRows(ENFORCEMENT, 0, 2_000_001)
    found = touched(server, [lag("cases", news)], news)
    assert list(found.corrected("enforcement", (news,))) == [{"1.0"}, {"2.0"}, {"3.0"}]


def test_too_many_rows_are_not_asked() -> None:
    server, large = Server(), lag("cases", NewRows(ENFORCEMENT, 0, 101))
    assert touched(server, [large]).keys(large) is None
    assert touched(server, [lag("cases")]).keys(lag("cases")) == []
    assert server.asked == []


def test_behind_counts_the_own_families_only() -> None:
    assert behind(definition("disputes"), {DISPUTE: 3}, {DISPUTE: 5, ENFORCEMENT: 9, "redriven": 1}) == 2
