"""Secrets at rest: private, whole whatever happens, overlapping, never shown twice."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

from coro_cli.errors import ConfigError, Conflict, CoroError, NotFound, UsageError
from coro_cli.plugins.base import Descriptor
from coro_cli.system import paths
from coro_cli.webhooks import endpoints, secret_store, secrets
from coro_cli.webhooks.secret_store import KEYRING
from coro_cli.webhooks.secrets import Place

NOW = 1_800_000_000.0


def place(home: Path, kind: str = "github", kept: str = "file") -> Place:
    return Place(home, home / "secrets.toml", kind, endpoints.of(kind), kept)


def names(home: Path, plugin: str = "github") -> list[str]:
    return [entry.name for entry in secret_store.read(home / "secrets.toml").get(plugin, [])]


def test_secrets_lie_in_a_file_for_the_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        secrets.add(place(tmp_path), "", "v" * 20, now=NOW)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "secrets.toml").stat().st_mode) == 0o600
    assert tomllib.loads((tmp_path / "secrets.toml").read_text())["github"][0]["secret"] == "v" * 20
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secrets.toml", "secrets.toml.lock"]


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    secrets.add(place(tmp_path), "", "v" * 20, now=NOW)
    (tmp_path / "secrets.toml").chmod(0o644)
    with pytest.raises(ConfigError, match="others can read it"):
        secret_store.read(tmp_path / "secrets.toml")


DAMAGED = [
    "[[github]\nsecret='hunter2'", "github = 1", "[[github]]\nname='x'", "\udcff", "[[github]]\nname='x'\ncreated_at='hunter2'",
]  # fmt: skip


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_told_without_quoting_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secrets.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    path.chmod(0o600)
    with pytest.raises(ConfigError) as told:
        secret_store.read(path)
    assert "hunter2" not in f"{told.value.message} {told.value.hint} {told.value.__cause__}"


def test_a_name_may_be_left_out(tmp_path: Path) -> None:
    for _ in range(3):
        secrets.add(place(tmp_path), "", "v" * 20, now=NOW)
    assert names(tmp_path) == ["2027-01-15-2", "2027-01-15", "default"]


def test_a_taken_or_unusable_name_is_refused(tmp_path: Path) -> None:
    secrets.add(place(tmp_path), "ci", "v" * 20, now=NOW)
    with pytest.raises(Conflict):
        secrets.add(place(tmp_path), "ci", "w" * 20, now=NOW)
    for name in ("a b", "-x", "x" * 65, "ü", "a\n"):
        with pytest.raises(UsageError):
            secrets.add(place(tmp_path), name, "w" * 20, now=NOW)
    assert names(tmp_path) == ["ci"]


@pytest.mark.parametrize("value", [b"", b" ", b"\n", b"\xff\xfe", b"two\nlines", b"x" * 2000, b"with\x00nul", b"\x1b[31m"])
def test_what_cannot_be_a_secret_is_refused_and_not_shown(value: bytes) -> None:
    with pytest.raises(UsageError) as told:
        secrets.checked(endpoints.of("github"), value)
    assert "\x1b" not in told.value.message
    assert "xxx" not in told.value.message


def test_each_kind_gets_a_secret_of_its_own_form() -> None:
    assert len(secrets.made(endpoints.of("github"))) == 64
    assert secrets.made(endpoints.of("gitlab")).startswith("whsec_")
    assert len(secrets.made(endpoints.of("gitlab"), plain=True)) == 64
    token = secrets.made(Descriptor("none"))
    assert secrets.checked(Descriptor("none"), token.encode()) == token
    with pytest.raises(UsageError):
        secrets.checked(Descriptor("none"), b"guess-me")
    with pytest.raises(UsageError):
        secrets.checked(endpoints.of("gitlab"), b"whsec_%%%")


def test_a_rotation_keeps_the_old_one_until_its_overlap_ends(tmp_path: Path) -> None:
    secrets.add(place(tmp_path), "", "v" * 20, now=NOW)
    fresh, ending = secrets.rotate(place(tmp_path), None, overlap=3600, now=NOW + 10)
    assert [(entry.name, entry.until) for entry in ending] == [("default", NOW + 3610)]
    found = secrets.usable(tmp_path, secret_store.read(tmp_path / "secrets.toml")["github"])
    assert [(secret.name, secret.ended(NOW + 3609), secret.ended(NOW + 3610)) for secret in found] == [
        (fresh.name, False, False), ("default", False, True),
    ]  # fmt: skip


def test_a_second_rotation_never_lengthens_the_first_overlap(tmp_path: Path) -> None:
    secrets.add(place(tmp_path), "", "v" * 20, now=NOW)
    secrets.rotate(place(tmp_path), None, overlap=60, now=NOW)
    _, ending = secrets.rotate(place(tmp_path), None, overlap=3600, now=NOW + 1)
    assert sorted((entry.name, entry.until) for entry in ending) == [("2027-01-15", NOW + 3601), ("default", NOW + 60)]


def test_what_ended_long_ago_is_forgotten_at_the_next_rotation(tmp_path: Path) -> None:
    secrets.add(place(tmp_path), "", "v" * 20, now=NOW)
    secrets.rotate(place(tmp_path), None, overlap=60, now=NOW)
    secrets.rotate(place(tmp_path), None, overlap=60, now=NOW + 8 * 86400)
    assert "default" not in names(tmp_path)


def test_a_plain_token_is_rotated_into_a_plain_token(tmp_path: Path) -> None:
    where = place(tmp_path, "gitlab")
    secrets.add(where, "", "a plain token of ours", now=NOW)
    fresh, _ = secrets.rotate(where, None, overlap=60, now=NOW)
    assert not fresh.value.startswith("whsec_")
    secrets.retire(where, "default", now=NOW)
    secrets.retire(where, fresh.name, now=NOW)
    assert secrets.rotate(where, None, overlap=60, now=NOW)[0].value.startswith("whsec_")


def test_a_first_signing_key_beside_tokens_is_warned_of(tmp_path: Path) -> None:
    where, key = place(tmp_path, "gitlab"), secrets.made(endpoints.of("gitlab"))
    assert not secrets.shuts_out(where, key, now=NOW), "nothing was good before"
    secrets.add(where, "", "a plain token of ours", now=NOW)
    assert "X-Gitlab-Token" in secrets.shuts_out(where, key, now=NOW)
    assert not secrets.shuts_out(where, "another token", now=NOW)
    secrets.add(where, "", key, now=NOW)
    assert not secrets.shuts_out(where, key, now=NOW)


def test_a_retired_secret_is_gone(tmp_path: Path) -> None:
    secrets.add(place(tmp_path), "", "v" * 20, now=NOW)
    assert secrets.retire(place(tmp_path), "default", now=NOW) == 0
    assert "v" * 20 not in (tmp_path / "secrets.toml").read_text()
    with pytest.raises(NotFound):
        secrets.retire(place(tmp_path), "default", now=NOW)


def test_processes_that_change_secrets_at_once_lose_none(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, time\n"
        "from coro_cli.webhooks import endpoints, secrets\n"
        "where = secrets.Place(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[1]) / 'secrets.toml', 'github', endpoints.of('github'))\n"
        "for n in range(10): secrets.add(where, f'{sys.argv[2]}-{n}', 'v' * 20, now=time.time())\n"
    )
    them = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(n)]) for n in range(4)]
    assert [process.wait(60) for process in them] == [0] * 4
    assert len(set(names(tmp_path))) == 40


@pytest.mark.crash
def test_a_process_killed_while_writing_leaves_the_old_file_whole(tmp_path: Path) -> None:
    secrets.add(place(tmp_path), "", "v" * 20, now=NOW)
    (tmp_path / "config.toml").write_text("")
    environment = {**os.environ, "CORO_HOME": str(tmp_path), "CORO_CRASH_AT": "secret.written"}
    add = [sys.executable, "-m", "coro_cli", "webhook", "secret", "rotate", "--plugin", "github"]
    assert subprocess.run(add, env=environment, capture_output=True, check=False).returncode == -9
    assert names(tmp_path) == ["default"]
    secrets.rotate(place(tmp_path), None, overlap=60, now=NOW)
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".new")]


def test_readers_see_the_old_or_the_new_file_never_a_piece(tmp_path: Path) -> None:
    secrets.add(place(tmp_path), "", "v" * 20, now=NOW)
    troubles: list[CoroError] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            try:
                assert secret_store.read(tmp_path / "secrets.toml")["github"]
            except CoroError as error:
                troubles.append(error)

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(30):
        secrets.add(place(tmp_path), f"n{number}", "v" * 200, now=NOW)
    done.set()
    reader.join()
    assert not troubles


def test_a_secret_is_shown_nowhere_but_where_it_is_asked_for(tmp_path: Path) -> None:
    entry = secrets.add(place(tmp_path), "", "hunter2hunter2hunter2", now=NOW)
    assert "hunter2" not in f"{entry!r} {secrets.usable(tmp_path, [entry])!r} {json.dumps(secrets.shown(entry, NOW))}"


def test_the_keyring_keeps_values_and_the_file_only_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring: dict[str, str] = {}
    module = type(sys)("keyring")
    module.__dict__.update(
        set_password=lambda service, user, value: ring.__setitem__(user, value), get_password=lambda service, user: ring.get(user),
        delete_password=lambda service, user: ring.pop(user),
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "keyring", module)
    where = place(tmp_path, kept=KEYRING)
    secrets.add(where, "", "hunter2hunter2hunter2", now=NOW)
    assert "hunter2" not in (tmp_path / "secrets.toml").read_text()
    assert secrets.usable(tmp_path, secret_store.read(tmp_path / "secrets.toml")["github"])[0].value == b"hunter2hunter2hunter2"
    secrets.retire(where, "default", now=NOW)
    assert ring == {}


def test_a_missing_keyring_is_told_with_the_way_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError) as told:
        secrets.add(place(tmp_path, kept=KEYRING), "", "v" * 20, now=NOW)
    assert "coro-cli[keyring]" in (told.value.hint or "")
    assert names(tmp_path) == []
    with pytest.raises(ConfigError):
        secret_store.get(tmp_path, "github", "x")


def test_the_checkup_warns_of_an_overlap_that_is_still_used_and_of_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from coro_cli.store.database import Database
    from coro_cli.webhooks.delivery_log import put
    from coro_cli.webhooks.policy import Taken

    home = paths.Home(tmp_path, tmp_path)
    secrets.add(place(tmp_path), "", "v" * 20, now=NOW)
    secrets.rotate(place(tmp_path), None, overlap=86400, now=NOW + 10)
    monkeypatch.setattr("time.time", lambda: NOW + 20)
    with Database(home.store) as db:
        assert list(secrets.warnings(home, db)) == []
        for number, at in enumerate((NOW + 5, NOW + 15)):
            with db.transaction():
                put(db, Taken("github", str(number), "d", "ping", (), b"{}", "default", at))
            found = list(secrets.warnings(home, db))
            assert len(found) == number, "only what came after the new secret was made says that the old one is in use"
        assert "still come in on it" in found[0][0]
        monkeypatch.setattr("time.time", lambda: NOW + 2 * 86400)
        assert [text for text, _ in secrets.warnings(home, db)] == [
            "the secret `default` of github has ended, and no delivery has come in on a newer one"
        ]
        monkeypatch.setattr("time.time", lambda: NOW + 400 * 86400)
        assert any(text.endswith(" old") for text, _ in secrets.warnings(home, db))
        assert secrets.last_used(home)[("github", "default")] == "2027-01-15T08:00:15Z"
