"""What the edge's door lets in, and what it answers to everything else."""

from __future__ import annotations

import http.client
import json
import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from edge_bed import KEY, SECRET, Bed, Edge, signed, until

from coro_cli.edge import admin, sealing, serve, webhook_secrets
from coro_cli.edge.database import Admin
from coro_cli.errors import Conflict
from coro_cli.webhooks.policy import LARGEST

BODY = json.dumps({"zen": "Design for failure"}).encode()
PATH = "/webhook/acme/github"


def test_a_redelivery_is_welcome_and_stored_once_also_when_many_come_at_once(bed: Bed, edge: Edge) -> None:
    bed.team()
    headers = signed(BODY, delivery="d-1")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: edge.post(PATH, BODY, headers), range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [202]
    assert bed.rows("SELECT times FROM deliveries") == [{"times": 16}]
    assert len(bed.rows("SELECT 1 FROM dispatches")) == 1


NOWHERE = (
    "/webhook/nobody/github", "/webhook/acme/gitlab", "/webhook/acme/github/suffix", "/webhook/acme", "/webhook/ACME/github",
    "/webhook/acme/github/a/b", "/webhook/acme%2Fgithub", "/webhook/acme/%67ithub", "/webhook/", "/nowhere",
    "/webhook/'; DROP TABLE teams; --/github", "/webhook/" + "a" * 3000 + "/github", "/webhook/acme//github",
)  # fmt: skip


def test_an_address_that_is_none_is_answered_the_same_whatever_is_wrong_with_it(bed: Bed, edge: Edge) -> None:
    bed.team()
    answers = {path: edge.post(path, BODY, signed(BODY)) for path in NOWHERE}
    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 404} == {}
    assert len({answer.text for answer in answers.values()}) == 1
    assert bed.rows("SELECT 1 FROM deliveries") == []


def test_what_is_not_signed_with_the_teams_secret_is_refused_and_not_stored(bed: Bed, edge: Edge) -> None:
    bed.team()
    good = signed(BODY)
    forged = [
        good | {"X-Hub-Signature-256": "sha256=" + "0" * 64}, {}, good | {"X-Hub-Signature-256": ""},
        good | {"X-Hub-Signature-256": "sha1=" + "0" * 40}, signed(BODY, secret="another secret that is not theirs"), signed(BODY + b" "),
    ]  # fmt: skip
    answers = [edge.post(PATH, BODY, headers) for headers in forged]
    assert [answer.status_code for answer in answers] == [401] * len(forged)
    assert not any(SECRET in answer.text for answer in answers)
    assert bed.rows("SELECT 1 FROM deliveries") == []


def test_another_teams_secret_opens_no_door_of_ours(bed: Bed, edge: Edge) -> None:
    bed.team()
    bed.json("team", "add", "other")
    made = bed.json("webhook", "add", "--team", "other", "--plugin", "github")
    assert edge.post("/webhook/other/github", BODY, signed(BODY, secret=made["secret"])).status_code == 202
    assert edge.post(PATH, BODY, signed(BODY, secret=made["secret"])).status_code == 401


def test_methods_types_and_sizes_that_are_no_deliveries_have_their_own_answers(bed: Bed, edge: Edge) -> None:
    bed.team()
    assert edge.get(PATH).status_code == 405
    assert edge.post(PATH, BODY, signed(BODY) | {"content-type": "text/html"}).status_code == 415
    assert edge.post(PATH, b"x" * (LARGEST + 1), signed(BODY)).status_code == 413
    host, _, port = edge.address.partition(":")
    with socket.create_connection((host, int(port)), 10) as raw:  # chunks, so that no length warns of it
        raw.sendall(b"POST /webhook/acme/github HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
        raw.sendall(b"Transfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(LARGEST // 1048576 + 2):
                raw.sendall(b"100000\r\n" + b"x" * 1048576 + b"\r\n")
        except OSError:
            pass
        assert b"413" in raw.recv(65536).splitlines()[0]


def test_a_sender_that_sends_all_before_it_reads_still_sees_its_answer_and_goes_on(bed: Bed, edge: Edge) -> None:
    bed.team()
    host, _, port = edge.address.partition(":")
    large, sender = b"x" * (LARGEST + 1), http.client.HTTPConnection(host, int(port), timeout=60)
    for path, body, status in ((PATH, large, 413), ("/nowhere", large[:8_000_000], 404), (PATH, BODY, 202)):
        sender.request("POST", path, body, {"content-type": "application/json", **signed(BODY)})
        answer = sender.getresponse()
        assert (answer.status, answer.read()[:1]) == (status, b"{")
    for path, status in ((PATH, 405), ("/nowhere", 404), ("/healthz", 404)):
        sender.request("BREW", path)
        answer = sender.getresponse()
        assert (answer.status, list(json.loads(answer.read()))) == (status, ["error"])
    sender.close()


def test_who_guesses_addresses_is_answered_before_the_body_whether_there_is_such_a_team_or_not(bed: Bed, edge: Edge) -> None:
    bed.team()
    path = bed.json("webhook", "add", "--team", "acme", "--plugin", "azure")["path"]
    host, _, port = edge.address.partition(":")
    answers = set()
    for guess in ("/webhook/nobody/azure", path + "x", "/webhook/acme/azure", "/webhook/acme/github/suffix", "/nowhere"):
        with socket.create_connection((host, int(port)), 60) as raw:
            raw.sendall(f"POST {guess} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n".encode())
            said = b""
            while not said.endswith(b"}}"):
                said += raw.recv(65536)
            answers.add(re.sub(rb"date: .*", b"", said))
    assert len(answers) == 1 and answers.pop().startswith(b"HTTP/1.1 404 ")


def test_an_answer_does_not_wait_for_the_acknowledgement_of_its_own_first_packet() -> None:
    bound = serve._bind("127.0.0.1", 0)
    with bound:
        assert bound.proto == socket.IPPROTO_TCP  # asyncio sets TCP_NODELAY on such sockets only


def test_a_signed_body_that_is_no_json_is_kept_for_a_person_to_look_at(bed: Bed, edge: Edge) -> None:
    bed.team()
    strange = b'{"a":"\\ud800","repository":{"full_name":"\\u0000"}}'
    for number, body in enumerate((b"", b"\xff\x00\xfe", b'{"cut":', b"[" * 50_000, strange)):
        assert edge.post(PATH, body, signed(body, delivery=f"d-{number}", event="issues")).status_code == 202
    assert len(bed.json("deliveries", "list")) == 5


def test_old_and_new_secret_are_both_good_until_the_overlap_is_over(bed: Bed, edge: Edge) -> None:
    bed.team()
    made = bed.json("webhook", "rotate", "--team", "acme", "--plugin", "github", "--overlap", "3s")
    answers = [edge.post(PATH, BODY, signed(BODY, secret=secret)).status_code for secret in (SECRET, made["secret"])]
    assert answers == [202, 202]
    until(lambda: edge.post(PATH, BODY, signed(BODY)).status_code == 401)
    assert "overlap" in edge.post(PATH, BODY, signed(BODY)).json()["error"]["message"]
    assert edge.post(PATH, BODY, signed(BODY, secret=made["secret"])).status_code == 202
    bed.json("webhook", "retire", "--team", "acme", "--plugin", "github", "--name", made["name"])
    assert edge.post(PATH, BODY, signed(BODY, secret=made["secret"])).status_code == 401


def test_a_token_that_travels_along_is_rotated_to_another_token_and_both_are_good(bed: Bed, edge: Edge) -> None:
    bed.json("team", "add", "acme")
    bed.json("webhook", "add", "--team", "acme", "--plugin", "gitlab", "--secret-env", "HOOK_SECRET")
    made = bed.json("webhook", "rotate", "--team", "acme", "--plugin", "gitlab", "--name", "second")
    for secret in (SECRET, made["secret"]):
        assert edge.post("/webhook/acme/gitlab", BODY, {"X-Gitlab-Token": secret}).status_code in (200, 202)
    bed.json("webhook", "retire", "--team", "acme", "--plugin", "gitlab")
    answers = [edge.post("/webhook/acme/gitlab", BODY, {"X-Gitlab-Token": secret}).status_code for secret in (SECRET, made["secret"])]
    assert answers == [401, 200]
    again = bed.json("webhook", "rotate", "--team", "acme", "--plugin", "gitlab", "--overlap", "0")
    answers = [edge.post("/webhook/acme/gitlab", BODY, {"X-Gitlab-Token": one["secret"]}).status_code for one in (made, again)]
    assert (made["name"], answers) == ("second", [401, 200])


def test_a_host_that_signs_nothing_is_told_by_an_address_that_nobody_can_guess(bed: Bed, edge: Edge) -> None:
    bed.team()
    path = bed.json("webhook", "add", "--team", "acme", "--plugin", "azure")["path"]
    assert edge.post(path, BODY).status_code == 202
    for wrong in ("/webhook/acme/azure", "/webhook/acme/azure/guess", path[:-1], path + "x"):
        assert edge.post(wrong, BODY).status_code == 404
    assert bed.json("webhook", "add", "--team", "acme", "--plugin", "azure", "--suffix", "short", code=2)["error"]["code"] == "usage"


def test_a_suffix_is_part_of_the_address(bed: Bed, edge: Edge) -> None:
    bed.json("team", "add", "acme")
    bed.json("webhook", "add", "--team", "acme", "--plugin", "github", "--suffix", "ci", "--secret-env", "HOOK_SECRET")
    assert edge.post(PATH, BODY, signed(BODY)).status_code == 404
    assert edge.post(PATH + "/ci", BODY, signed(BODY)).status_code == 202


def test_a_team_that_sends_more_than_its_share_is_asked_to_come_again(bed: Bed, edge: Edge) -> None:
    bed.team(rate="0.5")
    answers = [edge.post(PATH, BODY, signed(BODY, delivery=f"d-{number}")) for number in range(8)]
    busy = [answer for answer in answers if answer.status_code == 429]
    assert busy and all(int(answer.headers["retry-after"]) >= 1 for answer in busy)
    assert len(bed.rows("SELECT 1 FROM deliveries")) == 8 - len(busy)


def test_no_secret_stands_in_clear_in_the_database_or_in_any_log(bed: Bed, edge: Edge) -> None:
    token = bed.team()
    made = bed.json("webhook", "rotate", "--team", "acme", "--plugin", "github")["secret"]
    path = bed.json("webhook", "add", "--team", "acme", "--plugin", "azure")["path"]
    edge.post(path, BODY)
    edge.post(PATH, BODY, signed(BODY) | {"Authorization": "Bearer of-a-secret", "X-Gitlab-Token": "gitlab-plain-token"})
    edge.post(PATH, BODY, signed(BODY, secret="wrong"))
    tables = [row["name"] for row in bed.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")]
    dump = "".join(str(row) for table in tables for row in bed.rows(f'SELECT t::text FROM "{table}" t'))
    assert "acme" in dump
    raw = b"".join(bytes(row["secret"]) for row in bed.rows("SELECT secret FROM tenant_plugin_webhooks"))
    seen = dump + str(edge.lines) + bed.log.read_text() + str(bed.json("webhook", "list", "--team", "acme"))
    signature = signed(BODY)["X-Hub-Signature-256"].partition("=")[2]
    for secret in (token, made, SECRET, path.rpartition("/")[2], "of-a-secret", "gitlab-plain-token", signature):
        assert secret not in seen and secret.encode().hex() not in seen and secret.encode() not in raw, secret


def test_a_secret_that_was_moved_to_another_team_in_the_database_opens_nothing(bed: Bed, edge: Edge) -> None:
    bed.team()
    bed.json("team", "add", "other")
    bed.rows("UPDATE tenant_plugin_webhooks SET team_id = 'other'")
    assert edge.post("/webhook/other/github", BODY, signed(BODY)).status_code == 404


def test_the_pages_of_an_edge_say_that_it_lives_is_ready_and_what_it_did(bed: Bed, edge: Edge) -> None:
    bed.team()
    assert edge.get("/healthz").json() == {"status": "ok"}
    assert edge.get("/readyz").status_code == 200
    edge.post(PATH, BODY, signed(BODY))
    edge.post(PATH, BODY, {})
    page = edge.get("/metrics").text
    assert all(re.fullmatch(r'#.*|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+', line) for line in page.splitlines())
    assert edge.metric("coro_edge_requests_total") == 2
    assert edge.metric("coro_edge_pending") == 1


def test_an_edge_drains_a_request_that_is_on_its_way(bed: Bed) -> None:
    bed.team()
    with bed.edge() as edge:
        headers = signed(BODY)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        host, _, port = edge.address.partition(":")
        with socket.create_connection((host, int(port)), 10) as raw:
            head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}\r\n{lines}\r\n"
            raw.sendall(head.encode() + BODY[:5])
            until(lambda: edge.get("/healthz").status_code == 200)
            edge.process.terminate()
            edge.line("draining")
            raw.sendall(BODY[5:])
            assert b" 202 " in raw.recv(65536).splitlines()[0]
        assert edge.process.wait(20) == 0


CALLS: tuple[tuple[tuple[str, ...], dict[str, str | None], int], ...] = (
    (("edge", "serve", "--listen", "nonsense"), {}, 2), (("edge", "serve"), {"CORO_EDGE_KEY": None}, 4),
    (("edge", "serve"), {"CORO_EDGE_KEY": "short"}, 4), (("edge", "team", "list"), {"CORO_EDGE_DATABASE_URL": None}, 4),
    (("edge", "team", "list"), {"CORO_EDGE_DATABASE_URL": "postgresql://127.0.0.1:1/x"}, 6),
    (("edge", "team", "list"), {"CORO_EDGE_DATABASE_URL": "what is this"}, 4), (("edge", "team", "add", "No Good"), {}, 2),
    (("edge", "token", "add", "--team", "nobody"), {}, 3), (("edge", "deliveries", "show", "x"), {}, 2),
    (("edge", "deliveries", "list", "--team", "nobody"), {}, 3),
    (("edge", "webhook", "add", "--team", "acme", "--plugin", "unheard-of"), {}, 3),
    (("login", "--url", "https://x.example"), {}, 2), (("login", "--url", "nonsense", "--token", "abc"), {}, 2),
)  # fmt: skip


def test_what_is_wrong_with_a_call_is_a_sentence_and_an_exit_code(bed: Bed) -> None:
    for words, env, code in CALLS:
        done = bed.admin(*words, env=env)
        assert done.code == code, done
        assert done.err.startswith("error: "), done


def test_an_edge_does_not_serve_what_can_only_fail(bed: Bed) -> None:
    bed.team()
    other = {"CORO_EDGE_KEY": "another key that is as long as it has to be"}
    done = bed.admin("edge", "serve", "--listen", "127.0.0.1:0", env=other)
    assert (done.code, "opens with this key" in done.err) == (4, True), done
    assert bed.json("webhook", "add", "--team", "acme", "--plugin", "gitea", code=4, env=other)["error"]["code"] == "config"
    bed.rows("INSERT INTO schema_version (version) VALUES (99)")
    assert "version 99" in bed.json("serve", "--listen", "127.0.0.1:0", code=4)["error"]["message"]
    bed.rows("DROP SCHEMA public CASCADE")
    bed.rows("CREATE SCHEMA public")
    assert bed.json("serve", "--listen", "127.0.0.1:0", code=4)["error"]["hint"] == "coro edge migrate"


def test_an_edge_whose_tables_are_taken_away_asks_hosts_to_send_again(bed: Bed, edge: Edge) -> None:
    bed.rows("DROP SCHEMA public CASCADE")
    assert edge.post(PATH, BODY, signed(BODY)).status_code == 503
    assert "migrate" in edge.get("/readyz").json()["reason"]
    assert (edge.get("/metrics").status_code, "Traceback" in bed.log.read_text()) == (200, False)
    bed.rows("CREATE SCHEMA public")


def test_the_name_of_what_is_good_for_nothing_is_free_again(bed: Bed) -> None:
    bed.team()
    with Admin(bed.url) as opened:
        admin.add_token(opened, "acme", "laptop", None)
        admin.revoke_token(opened, "acme", "laptop")
        again = admin.add_token(opened, "acme", "laptop", None)
        with pytest.raises(Conflict):
            admin.add_token(opened, "acme", "laptop", None)
        assert [row["state"] for row in admin.tokens(opened, "acme")] == ["valid", "valid"]
        webhook_secrets.retire(opened, "acme", "github", "default")
        sealer = sealing.find({"CORO_EDGE_KEY": KEY})
        made = webhook_secrets.add(opened, sealer, "acme", "github", name="default", kind="", suffix="", secret=None)
        assert (again["name"], made["name"], [row["state"] for row in webhook_secrets.listed(opened, "acme", None)]) == (
            "laptop", "default", ["current"],
        )  # fmt: skip


def test_a_user_of_the_database_that_may_make_no_tables_is_told_so(bed: Bed) -> None:
    name = bed.url.rpartition("/")[2]
    bed.rows(f'DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE ROLE "{name}" LOGIN; GRANT USAGE ON SCHEMA public TO "{name}"')
    try:
        done = bed.json("migrate", "--database", bed.url.replace("coro@", f"{name}@"), code=4)
        assert "GRANT" in done["error"]["hint"]
    finally:
        bed.rows(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')


def test_migrating_twice_at_once_makes_the_tables_once(bed: Bed) -> None:
    bed.rows("DROP SCHEMA public CASCADE")
    bed.rows("CREATE SCHEMA public")
    calls = [bed.admin.popen("edge", "migrate") for _ in range(3)]
    assert [call.communicate(timeout=30) and call.returncode for call in calls] == [0, 0, 0]
    assert bed.rows("SELECT version FROM schema_version") == [{"version": 1}]


def test_without_the_extra_a_sentence_says_what_to_install(bed: Bed) -> None:
    hidden = "import sys; sys.modules['psycopg'] = None; sys.argv[1:] = ['edge', 'team', 'list']; import coro_cli.__main__ as m; m.main()"
    done = subprocess.run(
        [sys.executable, "-c", hidden], env=bed.admin.environment(), capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, "pip install 'coro-cli[edge]'" in done.stderr) == (4, True), done.stderr


def test_the_edge_answers_while_a_slow_sender_dawdles(bed: Bed, edge: Edge) -> None:
    bed.team()
    host, _, port = edge.address.partition(":")
    with socket.create_connection((host, int(port)), 10) as slow:
        slow.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
        began = time.monotonic()
        assert edge.post(PATH, BODY, signed(BODY)).status_code == 202
        assert time.monotonic() - began < 8
