"""What the tokeniser's client says when it gets no answer: whether it does not run or does not answer, and for whom."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.persons.client import TokeniserAway, TokeniserClient
from infra.persons.endpoint import socket_folder, tokeniser_socket
from infra.persons.identity import Basis, Identity, officer
from infra.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, env={}, tokeniser={"timeout_seconds": 0.1})


@contextmanager
def bound(settings: Settings) -> Iterator[socket.socket]:
    path = tokeniser_socket(settings)
    socket_folder(path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        yield server


def away(settings: Settings) -> TokeniserAway:
    who = officer("330421", "330421001")
    assert who is not None
    with TokeniserClient(settings, "jiashan.zhifa") as client, pytest.raises(TokeniserAway) as caught:
        client.tokens([Identity(who, Basis.NUMBER)])
    return caught.value


def test_nobody_listens(settings: Settings) -> None:
    errors = [away(settings)]
    with bound(settings):  # a socket file that a killed tokeniser left behind refuses connections
        errors.append(away(settings))
    for error in errors:
        assert "is not running" in error.message
        assert "没有运行" in error.zh
        assert "did not answer" not in error.message


def test_somebody_listens_and_does_not_answer(settings: Settings) -> None:
    with bound(settings) as server:
        server.listen()
        error = away(settings)
    assert "did not answer within 0.1 s" in error.message
    assert "在 0.1 秒内没有应答" in error.zh


def test_whose_events_were_not_stored(settings: Settings) -> None:
    error = away(settings)
    assert "natural persons or officers (handlers)" in error.message
    assert "自然人或执法人员（handlers）" in error.zh
