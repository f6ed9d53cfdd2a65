"""What the guide says of an edge, where strangers, absences and wrong keys put it to the test."""

from __future__ import annotations

import json
import signal
import socket
from contextlib import ExitStack

import pytest
from edge_bed import Bed, Edge, RawRunner, signed, until
from edge_postgres import Given, Server
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from coro_cli.edge import frames, ingress
from coro_cli.edge.maintenance import PULSE

BODY = json.dumps({"repository": {"full_name": "acme/api"}, "pull_request": {"number": 42}}).encode()
PATH = "/webhook/acme/github"
WATCHED = [ingress.ref("github:acme/api#42")]


NONSENSE = (
    "[" * 3000, "no json", "[]", '{"team": 5}', '{"team": "acme", "runners": 5}', '{"team": "acme", "runners": [5]}', '{"hooks": []}',
)  # fmt: skip


def test_nonsense_on_the_databases_channel_makes_no_edge_deaf(bed: Bed, edge: Edge) -> None:
    with RawRunner(edge, bed.team()) as runner:
        until(lambda: bed.rows("SELECT 1 FROM runner_connections WHERE runner <> ''"))
        for word in NONSENSE:
            bed.rows("SELECT pg_notify('coro_edge', %s)", word)
        bed.rows("UPDATE runner_tokens SET revoked_at = now()")
        bed.rows("DELETE FROM runner_connections")
        bed.rows("SELECT pg_notify('coro_edge', %s)", json.dumps({"tokens": "acme"}))
        with pytest.raises(ConnectionClosed) as closed:
            runner.receive(PULSE / 2)  # heard, not found by the next pulse
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401


def test_what_nobody_has_had_outlives_the_thirty_days(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    assert edge.post(PATH, BODY, signed(BODY, delivery="old")).status_code == 202
    with RawRunner(edge, token, "other") as runner:
        runner.ack(runner.receive())
        until(lambda: bed.rows("SELECT 1 FROM dispatches WHERE state = 'acked'"))
    edge.post(PATH, BODY, signed(BODY, delivery="waiting"))
    bed.rows("UPDATE deliveries SET received_at = now() - interval '31 days' ")
    until(lambda: len(bed.rows("SELECT 1 FROM deliveries")) == 1, 25)
    with RawRunner(edge, token, "late") as late:
        assert late.receive()["headers"]["x-github-delivery"] == "waiting"


def test_a_runner_that_is_gone_for_a_week_holds_nothing_up_that_another_has_had(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    with RawRunner(edge, token, "gone", capabilities={"refs": WATCHED}):
        pass
    with RawRunner(edge, token, "here", capabilities={"refs": WATCHED}) as here:
        until(lambda: len(bed.rows("SELECT 1 FROM runners")) == 2)
        edge.post(PATH, BODY, signed(BODY, delivery="both", event="pull_request_review"))
        here.ack(here.receive())
        assert len(bed.rows("SELECT 1 FROM dispatches")) == 2
        until(lambda: bed.rows("SELECT 1 FROM dispatches WHERE state = 'acked'"))
        bed.rows("UPDATE runners SET seen_at = now() - interval '8 days' WHERE name = 'gone'")
        until(lambda: not bed.rows("SELECT 1 FROM dispatches WHERE state <> 'acked'"), 25)
        assert bed.rows("SELECT body FROM deliveries") == [{"body": None}]


def test_what_was_kept_for_two_runners_that_are_both_gone_goes_to_anybody_once(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    for name in ("gone", "lost"):
        RawRunner(edge, token, name, capabilities={"refs": WATCHED}).close()
    until(lambda: len(bed.rows("SELECT 1 FROM runners")) == 2)
    edge.post(PATH, BODY, signed(BODY, delivery="both", event="pull_request_review"))
    assert len(bed.rows("SELECT 1 FROM dispatches")) == 2
    bed.rows("UPDATE runners SET seen_at = now() - interval '8 days'")
    with RawRunner(edge, token, "here") as here:
        here.ack(here.receive(25))
        until(lambda: not bed.rows("SELECT 1 FROM dispatches WHERE state <> 'acked'"), 25)
        assert here.nothing()


def test_what_was_parked_aside_is_tried_again_when_the_host_sends_it_again(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    edge.post(PATH, BODY, signed(BODY, delivery="again"))
    bed.rows("UPDATE dispatches SET state = 'parked', tries = 8")
    assert edge.post(PATH, BODY, signed(BODY, delivery="again")).status_code == 200
    with RawRunner(edge, token) as runner:
        runner.ack(runner.receive())
    until(lambda: bed.rows("SELECT 1 FROM dispatches WHERE state = 'acked'"))


def test_an_edge_with_the_wrong_key_says_so_once_the_database_is_back(bed: Bed, postgres: Server | Given) -> None:
    if isinstance(postgres, Given):
        pytest.skip("a database that is given is not ours to stop")
    bed.team()
    postgres.stop()
    with ExitStack() as until_it_is_back:
        until_it_is_back.callback(postgres.start)
        with bed.edge(CORO_EDGE_KEY="another key of at least thirty-two characters") as edge:
            edge.line("error")
            until_it_is_back.close()
            until(lambda: "opens with this key" in edge.get("/readyz").text, 30)
            assert edge.get("/readyz").status_code == 503
            assert edge.post(PATH, BODY, signed(BODY)).status_code == 503, "not 404: the address is right"


def test_readiness_says_no_before_an_edge_that_is_told_to_end_stops_serving(bed: Bed) -> None:
    bed.team()
    with bed.edge() as edge:
        edge.process.send_signal(signal.SIGTERM)
        edge.line("draining")
        assert edge.get("/readyz").json() == {"status": "no", "reason": "draining"}
        assert edge.post(PATH, BODY, signed(BODY)).status_code == 202
        assert edge.process.wait(20) == 0


def _raw(edge: Edge, text: str) -> bytes:
    host, _, port = edge.address.partition(":")
    with socket.create_connection((host, int(port)), 10) as raw:
        raw.sendall(text.encode())
        found = b""
        while more := raw.recv(65536):
            found += more
        return found


def test_a_length_that_is_told_in_two_ways_is_refused_and_the_connection_closed(bed: Bed, edge: Edge) -> None:
    bed.team()
    lines = "".join(f"{name}: {value}\r\n" for name, value in signed(b"hello").items())
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lines}"
    answer = _raw(edge, f"{head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400") and b'"bad-request"' in answer


def test_every_address_that_is_none_is_answered_as_json(bed: Bed, edge: Edge) -> None:
    plain = edge.post("/nowhere", BODY, {}).text
    answer = _raw(edge, "GET http://x/nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404") and plain.encode() in answer
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://{edge.address}{PATH}")
    assert refused.value.response.status_code == 404 and refused.value.response.body == plain.encode()


def test_a_list_of_long_refs_is_cut_to_what_one_frame_holds() -> None:
    refs = [f"gitlab:{'group/' * 30}p{number}#1" for number in range(15_000)]
    kept = frames.fitting(refs)
    assert kept == refs[: len(kept)] and 5000 < len(kept) < 15_000
    assert len(json.dumps(kept)) < frames.LARGEST_FROM_RUNNER
    assert frames.fitting(refs[:10]) == refs[:10]


def test_an_address_that_is_the_secret_is_printed_once(bed: Bed) -> None:
    bed.team()
    done = bed.admin("edge", "webhook", "add", "--team", "acme", "--plugin", "azure")
    path = done.out.splitlines()[-1]
    assert path.startswith("/webhook/acme/azure/") and path not in done.err


def test_a_port_that_is_taken_is_a_conflict_by_both_doors(bed: Bed, edge: Edge) -> None:
    taken = bed.admin.json("edge", "serve", "--listen", edge.address, code=5)["error"]
    local = bed.admin.json("webhook", "listen", edge.address, code=5)["error"]
    assert taken["code"] == local["code"] == "conflict"
    assert taken["message"].lower().count(edge.address) == local["message"].count(edge.address) == 1
