"""What erasing a person means to those who ask for it: grounds, tombstones, and what can stand in the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from infra.errors import InvalidInput, RetryableError


class ErasureReason(StrEnum):
    """Why a person is erased (个人信息保护法 第47条)."""

    SUBJECT_REQUEST = "SUBJECT_REQUEST"
    PERIOD_OVER = "PERIOD_OVER"
    PURPOSE_REACHED = "PURPOSE_REACHED"
    UNLAWFUL_PROCESSING = "UNLAWFUL_PROCESSING"
    COURT_ORDER = "COURT_ORDER"


class LegalHold(InvalidInput):
    """A legal hold forbids destroying the person's key; `holds` are the active ones."""

    def __init__(self, holds: tuple[str, ...]) -> None:
        super().__init__(
            f"a legal hold forbids erasing this person: {', '.join(holds)}",
            zh=f"存在法定保全，不得删除：{'、'.join(holds)}",
            hint="release every hold first",
        )
        self.holds = holds


class VaultBusy(RetryableError):
    """Another process has held the vault for too long."""

    def __init__(self, region: str) -> None:
        super().__init__(f"the vault of {region} is busy", zh=f"{region} 的密钥库正忙", hint="try again")


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of an erased person: the key's id, the person's token (it outlives erasure), when, and why."""

    key_id: str
    person: str
    destroyed_at: datetime
    reason: ErasureReason
