"""What an import marks in rows that it does not refuse, each with its words; counted at the end, without content."""

from __future__ import annotations

from enum import StrEnum


class RowFlag(StrEnum):
    """One kind of oddity. A flag never refuses a row."""

    en: str
    zh: str

    def __new__(cls, value: str, zh: str, en: str) -> RowFlag:
        """A member that knows its words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh, member.en = zh, en
        return member

    PARTY_KIND_CORRECTED = (
        "PARTY_KIND_CORRECTED",
        "相对人类别与其他内容不符，按内容处理",
        "the kind of party contradicts the other cells; those count",
    )
    PARTY_KIND_UNKNOWN = (
        "PARTY_KIND_UNKNOWN",
        "无法判断相对人类别，按自然人密封处理",
        "kind of party not to be told; sealed like a natural person",
    )
    BUSINESS_NAMED_AFTER_PERSON = (
        "BUSINESS_NAMED_AFTER_PERSON",
        "个体工商户以姓名为名称，名称已密封",
        "an individual business under a person's name; the name is sealed",
    )
    CITIZEN_ID_AS_CODE = (
        "CITIZEN_ID_AS_CODE",
        "代码栏中填写的是身份证号，已密封",
        "a citizen identity number in a column of codes; it is sealed",
    )
    DIGITS_LOST = (
        "DIGITS_LOST",
        "代码或证件号被存为数字，末位已丢失，未采用",
        "a long code kept as a number has lost its last digits; not used",
    )
    CODE_MASKED = ("CODE_MASKED", "统一社会信用代码已脱敏，未采用", "a masked unified social credit code; not used")
    PERSON_NOT_LINKABLE = (
        "PERSON_NOT_LINKABLE",
        "自然人证件号缺失或已脱敏，无法关联",
        "a natural person without a usable number: can not be known again",
    )
    MINOR = ("MINOR", "未成年人，不对外共享", "a minor: shared with nobody")
    TEXT_MASKED = (
        "TEXT_MASKED",
        "文字中的姓名、证件号、电话或账号已隐去",
        "names, identity, telephone or account numbers taken out of a text",
    )
    KIND_UNKNOWN = (
        "KIND_UNKNOWN",
        "处罚种类无法识别，按“其他”记录",
        "a kind of penalty that is not known; kept as OTHER",
    )
    KIND_INFERRED = (
        "KIND_INFERRED",
        "处罚种类由金额或处罚内容推得",
        "a kind of penalty told from the amounts or the text",
    )
    CONFISCATION_COMBINED = (
        "CONFISCATION_COMBINED",
        "没收违法所得与没收非法财物金额合并填写",
        "one amount for confiscated gains and goods together",
    )
    AMOUNT_DIFFERS_FROM_TEXT = (
        "AMOUNT_DIFFERS_FROM_TEXT",
        "罚款金额与处罚内容中的金额不一致",
        "the fine differs from the amount in the text",
    )
    AMOUNT_FROM_TEXT = (
        "AMOUNT_FROM_TEXT",
        "罚款或没收金额取自处罚内容或处罚类别的文字",
        "a fine or a confiscated amount was read from the text or the kind of the penalty",
    )
    AMOUNT_IN_TEXT_NOT_READ = (
        "AMOUNT_IN_TEXT_NOT_READ",
        "处罚内容或处罚类别中另有金额，未采用；请填入金额栏",
        "the text or the kind of the penalty names an amount that was not taken over; put it into its column",
    )
    UNIT_ASSUMED = (
        "UNIT_ASSUMED",
        "金额栏未注明单位，按万元计",
        "no unit in the heading of an amount; taken as 万元, as the form says",
    )
    PERIOD_INSTEAD_OF_DAY = (
        "PERIOD_INSTEAD_OF_DAY",
        "日期栏填写的是期限，未采用",
        "a period where a day belongs; not used",
    )
    STATUS_NOT_NORMAL = (
        "STATUS_NOT_NORMAL",
        "当前状态不是“正常”（撤销、异议等），请核实",
        "the file marks the decision as revoked, disputed or else",
    )
    OLDER_THAN_PUBLISHED = (
        "OLDER_THAN_PUBLISHED",
        "时间戳早于已发布的内容，未作更正，计入已发布",
        "its time stamp is older than that of what was published: no correction, counted as already published",
    )
    AREA_DIFFERS = (
        "AREA_DIFFERS",
        "地方编码不属于本区域",
        "the area code is that of another region",
    )
    DOCUMENT_NUMBER_FORM = (
        "DOCUMENT_NUMBER_FORM",
        "文号不合常规格式，按原文识别",
        "a document number in no known form; taken as it is",
    )
