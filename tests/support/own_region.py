"""A region that nobody else has: its topics are a test's own on a broker that several share."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from infra.kafka import make_admin
from infra.settings import Settings, load_settings
from infra.topics import topic_specs
from infra.zone import zone

_ZONE = """
[[regions]]
code = "{code}"
slug = "{slug}"
name_zh = "试验"
name_en = "Trial"
province_zh = "试验省"
province_en = "Trial"

[[publishers]]
id = "{slug}.zhifa"
region = "{code}"
kind = "CASE_SYSTEM"
name_zh = "试验办案系统"
name_en = "Trial case system"
families = ["enforcement", "exchange", "dispute"]

[[publishers]]
id = "{slug}.gongshi"
region = "{code}"
kind = "PUBLICATION_FILE"
name_zh = "试验公示数据"
name_en = "Trial published penalties"
families = ["enforcement"]
"""


@dataclass(frozen=True)
class OwnRegion:
    """A home of its own, whose zone has one region, on somebody's broker."""

    settings: Settings
    code: str
    publisher: str

    @property
    def home(self) -> Path:
        """The folder of everything."""
        return self.settings.home


def own_region(home: Path, bootstrap: str, *, topics: bool = True) -> OwnRegion:
    """A fresh region with its own home (processes started with `--home` find everything there) and its topics."""
    rnd = random.SystemRandom()
    code = f"{rnd.randrange(900_000, 1_000_000)}"
    slug = "".join(rnd.choices("abcdefghijklmnopqrstuvwxyz", k=8))
    home.mkdir(parents=True, exist_ok=True)
    (home / "zone.toml").write_text(_ZONE.format(code=code, slug=slug), encoding="utf-8")
    (home / "lianzhi.toml").write_text(
        f'zone_file = "zone.toml"\n[kafka]\nbootstrap = "{bootstrap}"\nrequest_seconds = 5\ndelivery_seconds = 20\n'
        "[relay]\nbackoff_max_seconds = 1\n",
        encoding="utf-8",
    )
    settings = load_settings(home, env={})
    if topics:
        with make_admin(settings) as admin:
            admin.create(topic_specs(settings, zone(settings.zone_file)))
    return OwnRegion(settings, code, f"{slug}.zhifa")
