"""The database goes away: nothing is accepted, readiness says no, sockets stay, and nothing is lost or doubled."""

from __future__ import annotations

import json

import pytest
from edge_bed import Bed, Edge, RawRunner, signed, until
from edge_postgres import Given, Server
from websockets.exceptions import InvalidStatus

PATH = "/webhook/acme/github"


def test_an_edge_without_its_database_says_so_and_goes_on_when_it_is_back(bed: Bed, edge: Edge, postgres: Server | Given) -> None:
    if isinstance(postgres, Given):
        pytest.skip("a server of CORO_TEST_DATABASE_URL is not ours to stop")
    token = bed.team()
    body, held, late = (json.dumps({"n": number}).encode() for number in range(3))
    with RawRunner(edge, token) as runner:
        edge.post(PATH, held, signed(held, delivery="held"))
        frame = runner.receive()
        postgres.stop()
        try:
            answer = edge.post(PATH, body, signed(body, delivery="away"))
            assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
            assert (edge.get("/readyz").status_code, edge.get("/healthz").status_code) == (503, 200)
            assert edge.get("/metrics").status_code == 200
            with pytest.raises(InvalidStatus) as refused:
                RawRunner(edge, token, "another")
            assert refused.value.response.status_code == 503
            runner.ack(frame)
        finally:
            postgres.start()
        until(lambda: edge.get("/readyz").status_code == 200)
        assert edge.post(PATH, body, signed(body, delivery="away")).status_code == 202
        again = runner.receive()
        assert again["headers"]["x-github-delivery"] == "away"
        runner.ack(again)
        until(lambda: {row["state"] for row in bed.rows("SELECT state FROM dispatches")} == {"acked"})
        edge.post(PATH, late, signed(late, delivery="late"))
        assert runner.receive()["headers"]["x-github-delivery"] == "late"
