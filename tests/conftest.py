"""Fixtures for every test: a simulated GitHub, a home configured for it, and `coro` in that home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import Coro, write_config

from coro_cli.drills.host.github import GitHubHost


@pytest.fixture
def host() -> Iterator[GitHubHost]:
    """A simulated GitHub with an empty world: `host.pull("acme/api", 42)` puts something into it.

    Its limits are wide: with the real ones a runner that looks every second would be stretched to stay within its share.
    """
    with GitHubHost() as host:
        for resource in ("core", "graphql"):
            host.limits.bucket(host.token, resource).limit = 1_000_000
        yield host


@pytest.fixture
def home(tmp_path: Path, host: GitHubHost) -> Path:
    """A home whose plugin `github` is the simulated host."""
    home = tmp_path / "home"
    write_config(home, host.url)
    return home


@pytest.fixture
def coro(home: Path, host: GitHubHost, tmp_path: Path) -> Coro:
    """`coro` in that home, with the host's token in SIM_TOKEN; it runs in a directory of its own."""
    work = tmp_path / "work"
    work.mkdir()
    return Coro(home, cwd=work, env={"SIM_TOKEN": host.token})
