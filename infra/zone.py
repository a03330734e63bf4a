"""The demonstration zone: its regions, and the systems that may publish for each.

Read from `zone.toml` beside this module, or from the file that the setting `zone_file` names. Region codes are those of
GB/T 2260; architecture law 6: a publisher is bound to one region and writes for no other.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from infra.errors import InvalidInput

_DEFAULT_FILE = Path(__file__).with_name("zone.toml")

RegionCode = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{5}$")]
FamilyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,30}$")]


class PublisherKind(StrEnum):
    """What sort of system a publisher is. Of two that tell of one decision the case system outranks the file."""

    CASE_SYSTEM = "CASE_SYSTEM"
    PUBLICATION_FILE = "PUBLICATION_FILE"
    MEDIATION_CENTRE = "MEDIATION_CENTRE"
    EXCHANGE_OFFICE = "EXCHANGE_OFFICE"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Region(_Frozen):
    """A county-level region: six-digit GB/T 2260 `code`, `slug` in pinyin, names, and its province."""

    code: RegionCode
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,30}$")]
    name_zh: str
    name_en: str
    province_zh: str
    province_en: str


class PublisherInfo(_Frozen):
    """A system that publishes: `id` is `<region slug>.<system>`; `families` are those it may write."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,30}\.[a-z0-9_]{2,30}$")]
    region: RegionCode
    kind: PublisherKind
    name_zh: str
    name_en: str
    families: tuple[FamilyName, ...]


class Zone(_Frozen):
    """All regions and publishers; looked up by code, slug or id."""

    regions: tuple[Region, ...]
    publishers: tuple[PublisherInfo, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for what, values in (
            ("region code", [region.code for region in self.regions]),
            ("region slug", [region.slug for region in self.regions]),
            ("publisher", [publisher.id for publisher in self.publishers]),
        ):
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise ValueError(f"{what} given twice: {', '.join(twice)}")
        slugs = {region.code: region.slug for region in self.regions}
        for publisher in self.publishers:
            slug = slugs.get(publisher.region)
            if slug is None:
                raise ValueError(f"publisher {publisher.id} names region {publisher.region}, which is not in the zone")
            if not publisher.id.startswith(f"{slug}."):
                raise ValueError(f"publisher {publisher.id} belongs to {slug}, so its id must begin with {slug!r}")
            if not publisher.families:
                raise ValueError(f"publisher {publisher.id} may publish nothing; name its families")
        return self

    @cached_property
    def families(self) -> tuple[str, ...]:
        """Families that any publisher of the zone may write, in alphabetical order."""
        return tuple(sorted({family for publisher in self.publishers for family in publisher.families}))

    @cached_property
    def region_codes(self) -> tuple[str, ...]:
        """The regions' codes, in the order of the file."""
        return tuple(region.code for region in self.regions)

    @cached_property
    def _publishers_by_id(self) -> Mapping[str, PublisherInfo]:
        return {publisher.id: publisher for publisher in self.publishers}

    def publisher(self, publisher_id: str) -> PublisherInfo:
        """The publisher of that id.

        Raises:
            InvalidInput: when the zone does not know it; the message names those that it knows.
        """
        found = self._publishers_by_id.get(publisher_id)
        if found is None:
            raise _unknown("publisher", "发布方", publisher_id, self._publishers_by_id)
        return found

    def region(self, code_or_slug: str) -> Region:
        """The region of that six-digit code or slug.

        Raises:
            InvalidInput: when the zone does not know it.
        """
        for region in self.regions:
            if code_or_slug in {region.code, region.slug}:
                return region
        raise _unknown("region", "区域", code_or_slug, [f"{region.code} {region.slug}" for region in self.regions])

    def publishers_of(self, region: str, family: str | None = None) -> tuple[PublisherInfo, ...]:
        """The publishers of a region (six-digit code); with `family`, only those that may write it."""
        return tuple(p for p in self.publishers if p.region == region and (family is None or family in p.families))


def _unknown(what: str, what_zh: str, given: str, known: Iterable[str]) -> InvalidInput:
    names = sorted(known)
    close = difflib.get_close_matches(given, names, n=1)
    return InvalidInput(
        f"unknown {what} {given!r}; known: {', '.join(names)}",
        zh=f"未知的{what_zh} {given!r}",
        hint=f"did you mean {close[0]!r}?" if close else f"see the zone file for every {what}",
    )


@cache
def zone(file: Path | None = None) -> Zone:
    """The zone as `file` describes it (None: the one that comes with Lianzhi); read once.

    Give it `settings.zone_file`, so that a configured zone is honoured.

    Raises:
        InvalidInput: when the file is missing, no TOML, or contradicts itself.
    """
    path = file or _DEFAULT_FILE
    try:
        return Zone.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InvalidInput(
            f"can not read the zone file {path}: {error.strerror}", zh=f"无法读取区域文件 {path}"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(
            f"the zone file {path} is not TOML: {error}", zh=f"区域文件 {path} 不是合法的 TOML"
        ) from error
    except ValidationError as error:
        details = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'zone'}: {e['msg'].removeprefix('Value error, ')}"  # pydantic's words
            for e in error.errors()
        )
        raise InvalidInput(f"the zone file {path} is wrong: {details}", zh=f"区域文件 {path} 有误") from error
