"""What a rule says of an event: a `Problem` (refused at publish) or a `Flag` (accepted, and marked)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flag:
    """Something in an accepted event that a person should look at: unlawful, unlikely or badly coded, but it happened.

    Attributes:
        code: stable name, e.g. `TWO_OFFICERS`.
        field: path of the field, e.g. `penalties[0].amount`.
        article: the article or standard behind it, as a citation (`cn/law/xingzhengchufafa@2021#art42`) or a standard's
            number (`GB 32100-2015`); empty where it is a question of plain sense.
        en: what is the matter, without any content of the event.
        zh: the same in Chinese.
    """

    code: str
    field: str
    article: str
    en: str
    zh: str


def penalty_law(article: int, paragraph: int | None = None) -> str:
    """Citation of an article of the Administrative Penalty Law as revised in 2021."""
    return f"cn/law/xingzhengchufafa@2021#art{article}" + (f".{paragraph}" if paragraph else "")
