"""Why a value is no event: codes that are kept, and the words for people; never with a value of the event."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReasonCode(StrEnum):
    """Why a value was refused. Told from the frame alone, or found by ClickHouse and worded with fastavro's help."""

    NO_VALUE = "NO_VALUE"
    NO_KEY = "NO_KEY"
    TOO_LARGE = "TOO_LARGE"
    TOO_SHORT = "TOO_SHORT"
    NOT_CONFLUENT = "NOT_CONFLUENT"
    WRONG_FAMILY = "WRONG_FAMILY"
    UNKNOWN_SCHEMA = "UNKNOWN_SCHEMA"
    NO_EVENT_ID = "NO_EVENT_ID"
    UNDECODABLE = "UNDECODABLE"
    LEFT_OVER = "LEFT_OVER"
    NOT_UTF8 = "NOT_UTF8"
    WRONG_EVENT_TYPE = "WRONG_EVENT_TYPE"
    WRONG_REGION = "WRONG_REGION"
    WRONG_PUBLISHER = "WRONG_PUBLISHER"
    WRONG_KEY = "WRONG_KEY"
    WRONG_NUMBERING = "WRONG_NUMBERING"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    NOT_STORABLE = "NOT_STORABLE"


WORDS: dict[ReasonCode, tuple[str, str]] = {
    ReasonCode.NO_VALUE: ("没有内容", "the record has no value"),
    ReasonCode.NO_KEY: ("没有键", "the record has no key; it must be the stream id"),
    ReasonCode.TOO_LARGE: ("超过大小上限", "the value is larger than landing.value_bytes"),
    ReasonCode.TOO_SHORT: ("过短", "the value is shorter than the frame of an event"),
    ReasonCode.NOT_CONFLUENT: ("首字节不是 0", "the first byte is not 0 (Confluent wire format)"),
    ReasonCode.WRONG_FAMILY: ("事件族与主题不符", "the schema belongs to another family than the topic"),
    ReasonCode.UNKNOWN_SCHEMA: ("目录中没有该模式编号", "the schema id is not in the catalogue"),
    ReasonCode.NO_EVENT_ID: ("事件编号不规范", "meta.event_id is no UUID in lower case, 36 characters, first field"),
    ReasonCode.UNDECODABLE: ("无法解码", "the datum can not be decoded with its schema"),
    ReasonCode.LEFT_OVER: ("数据之后有多余字节", "bytes are left over after the datum"),
    ReasonCode.NOT_UTF8: ("文本不是 UTF-8", "a text is not UTF-8"),
    ReasonCode.WRONG_EVENT_TYPE: ("事件类型与模式不符", "meta.event_type is not the name of the schema"),
    ReasonCode.WRONG_REGION: ("区划与主题不符", "meta.region is not the region of the topic"),
    ReasonCode.WRONG_PUBLISHER: ("发布方无权写入该主题", "meta.publisher may not publish to this topic"),
    ReasonCode.WRONG_KEY: ("键与 stream_id 不符", "the key is not meta.stream_id"),
    ReasonCode.WRONG_NUMBERING: ("序号、纪元或修订号小于1", "epoch, sequence or revision is less than 1"),
    ReasonCode.OUT_OF_RANGE: ("时间或金额超出范围", "a time, day or amount is beyond what can be stored"),
    ReasonCode.NOT_STORABLE: ("ClickHouse 无法存储", "ClickHouse can not take it"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A code, and what is known beyond it (in English, short, no values of the event)."""

    code: ReasonCode
    detail: str = ""

    def __str__(self) -> str:
        zh, en = WORDS[self.code]
        return f"{zh} | {en}" + (f": {self.detail}" if self.detail else "")
