"""A PostgreSQL for all tests of a worker, an empty migrated database for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from edge_bed import Bed, Edge
from edge_postgres import Given, Server

from coro_cli.edge.database import Admin


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server | Given]:
    """A server: ours, or the one of CORO_TEST_DATABASE_URL."""
    given = os.environ.get("CORO_TEST_DATABASE_URL")
    server = Given(given) if given else Server()
    try:
        if isinstance(server, Server):
            server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def bed(postgres: Server | Given, tmp_path: Path) -> Iterator[Bed]:
    """A migrated database with nothing in it."""
    with postgres.database() as url:
        with Admin(url) as admin:
            admin.migrate()
        yield Bed(url, tmp_path)


@pytest.fixture
def edge(bed: Bed) -> Iterator[Edge]:
    """One edge on it."""
    with bed.edge() as edge:
        yield edge
