"""Events in the JSON shape that publishers are given, complete enough and no more."""

from __future__ import annotations

from typing import Any

AGENCY = "11330421Y00000016N"
"""A unified social credit code whose checks are right."""

TOKENS = ("o1_" + "a" * 32, "o1_" + "b" * 32)


def case_filed(number: int = 1, **meta: Any) -> dict[str, Any]:
    """A case filed against an organisation."""
    return {
        "meta": {
            "event_type": "CaseFiled",
            "stream_id": f"case-{number}",
            "occurred_at": "2026-03-02T09:30:00+08:00",
            "recorded_at": "2026-03-02T10:00:00+08:00",
            "actor": {"agency": AGENCY, "officers": list(TOKENS)},
            "legal_basis": ["cn/law/xingzhengchufafa@2021#art54.1"],
            **meta,
        },
        "case_number": f"嘉综执立〔2026〕{number}号",
        "filed_on": "2026-03-02",
        "procedure": "ORDINARY",
        "domain": "URBAN_MANAGEMENT",
        "act_place": "330421",
        "act_on": "2026-02-20",
        "handlers": list(TOKENS),
        "party": {"kind": "ORGANISATION", "name": "嘉善某某餐饮有限公司"},
    }


def decision_made(number: int = 1, **meta: Any) -> dict[str, Any]:
    """A decision with a fine."""
    document = f"嘉综执罚〔2026〕{number}号"
    return {
        "meta": case_filed(number, **{"event_type": "DecisionMade", **meta})["meta"],
        "decision_id": f"{AGENCY}|{document}",
        "agency": AGENCY,
        "document_number": document,
        "source": "CASE_SYSTEM",
        "decided_on": "2026-03-02",
        "penalties": [{"kind": "FINE", "amount": "1500.00"}],
        "procedure": "ORDINARY",
        "domain": "URBAN_MANAGEMENT",
        "handlers": list(TOKENS),
        "party": {"kind": "ORGANISATION", "name": "嘉善某某餐饮有限公司"},
    }
