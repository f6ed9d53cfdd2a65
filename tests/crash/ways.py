"""The durable paths of the crash matrix: how a process is brought to a point of each, and how the work then goes on."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import sqlite3
import subprocess
import threading
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coro_cli.drills.host.github import GitHubHost
from tests.helpers import Coro, until, write_config

REF = "github:acme/api#42"
SECRET = "It's a Secret to Everybody"
LISTEN = ("webhook", "listen", "127.0.0.1:0", "--log-format", "json", "--quiet")
Armed = dict[str, str | None]


@dataclass(slots=True)
class Scene:
    """One home, one host with pull request 42, one side-effect file that lies outside the home."""

    coro: Coro
    host: GitHubHost
    did: Path
    pr: Any = None
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def made(cls, home: Path, work: Path, host: GitHubHost) -> Scene:
        """A fresh one; the pull request was opened a minute ago, so that no look is repeated for its freshness."""
        for resource in ("core", "graphql"):
            host.limits.bucket(host.token, resource).limit = 1_000_000
        write_config(home, host.url)
        host.advance(-60)
        pr = host.pull("acme/api", 42)
        host.advance(60)
        return cls(Coro(home, cwd=work, env={"SIM_TOKEN": host.token}), host, work / "did", pr)

    def park_words(self, before: str = "") -> tuple[str, ...]:
        """A job that notes its run and event."""
        return ("park", REF, "--on", "approved", "--", "sh", "-c", f'{before}echo "$CORO_RUN_ID $CORO_EVENT" >> {self.did}')

    def approve(self, before: str = "") -> None:
        """A job waits, and the approval has come."""
        self.coro(*self.park_words(before))
        self.pr.approve("alice")

    def ask(self, statement: str) -> Any:
        """The first value of a query, read from outside; None where there is no store yet."""
        with contextlib.closing(sqlite3.connect(self.coro.home / "coro.db", timeout=30)) as store:
            try:
                row = store.execute(statement).fetchone()
            except sqlite3.OperationalError:
                return None
        return row[0] if row else None

    def change(self, statement: str) -> None:
        """Turn something in the store by hand: time that has passed."""
        with contextlib.closing(sqlite3.connect(self.coro.home / "coro.db", timeout=30, isolation_level=None)) as store:
            store.execute(statement)


@dataclass(slots=True)
class Doing:
    """The process that will come to the point, and how to wait for the end of what it does."""

    process: subprocess.Popen[bytes]
    end: Callable[[], object]


class Way:
    """A path. effect: whether what it does is in the store. The rest is the plain one: a poll that finds the approval."""

    def prepare(self, scene: Scene) -> None:
        scene.approve()

    def act(self, scene: Scene, armed: Armed) -> Doing:
        return plain(scene, armed, "poll")

    def effect(self, scene: Scene) -> bool:
        return bool(scene.ask("SELECT count(*) FROM events WHERE name = 'pull_request:approved'"))

    def recover(self, scene: Scene) -> None:
        """What anybody would do, or a scheduler does: poll again, until the job has come to rest."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            scene.coro("poll")
            with contextlib.suppress(AssertionError):
                until(lambda: scene.ask("SELECT count(*) FROM jobs WHERE state IN ('parked', 'queued', 'running')") == 0, timeout=1.5)
                return


def plain(scene: Scene, armed: Armed, *words: str) -> Doing:
    """One command that ends."""
    process = scene.coro.popen(*words, env=armed)
    return Doing(process, lambda: process.communicate(timeout=60))


class Park(Way):
    def prepare(self, scene: Scene) -> None:
        scene.pr.approve("alice")

    def act(self, scene: Scene, armed: Armed) -> Doing:
        return plain(scene, armed, *scene.park_words())

    def effect(self, scene: Scene) -> bool:
        return bool(scene.ask("SELECT count(*) FROM jobs"))

    def recover(self, scene: Scene) -> None:
        if not self.effect(scene):
            scene.coro(*scene.park_words())
        Way.recover(self, scene)


class Claim(Way):
    def effect(self, scene: Scene) -> bool:
        return bool(scene.ask("SELECT count(*) FROM runs WHERE state <> 'abandoned'"))


class Supervise(Claim):
    def prepare(self, scene: Scene) -> None:
        scene.approve()
        scene.coro("poll", "--no-resume")

    def act(self, scene: Scene, armed: Armed) -> Doing:
        return plain(scene, armed, "resume", "--job", str(scene.ask("SELECT id FROM jobs")))


class FirstOutput(Supervise):
    """The command itself strikes its supervisor, once it has said something."""

    def prepare(self, scene: Scene) -> None:
        scene.approve('echo first; kill -$STRIKE $PPID; ')
        scene.coro("poll", "--no-resume")

    def act(self, scene: Scene, armed: Armed) -> Doing:
        strike = "STOP" if str(armed["CORO_CRASH_AT"]).startswith("stop:") else "KILL"
        return Supervise.act(self, scene, armed | {"STRIKE": strike})


class Finish(Supervise):
    def effect(self, scene: Scene) -> bool:
        return bool(scene.ask("SELECT count(*) FROM runs WHERE state NOT IN ('starting', 'running')"))


class Prune(Way):
    def prepare(self, scene: Scene) -> None:
        scene.approve()
        Way.recover(self, scene)
        self._a_month_later(scene)

    def _a_month_later(self, scene: Scene) -> None:
        scene.change("UPDATE jobs SET updated_at = 1")
        scene.change("DELETE FROM cursors WHERE scope = 'prune'")

    def effect(self, scene: Scene) -> bool:
        return not scene.ask("SELECT count(*) FROM jobs")

    def recover(self, scene: Scene) -> None:
        self._a_month_later(scene)
        scene.coro("poll")


class Migrate(Way):
    def prepare(self, scene: Scene) -> None:
        pass

    def act(self, scene: Scene, armed: Armed) -> Doing:
        return plain(scene, armed, "jobs")

    def effect(self, scene: Scene) -> bool:
        return bool(scene.ask("PRAGMA user_version"))

    def recover(self, scene: Scene) -> None:
        scene.approve()
        Way.recover(self, scene)


class Delivery(Way):
    """A receiver gets a signed delivery; where it was not told "stored" the host sends it again."""

    def prepare(self, scene: Scene) -> None:
        scene.coro("webhook", "secret", "add", "--plugin", "github", "--secret-env", "HOOK", env={"HOOK": SECRET})
        scene.approve()

    def act(self, scene: Scene, armed: Armed) -> Doing:
        process = scene.coro.popen(*LISTEN, env=armed)
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        sender = threading.Thread(target=lambda: scene.facts.update(status=deliver(port)))
        sender.start()

        def end() -> None:
            sender.join(40)
            process.terminate()
            process.communicate(timeout=20)

        return Doing(process, end)

    def effect(self, scene: Scene) -> bool:
        return bool(scene.ask("SELECT count(*) FROM deliveries"))

    def recover(self, scene: Scene) -> None:
        if scene.facts["status"] not in (200, 202):
            self.act(scene, {}).end()
        assert scene.facts["status"] in (200, 202)
        Way.recover(self, scene)


def deliver(port: int) -> int:
    """One delivery; the status of its answer, 0 without one."""
    body = json.dumps({"action": "submitted", "pull_request": {"number": 42}, "repository": {"full_name": "acme/api"}}).encode()
    mac = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    named = {"X-GitHub-Event": "pull_request_review", "X-GitHub-Delivery": "1", "X-Hub-Signature-256": f"sha256={mac}"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/webhook/github", body, named | {"Content-Type": "application/json"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


class Rotate(Delivery):
    """The secrets are a file: the checker reads that they are whole, and a delivery signed with the old one is taken."""

    def act(self, scene: Scene, armed: Armed) -> Doing:
        if not armed:
            return Delivery.act(self, scene, armed)
        return plain(scene, armed, "webhook", "secret", "rotate", "--plugin", "github", "--overlap", "1h")

    def effect(self, scene: Scene) -> bool:
        return len(tomllib.loads((scene.coro.home / "secrets.toml").read_text())["github"]) == 2

    def recover(self, scene: Scene) -> None:
        if not self.effect(scene):
            scene.coro("webhook", "secret", "rotate", "--plugin", "github", "--overlap", "1h")
        assert self.effect(scene)
        scene.facts["status"] = 0
        Delivery.recover(self, scene)


def way_of(point: str) -> Way:
    """The path that a point lies on."""
    from tests.crash.relayed import Ack

    first = point.partition(".")[0]
    ways: dict[str, type[Way]] = {
        "park": Park, "poll": Way, "record": Way, "claim": Claim, "spawn": Claim, "supervise": Supervise, "finish": Finish,
        "prune": Prune, "migrate": Migrate, "delivery": Delivery, "secret": Rotate, "ack": Ack, "first output": FirstOutput,
    }  # fmt: skip
    return ways[first]()
