"""The zone: regions and publishers, and that a file which contradicts itself is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.errors import InvalidInput
from infra.zone import PublisherKind, zone

REGION = """
[[regions]]
code = "330421"
slug = "jiashan"
name_zh = "嘉善县"
name_en = "Jiashan"
province_zh = "浙江省"
province_en = "Zhejiang"
"""
PUBLISHER = """
[[publishers]]
id = "jiashan.zhifa"
region = "330421"
kind = "CASE_SYSTEM"
name_zh = "办案系统"
name_en = "case system"
families = ["enforcement"]
"""


def test_the_zone_that_comes_with_lianzhi() -> None:
    shipped = zone()
    assert {region.code: region.slug for region in shipped.regions} == {
        "330421": "jiashan",
        "310118": "qingpu",
        "320509": "wujiang",
    }
    assert shipped.families == ("dispute", "enforcement", "exchange")
    for region in shipped.regions:
        kinds = {publisher.kind for publisher in shipped.publishers_of(region.code)}
        assert kinds == set(PublisherKind)
        assert shipped.publisher(f"{region.slug}.zhifa").families == ("enforcement", "exchange", "dispute")
        assert shipped.publisher(f"{region.slug}.gongshi").families == ("enforcement",)
    assert [p.id for p in shipped.publishers_of("330421", "dispute")] == ["jiashan.zhifa", "jiashan.tiaojie"]


def test_regions_are_found_by_code_and_by_slug() -> None:
    assert zone().region("310118") is zone().region("qingpu")


def test_an_unknown_publisher_is_named_with_those_known() -> None:
    with pytest.raises(InvalidInput) as refused:
        zone().publisher("jiashan.zifa")
    assert "'jiashan.zifa'" in refused.value.message
    assert "wujiang.gongshi" in refused.value.message
    assert refused.value.hint == "did you mean 'jiashan.zhifa'?"
    with pytest.raises(InvalidInput, match="unknown region '999999'"):
        zone().region("999999")


def test_a_file_of_ones_own_replaces_it(tmp_path: Path) -> None:
    file = tmp_path / "zone.toml"
    file.write_text(REGION + PUBLISHER)
    own = zone(file)
    assert own.region_codes == ("330421",)
    assert own.families == ("enforcement",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (REGION + REGION + PUBLISHER, "region code given twice"),
        (REGION + PUBLISHER + PUBLISHER, "publisher given twice: jiashan.zhifa"),
        (PUBLISHER, "regions"),
        (REGION + PUBLISHER.replace("330421", "310118"), "which is not in the zone"),
        (REGION + PUBLISHER.replace("jiashan.zhifa", "qingpu.zhifa"), "must begin with 'jiashan'"),
        (REGION + PUBLISHER.replace('["enforcement"]', "[]"), "name its families"),
        (REGION + PUBLISHER.replace("CASE_SYSTEM", "CASE"), "publishers.0.kind"),
        (REGION + PUBLISHER.replace("kind", "kindd"), "publishers.0.kindd"),
        (REGION.replace("330421", "33042") + PUBLISHER, "regions.0.code"),
        ("[[regions]\n", "not TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "zone.toml"
    file.write_text(text)
    with pytest.raises(InvalidInput, match=expected) as refused:
        zone(file)
    assert "Value error" not in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="can not read the zone file"):
        zone(tmp_path / "absent.toml")
