"""Scenarios with webhooks: a secret that changes, and a delivery that is not the host's."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

from coro_cli.drills.stage import QUIET, STARTING, Stage
from coro_cli.drills.story import check

SLOW = "600s"
# A delivery makes coro look within about a second.
DELIVERED = 1.0 + QUIET + STARTING


def _listening(stage: Stage) -> tuple[str, str, str]:
    """A parked job and a runner that listens. Returns (job, URL of the webhook, its secret)."""
    secret = str(stage.coro("webhook", "secret", "add", "--plugin", "github")["secret"])
    job = str(stage.coro("park", stage.url, "--on", "approved", "--", "./ship.sh")["id"])
    # So slow a poll that only the webhook can bring the news.
    stage.start("--interval", SLOW, "--listen", "127.0.0.1:0")
    address = stage.until("coro listens", stage.listening)
    stage.host.wait_for(lambda r: r.path.endswith("/pulls"), timeout=20)
    return job, f"{address}/webhook/github", secret


def rotated_secret(stage: Stage) -> None:
    """The webhook's secret is rotated while deliveries come in"""
    job, url, secret = _listening(stage)
    stage.host.hook(url, secret)
    fresh = str(stage.coro("webhook", "secret", "rotate", "--plugin", "github", "--overlap", "1h")["secret"])
    check(fresh != secret, "a rotation makes a new secret")
    stage.pull.comment("bob", "still signed with the old secret", association="MEMBER")
    stage.host.deliveries.settle()
    stage.say("host", "a delivery signed with the old secret, during the overlap")
    stage.host.hook(url, fresh)
    stage.pull.approve("alice")
    stage.measure("from the delivery to the command", DELIVERED)
    stage.say("host", "alice approves; the delivery is signed with the new secret")
    run = stage.until_state(job, "completed")["runs_detail"][0]
    stage.measured(run["started_at"])
    stage.say("coro", "looked because of the delivery, and ran the command")
    statuses = {d.status for d in stage.host.deliveries.log}
    check(all(200 <= status < 300 for status in statuses), f"no delivery may be refused, the answers were {statuses}")
    stage.story.sees = "none of the deliveries is refused: both secrets are valid until the overlap ends; `coro doctor` warns before"
    stage.story.helps = "coro webhook secret list   coro webhook deliveries"


def forged_delivery(stage: Stage) -> None:
    """Somebody forges a delivery"""
    job, url, secret = _listening(stage)
    body = json.dumps({"action": "submitted", "review": {"state": "approved"}, "pull_request": {"number": 42}}).encode()
    told = _post(url, body, "sha256=" + "0" * 64)
    stage.say("host", f"somebody posts an approval with a made-up signature: {told[0]}")
    check(told[0] == 401, f"a forged delivery is answered 401, this one {told[0]}")
    bare = _post(url, body, None)
    stage.say("host", f"and one without any signature: {bare[0]}")
    check(bare[0] == 401, f"an unsigned delivery is answered 401, this one {bare[0]}")
    check(stage.job(job)["state"] == "parked" and not stage.effects(), "nothing may have happened to the job")
    stage.host.hook(url, secret)
    stage.pull.approve("alice")
    stage.measure("from the genuine delivery to the command", DELIVERED)
    stage.say("host", "alice really approves")
    stage.measured(stage.until_state(job, "completed")["runs_detail"][0]["started_at"])
    check(len(stage.effects()) == 1, "one run, for the real approval")
    stage.say("coro", "looked because of the genuine delivery, and ran the command once")
    stage.story.sees = "the forged ones are answered 401 with the reason in the runner's log; even a valid one only makes coro look"
    stage.story.helps = "coro webhook verify --plugin github --header 'X-Hub-Signature-256: …' body.json"


def _post(url: str, body: bytes, signature: str | None) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    headers = {"Content-Type": "application/json", "X-GitHub-Event": "pull_request_review", "X-GitHub-Delivery": "forged-1"}
    if signature is not None:
        headers["X-Hub-Signature-256"] = signature
    connection.request("POST", parts.path, body, headers)
    answer = connection.getresponse()
    said = answer.status, answer.read()
    connection.close()
    return said
