"""The local ClickHouse: the real server from the chdb-core package, in a process of its own.

Run as `python -m infra.local.clickhouse_server --home HOME`. One statement starts listening and then sleeps for ever in
the main thread; the interpreter is free meanwhile. SIGTERM or SIGINT ends that statement, whereupon the server shuts
its tables down in order and the process ends with 0. Users come from `users.xml`; the statement itself runs as
`default`, which may do nothing but start listening. ClickHouse's own `SYSTEM SHUTDOWN` is granted to nobody: here it
would send SIGTERM to the whole process group.

The embedded server takes itself for a local tool: its function `file(…)` reads whatever this process can, for any user.
So the process is confined to the server's own files before the first statement.
"""

from __future__ import annotations

import argparse
import ctypes
import http.client
import importlib.util
import logging
import os
import signal
import sys
import threading
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from typing import Any

from infra.errors import FatalError
from infra.local.clickhouse_config import write_config
from infra.local.confine import confine_reading
from infra.local.home import Home
from infra.local.ports import HOST, Ports, current_ports
from infra.settings import Settings, load_settings

_log = logging.getLogger("clickhouse_server")

_START = """
SYSTEM START LISTEN TCP;
SYSTEM START LISTEN HTTP;
SELECT sleepEachRow(3) FROM numbers(1000000000)
SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 100000000000, max_execution_time = 0
FORMAT Null
"""
_STOP = "KILL QUERY WHERE interface = 'Local' OR client_name = 'chDB client' ASYNC"
_FORMAT = "TabSeparated"  # becomes the default of HTTP answers; CSV would break other clients
_STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}
_RTLD_DEEPBIND = 8
_OF_THE_SYSTEM = (
    *("/usr", "/lib", "/lib64", "/proc", "/sys", "/dev"),
    *("/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/localtime"),
)
_EXIT_CANCELLED = "QUERY_WAS_CANCELLED"


def run(settings: Settings) -> None:
    """Serve this home's data until SIGTERM; returns when the tables are shut down.

    Raises:
        FatalError: when the server does not start, or ends by itself.
    """
    home = Home.of(settings.home)
    ports = current_ports(home)
    if ports is None:
        raise FatalError("no ports chosen for this home", zh="尚未为该目录选择端口", hint="run `lianzhi up`")
    folder = write_config(home, settings, ports)
    data = home.data / "clickhouse"
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Blocked before any other thread exists, so that only the waiting thread ever takes them.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    os.environ["TZ"] = "UTC"  # the embedded server takes its time zone from here, not from its configuration
    password = settings.clickhouse_password("operator")
    _confine(home, folder, data)
    server = _load_server()
    os.chdir(folder)  # the server reads config.xml from its working folder
    stopping = threading.Event()
    threading.Thread(target=_stop_on_signal, args=(ports, password, stopping), name="signals", daemon=True).start()
    try:
        server.query(_START, _FORMAT, path=str(data))
    except RuntimeError as error:
        if stopping.is_set() and _EXIT_CANCELLED in str(error):
            return
        raise FatalError(
            f"ClickHouse ended: {error}",
            zh="ClickHouse 意外退出",
            hint=f"see {home.logs / 'clickhouse-server.err.log'}",
        ) from error
    if not stopping.is_set():
        raise FatalError("ClickHouse ended by itself", zh="ClickHouse 意外退出")


def _confine(home: Home, *folders: Path) -> None:
    """Before any other thread exists: those that are there already would stay free."""
    python = (Path(prefix) for prefix in {sys.prefix, sys.base_prefix})
    if not confine_reading([*map(Path, _OF_THE_SYSTEM), *python, home.logs, *folders]):
        _log.warning("this kernel has no Landlock: every ClickHouse user can read this user's files through file()")


def _load_server() -> Any:
    """The compiled part of chdb alone.

    The package's own `__init__` opens a session first, which takes a second and leaves the server's log switched off.
    """
    spec = importlib.util.find_spec("chdb")
    if spec is None or not spec.submodule_search_locations:
        raise FatalError(
            "chdb-core is not installed",
            zh="未安装 chdb-core",
            hint="install with the `local` extra: pip install 'lianzhi[local]'",
        )
    library = Path(spec.submodule_search_locations[0]) / "_chdb.abi3.so"
    # Its allocator must win over any other in the process, as the package itself arranges it.
    ctypes.CDLL(str(library), mode=sys.getdlopenflags() | _RTLD_DEEPBIND)
    loader = ExtensionFileLoader("_chdb", str(library))
    module_spec = importlib.util.spec_from_loader("_chdb", loader)
    if module_spec is None:
        raise FatalError(f"can not load {library}", zh=f"无法加载 {library}")
    module = importlib.util.module_from_spec(module_spec)
    loader.exec_module(module)
    return module


def _stop_on_signal(ports: Ports, password: str, stopping: threading.Event) -> None:
    received = signal.sigwait(_STOP_SIGNALS)
    _log.info("stopping on %s", signal.Signals(received).name)
    stopping.set()
    headers = {"X-ClickHouse-User": "operator", "X-ClickHouse-Key": password}
    connection = http.client.HTTPConnection(HOST, ports.clickhouse_http, timeout=10)
    try:
        connection.request("POST", "/", body=_STOP, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        text, status = str(error), 0
    else:
        status = answer.status
    if status != http.client.OK:
        # Not listening yet, or overwhelmed: stop hard. Acknowledged rows are on the disk.
        _log.error("could not ask for an orderly stop (%s): %s", status, text[:500])
        os._exit(1)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    parser = argparse.ArgumentParser(prog="infra.local.clickhouse_server")
    parser.add_argument("--home", required=True)
    run(load_settings(parser.parse_args().home))


if __name__ == "__main__":
    main()
