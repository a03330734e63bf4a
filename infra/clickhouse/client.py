"""The client: rows and commands over the native protocol, raw posts over HTTP; bounded in time, errors as ours."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from clickhouse_driver import Client
from clickhouse_driver import errors as driver_errors

from infra.clickhouse.errors import OutcomeUnknown, ServerBusy, no_connection, refusal
from infra.clickhouse.http import HttpSender, PostResult
from infra.clickhouse.parameters import native_parameters
from infra.errors import FatalError, InvalidInput
from infra.settings import Settings
from infra.sql import identifier

ServerSettings = Mapping[str, str | int | float]
Rows = list[tuple[Any, ...]]

_UTC_NAMES = {"UTC", "Etc/UTC", "Etc/UCT", "Zulu", "Universal", "Etc/Zulu", "Etc/Universal", "GMT", "Etc/GMT"}
_NOT_CONNECTED = (driver_errors.NetworkError, driver_errors.SocketTimeoutError)
"""Raised by the driver while it connects, before anything is sent."""
_BROKEN_OFF = (
    driver_errors.UnexpectedPacketFromServerError,
    driver_errors.UnknownPacketFromServerError,
    EOFError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows with the names and types of their columns."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Rows

    def dicts(self) -> list[dict[str, Any]]:
        """Each row by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class ClickHouse:
    """ClickHouse as one user.

    May be shared among threads: each gets a native connection of its own. Parameters are given by name and stand in the
    SQL as `{name:Type}`; the server fills them in. Datetimes must be aware, come back as the column's zone says
    (UTC), and the server itself must run in UTC.

    Args:
        settings: where the server is, and the limits in time.
        user: the ClickHouse user; its password is read from the secrets.
        database: None: the setting clickhouse.database; "" to name none.
        query_seconds: longest run of one statement on the server; None: the setting clickhouse.query_seconds; 0: leave
            it to the user's profile (a user who may not change settings).

    Every method raises:
        ServerRefused: the server says no; `code` says why.
        ServerBusy: nothing was done; try later.
        OutcomeUnknown: the answer did not come; look before trying again.
    """

    def __init__(
        self, settings: Settings, user: str, *, database: str | None = None, query_seconds: float | None = None
    ) -> None:
        self._settings = settings
        self._user = user
        self._database = settings.clickhouse.database if database is None else database
        seconds = settings.clickhouse.query_seconds if query_seconds is None else query_seconds
        self._limits: dict[str, str | int | float] = {"max_execution_time": seconds} if seconds else {}
        self._password = settings.clickhouse_password(user)
        self._http = HttpSender(settings, user, self._password, self._database)
        self._threads = threading.local()
        self._clients: list[Client] = []
        self._lock = threading.Lock()

    @property
    def user(self) -> str:
        """The ClickHouse user."""
        return self._user

    @property
    def database(self) -> str:
        """The database that unqualified names mean."""
        return self._database

    def rows(
        self, sql: str, /, *, with_settings: ServerSettings | None = None, **parameters: Any
    ) -> list[tuple[Any, ...]]:
        """The rows of a SELECT."""
        rows: Rows = self._execute(sql, parameters, with_settings)
        return rows

    def answer(self, sql: str, /, *, with_settings: ServerSettings | None = None, **parameters: Any) -> Answer:
        """The rows of a SELECT, with the names and types of the columns."""
        rows, columns = self._execute(sql, parameters, with_settings, with_column_types=True)
        return Answer(tuple(name for name, _ in columns), tuple(kind for _, kind in columns), rows)

    def value(self, sql: str, /, *, with_settings: ServerSettings | None = None, **parameters: Any) -> Any:
        """The first column of the only row.

        Raises:
            InvalidInput: when the answer has not exactly one row.
        """
        rows = self.rows(sql, with_settings=with_settings, **parameters)
        if len(rows) != 1:
            raise InvalidInput(f"one row expected, {len(rows)} found", zh=f"应有一行结果，实有 {len(rows)} 行")
        return rows[0][0]

    def stream(
        self, sql: str, /, *, block_rows: int = 10_000, with_settings: ServerSettings | None = None, **parameters: Any
    ) -> Iterator[tuple[Any, ...]]:
        """The rows of a SELECT one by one, in bounded memory, over a connection of their own."""
        client = self._connect()
        options = self._limits | dict(with_settings or {}) | {"max_block_size": block_rows}
        try:
            with self._native_calls(client):
                yield from client.execute_iter(sql, native_parameters(parameters), settings=options)
        finally:
            client.disconnect()

    def command(self, sql: str, /, *, with_settings: ServerSettings | None = None, **parameters: Any) -> None:
        """Run a statement that has no rows to give: DDL, INSERT … SELECT, ALTER."""
        self._execute(sql, parameters, {"async_insert": 0} | dict(with_settings or {}))

    def insert(
        self,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
        *,
        with_settings: ServerSettings | None = None,
    ) -> int:
        """Insert rows as native blocks; returns how many. Values must have the columns' Python types already.

        Args:
            table: `table` or `database.table`, plain identifiers.
            columns: plain identifiers, in the order of the rows' values.
        """
        names = ", ".join(f"`{identifier(column)}`" for column in columns)
        target = ".".join(f"`{identifier(part)}`" for part in table.split("."))
        data = rows if isinstance(rows, list) else list(rows)
        if not data:
            return 0
        client = self._client()
        options = self._limits | {"async_insert": 0} | dict(with_settings or {})
        with self._native_calls(client):
            written: int = client.execute(f"INSERT INTO {target} ({names}) VALUES", data, settings=options)
        return written

    def post(
        self,
        sql: str,
        body: bytes,
        settings: ServerSettings | None = None,
        parameters: Mapping[str, Any] | None = None,
        *,
        seconds: float | None = None,
        query_id: str = "",
    ) -> PostResult:
        """Send `body` as the data of `sql` over HTTP, untouched.

        Args:
            settings: for this statement; they replace the client's limits of the same name.
            parameters: of the statement, `{name:Type}`.
            seconds: longest silence of the server; None: the setting clickhouse.receive_seconds.
            query_id: by which `KILL QUERY` can find it.
        """
        return self._http.post(
            sql,
            body,
            settings=self._limits | dict(settings or {}),
            parameters=parameters or {},
            seconds=seconds,
            query_id=query_id,
        )

    def close(self) -> None:
        """Let go of all connections, those of other threads too."""
        self._http.close()
        with self._lock:
            clients, self._clients = self._clients, []
        for client in clients:
            client.disconnect()
        self._threads = threading.local()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"ClickHouse({self._user!r}, {self._database!r})"

    def _execute(self, sql: str, parameters: Mapping[str, Any], settings: ServerSettings | None, **options: Any) -> Any:
        texts = native_parameters(parameters)
        client = self._client()
        with self._native_calls(client):
            return client.execute(sql, texts, settings=self._limits | dict(settings or {}), **options)

    def _client(self) -> Client:
        client = getattr(self._threads, "client", None)
        if client is None:
            client = self._connect()
            self._threads.client = client
            with self._lock:
                self._clients.append(client)
        return client

    def _connect(self) -> Client:
        server = self._settings.clickhouse
        client = Client(
            server.host,
            port=server.native_port,
            user=self._user,
            password=self._password,
            database=self._database,
            client_name="lianzhi",
            connect_timeout=server.connect_seconds,
            send_receive_timeout=server.receive_seconds,
            sync_request_timeout=server.connect_seconds,
            compression=False,  # 26.x answers in zstd, for which the driver wants one more package
            secure=server.secure,
            ca_certs=None if server.ca_file is None else str(server.ca_file),
            settings_is_important=True,  # else the server passes over settings that it does not know
            tcp_keepalive=True,
            settings={"server_side_params": True},
        )
        try:
            with self._native_calls(client):
                client.connection.connect()
        except OutcomeUnknown as error:  # before any statement: nothing was done
            busy = ServerBusy(f"no connection to ClickHouse: {error.message}")
            raise no_connection(server, server.native_port, busy) from None
        zone = client.connection.server_info.timezone
        if zone not in _UTC_NAMES:
            client.disconnect()
            raise FatalError(
                f"ClickHouse runs in the time zone {zone}, not in UTC",
                zh=f"ClickHouse 的时区是 {zone}，应为 UTC",
                hint="set <timezone>UTC</timezone> in its configuration",
            )
        return client

    @contextmanager
    def _native_calls(self, client: Client) -> Iterator[None]:
        try:
            yield
        except driver_errors.ServerException as error:
            raise refusal(error.code, error.message) from None
        except _NOT_CONNECTED as error:
            client.disconnect()
            server = self._settings.clickhouse
            busy = ServerBusy(f"no connection to ClickHouse: {_reason(error)}")
            raise no_connection(server, server.native_port, busy) from None
        except _BROKEN_OFF as error:
            client.disconnect()
            raise OutcomeUnknown(f"ClickHouse did not answer: {_reason(error)}") from None
        except driver_errors.Error as error:
            client.disconnect()
            raise InvalidInput(f"clickhouse-driver: {error}", zh="无法发送给 ClickHouse 的数据") from error


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
