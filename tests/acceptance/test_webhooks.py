"""Webhooks as a user meets them: secrets, verify, sign, listen, both doors, rotation, replay, and a killed receiver."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from helpers import Coro, Runner, until, write_config

from coro_cli.drills.host.github import GitHubHost
from coro_cli.drills.host.github.deliveries import Hook

REF = "github:acme/api#42"


@contextmanager
def listening(coro: Coro, *args: str, **env: str) -> Iterator[tuple[Runner, int]]:
    """`coro webhook listen` on a free port."""
    with coro.popen("webhook", "listen", "127.0.0.1:0", "--log-format", "json", *args, env=env) as process:
        listener = Runner(process)
        try:
            yield listener, listener.wait_for("listening")["port"]
        finally:
            listener.stop()


def secret_of(coro: Coro, *args: str) -> str:
    found: str = coro.json("webhook", "secret", "add", "--plugin", "github", *args)["secret"]
    return found


def subscribe(host: GitHubHost, port: int, secret: str) -> None:
    host.deliveries.subscribe(Hook(1, f"http://127.0.0.1:{port}/webhook/github", secret))
    assert host.deliveries.settle()


def flags(headers: dict[str, str]) -> list[str]:
    return [word for name, value in headers.items() for word in ("--header", f"{name}: {value}")]


def post(port: int, body: bytes, secret: str, id: str = "") -> int:
    """A signed ping; 0 where nobody answers."""
    mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"X-Hub-Signature-256": f"sha256={mac}", "X-GitHub-Delivery": id or str(uuid.uuid4()), "X-GitHub-Event": "ping"}
    try:
        connection.request("POST", "/webhook/github", body, headers)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def test_the_contracts_first_example(coro: Coro, tmp_path: Path) -> None:
    (tmp_path / "body.json").write_bytes(b"Hello, World!")
    header = "X-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    call = ("webhook", "verify", "--plugin", "github", "--secret-env", "HOOK", "--header", header)
    env = {"HOOK": "It's a Secret to Everybody"}
    found = coro.json(*call, str(tmp_path / "body.json"), env=env)
    assert {key: found[key] for key in ("valid", "plugin", "algorithm", "secret", "reason", "delivery", "events")} == {
        "valid": True, "plugin": "github", "algorithm": "hmac-sha256", "secret": "environment", "reason": None, "delivery": None,
        "events": [],
    }  # fmt: skip
    assert coro(*call, "-", input=b"Hello, World!", env=env).code == 0
    refused = coro.json(*call, "-", input=b"Hello, World?", env=env, code=1)
    assert (refused["valid"], refused["reason"]) == (False, "mismatch")


def test_mistakes_of_the_command_line_are_two(coro: Coro, tmp_path: Path) -> None:
    for words in (
        ["--plugin", "github", "/no/such/file", "--secret-env", "HOOK"], ["--plugin", "github", "-", "--secret-env", "UNSET"],
        ["-"], ["--plugin", "github", "--header", "no colon", "-"], ["--plugin", "github", "--request", "-", "body"],
        ["--plugin", "github", "--secret-env", "HOOK", "--secret-file", "x", "-"], ["--jsonl", "x", "body"],
        ["--plugin", "github", "--request", str(tmp_path), "--secret-env", "HOOK"],
    ):  # fmt: skip
        done = coro("webhook", "verify", *words, env={"HOOK": "x"})
        assert done.code == 2, done
    assert coro("webhook", "verify", "--plugin", "nobody", "-").code == 3


def test_verify_needs_no_http_client(coro: Coro) -> None:
    code = (
        "import sys; from coro_cli.commands import index\n"
        "code = index.run(['webhook','verify','--plugin','github','--secret-env','HOOK','-'])\n"
        "loaded = [name for name in ('httpx', 'asyncio', 'apscheduler', 'starlette') if name in sys.modules]\n"
        "sys.exit(9 if loaded else code)"
    )
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-c", code], input=b"x", env=coro.environment({"HOOK": "x"}), capture_output=True, check=False)
    assert done.returncode == 1, done


def test_what_sign_prints_verify_takes_and_says_what_it_means(coro: Coro, host: GitHubHost, tmp_path: Path) -> None:
    pull = host.pull("acme/api", 42, author="dev", title="Add a thing")
    secret_of(coro)
    job = coro("park", REF, "--on", "approved", "--", "true").id
    body = tmp_path / "body.json"
    review = pull.approve("alice", body="LGTM")
    payload = host.payload("pull_request_review", "submitted", pull, sender="alice", review=review)
    body.write_text(json.dumps(payload))
    headers = coro.json("webhook", "sign", "--plugin", "github", "--event", "pull_request_review", "--delivery", "d1", str(body))["headers"]
    found = coro.json("webhook", "verify", "--plugin", "github", *flags(headers), str(body))
    (event,) = found["events"]
    assert (found["valid"], found["secret"], found["delivery"], found["refs"]) == (True, "default", "d1", [REF])
    assert (event["name"], event["actor"]["login"], event["outcome"]) == ("pull_request:approved", "alice", "woke")
    assert coro.json("jobs")[0]["state"] == "parked", "verifying wakes nobody"
    assert coro.json("explain", job)
    assert {event["name"] for event in coro.json("events")} <= {"pull_request:opened"}, "and records nothing"


def test_sign_shows_no_secret_and_writes_no_header_of_its_own(coro: Coro) -> None:
    token = coro.json("webhook", "secret", "add", "--plain", "--plugin", "gitlab")["secret"]
    refused = coro("webhook", "sign", "--plugin", "gitlab", "-", input="{}")
    assert (refused.code, token in refused.out + refused.err) == (2, False)
    signed = coro.json("webhook", "sign", "--plugin", "gitlab", "--secret-env", "T", "--delivery", "d", "-", input="{}", env={"T": token})
    assert (signed["algorithm"], signed["headers"]) == ("none", {"Idempotency-Key": "d", "X-Gitlab-Token": token})
    for words, secret in ((["--delivery", "a\nb"], "x"), (["--event", "é"], "x"), ([], " "), ([], "")):
        assert coro("webhook", "sign", "--plugin", "github", "--secret-env", "T", *words, "-", input="{}", env={"T": secret}).code == 2


def test_a_whole_request_and_a_batch_are_verified(coro: Coro, tmp_path: Path) -> None:
    secret = secret_of(coro)
    body = b'{"zen": "\xc3\xbc"}'
    mac = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    raw = b"POST /webhook/github HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: " + mac.encode() + b"\r\n\r\n" + body
    (tmp_path / "request").write_bytes(raw)
    assert coro.json("webhook", "verify", "--plugin", "github", "--request", str(tmp_path / "request"))["valid"]
    good = [["X-Hub-Signature-256", mac]]
    lines = [
        {"plugin": "github", "headers": good, "body": body.decode()},
        {"plugin": "github", "headers": dict(good), "body_base64": base64.b64encode(body).decode()},
        {"plugin": "github", "headers": good * 2, "body": body.decode()},
        {"plugin": "github", "headers": [], "body": ""},
    ]  # fmt: skip
    file = tmp_path / "batch.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    done = coro("webhook", "verify", "--jsonl", str(file))
    found = [json.loads(line) for line in done.out.splitlines()]
    assert (done.code, [one["valid"] for one in found], [one["line"] for one in found]) == (1, [True, True, False, False], [1, 2, 3, 4])
    assert [one["reason"] for one in found[2:]] == ["repeated-signature", "no-signature"]
    file.write_text(json.dumps(lines[0]) + "\nnot JSON\n[]\n{}\n")
    done = coro("webhook", "verify", "--jsonl", str(file), "--json")
    assert (done.code, [json.loads(line)["valid"] for line in done.out.splitlines()]) == (2, [True, False, False, False])


def test_a_secret_is_printed_once_and_never_again(coro: Coro, home: Path) -> None:
    made = coro("webhook", "secret", "add", "--plugin", "github")
    assert (made.code, len(made.out.splitlines())) == (0, 1)
    secret = made.out.strip()
    assert secret not in made.err
    for words in (["list"], ["rotate", "--plugin", "github"], ["list", "--plugin", "github"], ["retire", "default", "--plugin", "github"]):
        done = coro("webhook", "secret", *words, *(["--json"] if words[0] != "rotate" else []))
        assert done.code == 0
        assert secret not in done.out + done.err
    assert b"".join(path.read_bytes() for path in home.glob("coro.db*")).find(secret.encode()) == -1
    assert coro("webhook", "secret", "retire", "nobody", "--plugin", "github").code == 3
    assert coro("webhook", "secret", "add", "--plugin", "nobody").code == 3


def test_a_secret_of_ones_own_comes_from_stdin_a_file_or_a_variable(coro: Coro, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    calls: list[tuple[list[str], dict[str, Any]]] = [
        (["one", "-"], {"input": "from a pipe\n"}), (["two", "--secret-file", str(tmp_path / "secret")], {}),
        (["three", "--secret-env", "HOOK"], {"env": {"HOOK": "from a variable"}}),
    ]  # fmt: skip
    for words, options in calls:
        done = coro("webhook", "secret", "add", "--plugin", "github", *words, **options)
        assert (done.code, done.out) == (0, ""), done
    assert [one["name"] for one in coro.json("webhook", "secret", "list")] == ["three", "two", "one"]
    for secret in ("from a pipe", "from a file", "from a variable"):
        mac = hmac.new(secret.encode(), b"x", hashlib.sha256).hexdigest()
        assert coro("webhook", "verify", "--plugin", "github", "--header", f"X-Hub-Signature-256: sha256={mac}", "-", input=b"x").code == 0
    assert coro("webhook", "secret", "add", "one", "--plugin", "github").code == 5


def test_descriptors_tell_every_kind(coro: Coro) -> None:
    found = {row["kind"]: row for row in coro.json("webhook", "descriptors") if not row.get("weaker")}
    assert set(found) >= {"github", "gitlab", "gitea", "bitbucket", "bitbucket-dc", "azure", "jira", "linear", "redmine"}
    assert found["github"]["header"] == "X-Hub-Signature-256"


def test_a_delivery_wakes_the_job_at_once_and_the_poll_finds_nothing_new(coro: Coro, host: GitHubHost) -> None:
    pull = host.pull("acme/api", 42, author="dev", title="Add a thing")
    secret = secret_of(coro)
    job = coro("park", REF, "--on", "approved", "--", "sh", "-c", "echo ran").id
    with coro.running("--interval", "1h", "--listen", "127.0.0.1:0") as runner:
        subscribe(host, runner.wait_for("listening")["port"], secret)
        runner.wait_for("cycle")
        pull.approve("alice", body="LGTM")
        runner.wait_for("run-ended", job=job, state="succeeded")
        line = runner.wait_for("delivery", event="pull_request_review.submitted")
        assert (line["outcome"], line["woke"]) == ("woke", [job])
    coro("poll")
    (event,) = [event for event in coro.json("events") if event["name"] == "pull_request:approved"]
    assert (event["source"], event["outcome"]) == ("webhook", "woke")
    assert len(list((coro.home / "runs" / job).glob("*.log"))) == 1


def test_what_a_poll_found_first_a_delivery_does_not_do_again(coro: Coro, host: GitHubHost) -> None:
    pull = host.pull("acme/api", 42, author="dev")
    secret = secret_of(coro)
    job = coro("park", REF, "--on", "commented", "--repeat", "--", "true").id
    with listening(coro) as (listener, port):
        subscribe(host, port, secret)
        listener.wait_for("delivery", event="ping")
        pull.comment("alice", "hello", association="MEMBER")
        coro("poll")
        listener.wait_for("delivery", event="issue_comment.created")
        coro("poll")
    commented = [event for event in coro.json("events") if event["name"] == "pull_request:commented"]
    assert len(commented) == 1
    assert len(list((coro.home / "runs" / job).glob("*.log"))) == 1


def test_without_credentials_the_signed_payload_is_the_event(coro: Coro, host: GitHubHost, home: Path) -> None:
    write_config(home, host.url)
    stub = Coro(home, cwd=coro.cwd, env={"SIM_TOKEN": None, "PATH": "/usr/bin:/bin"})
    pull = host.pull("acme/api", 42, author="dev", title="Add a thing")
    secret = secret_of(stub)
    job = stub("park", REF, "--on", "approved", "--", "sh", "-c", "echo $CORO_EVENT").id
    with listening(stub) as (listener, port):
        subscribe(host, port, secret)
        pull.approve("stranger", body="me too", association="NONE")
        listener.wait_for("delivery", event="pull_request_review.submitted", outcome="untrusted")
        pull.comment("alice", "hello", association="MEMBER")
        pull.approve("alice", body="LGTM", association="MEMBER")
        line = listener.wait_for("delivery", event="pull_request_review.submitted", outcome="woke")
        assert line["woke"] == [job]
    told = {event["key"] for event in stub.json("events")}
    polled = Coro(home, cwd=coro.cwd, env={"SIM_TOKEN": host.token})
    polled("poll")
    read = {event["key"] for event in polled.json("events") if event["name"] != "pull_request:opened"}
    assert read == told, "the API gives the same things the same keys"
    assert len(list((home / "runs" / job).glob("*.log"))) == 1


def test_what_has_another_key_at_the_api_counts_only_where_there_is_no_token_to_ask_it_with(coro: Coro, host: GitHubHost) -> None:
    pull = host.pull("acme/api", 42, author="dev", title="Add a thing")
    secret = secret_of(coro)
    job = coro("park", REF, "--on", "labeled", "--repeat", "--from", "anyone", "--", "true").id
    with listening(coro) as (listener, port):
        subscribe(host, port, secret)
        host.offline = True
        pull.label("bug")
        host.deliveries.settle()
        assert listener.wait_for("delivery", event="pull_request.labeled")["outcome"] == "unavailable"
    host.offline = False
    coro("poll")
    write_config(coro.home, host.url)
    stub = Coro(coro.home, cwd=coro.cwd, env={"SIM_TOKEN": None, "PATH": "/usr/bin:/bin"})
    with listening(stub) as (listener, port):
        subscribe(host, port, secret)
        pull.label("urgent")
        host.deliveries.settle()
        line = listener.wait_for("delivery", event="pull_request.labeled", outcome="woke")
        assert line["woke"] == [job]
    labels = [event["data"]["label"] for event in stub.json("events") if event["name"] == "pull_request:labeled"]
    assert sorted(labels) == ["bug", "urgent"]


def test_what_a_delivery_alone_has_told_wakes_nobody_again_once_it_can_be_read(coro: Coro, host: GitHubHost, home: Path) -> None:
    stub = Coro(home, cwd=coro.cwd, env={"SIM_TOKEN": None, "PATH": "/usr/bin:/bin"})
    pull = host.pull("acme/api", 42, author="dev")
    secret = secret_of(stub)
    job = stub("park", REF, "--on", "labeled", "--repeat", "--", "true").id
    with listening(stub) as (listener, port):
        subscribe(host, port, secret)
        pull.label("bug")
        listener.wait_for("delivery", event="pull_request.labeled", outcome="woke")
    stub("poll")
    pull.label("urgent")
    coro("poll")
    told = [(event["data"]["label"], event["outcome"]) for event in coro.json("events") if event["name"] == "pull_request:labeled"]
    assert sorted(told) == [("bug", "duplicate"), ("bug", "woke"), ("urgent", "woke")]
    assert coro.json("show", job)["runs"] == 2
    assert "a delivery had told of it" in coro("explain", job).out


def test_a_rotation_under_a_stream_of_deliveries_refuses_none(coro: Coro, host: GitHubHost) -> None:
    secrets = [secret_of(coro)]
    statuses: list[int] = []
    done = threading.Event()
    with listening(coro, "--quiet") as (_, port):

        def stream() -> None:
            while not done.is_set():
                statuses.append(post(port, b'{"n": %d}' % len(statuses), secrets[len(statuses) % 2 and -1]))

        them = [threading.Thread(target=stream) for _ in range(2)]
        for thread in them:
            thread.start()
        try:
            for _ in range(4):
                secrets.append(coro.json("webhook", "secret", "rotate", "--plugin", "github", "--overlap", "1h")["secret"])
            coro("webhook", "secret", "list")
        finally:
            done.set()
            for thread in them:
                thread.join()
    assert set(statuses) == {202}
    assert len(coro.json("webhook", "deliveries", "--limit", "100000")) == len(statuses)
    used = {row["secret"] for row in coro.json("webhook", "deliveries", "--limit", "100000")}
    assert len(used) >= 3


def test_an_ended_overlap_refuses_and_says_so(coro: Coro, host: GitHubHost) -> None:
    old = secret_of(coro)
    coro("webhook", "secret", "rotate", "--plugin", "github", "--overlap", "0")
    with listening(coro) as (listener, port):
        assert post(port, b"{}", old) == 401
        assert listener.wait_for("refused")["reason"] == "ended-secret"


@pytest.mark.crash
@pytest.mark.parametrize("point", ["", "delivery.before-commit", "delivery.committed"])
def test_a_killed_receiver_has_every_delivery_it_accepted(coro: Coro, host: GitHubHost, point: str) -> None:
    secret = secret_of(coro)
    accepted: list[str] = []
    stop = threading.Event()
    with coro.popen("webhook", "listen", "127.0.0.1:0", "--log-format", "json", "--quiet", env={"CORO_CRASH_AT": point}) as process:
        port = Runner(process).wait_for("listening")["port"]

        def stream() -> None:
            while not stop.is_set():
                id = str(uuid.uuid4())
                status = post(port, b"{}", secret, id)
                if status == 202:
                    accepted.append(id)
                elif not status:
                    return

        them = [threading.Thread(target=stream) for _ in range(8)]
        for thread in them:
            thread.start()
        try:
            if not point:
                until(lambda: len(accepted) > 200)
                process.kill()
            process.wait(20)
        finally:
            stop.set()
            process.kill()
            for thread in them:
                thread.join()
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stderr.close()
    kept = {row["delivery"] for row in coro.json("webhook", "deliveries", "--limit", "100000")}
    assert set(accepted) <= kept
    assert len(accepted) > (200 if not point else -1)


def test_what_was_stored_and_not_handled_is_taken_up_by_the_next_poll(coro: Coro, host: GitHubHost) -> None:
    pull = host.pull("acme/api", 42, author="dev")
    secret = secret_of(coro)
    job = coro("park", REF, "--on", "approved", "--", "true").id
    with listening(coro, CORO_CRASH_AT="record.before-commit") as (_, port):
        host.deliveries.subscribe(Hook(1, f"http://127.0.0.1:{port}/webhook/github", secret))
        pull.approve("alice")
        host.deliveries.settle()
        until(lambda: coro.json("webhook", "deliveries"))
    waiting = [row["outcome"] for row in coro.json("webhook", "deliveries")]
    assert "waiting" in waiting
    found = coro.json("poll")
    assert found["queued"] == [job]
    assert {row["outcome"] for row in coro.json("webhook", "deliveries")} == {"woke", "no-job"}


def test_a_replay_goes_the_same_way_and_does_nothing_twice(coro: Coro, host: GitHubHost) -> None:
    pull = host.pull("acme/api", 42, author="dev")
    secret = secret_of(coro)
    job = coro("park", REF, "--on", "commented", "--repeat", "--", "true").id
    with listening(coro) as (listener, port):
        subscribe(host, port, secret)
        pull.comment("alice", "hello", association="MEMBER")
        row = listener.wait_for("delivery", event="issue_comment.created")
    coro("poll")
    for name in (str(row["id"]), row["delivery"], row["delivery"][:12]):
        again = coro.json("webhook", "replay", name)
        assert (again["id"], again["outcome"], again["events"]) == (row["id"], "nothing-new", [])
    coro("poll")
    assert len(list((coro.home / "runs" / job).glob("*.log"))) == 1
    with closing(sqlite3.connect(coro.home / "coro.db")) as store:
        store.execute("UPDATE deliveries SET delivery = 'L7' WHERE id = ?", [row["id"]])
        store.commit()
    assert coro.json("webhook", "replay", "L7")["id"] == row["id"], "a host whose ids are short"
    assert coro("webhook", "replay", "L").code == 3
    assert coro("webhook", "replay", "99999").code == 3
    assert coro("webhook", "replay", "nothing").code == 3


def test_a_replay_finds_what_could_not_be_read_before(coro: Coro, host: GitHubHost) -> None:
    pull = host.pull("acme/api", 42, author="dev")
    secret = secret_of(coro)
    job = coro("park", REF, "--on", "checks_passed", "--", "true").id
    with listening(coro) as (listener, port):
        subscribe(host, port, secret)
        host.offline = True
        pull.check("build", "success")
        host.deliveries.settle()
        row = listener.wait_for("delivery", outcome="unavailable")
    host.offline = False
    again = coro.json("webhook", "replay", str(row["id"]))
    assert (again["outcome"], again["queued"]) == ("woke", [job])


def test_a_listener_says_what_it_refuses_and_ends_cleanly(coro: Coro, host: GitHubHost) -> None:
    secret_of(coro)
    with listening(coro) as (listener, port):
        assert post(port, b"{}", "another secret") == 401
        line = listener.wait_for("refused")
        assert (line["status"], line["reason"], line["plugin"]) == (401, "mismatch", "github")
        assert coro("webhook", "listen", f"127.0.0.1:{port}").code == 5
        began = time.monotonic()
        assert listener.stop() == 0
        assert time.monotonic() - began < 30
    coro.home.joinpath("secrets.toml").chmod(0o644)
    assert coro("webhook", "listen", "127.0.0.1:0").code == 4
    for address in ("nowhere", "127.0.0.1:99999", "a b:1", ":"):
        assert coro("webhook", "listen", address).code == 2


def test_a_job_with_a_native_name_is_found_whatever_its_spelling(coro: Coro, host: GitHubHost) -> None:
    pull = host.pull("Acme/Api", 42, author="dev")
    secret = secret_of(coro)
    job = coro("park", "github:acme/api#42", "--on", "approved", "--no-check", "--", "true").id
    with listening(coro) as (listener, port):
        subscribe(host, port, secret)
        pull.approve("alice")
        assert listener.wait_for("delivery", outcome="woke")["woke"] == [job]
