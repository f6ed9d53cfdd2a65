"""The published runner protocol, frame by frame, against a real edge on a real PostgreSQL."""

from __future__ import annotations

import base64
import json

import pytest
from edge_bed import Bed, Edge, RawRunner, signed, until
from websockets.exceptions import ConnectionClosed, InvalidStatus

from coro_cli.edge import admin
from coro_cli.edge.database import Admin

BODY = json.dumps({"action": "submitted", "pull_request": {"number": 42}, "repository": {"full_name": "acme/api"}}).encode()
PATH = "/webhook/acme/github"


def test_a_signed_delivery_arrives_as_the_published_frame_and_is_gone_once_acknowledged(bed: Bed, edge: Edge) -> None:
    with RawRunner(edge, bed.team()) as runner:
        answer = edge.post(PATH, BODY, signed(BODY, delivery="d-1", event="pull_request_review") | {"Cookie": "session=1"})
        assert answer.status_code == 202
        frame = runner.receive()
        assert frame["type"] == "event:pluginWebhook"
        assert frame["pluginId"] == "github"
        assert base64.b64decode(frame["rawBodyBase64"]) == BODY
        assert frame["headers"]["x-github-delivery"] == "d-1"
        assert frame["headers"]["x-github-event"] == "pull_request_review"
        assert not [name for name in frame["headers"] if "signature" in name or "cookie" in name]
        assert frame["receivedAt"].endswith("Z")
        runner.ack(frame)
        until(lambda: bed.rows("SELECT state FROM dispatches")[0]["state"] == "acked")
        until(lambda: bed.rows("SELECT body FROM deliveries")[0]["body"] is None)


def test_a_frame_that_is_not_acknowledged_goes_to_another_runner(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    first = RawRunner(edge, token, "one")
    edge.post(PATH, BODY, signed(BODY, delivery="d-1"))
    lost = first.receive()
    with RawRunner(edge, token, "two") as second:
        first.close()
        again = second.receive()
        assert again["deliveryId"] == lost["deliveryId"]
        second.ack(again)
        until(lambda: bed.rows("SELECT acked_by FROM dispatches")[0]["acked_by"] == "two")


def test_what_came_while_no_runner_was_there_waits_for_one(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    for number in range(3):
        edge.post(PATH, BODY, signed(BODY, delivery=f"d-{number}"))
    with RawRunner(edge, token) as runner:
        assert [runner.receive()["headers"]["x-github-delivery"] for _ in range(3)] == ["d-0", "d-1", "d-2"]


def test_nothing_is_given_to_a_runner_that_has_not_said_who_it_is(bed: Bed, edge: Edge) -> None:
    with RawRunner(edge, bed.team(), register=False) as runner:
        edge.post(PATH, BODY, signed(BODY))
        assert runner.nothing()
        runner.send(type="runner:register", runnerId="late", hostname="h")
        assert runner.receive()["type"] == "event:pluginWebhook"


def test_frames_that_nobody_knows_are_ignored_and_the_published_ones_are_taken(bed: Bed, edge: Edge) -> None:
    with RawRunner(edge, bed.team()) as runner:
        runner.send(type="job:list", messageId="m-1")
        runner.send(type="a word nobody knows", with_={"x": 1})
        runner.send(type="runner:heartbeat", runnerId="raw-1", uptimeMs=12)
        runner.socket.send("this is no JSON")
        runner.send(type="event:ack", deliveryId="not a number")
        runner.send(type="event:ack", deliveryId=999999)
        edge.post(PATH, BODY, signed(BODY))
        assert runner.receive()["type"] == "event:pluginWebhook"


def test_a_socket_that_only_sends_rubbish_is_closed(bed: Bed, edge: Edge) -> None:
    with RawRunner(edge, bed.team()) as runner:
        with pytest.raises(ConnectionClosed) as closed:
            for _ in range(40):
                runner.socket.send("[" * 100)
            runner.receive()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008


def test_the_token_may_stand_in_the_address_as_published(bed: Bed, edge: Edge) -> None:
    with RawRunner(edge, bed.team(), query=True) as runner:
        edge.post(PATH, BODY, signed(BODY))
        assert runner.receive()["pluginId"] == "github"


@pytest.mark.parametrize("token", ["", "coro_rt_nobody-has-this", "x" * 2000])
def test_a_token_that_is_none_is_refused_at_the_handshake(bed: Bed, edge: Edge, token: str) -> None:
    bed.team()
    with pytest.raises(InvalidStatus) as refused:
        RawRunner(edge, token)
    assert refused.value.response.status_code == 401


def test_a_revoked_token_closes_its_open_sockets_and_opens_none(bed: Bed, edge: Edge) -> None:
    bed.team()
    token, other = bed.token("acme", "--name", "laptop"), bed.token("acme", "--name", "desk")
    with RawRunner(edge, token, "one") as runner, RawRunner(edge, other, "two") as unharmed:
        until(lambda: len(bed.rows("SELECT 1 FROM runner_connections WHERE runner <> ''")) == 2)
        bed.json("token", "revoke", "--team", "acme", "--name", "laptop")
        with pytest.raises(ConnectionClosed) as closed:
            runner.receive(10)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401
        with pytest.raises(InvalidStatus):
            RawRunner(edge, token)
        edge.post(PATH, BODY, signed(BODY))
        assert unharmed.receive()["pluginId"] == "github"


def test_an_expired_token_closes_its_open_socket_without_anybody_doing_anything(bed: Bed, edge: Edge) -> None:
    bed.team()
    with RawRunner(edge, bed.token("acme", "--expires", "2s")) as runner:
        with pytest.raises(ConnectionClosed) as closed:
            runner.receive(15)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401


def test_a_team_that_is_removed_takes_its_sockets_with_it(bed: Bed, edge: Edge) -> None:
    with RawRunner(edge, bed.team()) as runner, Admin(bed.url) as opened:
        until(lambda: bed.rows("SELECT 1 FROM runner_connections WHERE runner <> ''"))
        admin.remove_team(opened, "acme")
        with pytest.raises(ConnectionClosed) as closed:
            runner.receive(60)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401


def test_another_teams_token_gets_nothing_of_ours(bed: Bed, edge: Edge) -> None:
    bed.team()
    bed.json("team", "add", "other")
    with RawRunner(edge, bed.token("other")) as stranger:
        edge.post(PATH, BODY, signed(BODY))
        assert stranger.nothing()
        stranger.send(type="event:ack", deliveryId=bed.rows("SELECT id FROM deliveries")[0]["id"])
        edge.post(PATH, BODY, signed(BODY, delivery="later"))
        assert stranger.nothing()
        assert {row["state"] for row in bed.rows("SELECT state FROM dispatches")} == {"pending"}


def test_every_runner_that_watches_the_ref_gets_it_and_nobody_else(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    watching = {"capabilities": {"refs": ["github:acme/api#42"]}}
    elsewhere = {"capabilities": {"refs": ["github:acme/web#1"]}}
    with (
        RawRunner(edge, token, "one", **watching) as one, RawRunner(edge, token, "two", **watching) as two,
        RawRunner(edge, token, "three", **elsewhere) as three,
    ):  # fmt: skip
        until(lambda: len(bed.rows("SELECT 1 FROM runners")) == 3)
        edge.post(PATH, BODY, signed(BODY, event="pull_request_review"))
        frames = [one.receive(), two.receive()]
        assert three.nothing()
        one.ack(frames[0])
        until(lambda: bed.rows("SELECT 1 FROM dispatches WHERE state = 'acked'"))
        assert bed.rows("SELECT body FROM deliveries")[0]["body"] is not None
        two.ack(frames[1])
        until(lambda: bed.rows("SELECT body FROM deliveries")[0]["body"] is None)


def test_a_delivery_waits_for_the_runner_that_watches_its_ref_while_others_are_there(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    watching = {"capabilities": {"refs": ["github:acme/api#42"]}}
    RawRunner(edge, token, "laptop", **watching).close()
    until(lambda: bed.rows("SELECT 1 FROM runners"))
    with RawRunner(edge, token, "desk", capabilities={"refs": []}) as desk:
        edge.post(PATH, BODY, signed(BODY, event="pull_request_review"))
        assert desk.nothing()
        with RawRunner(edge, token, "laptop", **watching) as laptop:
            assert laptop.receive()["pluginId"] == "github"


def test_an_old_connection_can_not_take_back_what_a_newer_one_holds(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    with bed.edge() as elsewhere:
        old = RawRunner(edge, token, "laptop")
        edge.post(PATH, BODY, signed(BODY))
        frame = old.receive()
        with RawRunner(elsewhere, token, "laptop") as new:
            assert new.receive()["deliveryId"] == frame["deliveryId"]
            held = bed.rows("SELECT connection FROM dispatches")[0]["connection"]
            try:
                old.ack(frame)
                old.close()
            except ConnectionClosed:
                pass
            assert new.nothing(1.5)
            row = bed.rows("SELECT state, connection FROM dispatches")[0]
            assert (row["state"], row["connection"]) == ("pending", held)
            new.ack(frame)
            until(lambda: bed.rows("SELECT state FROM dispatches")[0]["state"] == "acked")


def test_a_runner_holds_no_more_than_its_window(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    for number in range(70):
        edge.post(PATH, BODY, signed(BODY, delivery=f"d-{number}"))
    with RawRunner(edge, token) as runner:
        held = [runner.receive() for _ in range(64)]
        assert runner.nothing()
        runner.ack(held[0])
        assert runner.receive()["headers"]["x-github-delivery"] == "d-64"


def test_an_edge_that_goes_gives_back_what_its_sockets_held_and_says_so(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    with bed.edge() as leaving:
        first = RawRunner(leaving, token, "one")
        edge.post(PATH, BODY, signed(BODY))
        frame = first.receive()
        assert leaving.stop() == 0
        with pytest.raises(ConnectionClosed):
            first.receive()
    with RawRunner(edge, token, "two") as second:
        assert second.receive()["deliveryId"] == frame["deliveryId"]
        assert bed.rows("SELECT tries FROM dispatches")[0]["tries"] == 1


def test_a_delivery_that_kills_every_runner_is_parked_aside_and_takes_no_other_with_it(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    edge.post(PATH, BODY, signed(BODY, delivery="poison"))
    edge.post(PATH, BODY, signed(BODY, delivery="harmless"))

    def live_once() -> None:
        with RawRunner(edge, token) as runner:
            while True:
                try:
                    frame = runner.receive(0.5)
                except TimeoutError:
                    return
                if frame["headers"]["x-github-delivery"] == "poison":
                    runner.kill()
                    return
                runner.ack(frame)

    def parked() -> bool:
        live_once()
        return bool(bed.rows("SELECT 1 FROM dispatches WHERE state = 'parked'"))

    until(parked, 45)
    listed = {row["delivery"]: row["state"] for row in bed.json("deliveries", "list", "--team", "acme")}
    assert listed == {"poison": "parked", "harmless": "acked"}
    (poison,) = bed.json("deliveries", "list", "--state", "parked")
    shown = bed.json("deliveries", "show", str(poison["id"]))
    assert json.loads(shown["body"]) == json.loads(BODY)
    with RawRunner(edge, token) as runner:
        assert runner.nothing()
        bed.json("deliveries", "retry", str(poison["id"]))
        runner.ack(runner.receive())
    until(lambda: bed.json("deliveries", "show", str(poison["id"]))["dispatches"][0]["state"] == "acked")
