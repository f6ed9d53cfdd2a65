"""Without credentials: a stored delivery is all that is known, and what it tells wakes jobs as the contract says."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from helpers import Coro, Runner

from coro_cli import config
from coro_cli.domain.durations import rfc3339
from coro_cli.polling.plugin_set import Fleet
from coro_cli.store.database import Database
from coro_cli.system import paths
from coro_cli.webhooks import delivery_log, worker
from coro_cli.webhooks.policy import Taken

REF = "bitbucket:acme/api#1"
REPO = {"full_name": "acme/api", "uuid": "{r}", "is_private": True}


@pytest.fixture
def coro(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Coro:
    """A home where nothing is configured, and no token is to be found, in this process neither."""
    bare = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    for name in [name for name in os.environ if "TOKEN" in name or "BITBUCKET" in name]:
        monkeypatch.delenv(name)
    for name, value in bare.items():
        monkeypatch.setenv(name, value)
    return Coro(tmp_path / "home", cwd=tmp_path, env=bare)


def person(name: str) -> dict[str, str]:
    return {"uuid": f"{{{name}}}", "nickname": name}


def delivered(coro: Coro, event: str, by: str, at: float, **facts: Any) -> None:
    """A delivery of Bitbucket that was verified and stored."""
    when = rfc3339(at)
    pull = {
        "id": 1, "title": "A thing", "state": "OPEN", "author": person("dev"), "created_on": "2020-01-01T00:00:00Z", "updated_on": when,
        "source": {"commit": {"hash": "aaaaaaaaaaaa"}}, "destination": {"repository": REPO},
    }  # fmt: skip
    verdict = {"date": when, "user": person(by)}
    payload = {"actor": person(by), "pullrequest": pull, "repository": REPO, "approval": verdict, "changes_request": verdict} | facts
    headers = (("X-Event-Key", f"pullrequest:{event}"),)
    body = json.dumps(payload).encode()
    with Database(str(coro.home / "coro.db")) as db, db.transaction():
        delivery_log.put(db, Taken("bitbucket", f"{event}-{by}-{at}", f"{by}{at}", event, headers, body, "s", time.time()))


def outcomes(coro: Coro) -> dict[str, str]:
    """Handle what waits, as a runner and a poll do; what became of each delivery."""
    home = paths.Home(coro.home, coro.home)
    with Database(home.store) as db:
        worker.catch_up(home, db, Fleet(config.load(home)))
        rows = db.all("deliveries_newest", since=0.0, plugin="", limit=50)
    return {row["delivery"].rpartition("-")[0]: row["outcome"] for row in rows}


def test_a_state_that_came_about_before_the_park_is_told_by_a_delivery_after_it(coro: Coro) -> None:
    states = coro("park", REF, "--on", "approved", "--no-check", "--", "true").id
    edges = coro("park", REF, "--on", "commented,reviewed", "--only", "--no-check", "--", "true").id
    delivered(coro, "approved", "alice", 1_500_000_000.0)
    assert outcomes(coro) == {"approved-alice": "woke"}
    assert {job["id"]: job["state"] for job in coro.json("jobs")} == {states: "queued", edges: "parked"}


def test_an_approval_waits_until_nobodys_request_for_changes_stands(coro: Coro) -> None:
    job = coro("park", REF, "--on", "approved", "--no-check", "--", "true").id
    now = time.time()
    delivered(coro, "changes_request_created", "bob", now + 1)
    delivered(coro, "approved", "alice", now + 2)
    assert outcomes(coro)["approved-alice"] == "no-match"
    assert coro.json("jobs")[0]["state"] == "parked"
    assert "bob still asks for changes" in json.dumps(coro.json("explain", job))
    delivered(coro, "approved", "bob", now + 3)
    assert outcomes(coro)["approved-bob"] == "woke"


def test_an_approval_that_was_taken_back_counts_no_more(coro: Coro) -> None:
    coro("park", REF, "--on", "approved", "--at-head", "--no-check", "--", "true")
    now = time.time()
    delivered(coro, "changes_request_created", "bob", now + 1)
    delivered(coro, "approved", "alice", now + 2)
    delivered(coro, "unapproved", "alice", now + 3)
    delivered(coro, "changes_request_removed", "bob", now + 4)
    outcomes(coro)
    assert coro.json("jobs")[0]["state"] == "parked"
    delivered(coro, "approved", "carol", now + 5)
    assert outcomes(coro)["approved-carol"] == "woke"


def test_a_delivery_that_breaks_its_reader_holds_up_no_other(coro: Coro) -> None:
    coro("park", REF, "--on", "approved", "--no-check", "--", "true")
    delivered(coro, "approved", "alice", time.time() + 1)
    with Database(str(coro.home / "coro.db")) as db, db.transaction():
        bad = Taken("bitbucket", "bad-one-1", "b", "x", ("no", "pairs"), b"{}", "s", time.time())  # type: ignore[arg-type]
        delivery_log.put(db, bad)
    assert outcomes(coro) == {"approved-alice": "woke", "bad-one": "failed"}
    assert coro("webhook", "replay", "bad-one-1").code == 1


def test_what_could_not_be_handled_is_taken_up_when_the_configuration_is_whole_again(coro: Coro) -> None:
    coro("park", REF, "--on", "approved", "--no-check", "--", "true")
    with coro.popen("webhook", "listen", "127.0.0.1:0", "--log-format", "json") as process:
        listener = Runner(process)
        try:
            listener.wait_for("listening")
            coro.home.joinpath("config.toml").write_text("not = [toml")
            delivered(coro, "approved", "alice", time.time() + 1)
            listener.wait_for("error")
            coro.home.joinpath("config.toml").unlink()
            listener.wait_for("event", outcome="woke")
        finally:
            listener.stop()
