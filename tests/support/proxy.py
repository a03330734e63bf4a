"""A TCP proxy that can fall silent or cut its connections: a network that fails, between us and a real server."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class Proxy:
    """Forwards to (host, port) from a port of its own, until told otherwise."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._answering = threading.Event()
        self._answering.set()
        self._closed = False
        self.held = threading.Event()
        """Set when an answer is held back."""
        self._awaited = b""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        port: int = self._listener.getsockname()[1]
        return port

    def silence(self, awaited: bytes = b"") -> None:
        """Hold back the server's answers: from now on, or only once somebody has sent the bytes `awaited`."""
        self.held.clear()
        if awaited:
            self._awaited = awaited
        else:
            self._answering.clear()

    def speak(self) -> None:
        """Let the answers through again, those held back too."""
        self._awaited = b""
        self._answering.set()

    def cut(self) -> None:
        """Close every connection there is; new ones are taken."""
        with self._lock:
            connections, self._open = self._open, []
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def close(self) -> None:
        """Refuse connections from now on, and cut those there are."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.speak()
        self.cut()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target, timeout=5)
            except OSError:
                continue
            server.settimeout(None)
            with self._lock:
                self._open += [client, server]
            threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, from_server: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not from_server:
                    self._look_for_awaited(data)
                elif not self._answering.is_set():
                    self.held.set()
                    self._answering.wait()
                sink.sendall(data)
        for connection in (source, sink):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _look_for_awaited(self, data: bytes) -> None:
        if self._awaited and self._awaited in data:
            self._awaited = b""
            self._answering.clear()
