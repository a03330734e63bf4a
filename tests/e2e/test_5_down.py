"""`lianzhi down` leaves nothing behind but the data. The last file of this folder: afterwards nothing runs."""

from __future__ import annotations

import socket

import psutil
import pytest

from tests.e2e.conftest import FullStack

pytestmark = [pytest.mark.servers, pytest.mark.e2e, pytest.mark.timeout(600)]


def _listening(home_pids: set[int]) -> set[int]:
    return {
        connection.laddr.port
        for connection in psutil.net_connections("tcp")
        if connection.laddr and connection.status == psutil.CONN_LISTEN and connection.pid in home_pids
    }


def test_down_ends_every_process_and_up_finds_everything_again(full_stack: FullStack) -> None:
    full_stack.run("up")
    question = ("ask", "transfer_acceptance", "--as-of", "2025-12-31", "-o", "json")
    before = full_stack.run(*question).json
    pids = {process["pid"] for process in full_stack.run("status", "-o", "json").json["processes"]}
    ports = _listening(pids)
    assert ports

    full_stack.run("down")
    assert not [process for process in psutil.process_iter(["cmdline"]) if _of(full_stack, process)]
    for port in ports:
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(("127.0.0.1", port))
    full_stack.run("down")
    full_stack.run("status", code=3)

    full_stack.run("up")
    full_stack.run("check")
    after = full_stack.run(*question).json
    assert after["rows"] == before["rows"]
    full_stack.run("down")


def _of(full_stack: FullStack, process: psutil.Process) -> bool:
    words = process.info["cmdline"] or []
    return any(str(full_stack.home) in word for word in words) and "tests.support.reaper" not in words
