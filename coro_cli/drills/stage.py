"""Where a drill plays: a throw-away home, a simulated host on loopback, and the real command line in real processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from coro_cli.domain.durations import parse_time
from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.story import DrillFailed, Moment, Story
from coro_cli.store import views
from coro_cli.store.database import Database

INTERVAL = 1.0
PATIENCE = 30.0
REPOSITORY = "acme/api"
# A burst is gathered for a quiet second, and a command is a process that has to start.
QUIET, STARTING = 1.0, 1.0


class Stage:
    """One scenario's world. Leaving it ends every process it started and removes the home."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.home = Path(tempfile.mkdtemp(prefix="coro-drill-"))
        self.host = GitHubHost()
        self.runners: list[subprocess.Popen[bytes]] = []
        self.began = time.monotonic()
        self.clock = 0.0

    def __enter__(self) -> Self:
        self.host.start()
        self.write_config('web_url = "https://github.com"\ntoken_env = "CORO_DRILL_TOKEN"\n')
        os.chmod(self.home, 0o700)
        # A command with a visible effect: what really happened, whoever claims what.
        self.script("ship.sh", 'echo "shipped: $CORO_EVENT satisfied=$CORO_SATISFIED attempt=$CORO_ATTEMPT" >> effects')
        self.pull = self.host.pull(REPOSITORY, 42, author="dev", title="Retry failed uploads")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for runner in self.runners:
            if runner.poll() is None:
                runner.kill()
            runner.wait()
        self._end_runs()
        self.host.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def write_config(self, more: str) -> None:
        """The home's configuration: one GitHub, which is ours."""
        text = f'[poll]\ninterval = "{INTERVAL:.0f}s"\n\n[plugins.github]\nkind = "github"\napi_url = "{self.host.url}"\n{more}'
        (self.home / "config.toml").write_text(text, encoding="utf-8")

    # ── what people do

    def say(self, who: str, text: str) -> None:
        """Note a moment."""
        self.story.moments.append(Moment(time.monotonic() - self.began, who, text))

    def measure(self, what: str, promise: float | None = None, *, since: float | None = None) -> None:
        """Start the clock, now or at that wall-clock time. what: `from … to …`. promise: seconds; without it that of a poll."""
        self.clock = time.time() if since is None else since
        at = time.monotonic() - self.began + self.clock - time.time()
        story = self.story
        story.measures, story.since, story.promise = what, round(at, 2), round(self.noticed() if promise is None else promise, 2)

    def measured(self, at: str | float) -> None:
        """Stop the clock, at a time of the store's (RFC 3339) or of the wall."""
        stop = parse_time(at) if isinstance(at, str) else at
        self.story.measured = round(max(stop - self.clock, 0.0), 2)

    def noticed(self) -> float:
        """What is promised from an event to its command: an interval, a cycle, the quiet second, a process."""
        with Database(str(self.home / "coro.db")) as db:
            row = db.one("plugin_get", name="github")
        return INTERVAL + (row["cycle"] or 0.0 if row is not None else 0.0) + QUIET + STARTING

    def coro(self, *words: str, told: bool = True, expect: Sequence[int] = (0,), stdin: bytes = b"") -> Any:
        """Run a coro command line for its JSON; DrillFailed for an unexpected exit code."""
        if told:
            self.say("you", "coro " + " ".join(w if w.isprintable() and " " not in w else repr(w) for w in words))
        at = words.index("--") if "--" in words else len(words)
        line = [*self._coro(), *words[:at], "--json", *words[at:]]
        done = subprocess.run(line, env=self.environment(), cwd=self.home, input=stdin, capture_output=True, timeout=PATIENCE, check=False)
        if done.returncode not in expect:
            said = (done.stderr + done.stdout).decode(errors="replace").strip()[:300]
            raise DrillFailed(f"`coro {words[0]}` ended with {done.returncode}: {said}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def start(self, *words: str, told: bool = True, crash_at: str = "") -> subprocess.Popen[bytes]:
        """`coro start` as people leave it on, in the background."""
        if told:
            self.say("you", "coro start" + "".join(f" {w}" for w in words))
        log = open(self.home / "start.log", "ab")  # noqa: SIM115 - the child keeps it
        with log:
            runner = subprocess.Popen(
                [*self._coro(), "start", "--log-format", "json", *words], env=self.environment(crash_at), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.runners.append(runner)
        self.until("the runner is up", lambda: self._runs(runner))
        return runner

    def _runs(self, runner: subprocess.Popen[bytes]) -> bool:
        if runner.poll() is not None:
            raise DrillFailed(f"`coro start` ended at once with {runner.returncode}")
        with Database(str(self.home / "coro.db")) as db:
            row = db.one("runner_get")
        return row is not None and row["pid"] == runner.pid

    def kill(self, runner: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
        """End a process we started, as a crash (or with another signal) would."""
        runner.send_signal(number)
        runner.wait()

    def power_cut(self, job: str) -> None:
        """All at once: runner, supervisor, command."""
        with Database(str(self.home / "coro.db")) as db:
            run = db.one("run_live_of_job", job=job)
        if run is None:
            raise DrillFailed("there is no run to cut short")
        for runner in self.runners:
            runner.kill()
            runner.wait()
        os.kill(run["supervisor"], signal.SIGKILL)
        os.killpg(run["pid"], signal.SIGKILL)

    def environment(self, crash_at: str = "") -> dict[str, str]:
        """The environment of every coro of this drill: its own home and token, nobody's real ones."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CORO_", "GH_", "GITHUB_"))}
        crash = {"CORO_CRASH_AT": crash_at} if crash_at else {}
        return kept | {"CORO_HOME": str(self.home), "CORO_DRILL_TOKEN": self.host.token, "NO_COLOR": "1"} | crash

    # ── what is to be seen

    def job(self, identity: str) -> dict[str, Any]:
        """The job as it is in the store now."""
        with Database(str(self.home / "coro.db")) as db:
            row = db.one("job_get", id=identity)
            if row is None:
                raise DrillFailed(f"the job {identity} is gone")
            runs = [views.run_json(db, r, "") for r in db.all("runs_of_job", job=identity)]
            return views.job_json(db, row) | {"runs_detail": runs}

    def until(self, sentence: str, true: Callable[[], Any]) -> Any:
        """Wait until something holds; DrillFailed naming it after half a minute."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = true()
            if found:
                return found
            time.sleep(0.05)
        raise DrillFailed(f"waited {PATIENCE:.0f} s in vain until {sentence}")

    def until_state(self, identity: str, *wanted: str) -> dict[str, Any]:
        """Wait until the job is in one of these states."""
        found: dict[str, Any] = self.until(f"the job is {' or '.join(wanted)}", lambda: (j := self.job(identity))["state"] in wanted and j)
        return found

    def has_looked(self) -> bool:
        """Whether the runner has been through its first cycle."""
        with Database(str(self.home / "coro.db")) as db:
            row = db.one("plugin_get", name="github")
        return row is not None and row["polled_at"] is not None

    def listening(self) -> str:
        """Where the runner receives webhooks, once it says so in its log; "" until then."""
        for line in (self.home / "start.log").read_text(encoding="utf-8").splitlines():
            said = json.loads(line)
            if said.get("kind") == "listening":
                return str(said["url"])
        return ""

    def effects(self) -> list[str]:
        """The lines that the drill's command has written: what really happened, whoever claims what."""
        path = self.home / "effects"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def script(self, name: str, body: str) -> None:
        """An executable shell script in the drill's home, where all its jobs run."""
        path = self.home / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o700)

    @property
    def url(self) -> str:
        """The browser address of the drill's pull request."""
        return f"https://github.com/{REPOSITORY}/pull/42"

    def _coro(self) -> list[str]:
        return [sys.executable, "-m", "coro_cli"]

    def _end_runs(self) -> None:
        from coro_cli.running import processes

        if not (self.home / "coro.db").exists():
            return
        with Database(str(self.home / "coro.db")) as db:
            for run in db.all("runs_live"):
                if run["pid"]:
                    processes.end_group(run["pid"], run["pid_started"], grace=0.2)
