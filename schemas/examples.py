"""One believable example of any event type, made from its schema: the beginning of a golden example.

Everything is synthetic: organisations, codes (their subject part begins with Y, which is never issued), tokens, keys.
The same schema gives the same example for ever.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from schemas.avro_files import Schema
from schemas.identifiers import uscc
from schemas.identifiers.documents import decision_id

RECORDED = datetime(2026, 3, 2, 1, 30, 15, 123456, tzinfo=UTC)
AGENCY = uscc.make("11", "330421", 117)
DOCUMENT = "嘉综执罚决字〔2026〕第18号"

_PUBLISHERS = {"enforcement": "jiashan.zhifa", "exchange": "jiashan.xiezuo", "dispute": "jiashan.tiaojie"}
_BASIS = {
    "enforcement": ["cn/law/xingzhengchufafa@2021#art54.1", "cn/zj/reg/zonghexingzhengzhifa@2021#art18"],
    "exchange": ["cn/sh/reg/shifanqutiaoli@2024#art57"],
    "dispute": ["cn/law/renmintiaojiefa@2010#art33"],
}
_DAYS: Mapping[str, date] = {
    "act_on": date(2026, 1, 12),
    "act_ended_on": date(2026, 1, 15),
    "filed_on": date(2026, 1, 20),
    "collected_on": date(2026, 1, 21),
    "measure_on": date(2026, 1, 22),
    "measure_until": date(2026, 2, 21),
    "paused_on": date(2026, 2, 2),
    "notice_on": date(2026, 2, 10),
    "decided_on": date(2026, 2, 26),
    "served_on": date(2026, 2, 28),
    "valid_until": date(2027, 2, 26),
    "publish_until": date(2026, 8, 26),
    "deferred_until": date(2026, 5, 31),
    "limitation_on": date(2028, 1, 15),
    "reply_by": date(2026, 3, 20),
    "planned_on": date(2026, 4, 8),
    "surcharge_from": date(2026, 2, 1),
    "surcharge_stopped_on": date(2026, 2, 20),
}
_LAST_DAY = date(2026, 3, 1)
_TEXTS: Mapping[str, str] = {
    "decision_id": decision_id(AGENCY, DOCUMENT),
    "challenged_decision_id": decision_id(AGENCY, DOCUMENT),
    "agency": AGENCY,
    "respondent_agency": AGENCY,
    "data_source_agency": uscc.make("11", "330421", 9),
    "document_number": DOCUMENT,
    "case_number": "嘉综执立字〔2026〕31号",
    "clue_number": "XS20260112007",
    "item_code": "330217150001",
    "item_local_code": "C2206400",
    "item_name": "未采取有效防尘降尘措施运输建筑垃圾",
    "act_id": "act-2026-7f31c0",
    "act_place": "330421",
    "dispute_place": "330421",
    "measure_id": "m-2026-0031-1",
    "reason": "案情复杂，需进一步核查运输路线",
    "facts": "当事人运输建筑垃圾未密闭，沿途泄漏遗撒约40米",
    "penalty_text": "罚款人民币伍仟元整",
    "basis_text": "《浙江省综合行政执法条例》第十八条",
    "list_version": "长三角轻微违法不予处罚清单（2023）",
    "court_code": "330421",
    "court_document": "（2026）浙0421诉前调确12号",
    "reconsideration_number": "嘉善政复〔2026〕5号",
    "litigation_number": "（2026）浙0424行初9号",
    "reviewing_organ": "嘉善县人民政府",
    "suspected_crime": "污染环境罪",
    "from_region": "330421",
    "to_region": "310118",
    "lead_region": "330421",
    "allotted_region": "320509",
    "competent_region": "310118",
    "respondent_region": "330421",
    "from_unit": "嘉善县综合行政执法局",
    "to_unit": "青浦区城市管理行政执法局",
    "escalated_to": "生态环境部",
    "channel": "示范区协作平台",
    "subject": "协查跨区运输车辆的处置去向",
    "requested_action": "核实建筑垃圾去向并反馈处理结果",
    "supplement": "补充提供称重记录",
    "scene": "建筑垃圾运输综合查一次",
    "dispute_number": "嘉调〔2026〕88号",
    "upgraded_from": "jiashan-contact-2026-0004",
    "formal_stream": "jiashan-referral-2026-0009",
    "case_stream": "jiashan-case-2026-0031",
    "receiver_case_stream": "qingpu-case-2026-0115",
    "into_stream": "jiashan-referral-2026-0002",
    "related_stream": "jiashan-referral-2026-0009",
    "allotted_stream": "wujiang-clue-2026-0042",
    "repeats_stream": "jiashan-dispute-2025-0711",
    "evidence_sha256": hashlib.sha256(b"example").hexdigest(),
}
_LISTS: Mapping[str, list[str]] = {
    "member_regions": ["330421", "310118", "320509"],
    "claiming_regions": ["330421", "310118"],
    "joint_regions": ["310118"],
    "into_streams": ["jiashan-referral-2026-0010", "jiashan-referral-2026-0011"],
}
_NUMBERS: Mapping[str, int] = {
    "extension_days": 30, "participants": 5, "instalments": 3, "officer_count": 2, "check_items": 6,
    "session_number": 2, "instance": 1, "party_count": 4,
}  # fmt: skip
_AMOUNTS: Mapping[str, str] = {
    "proposed_fine": "5000.00",
    "paid_amount": "5000.00",
    "surcharge_amount": "150.00",
    "surcharge_base": "5000.00",
    "dispute_amount": "36800.50",
    "agreement_amount": "30000.00",
}
_CHOICES: Mapping[str, str] = {
    "dissemination": "FULL",
    "domain": "URBAN_MANAGEMENT",
    "source": "CASE_SYSTEM",
    "procedure": "ORDINARY",
}
_OFFICERS = frozenset({"hearing_chair", "reviewer", "mediator"})
_FALSE = frozenset({"retracted", "urgent", "waived", "on_spot", "by_device"})
_ITEMS: Mapping[str, list[dict[str, Any]]] = {
    "penalties": [
        {"kind": "FINE", "amount": "5000.00", "detail": None},
        {"kind": "CONFISCATE_GAIN", "amount": "320.05", "detail": "运输所得"},
        {"kind": "OTHER", "amount": None, "detail": "责令在示范区内公开道歉𠮷"},
    ],
    "evidence_items": [
        {"item_id": "E1", "evidence_kind": "AUDIO_VISUAL", "sha256": _TEXTS["evidence_sha256"],
         "holder": "嘉善县综合行政执法局", "other_text": None},
        {"item_id": "E2", "evidence_kind": "OTHER", "sha256": None, "holder": None, "other_text": "北斗行车轨迹"},
    ],
    "goods_items": [
        {"item_id": "G1", "description": "渣土车篷布", "quantity": "2.00", "custody": "嘉善县涉案物品仓库"},
    ],
}  # fmt: skip


def example(family: str, schema: Schema, seed: int) -> dict[str, Any]:
    """Event JSON that fits the schema and the rules; `seed` (the schema id) tells examples apart."""
    person = seed % 3 == 0
    event: dict[str, Any] = {}
    for item in schema["fields"]:
        name = item["name"]
        if name == "meta":
            event[name] = _meta(family, schema["name"], item["type"], seed)
        elif name in {"party", "other_party"}:
            event[name] = _party(name, item["type"], person if name == "party" else not person)
        else:
            event[name] = _value(name, item["type"], seed)
    if person and "party" in event:
        event |= {name: None for name in ("facts", "penalty_text") if name in event}
    if event.get("initial"):
        event["repeats_stream"] = None
    if seed % 7 == 0:
        _say_other(event, schema)
    return event


def _say_other(event: dict[str, Any], schema: Schema) -> None:
    """The first enum says OTHER, with its text."""
    for item in schema["fields"]:
        node = item["type"][1] if isinstance(item["type"], list) else item["type"]
        if isinstance(node, dict) and node["type"] == "enum" and "other_text" in event:
            event[item["name"]] = "OTHER"
            event["other_text"] = "三地会商认定的其他情形"
            return


def _meta(family: str, name: str, node: Schema, seed: int) -> dict[str, Any]:
    event_id = _uuid7(RECORDED, seed)
    known: dict[str, Any] = {
        "event_id": event_id,
        "event_type": name,
        "publisher": _PUBLISHERS.get(family, f"jiashan.{family}"),
        "epoch": 1,
        "sequence": seed,
        "region": "330421",
        "stream_id": f"jiashan-{family}-2026-{seed}",
        "correlation_id": str(uuid5(NAMESPACE_URL, f"example/{family}")),
        "causation_id": _uuid7(RECORDED - timedelta(hours=5), seed) if seed % 2 else None,
        "fact_id": event_id,
        "revision": 1,
        "retracted": False,
        "occurred_at": "2026-03-01T02:00:00Z",
        "recorded_at": "2026-03-02T01:30:15.123456Z",
        "actor": {"agency": AGENCY, "unit": "罗星街道综合行政执法队", "officers": [_token("o1", 1), _token("o1", 2)]},
        "legal_basis": _BASIS.get(family, []),
        "dissemination": "POINTER" if seed % 5 == 0 else "FULL",
        "audience": ["310118", "320509"] if seed % 2 else [],
    }
    return {item["name"]: known.get(item["name"]) for item in node["fields"]}


def _party(role: str, node: Schema, person: bool) -> dict[str, Any]:
    if person:
        sealed = hashlib.sha256(f"sealed {role}".encode()).digest() * 3
        known: dict[str, Any] = {
            "kind": "NATURAL_PERSON",
            "region": "320584",
            "token": _token("p1", len(role)),
            "token_version": 1,
            "birth_band": "1980-1984",
            "age_group": "ADULT",
            "sealed": base64.b64encode(sealed).decode("ascii"),
            "sealed_key": hashlib.sha256(role.encode()).hexdigest()[:32],
        }
    else:
        name = "嘉善示例渣土运输有限公司" if role == "party" else "青浦示例建材商行"
        region = "330421" if role == "party" else "310118"
        known = {
            "kind": "ORGANISATION",
            "name": name,
            "uscc": uscc.make("91", region, len(role)),
            "legacy_ids": ["工商注册号:330421000012345"] if role == "party" else [],
            "region": region,
        }
    return {
        item["name"]: known.get(item["name"], [] if item["name"] == "legacy_ids" else None) for item in node["fields"]
    }


def _value(name: str, node: Any, seed: int) -> Any:
    if name == "other_text":
        return None
    if isinstance(node, list):
        return _value(name, node[1], seed)
    kind, logical = (node, "") if isinstance(node, str) else (node["type"], node.get("logicalType", ""))
    match kind:
        case "enum":
            symbols = [symbol for symbol in node["symbols"] if symbol != "OTHER"]
            return _CHOICES.get(name, symbols[seed % len(symbols)])
        case "array":
            return _list(name, node["items"], seed)
        case "record":
            return {item["name"]: _value(item["name"], item["type"], seed) for item in node["fields"]}
        case _:
            return _scalar(name, kind, logical)


def _scalar(name: str, kind: str, logical: str) -> Any:
    if kind == "string" and not logical:
        return _token("o1", 3) if name in _OFFICERS else _TEXTS.get(name, f"示例 {name}")
    values: dict[tuple[str, str], Any] = {
        ("int", "date"): _DAYS.get(name, _LAST_DAY).isoformat(),
        ("bytes", "decimal"): _AMOUNTS.get(name, "1234.50"),
        ("string", "uuid"): str(uuid5(NAMESPACE_URL, name)),
        ("long", "timestamp-micros"): "2026-03-01T02:00:00Z",
        ("bytes", ""): base64.b64encode(name.encode()).decode("ascii"),
        ("boolean", ""): name not in _FALSE,
        ("double", ""): 0.5,
    }
    return values.get((kind, logical), _NUMBERS.get(name, 3))


def _list(name: str, items: Any, seed: int) -> list[Any]:
    if items != "string":
        return _ITEMS.get(name) or [
            {item["name"]: _value(item["name"], item["type"], seed) for item in items["fields"]}
        ]
    return _LISTS.get(name, [_token("o1", 1), _token("o1", 2)] if name == "handlers" else [f"示例 {name}"])


def _token(prefix: str, number: int) -> str:
    digest = hashlib.sha256(f"{prefix}{number}".encode()).digest()[:20]
    return f"{prefix}_{base64.b32encode(digest).decode('ascii').lower()}"


def _uuid7(instant: datetime, seed: int) -> str:
    millis = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return str(UUID(int=millis << 80 | 7 << 76 | 2 << 62 | seed))
