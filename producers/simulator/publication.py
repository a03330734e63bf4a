"""What the publication files say: mostly what a case system has told already, sometimes otherwise, sometimes alone."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

from producers.simulator.casework import items
from producers.simulator.parties import Business, Population
from producers.simulator.told import Fact, Teller, at_work
from producers.simulator.world import DecisionWord, PublishedRow, World
from schemas.identifiers.documents import decision_id as make_decision_id


def tell_published(world: World, teller: Teller, rng: random.Random, publishers: dict[str, str]) -> None:
    """A twentieth of the decisions on businesses is told a second time by the publication system, not always alike."""
    for decision in list(world.decisions.values()):
        first = decision.words[0].versions[0][1]
        if first is None or first.party is None or not first.party.startswith("uscc:") or rng.random() > 0.05:
            continue
        if not decision.named:
            continue
        agency, _, document = decision.decision_id.partition("|")
        happened = at_work(first.decided_on, rng)
        recorded = happened + timedelta(days=rng.randint(3, 30))
        wrong = rng.random() < 0.2
        penalties = tuple((kind, amount + 100 if wrong and amount else amount) for kind, amount in first.penalties)
        payload: dict[str, Any] = {
            "decision_id": decision.decision_id,
            "agency": agency,
            "document_number": document.replace("〔", "[").replace("〕", "]"),
            "source": "PUBLICATION_FILE",
            "decided_on": first.decided_on,
            "penalties": [{"kind": kind, "amount": amount, "detail": None} for kind, amount in penalties],
            "handlers": [],
            "party": {"kind": "ORGANISATION", "uscc": first.party.removeprefix("uscc:"), "legacy_ids": []},
        }
        stream = f"decision-{decision.decision_id}"
        teller.tell(publishers[decision.region], "DecisionMade", stream, happened, recorded, payload)
        word = DecisionWord("PUBLICATION_FILE", first.decided_on, penalties, first.party, None, None, None)
        decision.words.append(Fact([(recorded, word)]))


def publish_rows(world: World, rng: random.Random, population: Population, region: str, agency: str, rows: int) -> None:
    """Rows for one region's spreadsheet: half repeat the case system, half come from an agency that has none."""
    known = [
        (decision, word)
        for decision in world.decisions.values()
        if decision.region == region
        and decision.named
        and (word := decision.words[0].at(world.end)) is not None
        and word.party is not None
        and word.party.startswith("uscc:")
    ]
    businesses = {business.key: business for business in population.businesses if business.code}
    for decision, word in rng.sample(known, min(len(known), rows // 2)):
        said_agency, _, document = decision.decision_id.partition("|")
        business = businesses.get(word.party or "")
        if business is not None:
            _row(
                world,
                business,
                said_agency,
                document,
                decision.decision_id,
                region,
                DecisionWord("PUBLICATION_FILE", word.decided_on, word.penalties, word.party, None, None, None),
            )
    chosen = list(businesses.values())
    for number in range(1, rows // 2 + 1):
        business, item = rng.choice(chosen), rng.choice(items())
        day = world.end.date() - timedelta(days=rng.randint(20, 300))
        document = f"善文旅罚〔{day.year}〕{number}号"
        fine = Decimal(rng.randint(2, 400) * 100).quantize(Decimal("0.01"))
        word = DecisionWord(
            "PUBLICATION_FILE",
            day,
            (("WARNING", None), ("FINE", fine)) if rng.random() < 0.3 else (("FINE", fine),),
            business.key,
            None,
            None,
            None,
        )
        _row(world, business, agency, document, make_decision_id(agency, document), region, word, item.name)


def _row(
    world: World,
    business: Business,
    agency: str,
    document: str,
    identity: str,
    region: str,
    word: DecisionWord,
    what: str = "违法行为",
) -> None:
    names = {"WARNING": "警告", "FINE": "罚款", "CONFISCATE_GAIN": "没收违法所得", "REVOKE_LICENCE": "吊销许可证件"}
    fine = sum((amount for kind, amount in word.penalties if kind == "FINE" and amount), Decimal(0))
    taken = sum((amount for kind, amount in word.penalties if kind == "CONFISCATE_GAIN" and amount), Decimal(0))
    cells: dict[str, object] = {
        "行政相对人名称": business.name,
        "行政相对人类别": "个体工商户" if business.kind == "INDIVIDUAL_BUSINESS" else "法人及非法人组织",
        "统一社会信用代码": business.code,
        "行政处罚决定书文号": document,
        "违法行为类型": what,
        "违法事实": f"{what}，经查属实",
        "处罚依据": "《中华人民共和国行政处罚法》",
        "处罚类别": "、".join(names[kind] for kind, _ in word.penalties),
        "处罚内容": "依法予以处罚",
        "罚款金额（万元）": float(fine / 10000) if fine else None,
        "没收违法所得、没收非法财物的金额（万元）": float(taken / 10000) if taken else None,
        "处罚决定日期": word.decided_on.strftime("%Y/%m/%d"),
        "公示截止期": (word.decided_on + timedelta(days=365)).strftime("%Y/%m/%d"),
        "处罚机关": "行政执法机关",
        "处罚机关统一社会信用代码": agency,
        "数据来源单位": "行政执法机关",
        "数据来源单位统一社会信用代码": agency,
        "备注": "",
    }
    world.published_rows.append(PublishedRow(region, identity, cells, word))
