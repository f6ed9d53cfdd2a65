"""Fixtures: a simulated host that is quiet, and homes against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from github_workshop import TOKEN, Workshop

from coro_cli.drills.host.github import GitHubHost


@pytest.fixture
def host() -> Iterator[GitHubHost]:
    """A GitHub where `alice` and `bob` are members of acme/api."""
    with GitHubHost() as host:
        repo = host.repo("acme/api")
        repo.member("alice")
        repo.member("bob")
        yield host


@pytest.fixture
def make(host: GitHubHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Workshop]]:
    """Makes homes: `make()`, `make(graphql=False)`."""
    monkeypatch.setenv(TOKEN, host.token)
    made: list[Workshop] = []

    def one(**words: Any) -> Workshop:
        made.append(Workshop(host, tmp_path / f"home{len(made)}", **words))
        return made[-1]

    yield one
    for each in made:
        each.close()


@pytest.fixture
def shop(make: Callable[..., Workshop]) -> Workshop:
    """One home."""
    return make()
