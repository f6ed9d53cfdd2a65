"""Two edges and three runners on one database lose what can be lost, in the middle of signed deliveries.

The runners are `coro start` in homes of their own; they reach the edges through a balancer and look hardly ever by
themselves, so that what wakes a job came over the relay.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from edge_balancer import Balancer
from edge_bed import Bed, Edge, signed, until
from edge_postgres import Given, Server, free_port
from helpers import Coro, write_config

from coro_cli.drills.host.github import GitHubHost

REPOSITORY = "acme/api"


@dataclass
class Team:
    """Three homes, their jobs, and where the jobs say that they ran."""

    bed: Bed
    host: GitHubHost
    balancer: Balancer
    ran: Path
    homes: list[Coro] = field(default_factory=list)
    jobs: dict[str, int] = field(default_factory=dict)

    def join(self, name: str) -> None:
        """One more home, paired with the edge."""
        home = self.bed.folder / name
        write_config(home, self.host.url, more=f'[cloud]\nurl = "http://{self.balancer.address}"\ntoken = "{self.bed.token()}"\n')
        (home / "config.toml").chmod(0o600)
        self.homes.append(Coro(home, env={"SIM_TOKEN": self.host.token}))

    def park(self, number: int) -> None:
        """A job in one of the homes that waits for a comment on that pull request."""
        home = self.homes[number % len(self.homes)]
        script = f'echo "$CORO_JOB_ID" >> {self.ran}'
        job = home("park", f"github:{REPOSITORY}#{number}", "--on", "commented", "--from", "anyone", "--", "sh", "-c", script).id
        self.jobs[job] = number

    def start(self, stack: ExitStack, home: Coro) -> subprocess.Popen[bytes]:
        """A runner, connected. It is ended with the stack. A file takes what it says: a full pipe would hold it up."""
        said = stack.enter_context((home.home / f"said-{time.monotonic()}").open("wb"))
        process = stack.enter_context(home.popen("start", "--interval", "2h", "--log-format", "json", stdout=said, stderr=said))
        stack.callback(lambda: process.poll() is None and process.kill())
        until(lambda: b'"connected"' in Path(said.name).read_bytes(), 30)
        return process

    def send(self, number: int, again: bool) -> None:
        """A delivery about a pull request (0: about none), sent until it is taken, as hosts do; some are sent twice."""
        issue = {"number": number, "pull_request": {"url": "x"}}
        payload = {"action": "created", "issue": issue, "repository": {"full_name": REPOSITORY}} if number else {"zen": random.random()}
        body = json.dumps(payload).encode()
        headers = signed(body, event="issue_comment" if number else "ping") | {"content-type": "application/json"}
        for _ in range(2 if again else 1):
            self._insist(body, headers)

    def _insist(self, body: bytes, headers: dict[str, str]) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                url = f"http://{self.balancer.address}/webhook/acme/github"
                answer = httpx.post(url, content=body, headers=headers, timeout=15, verify=False)
                if answer.is_success:
                    return
                assert answer.status_code == 503, answer.text
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise AssertionError("a delivery was not taken within 90 seconds")

    def stored(self) -> Counter[str]:
        """How often each delivery is in the homes' stores."""
        found: Counter[str] = Counter()
        for home in self.homes:
            with closing(sqlite3.connect(home.home / "coro.db")) as store:
                found.update(row[0] for row in store.execute("SELECT delivery FROM deliveries WHERE handled_at IS NOT NULL"))
        return found


@dataclass
class Losses:
    """What is lost, one after the other, while deliveries come in."""

    team: Team
    postgres: Server | Given
    stack: ExitStack
    ports: list[int]
    edges: list[Edge]
    runners: list[subprocess.Popen[bytes]]
    away: float
    seen: list[int] = field(default_factory=list)

    def edge(self) -> None:
        """The first edge is killed, and comes back a little later."""
        self.edges[0].process.kill()
        self.edges[0].process.wait()
        self.edges[0] = self.stack.enter_context(self.team.bed.edge(self.ports[0]))

    def runner(self) -> None:
        """A runner is killed; its home's next one goes on."""
        self.runners[1].kill()
        self.runners[1].wait()
        self.runners[1] = self.team.start(self.stack, self.team.homes[1])

    def database(self) -> None:
        """The database is away for some seconds: the edges say so."""
        if isinstance(self.postgres, Given):
            return
        self.postgres.stop()
        self.seen.append(self.edges[1].get("/readyz").status_code)
        self.seen.append(self.edges[1].get("/healthz").status_code)
        time.sleep(self.away)
        self.postgres.start()
        until(lambda: self.edges[1].get("/readyz").status_code == 200, 30)


def survive(bed: Bed, postgres: Server | Given, *, deliveries: int, jobs: int, away: float) -> None:
    """The whole story; used with a few hundred deliveries, and with five thousand."""
    with GitHubHost() as host, ExitStack() as stack:
        for resource in ("core", "graphql"):
            host.limits.bucket(host.token, resource).limit = 1_000_000
        bed.team()
        ports = [free_port(), free_port()]
        edges = [stack.enter_context(bed.edge(port)) for port in ports]
        balancer = Balancer([edge.address for edge in edges])
        stack.callback(balancer.close)
        team = Team(bed, host, balancer, bed.folder / "ran")
        for name in ("one", "two", "three"):
            team.join(name)
        pulls = {number: host.pull(REPOSITORY, number, author="dev", title="A thing") for number in range(1, jobs + 1)}
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(team.park, range(1, jobs + 1)))
        runners = [team.start(stack, home) for home in team.homes]
        losses = Losses(team, postgres, stack, ports, edges, runners, away)

        work = [*range(1, jobs + 1)] + [0] * (deliveries - jobs)
        random.Random(7).shuffle(work)
        done = threading.Semaphore(0)

        def send(number: int) -> None:
            if number:
                pulls[number].comment("alice", "go", association="MEMBER")
            team.send(number, again=number % 5 == 1)
            done.release()

        with ThreadPoolExecutor(8) as senders:
            sent = [senders.submit(send, number) for number in work]
            for lose, share in ((losses.edge, 4), (losses.runner, 4), (losses.database, 4)):
                for _ in range(deliveries // share):
                    done.acquire()
                lose()
            for one in sent:
                one.result()

        assert losses.seen in ([503, 200], [])
        try:
            until(lambda: not bed.rows("SELECT 1 FROM dispatches WHERE state <> 'acked' LIMIT 1"), 60)
        except AssertionError:
            held = bed.rows("SELECT * FROM dispatches WHERE state <> 'acked' LIMIT 20")
            raise AssertionError((held, bed.rows("SELECT * FROM runner_connections"), bed.log.read_text()[-2000:])) from None
        until(lambda: len(team.stored()) == deliveries, 60)
        until(lambda: len(team.ran.read_text().split()) >= jobs if team.ran.exists() else False, 60)
        assert bed.rows("SELECT count(*) AS n FROM deliveries") == [{"n": deliveries}]
        for home in team.homes:
            assert {job["state"] for job in home.json("jobs", "--limit", "10000")} == {"completed"}
        assert Counter(team.ran.read_text().split()) == dict.fromkeys(team.jobs, 1)
        sources = Counter(event["source"] for home in team.homes for event in home.json("events", "--limit", "100000"))
        # Whoever is connected anew looks once by itself, and finds a few before their delivery comes.
        assert sources["relay"] >= jobs / 3, sources


def test_edges_runners_and_the_database_may_be_lost_and_each_event_resumes_its_job_once(bed: Bed, postgres: Server | Given) -> None:
    survive(bed, postgres, deliveries=240, jobs=12, away=2.0)


@pytest.mark.slow
@pytest.mark.skipif("not config.getoption('markexpr')", reason="minutes long; run it with `-m slow`")
def test_the_same_with_five_thousand_deliveries_and_ten_seconds_without_a_database(bed: Bed, postgres: Server | Given) -> None:
    survive(bed, postgres, deliveries=5000, jobs=60, away=10.0)
