"""The parts of team mode that need no database: sealing, frames, rates, what is passed on of a delivery's headers."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from coro_cli.edge import database, frames, hooks, ingress, maintenance, pairing, sealing
from coro_cli.edge.hub import Hub
from coro_cli.edge.ingress import Rates
from coro_cli.edge.metrics import Metrics
from coro_cli.errors import ConfigError
from coro_cli.plugins.base import Descriptor
from coro_cli.webhooks import policy

OLD, NEW = "an old key of thirty-two characters", "a new key of thirty-two characters!"


def test_what_is_sealed_opens_with_the_same_key_in_the_same_place_only() -> None:
    sealer = sealing.find({"CORO_EDGE_KEY": OLD})
    sealed = sealer.seal(b"secret", "acme\ngithub\ndefault")
    assert b"secret" not in sealed
    assert sealer.open(sealed, "acme\ngithub\ndefault") == b"secret"
    for broken, place in ((sealed, "other\ngithub\ndefault"), (sealed[:-1], "acme\ngithub\ndefault"), (b"", "x"), (b"\0" * 40, "x")):
        with pytest.raises(ConfigError):
            sealer.open(broken, place)


def test_keys_are_exchanged_by_putting_the_new_one_first() -> None:
    before, both = sealing.find({"CORO_EDGE_KEY": OLD}), sealing.find({"CORO_EDGE_KEY": f"{NEW}\n{OLD}\n"})
    after = sealing.find({"CORO_EDGE_KEY": NEW})
    assert both.open(before.seal(b"s", "p"), "p") == b"s"
    assert after.open(both.seal(b"s", "p"), "p") == b"s"
    with pytest.raises(ConfigError, match="cannot be opened"):
        after.open(before.seal(b"s", "p"), "p")


def test_how_long_a_secret_is_good_is_told_by_the_databases_clock_not_by_ours() -> None:
    sealer = sealing.find({"CORO_EDGE_KEY": OLD})
    row = {
        "team_id": "acme", "plugin_id": "github", "kind": "github", "suffix": "", "created": 5.0, "algorithm": "hmac-sha256",
        "header": "X-Hub-Signature-256", "format": "sha256=<hex>",
    }  # fmt: skip
    left = {"ended": -1.0, "overlap": 60.0, "current": None}
    rows = [row | {"name": name, "left": value, "secret": sealer.seal(b"s", f"acme\ngithub\n{name}")} for name, value in left.items()]
    for skewed in (0.0, 1e9, 1e10):
        (hook,) = hooks.hooks(rows, sealer, now=skewed)
        assert [secret.ended(skewed) for secret in hook.secrets] == [True, False, False]


def test_the_key_comes_from_a_file_that_only_its_owner_reads_or_from_a_command(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(OLD + "\n")
    os.chmod(file, 0o644)
    with pytest.raises(ConfigError, match="others can read it"):
        sealing.find({"CORO_EDGE_KEY_FILE": str(file)})
    os.chmod(file, 0o440)  # as systemd shows a credential that an access list gives to one service
    sealed = sealing.find({"CORO_EDGE_KEY_FILE": str(file), "CREDENTIALS_DIRECTORY": str(tmp_path)}).seal(b"s", "p")
    with pytest.raises(ConfigError, match="others can read it"):
        sealing.find({"CORO_EDGE_KEY_FILE": str(file), "CREDENTIALS_DIRECTORY": str(tmp_path / "elsewhere")})
    os.chmod(file, 0o600)
    assert sealing.find({"CORO_EDGE_KEY_FILE": str(file)}).open(sealed, "p") == b"s"
    assert sealing.find({"CORO_EDGE_KEY_COMMAND": f"cat {file}"}).open(sealed, "p") == b"s"
    for env in ({}, {"CORO_EDGE_KEY": "short"}, {"CORO_EDGE_KEY_FILE": "/no/such"}, {"CORO_EDGE_KEY_COMMAND": "false"}):
        with pytest.raises(ConfigError):
            sealing.find(env)


@given(some.text() | some.binary())
def test_no_text_is_more_than_a_bad_frame(text: str | bytes) -> None:
    try:
        frame = frames.parse(text)
    except frames.BadFrame:
        return
    assert isinstance(frame["type"], str)


FIELDS = some.sampled_from(["type", "runnerId", "hostname", "capabilities", "pluginId", "headers", "rawBodyBase64"])
VALUES = some.recursive(some.none() | some.integers() | some.text(), lambda s: some.lists(s) | some.dictionaries(some.text(), s))


@given(some.dictionaries(FIELDS, VALUES))
def test_no_frame_however_odd_is_more_than_a_bad_frame(frame: dict[str, object]) -> None:
    for read in (frames.registered, frames.read_webhook):
        try:
            read(frame)
        except frames.BadFrame:
            pass


def test_headers_that_prove_something_stay_behind_whatever_they_are_called() -> None:
    sent = [
        ("Content-Type", "application/json"), ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "1"), ("Authorization", "Bearer x"),
        ("X-Hub-Signature-256", "sha256=x"), ("Cookie", "x"), ("X-Gitlab-Token", "x"), ("X-Api-Key", "x"), ("Linear-Signature", "x"),
        ("X-Forwarded-For", "10.0.0.1"), ("My-Event", "named by the descriptor"), ("X-GitHub-Event", "a second one"),
    ]  # fmt: skip
    kept = dict(policy.kept_headers(sent, Descriptor("hmac-sha256", event="My-Event")))
    assert kept == {
        "content-type": "application/json", "x-github-event": "push", "x-github-delivery": "1", "my-event": "named by the descriptor",
    }  # fmt: skip


def test_a_bucket_lets_a_burst_in_then_the_rate_and_forgets_nothing_of_other_teams() -> None:
    rates = Rates()
    assert [rates.take("a", 1.0, 100.0) for _ in range(10)] == [0.0] * 10
    assert rates.take("a", 1.0, 100.0) == 1
    assert rates.take("b", 1.0, 100.0) == 0.0
    assert rates.take("a", 1.0, 101.0) == 0.0
    assert rates.take("slow", 0.01, 0.0) == 0.0
    assert rates.take("slow", 0.01, 0.0) == 100


def test_what_runners_watch_and_what_a_delivery_is_about_are_the_same_words() -> None:
    body = b'{"action": "created", "issue": {"number": 42, "pull_request": {}}, "repository": {"full_name": "Acme/API"}}'
    words = ingress.words("github", "work", [("X-GitHub-Event", "issue_comment")], body)
    assert ingress.ref("work:acme/api#42") in words
    assert ingress.words("github", "work", [], b"no JSON") == []
    assert ingress.words("unheard-of", "work", [], body) == []


def test_every_metric_has_a_type_and_a_meaning() -> None:
    metrics = Metrics()
    metrics.add("coro_edge_requests_total", 'status="200"', 3)
    page = metrics.text({"coro_edge_sockets": 2})
    assert 'coro_edge_requests_total{status="200"} 3\n' in page
    assert "coro_edge_sockets 2\n" in page


def test_every_named_statement_is_used_and_every_used_one_is_named() -> None:
    folder = Path(database.__file__).parent
    code = "".join(path.read_text() for path in folder.glob("*.py"))
    unused = [name for name in database.load() if f'"{name}"' not in code]
    assert unused == []


def test_a_close_code_is_said_in_words() -> None:
    assert pairing.ended(4401) == "the token was revoked or has expired"
    assert pairing.ended(0) == "the connection broke"


def test_nobody_is_given_up_for_silence_right_after_the_database_was_away() -> None:
    asked: list[str] = []

    class Answers:
        """A database in which there is nothing."""

        async def all(self, name: str, /, **values: object) -> list[dict[str, object]]:
            asked.append(name)
            return []

    pool: Any = Answers()
    made = maintenance.Keeper(pool, Hub(pool, Metrics()), Metrics(), lambda team: None)
    asyncio.run(made.upkeep())
    assert "connections_stale" not in asked and "dispatches_orphaned" in asked
    made._away -= maintenance.SETTLED + 1
    asyncio.run(made.upkeep())
    assert "connections_stale" in asked
