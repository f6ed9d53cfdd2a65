"""Ten hours against a host whose wire is bad: nothing that the host shows is lost, nothing is recorded or run twice.

The polls, the store and the HTTP are real; the clock is the test's own, the same for the host and for us, and a random
number generator with a fixed seed decides what goes wrong when. The runs are claimed and finished without a process.
"""

from __future__ import annotations

import contextlib
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from coro_cli import config
from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.messages import Request, Response
from coro_cli.errors import CoroError
from coro_cli.jobs import park
from coro_cli.jobs.park import Asked
from coro_cli.polling import cycle
from coro_cli.polling.cycle import Report
from coro_cli.polling.plugin_set import Fleet, Member
from coro_cli.store import claims, finish
from coro_cli.store.database import Database
from coro_cli.system import paths

HOUR, MINUTE, PULLS = 3600.0, 60.0, 6
START = 1_800_000_000.0
FLAT = 12 * 1024 * 1024


@dataclass
class Weather:
    """What goes wrong on the wire. seen: the latest answers by what was asked, to be given again when they are old."""

    host: GitHubHost
    chance: random.Random
    seen: dict[str, Response] = field(default_factory=dict)
    stale: int = 0
    struck: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        honest = self.host._respond

        def remembering(request: Request, fault: Any) -> Response:
            asked = f"{request.method} {request.target} {request.body!r}"
            if self.stale and asked in self.seen:
                self.stale -= 1
                return self.seen.pop(asked)
            answer = honest(request, fault)
            if fault is None and answer.status == 200:
                self.seen.setdefault(asked, answer)
            return answer

        self.host._respond = remembering  # type: ignore[method-assign]

    def change(self) -> None:
        """Order the faults of the next cycle: mostly none."""
        faults, many = self.host.faults, self.chance.randint(1, 3)
        faults.clear()
        self.stale = 0
        if self.chance.random() < 0.1:
            self.seen.clear()  # what may come again is at most some minutes old
        kinds = {
            "delay": lambda: faults.delay(0.01, many), "cut": lambda: faults.cut(many), "truncate": lambda: faults.truncate(many),
            "drop": lambda: faults.drop(many), "html": lambda: faults.html(many), "502": lambda: faults.next(many, status=502),
            "503": lambda: faults.next(many, status=503, headers={"retry-after": "30"}),
            "429": lambda: faults.next(many, status=429, headers={"retry-after": "60"}),
            "stale": lambda: setattr(self, "stale", many), "empty": lambda: faults.next(many, status=200, body=b"{}"),
        }  # fmt: skip
        kind = self.chance.choice([*kinds, *["fair"] * 8])
        self.struck[kind] += 1
        if kind in kinds:
            # One behind others as well: the cycle breaks off in its middle.
            for _ in range(self.chance.choice([0, 0, 1])):
                faults.delay(0.0)
            kinds[kind]()


class Scene:
    """One home, one host, one clock."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = START
        monkeypatch.setattr(time, "time", lambda: self.now)
        monkeypatch.setenv("SIM_TOKEN", "ghp_simulated")
        self.host = GitHubHost(clock=lambda: self.now).start()
        for bucket in ("core", "graphql"):
            self.host.limits.bucket(self.host.token, bucket).limit = 1_000_000
        self.pulls = [self.host.pull("acme/api", number) for number in range(1, PULLS + 1)]
        self.now += MINUTE
        home = paths.find(str(folder))
        home.config_file.write_text(f'[plugins.github]\nkind = "github"\napi_url = "{self.host.url}"\ntoken_env = "SIM_TOKEN"\n')
        self.db, self.fleet = Database(home.store), Fleet(config.load(home))
        self.runs: Counter[tuple[str, str, str]] = Counter()

    def park(self, number: int, on: str, **words: Any) -> str:
        """A job with a command that is never really started."""
        asked = {
            "all": False, "only": False, "at_head": False, "who": "trusted", "match": "", "since": None, "timeout": None, "repeat": None,
            "retries": None, "on_interrupt": None, "title": None, "phase": None, "cwd": "/", "explicit_cwd": False, "env": [],
            "job": None, "check": True, "command": ("true",), "began": time.time(),
        }  # fmt: skip
        self._in_step(self.fleet.member("github"))
        return park.park(self.db, self.fleet, Asked(refs=[f"github:acme/api#{number}"], on=[on], **asked | words)).id

    def poll(self) -> Report:
        """One cycle, as `coro start` makes it: the credentials are looked for again where they were refused."""
        member = self.fleet.member("github")
        if member.reason:
            member = self.fleet.renew("github")
        self._in_step(member)
        return cycle.poll(self.db, member, cycle.watched_of(self.db, "github"))

    def _in_step(self, member: Member) -> None:
        """A client has taken the real clock as its own, before ours was there."""
        with contextlib.suppress(CoroError):
            member.ready()[1].clock = time.time

    def run_ready(self) -> None:
        """Claim and finish whatever is due."""
        for row in self.db.all("jobs_ready", now=self.now, limit=100):
            with self.db.transaction():
                batch = claims.claim(self.db, row["id"], now=self.now)
                assert batch is not None
                self.db.run("run_begin", job=row["id"], number=batch.number, supervisor=1, pid=2**30, pid_started="x")
                self.runs.update((row["id"], event.name, event.key) for event in batch.events)
            with self.db.transaction():
                finish.finish(self.db, row["id"], batch.number, 0, now=self.now, jitter=0.0)

    def close(self) -> None:
        """End it all."""
        self.fleet.close()
        self.db.close()
        self.host.close()


def resident() -> int:
    """This process's memory in bytes, the host's own included; 0 where that is not told."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * resource.getpagesize() if told.exists() else 0


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A fresh one."""
    scene = Scene(tmp_path, monkeypatch)
    yield scene
    scene.close()


@pytest.mark.parametrize("seed", [1])
def test_ten_hours_on_a_bad_wire_lose_nothing_and_double_nothing_and_do_not_grow(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)
    weather = Weather(scene.host, chance)
    following = [scene.park(number, "commented", repeat=True) for number in range(1, PULLS + 1)]
    once = [scene.park(number, "merged") for number in range(1, PULLS + 1)]
    said: Counter[int] = Counter()
    until, cycles, sizes = scene.now + 10 * HOUR, 0, []
    while scene.now < until:
        number = chance.randrange(PULLS)
        if chance.random() < 0.3 and said[number] < 40:
            said[number] += 1
            scene.pulls[number].comment(f"member{sum(said.values())}", "go on", association="MEMBER")
        weather.change()
        # The network goes every five minutes for one, now and then the token expires, and the lid is shut for an hour.
        scene.host.offline = cycles % 5 == 0
        (scene.host.revoke if chance.random() < 0.05 else scene.host.restore)()
        scene.poll()
        scene.now += 2.0
        scene.run_ready()
        scene.now += MINUTE if chance.random() > 0.01 else HOUR
        scene.host.clear()
        cycles += 1
        if cycles % 50 == 0:
            sizes.append(resident())
    scene.host.offline = False
    scene.host.restore()
    scene.host.faults.clear()
    for pull in scene.pulls:
        pull.merge("maintainer")
    for _ in range(4):
        report = scene.poll()
        scene.now += 2 * MINUTE
        scene.run_ready()
    assert not report.errors
    assert min(weather.struck.values()) > 3, f"some weather never came: {weather.struck}"
    told = [row["name"] for row in scene.db.all("events_newest", since=0.0, limit=100_000)]
    assert (told.count("pull_request:commented"), told.count("pull_request:merged")) == (sum(said.values()), PULLS)
    ran = Counter(job for job, _, _ in scene.runs)
    assert set(scene.runs.values()) == {1}, "one (job, event) started two runs"
    assert [ran[job] for job in once] == [1] * PULLS
    commented = Counter(job for job, name, _ in scene.runs if name == "pull_request:commented")
    assert [commented[job] for job in following] == [said[number] for number in range(PULLS)]
    assert max(sizes[len(sizes) // 2 :]) - sizes[len(sizes) // 4] < FLAT, sizes
