"""The process manager: Supervisor with a configuration made from the role table, and a client that talks to it.

Run as `python -m infra.local.manager --home HOME` it becomes the manager itself. Supervisor starts nothing on its own
account: `up` says what to start and in which order, Supervisor starts again what dies.
"""

from __future__ import annotations

import argparse
import http.client
import os
import resource
import socket
import subprocess
import sys
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.errors import FatalError, RetryableError
from infra.files import write_private
from infra.local.build import this_build
from infra.local.home import Home
from infra.local.roles import MANAGER, MANAGER_MODULE, ROLES, Role

_ANSWER_SECONDS = 10.0
_OPEN_FILES = 65_536
_IDENTIFIER = "lianzhi-"
_RETRIES = 60  # with pauses of 1, 2, 3 … seconds: half an hour

# Through the environment, because Supervisor's file format has no quoting for ";" and "#". Not named LIANZHI_…:
# an unknown name of that kind is refused by the settings.
_HOME_VARIABLE = "SUPERVISED_HOME"
_PYTHON_VARIABLE = "SUPERVISED_PYTHON"


class ManagerAwayError(RetryableError):
    """Nobody answers on the manager's socket."""


@dataclass(frozen=True, slots=True)
class Managed:
    """What the manager says of one process.

    `pid` 0: none; `state` in Supervisor's words, lower case; `started` in whole seconds since 1970, 0: never.
    """

    role: str
    pid: int
    state: str
    detail: str
    started: int = 0


class ManagerClient:
    """Talks to the manager of a home over its Unix socket; every call is bounded in time.

    Every method raises ManagerAwayError when nobody answers.
    """

    def __init__(self, home: Home) -> None:
        self._socket = home.socket(MANAGER)

    def pid(self) -> int:
        """The manager's own process id."""
        return int(self._call("getPID"))

    def build(self) -> str:
        """The build of the code by which the stack was started (`infra.local.build`); of older managers, no digest."""
        return str(self._call("getIdentification")).removeprefix(_IDENTIFIER)

    def processes(self) -> Mapping[str, Managed]:
        """Every role's process."""
        return {
            entry["name"]: Managed(
                entry["name"], entry["pid"], entry["statename"].lower(), entry["spawnerr"], entry["start"]
            )
            for entry in self._call("getAllProcessInfo")
        }

    def start(self, role: Role) -> None:
        """Start a role's process; nothing happens when it runs already."""
        self._tolerant("startProcess", role.name)

    def stop(self, role: Role) -> None:
        """Ask a role's process to stop, and do not start it again; nothing happens when it does not run."""
        self._tolerant("stopProcess", role.name)

    def shutdown(self) -> None:
        """Stop everything, then the manager."""
        self._tolerant_of_shutdown()

    def _tolerant(self, method: str, name: str) -> None:
        try:
            self._call(method, name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultString.split(":")[0] not in {"ALREADY_STARTED", "NOT_RUNNING"}:
                raise FatalError(f"the process manager refused to {method} {name}: {fault.faultString}") from fault

    def _tolerant_of_shutdown(self) -> None:
        try:
            self._call("shutdown")
        except xmlrpc.client.Fault as fault:
            if not fault.faultString.startswith("SHUTDOWN_STATE"):
                raise FatalError(f"the process manager refused to stop: {fault.faultString}") from fault

    def _call(self, method: str, *arguments: Any) -> Any:
        proxy = xmlrpc.client.ServerProxy("http://manager/RPC2", transport=_UnixTransport(self._socket))
        try:
            return getattr(proxy.supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError) as error:
            raise ManagerAwayError(f"the process manager does not answer: {error}", zh="进程管理器没有应答") from error


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _UnixConnection(self._path)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("manager", timeout=_ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_ANSWER_SECONDS)
        self.sock.connect(os.fspath(self._path))


def spawn_manager(home: Home) -> None:
    """Start the manager in a session of its own: no child of this process, it outlives it, and starts nothing yet."""
    with output_file(home).open("wb") as output:
        subprocess.run(
            [sys.executable, "-m", MANAGER_MODULE, "--home", str(home.path), "--detach"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=home.path,
            check=False,
        )


def output_file(home: Home) -> Path:
    """What the manager says before its own log is open."""
    return home.logs / f"{MANAGER}.out"


def configuration(home: Home) -> str:
    """Supervisor's configuration for this home."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    where = f"%(ENV_{_HOME_VARIABLE})s"
    sections = [
        "[supervisord]",
        "nodaemon = true",
        "silent = true",
        f"logfile = {where}/logs/{MANAGER}.log",
        "logfile_maxbytes = 5MB",
        "logfile_backups = 2",
        f"pidfile = {where}/run/{MANAGER}.pid",
        f"identifier = {_IDENTIFIER}{this_build()}",  # told by the process that runs: no file can be out of date
        f"minfds = {files}",
        "minprocs = 1",
        "umask = 077",
        "nocleanup = true",
        *(["user = root"] if os.geteuid() == 0 else []),
        "",
        "[unix_http_server]",
        "file = %(ENV_SUPERVISED_SOCKET)s",
        "chmod = 0700",
        "",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
    ]
    for priority, role in enumerate(ROLES, start=1):
        sections += [
            "",
            f"[program:{role.name}]",
            f'command = "%(ENV_{_PYTHON_VARIABLE})s" -m {role.module} --home "{where}"',
            f"directory = {where}",
            f"priority = {priority}",
            "autostart = false",
            "autorestart = true",
            f"startsecs = {role.start_seconds}",
            f"startretries = {_RETRIES}",
            "stopsignal = TERM",
            f"stopwaitsecs = {role.stop_seconds}",
            "killasgroup = true",
            "redirect_stderr = true",
            f"stdout_logfile = {where}/logs/{role.name}.log",
            "stdout_logfile_maxbytes = 20MB",
            "stdout_logfile_backups = 3",
        ]
    return "\n".join(sections) + "\n"


def become_manager(home: Home) -> None:
    """Turn this process into the manager; returns when everything has stopped."""
    from supervisor import supervisord

    os.environ[_HOME_VARIABLE] = str(home.path)
    os.environ[_PYTHON_VARIABLE] = sys.executable
    os.environ["SUPERVISED_SOCKET"] = str(home.socket(MANAGER))
    os.environ["LIANZHI_HOME"] = str(home.path)
    file = home.run / f"{MANAGER}.conf"
    write_private(file, configuration(home))
    supervisord.main(["-c", str(file)])


def main() -> None:
    parser = argparse.ArgumentParser(prog=MANAGER_MODULE)
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--detach", action="store_true", help="go on in the background")
    arguments = parser.parse_args()
    if arguments.detach:
        if os.fork():
            os._exit(0)
        os.setsid()
    become_manager(Home.of(arguments.home))


if __name__ == "__main__":
    main()
