"""What a test of one host begins with: the simulated host with a project, a client of it, and a home to park in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from asking_plugins import client_of
from harness import Bench, World, bench

from coro_cli.plugins.client import Client
from tests.simulated.forge.host import ForgeHost


@contextmanager
def client_at(kind: str, host: ForgeHost) -> Iterator[Client]:
    """A client, closed at the end."""
    client = client_of(kind, host.api_url, host.token)
    yield client
    client.close()


@contextmanager
def desk_of(world: World, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A home, closed at the end."""
    made = bench(world, directory, monkeypatch)
    yield made
    made.close()


def an_hour_ago(host: ForgeHost, path: str, **words: Any) -> Any:
    """A pull request that was opened an hour ago."""
    host.skew = -3600.0
    pull = host.pull(path, **words)
    host.skew = 0.0
    return pull
