"""The configuration of the local ClickHouse: `config.xml`, sized for a small machine, and `users.xml` beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from infra.files import write_private
from infra.local.home import Home
from infra.local.ports import HOST, Ports
from infra.local.users import ensure_passwords, grants_of, users_xml
from infra.settings import Settings

MIB = 1024 * 1024


def write_config(home: Home, settings: Settings, ports: Ports) -> Path:
    """Write both files into `run/clickhouse/`; that folder is the server's working folder.

    Raises:
        InvalidInput: when the grants are wrong.
    """
    folder = _folder(home)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in _files(home, settings, ports).items():
        write_private(folder / name, text)
    return folder


def is_current(home: Home, settings: Settings, ports: Ports) -> bool:
    """Whether the files are what settings and grants ask for now; a running server reads them at its start only."""
    folder = _folder(home)
    return all(
        (folder / name).exists() and (folder / name).read_text(encoding="utf-8") == text
        for name, text in _files(home, settings, ports).items()
    )


def _folder(home: Home) -> Path:
    return home.run / "clickhouse"


def _files(home: Home, settings: Settings, ports: Ports) -> dict[str, str]:
    grants = grants_of(home)
    ensure_passwords(home, grants)
    root = ElementTree.Element("clickhouse")
    _fill(root, _config(home, settings, ports))
    ElementTree.indent(root)
    return {
        "users.xml": users_xml(home, grants, settings.clickhouse.database),
        "config.xml": ElementTree.tostring(root, encoding="unicode") + "\n",
    }


def _config(home: Home, settings: Settings, ports: Ports) -> dict[str, Any]:
    memory = settings.local.clickhouse_memory_mib * MIB
    return {
        "listen_host": HOST,
        "tcp_port": ports.clickhouse_native,
        "http_port": ports.clickhouse_http,
        # The embedded server takes its level from here, not from logger.level.
        "log-level": "information",
        "logger": {
            "level": "information",
            "log": home.logs / "clickhouse-server.log",
            "errorlog": home.logs / "clickhouse-server.err.log",
            "size": "20M",
            "count": 3,
        },
        "user_directories": {"users_xml": {"path": "users.xml"}},
        "access_control_improvements": {
            "select_from_system_db_requires_grant": "true",
            "select_from_information_schema_requires_grant": "true",
            "users_without_row_policies_can_read_rows": "false",
        },
        # The registry is on this machine; nothing else is any business of the server.
        "remote_url_allow_hosts": {"host": HOST},
        "send_crash_reports": {"enabled": "false"},
        "max_server_memory_usage": memory,
        "mark_cache_size": 128 * MIB,
        "index_mark_cache_size": 32 * MIB,
        "uncompressed_cache_size": 0,
        "compiled_expression_cache_size": 32 * MIB,
        "mmap_cache_size": 100,
        "max_connections": 256,
        "max_concurrent_queries": 100,
        "keep_alive_timeout": 60,
        "background_pool_size": 4,
        "background_merges_mutations_concurrency_ratio": 2,
        "background_move_pool_size": 1,
        "background_fetches_pool_size": 1,
        "background_common_pool_size": 2,
        "background_schedule_pool_size": 8,
        "merge_tree": {
            "number_of_free_entries_in_pool_to_execute_mutation": 2,
            "number_of_free_entries_in_pool_to_lower_max_size_of_merge": 2,
            "number_of_free_entries_in_pool_to_execute_optimize_entire_partition": 2,
        },
    }


def _fill(parent: ElementTree.Element, values: Mapping[str, Any]) -> None:
    for tag, value in values.items():
        element = ElementTree.SubElement(parent, tag)
        if isinstance(value, Mapping):
            _fill(element, value)
        else:
            element.text = str(value)
