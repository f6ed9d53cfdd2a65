"""A plugin in a package of its own, found by its entry point: the one that the guide shows, word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from harness import benches, check_already_so, check_found_by_a_poll, check_one_key_by_both_doors
from plain_host import PlainHost
from situations import PULLS, Situation

from coro_cli import guides
from coro_cli.errors import ConfigError
from coro_cli.plugins import registry
from coro_cli.plugins.base import Plugin, Settings


class PlainWorld:
    """The guide's plugin under another name than its kind."""

    name = "work"
    cannot: Mapping[str, str] = {"thread_resolved": "its API knows no threads"}

    def __init__(self, host: PlainHost) -> None:
        self.host, self.token = host, host.token
        for login in ("alice", "bob"):
            host.repo("acme/api").member(login)

    def block(self) -> dict[str, str]:
        """`[plugins.work]`."""
        return {"kind": "plain", "api_url": self.host.api_url}

    def pull(self) -> Any:
        """A new pull request."""
        return self.host.pull("acme/api")

    def issue(self) -> Any:
        """There are none."""
        raise AssertionError("it has none")

    def ref(self, thing: Any) -> str:
        """How a user writes it."""
        return f"work:{thing.repo.path}#{thing.number}"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlainWorld]:
    """The package as it is after its installation: a module, and the record that names its entry point."""
    found = re.findall(r"```python\n(.*?)```", guides.page("plugins"), re.DOTALL)
    assert len(found) == 1
    site = tmp_path / "site"
    record = site / "coro_plain-1.0.dist-info"
    record.mkdir(parents=True)
    (site / "coro_plain.py").write_text(found[0])
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: coro-plain\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text("[coro.plugins]\nplain = coro_plain:Plain\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(__import__("sys").modules, "coro_plain", raising=False)
    registry.plugin_class.cache_clear()
    with PlainHost() as host:
        yield PlainWorld(host)
    registry.plugin_class.cache_clear()


def test_it_is_a_plugin_like_ours(world: PlainWorld) -> None:
    made = registry.make(Settings("work", "plain", world.host.api_url, world.host.url))
    assert isinstance(made, Plugin) and type(made).__module__ == "coro_plain"


def test_a_kind_that_no_package_brings_is_an_error_that_lists_the_kinds(world: PlainWorld) -> None:
    with pytest.raises(ConfigError, match="no plugin of kind `fancy`") as caught:
        registry.make(Settings("work", "fancy", "", ""))
    assert "gitea" in str(caught.value.hint)


@pytest.mark.parametrize("situation", PULLS, ids=str)
def test_what_happens_while_a_job_waits_is_found(
    situation: Situation, world: PlainWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with benches(world, tmp_path / "home", monkeypatch) as (bench,):
        check_found_by_a_poll(bench, situation)


@pytest.mark.parametrize("situation", PULLS, ids=str)
def test_what_had_happened_before_the_park_counts_if_it_is_a_state(
    situation: Situation, world: PlainWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with benches(world, tmp_path / "home", monkeypatch) as (bench,):
        check_already_so(bench, situation)


@pytest.mark.parametrize("situation", [s for s in PULLS if s.event], ids=str)
def test_a_poll_and_a_park_give_it_one_key(
    situation: Situation, world: PlainWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with benches(world, tmp_path / "home", monkeypatch, 2) as (found, parked):
        check_one_key_by_both_doors(found, parked, situation)
