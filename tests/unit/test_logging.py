"""Log lines: their shape, and the two nets that hold personal data back."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator

import pytest
import structlog

from infra.logging import REMOVED, bind, configure_logging, get_logger, in_context
from infra.settings_groups import LogFormat, LogLevel, LogSettings

CITIZEN = "330421199001011234"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_role_level_and_time() -> None:
    stream = io.StringIO()
    configure_logging(role="landing", stream=stream)
    bind(topic="lianzhi.enforcement.330421")
    get_logger("consumers.landing").info("landed", rows=5, note="好")
    (line,) = lines(stream)
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {
        "message": "landed",
        "level": "info",
        "logger": "consumers.landing",
        "role": "landing",
        "topic": "lianzhi.enforcement.330421",
        "rows": 5,
        "note": "好",
    }


def test_the_standard_librarys_lines_go_the_same_way() -> None:
    stream = io.StringIO()
    configure_logging(role="relay", stream=stream)
    logging.getLogger("some.library").warning("took %s s", 3, extra={"id_number": CITIZEN})
    (line,) = lines(stream)
    assert (line["message"], line["role"], line["id_number"]) == ("took 3 s", "relay", REMOVED)


def test_personal_keys_lose_their_values_at_any_depth() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    get_logger("x").info("seen", name="张三", rows=[{"party": {"Name": "李四", "uscc": "9133"}}], person={"a": 1})
    assert "张三" not in stream.getvalue()
    assert "李四" not in stream.getvalue()
    (line,) = lines(stream)
    assert line["person"] == REMOVED
    assert line["rows"] == [{"party": {"Name": REMOVED, "uscc": "9133"}}]


@pytest.mark.parametrize("text", [f"id {CITIZEN}", f"({CITIZEN[:-1]}X)", f'"{CITIZEN[:-1]}x",', f"身份证{CITIZEN}号"])
def test_citizen_ids_are_masked_anywhere(text: str) -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    log = get_logger("x")
    log.info("seen %s", text)
    log.info("seen", value=text)
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("failed")
    assert CITIZEN[:-1] not in stream.getvalue()
    assert stream.getvalue().count(REMOVED) == 3
    assert "Traceback" in stream.getvalue()


def test_other_long_numbers_stay() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    for text in ("1795358860495000123456", "91330421MA28A1B2C3", "330421199013011234", "a330421199001011234"):
        get_logger("x").info("seen", value=text)
        assert text in stream.getvalue()


def test_console_on_a_terminal_json_elsewhere() -> None:
    for settings, stream, is_json in (
        (LogSettings(), Terminal(), False),
        (LogSettings(), io.StringIO(), True),
        (LogSettings(format=LogFormat.CONSOLE), io.StringIO(), False),
        (LogSettings(format=LogFormat.JSON), Terminal(), True),
    ):
        configure_logging(settings, stream=stream)
        get_logger("x").info("seen")
        assert stream.getvalue().startswith("{") is is_json


def test_a_traceback_on_a_terminal_shows_no_local_variables() -> None:
    stream = Terminal()
    configure_logging(stream=stream)
    secret = "hunter2"
    try:
        raise ValueError("x" + secret[:0])
    except ValueError:
        get_logger("x").exception("failed")
    assert "hunter2" not in stream.getvalue().replace('secret = "hunter2"', "")


def test_levels() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(level=LogLevel.WARNING), stream=stream)
    get_logger("x").info("quiet")
    get_logger("x").warning("loud")
    logging.getLogger("kafka.conn").info("quiet")
    assert [line["message"] for line in lines(stream)] == ["loud"]


def test_context_goes_into_another_thread_when_asked() -> None:
    stream = io.StringIO()
    configure_logging(role="landing", stream=stream)
    bind(topic="t")
    for target in (in_context(lambda: get_logger("x").info("with")), lambda: get_logger("x").info("without")):
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()
    assert [line.get("topic") for line in lines(stream)] == ["t", None]
