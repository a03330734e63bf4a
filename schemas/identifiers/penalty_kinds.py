"""Kinds of administrative penalty: 中华人民共和国行政处罚法 (2021-07-15), Art. 9, in the order of the official forms.

A decision may hold several kinds. The official yearly statistics count it once, under the heaviest; the order from
light to heavy and the rule "a named kind beats other" are those of the statistics forms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from schemas.errors import InvalidInput


class PenaltyKind(StrEnum):
    """Kind of penalty, from light to heavy in the order of the official statistics; OTHER stands outside that order."""

    WARNING = "WARNING"
    CRITICISM = "CRITICISM"
    FINE = "FINE"
    CONFISCATE_GAIN = "CONFISCATE_GAIN"
    CONFISCATE_GOODS = "CONFISCATE_GOODS"
    SUSPEND_LICENCE = "SUSPEND_LICENCE"
    LOWER_QUALIFICATION = "LOWER_QUALIFICATION"
    REVOKE_LICENCE = "REVOKE_LICENCE"
    RESTRICT_BUSINESS = "RESTRICT_BUSINESS"
    SUSPEND_BUSINESS = "SUSPEND_BUSINESS"
    CLOSE = "CLOSE"
    BAR_OCCUPATION = "BAR_OCCUPATION"
    DETENTION = "DETENTION"
    OTHER = "OTHER"

    @property
    def group(self) -> int:
        """Item of Art. 9, 1 to 6."""
        return _FACTS[self][0]

    @property
    def zh(self) -> str:
        """Name in Art. 9."""
        return _FACTS[self][1]

    @property
    def en(self) -> str:
        """Name in English."""
        return _FACTS[self][2]

    @property
    def weight(self) -> int:
        """Place in the official order: 1 (warning) to 13 (detention); OTHER is 0, lighter than any named kind."""
        return _WEIGHTS[self]


_FACTS: Mapping[PenaltyKind, tuple[int, str, str]] = {
    PenaltyKind.WARNING: (1, "警告", "warning"),
    PenaltyKind.CRITICISM: (1, "通报批评", "circulated criticism"),
    PenaltyKind.FINE: (2, "罚款", "fine"),
    PenaltyKind.CONFISCATE_GAIN: (2, "没收违法所得", "confiscation of illegal gains"),
    PenaltyKind.CONFISCATE_GOODS: (2, "没收非法财物", "confiscation of illegal goods"),
    PenaltyKind.SUSPEND_LICENCE: (3, "暂扣许可证件", "suspension of a licence"),
    PenaltyKind.LOWER_QUALIFICATION: (3, "降低资质等级", "lowering of a qualification"),
    PenaltyKind.REVOKE_LICENCE: (3, "吊销许可证件", "revocation of a licence"),
    PenaltyKind.RESTRICT_BUSINESS: (4, "限制开展生产经营活动", "restriction of business"),
    PenaltyKind.SUSPEND_BUSINESS: (4, "责令停产停业", "suspension of business"),
    PenaltyKind.CLOSE: (4, "责令关闭", "order to close"),
    PenaltyKind.BAR_OCCUPATION: (4, "限制从业", "restriction of occupation"),
    PenaltyKind.DETENTION: (5, "行政拘留", "administrative detention"),
    PenaltyKind.OTHER: (6, "其他", "other penalty of a law or administrative regulation"),
}
_WEIGHTS = {kind: place for place, kind in enumerate(PenaltyKind, 1)} | {PenaltyKind.OTHER: 0}


def headline(kinds: Iterable[PenaltyKind]) -> PenaltyKind:
    """The kind under which the official statistics count a decision: the heaviest; any named kind beats OTHER.

    Raises:
        InvalidInput: no kind is given.
    """
    heaviest = max(kinds, key=_WEIGHTS.__getitem__, default=None)
    if heaviest is None:
        raise InvalidInput("a decision on a penalty has at least one kind of penalty", zh="处罚种类为空")
    return heaviest
