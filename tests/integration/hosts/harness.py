"""Trying a situation on a simulated host over real HTTP: the park and the cycle of the real thing, with a store of its own."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from situations import Situation

from coro_cli import config
from coro_cli.drills.host.server import Host
from coro_cli.jobs import park
from coro_cli.jobs.park import Asked, Parked
from coro_cli.polling import cycle
from coro_cli.polling.cycle import Report
from coro_cli.polling.plugin_set import Fleet
from coro_cli.store.database import Database
from coro_cli.system import paths

TOKEN_VARIABLE = "SIMULATED_HOST_TOKEN"
HOUR = 3600.0


class World(Protocol):
    """One simulated host as the table needs it. `alice` and `bob` are members, `me` holds the token.

    name: the plugin's, and its kind unless `block` says otherwise. cannot: why the host cannot tell something, by short
    event name or by a situation's name. block: the lines of `[plugins.NAME]` but `token_env`.
    """

    name: str
    host: Host
    token: str
    cannot: Mapping[str, str]

    def block(self) -> dict[str, str]: ...

    def pull(self) -> Any: ...

    def issue(self) -> Any: ...

    def ref(self, thing: Any) -> str: ...


@dataclass(slots=True)
class Bench:
    """One home: its store and its plugins."""

    world: World
    store: str
    db: Database
    fleet: Fleet

    def park(self, ref: str, on: str, **words: Any) -> Parked:
        """`coro park REF --on ON`: a job without a command, so being woken completes it."""
        asked = {
            "refs": [ref], "on": [on] if on else [], "all": False, "only": False, "at_head": False, "who": "trusted", "match": "",
            "since": None, "timeout": None, "repeat": None, "retries": None, "on_interrupt": None, "title": None, "phase": None,
            "cwd": os.getcwd(), "explicit_cwd": False, "env": [], "job": None, "check": True, "command": None, "began": time.time(),
        }  # fmt: skip
        return park.park(self.db, self.fleet, Asked(**{**asked, **words}))  # type: ignore[arg-type]

    def poll(self) -> Report:
        """One cycle of the plugin."""
        member = self.fleet.member(self.world.name)
        if member.reason:
            member = self.fleet.renew(self.world.name)
        return cycle.poll(self.db, member, cycle.watched_of(self.db, self.world.name))

    def state(self, job: str) -> str:
        """`parked` or `completed`."""
        row = self.db.one("job_get", id=job)
        assert row is not None
        return str(row["state"])

    def satisfied(self, job: str) -> bool | None:
        """Whether the newest wait of the job was satisfied."""
        row = self.db.one("wait_last", job=job)
        return None if row is None or row["satisfied"] is None else bool(row["satisfied"])

    def recorded(self) -> list[Any]:
        """All events, oldest first."""
        return self._query("SELECT * FROM events ORDER BY number")

    def outcomes(self, job: str, name: str) -> list[str]:
        """What the events of that name did to the job."""
        query = "SELECT v.outcome FROM verdicts v JOIN events e ON e.number = v.event WHERE v.job = ? AND e.name = ? ORDER BY e.number"
        return [row["outcome"] for row in self._query(query, job, name)]

    def _query(self, text: str, *values: str) -> list[Any]:
        with closing(sqlite3.connect(self.store)) as connection:
            connection.row_factory = sqlite3.Row
            return list(connection.execute(text, values))

    def close(self) -> None:
        """Close connections and store."""
        self.fleet.close()
        self.db.close()


def bench(world: World, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A new home for this world."""
    directory.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv(TOKEN_VARIABLE, world.token)
    lines = [f"{key} = {json.dumps(value)}" for key, value in {**world.block(), "token_env": TOKEN_VARIABLE}.items()]
    (directory / "config.toml").write_text("\n".join([f"[plugins.{world.name}]", *lines, ""]))
    home = paths.find(str(directory))
    db = Database(home.store)
    return Bench(world, home.store, db, Fleet(config.load(home)))


def subject(world: World, situation: Situation) -> Any:
    """The row's object, opened and prepared an hour ago."""
    world.host.skew -= HOUR
    thing = world.pull() if situation.family == "pull_request" else world.issue()
    world.host.advance(60)
    situation.before(thing)
    world.host.skew = 0.0
    return thing


def act(world: World, situation: Situation, thing: Any) -> None:
    """Let it happen. One's own word in the very second of the park is what one said before it."""
    world.host.skew = 1.0 if situation.who == "self" else 0.0
    situation.act(thing)


def words(situation: Situation) -> dict[str, Any]:
    """The options of the row's wait."""
    return {"who": situation.who, "match": situation.match, "at_head": situation.at_head, "only": situation.only}


def unable(world: World, situation: Situation) -> None:
    """Skip what the host cannot tell, with the reason that the guide gives."""
    reason = world.cannot.get(situation.name) or world.cannot.get(situation.needs)
    if reason:
        pytest.skip(f"{world.name}: {reason}")


@contextmanager
def benches(world: World, directory: Path, monkeypatch: pytest.MonkeyPatch, count: int = 1) -> Iterator[list[Bench]]:
    """So many homes for one world, closed at the end."""
    made = [bench(world, directory / str(number), monkeypatch) for number in range(count)]
    try:
        yield made
    finally:
        for each in made:
            each.close()


def check_found_by_a_poll(b: Bench, situation: Situation) -> None:
    """It happens while a job waits: the next cycle finds it, and it does what the row says."""
    unable(b.world, situation)
    thing = subject(b.world, situation)
    ref = b.world.ref(thing)
    job = b.park(ref, situation.on, **words(situation)).id
    assert b.state(job) == "parked", "it woke although nothing had happened yet"
    before = {row["key"] for row in b.recorded()}
    act(b.world, situation, thing)
    report = b.poll()
    assert report.errors == []
    _check(b, situation, job, [row for row in b.recorded() if row["key"] not in before])
    again = b.poll()
    assert again.events == [] and again.errors == [], "the same thing was told twice"


def check_already_so(b: Bench, situation: Situation) -> None:
    """It had happened before the park: a state wakes at once, an edge does not (it is not news)."""
    unable(b.world, situation)
    thing = subject(b.world, situation)
    b.world.host.skew = -HOUR / 2
    situation.act(thing)
    b.world.host.skew = 0.0
    job = b.park(b.world.ref(thing), situation.on, **words(situation)).id
    wanted = "completed" if situation.wakes_at_once or not situation.satisfied else "parked"
    assert b.state(job) == wanted
    report = b.poll()
    assert report.errors == [] and b.state(job) == wanted
    if wanted == "completed":
        assert b.satisfied(job) is situation.satisfied


def check_one_key_by_both_doors(polled: Bench, parked: Bench, situation: Situation) -> None:
    """One store learns of it by a poll and then by a second park, another the other way round: each door has the same keys."""
    unable(polled.world, situation)
    thing = subject(polled.world, situation)
    ref = polled.world.ref(thing)
    for b in (polled, parked):
        b.park(ref, situation.on, **words(situation))
    act(polled.world, situation, thing)
    parked.park(ref, situation.on, **words(situation))
    assert polled.poll().errors == []
    first = (keys(polled, situation), keys(parked, situation))
    polled.park(ref, situation.on, **words(situation))
    assert parked.poll().errors == []
    assert first == (keys(polled, situation), keys(parked, situation)), "the other door told it anew"
    assert _undated(first[0]) == _undated(first[1])


def keys(b: Bench, situation: Situation) -> list[str]:
    """The keys of the row's event, in order."""
    return sorted(row["key"] for row in b.recorded() if row["name"] == situation.event)


def _undated(keys: list[str]) -> list[str]:
    # Where a host tells no time, the version is that of the look, and two stores do not look in the same second.
    return [re.sub(r":\d{10}$", "", key) for key in keys]


def _check(b: Bench, situation: Situation, job: str, fresh: Sequence[Any]) -> None:
    told = [row for row in fresh if row["name"] == situation.event]
    assert bool(told) == bool(situation.event), f"recorded: {[row['name'] for row in fresh]}"
    assert b.state(job) == ("completed" if situation.wakes else "parked")
    if situation.wakes:
        assert b.satisfied(job) is situation.satisfied
    if told:
        assert situation.outcome in b.outcomes(job, situation.event)
    if situation.actor:
        assert situation.actor in [row["login"] for row in told]
