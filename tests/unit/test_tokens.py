"""Tokens: the order of places, what the configuration names, and that no secret is shown."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, plugin

from coro_cli.config import PluginConfig
from coro_cli.errors import ConfigError
from coro_cli.plugins import credentials


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_places_are_asked_in_order(desk: Desk) -> None:
    git = 'print("username=me\\npassword=from-git")'
    steps: list[tuple[str, Callable[[], object]]] = [
        ("from-netrc", lambda: desk.file(".netrc", "machine github.com login me password from-netrc")),
        ("from-git", lambda: desk.program("git", git)),
        ("from-gh", lambda: desk.program("gh", 'print("from-gh")')),
    ]
    for expected, place in steps:
        place()
        assert credentials.find(plugin(), desk.env()).token == expected
    env = desk.env(GITHUB_TOKEN="from-github-token")
    assert credentials.find(plugin(), env).token == "from-github-token"
    assert credentials.find(plugin(), env | {"GH_TOKEN": "from-gh-token"}).token == "from-gh-token"
    literal: dict[str, Any] = {"token": "from-config"}
    assert credentials.find(plugin(**literal), env).token == "from-config"
    file = literal | {"token_file": str(desk.file("token", "from-file\n"))}
    assert credentials.find(plugin(**file), env).token == "from-file"
    command = file | {"token_command": (str(desk.program("vault", 'print("from-command")')), "read")}
    assert credentials.find(plugin(**command), env).token == "from-command"
    variable = command | {"token_env": "NOT_SET, MINE"}
    assert credentials.find(plugin(**variable), env | {"MINE": "from-mine"}).token == "from-mine"


def test_a_credential_says_where_it_is_from_and_hides_itself(desk: Desk) -> None:
    found = credentials.find(plugin(), desk.env(GH_TOKEN="hush"))
    assert (found.source, found.reason) == ("GH_TOKEN", "")
    assert "hush" not in repr(found)
    assert "hush" not in repr(credentials.settings(plugin(), found))


@pytest.mark.parametrize("token", ["a b", "a\nb", "a\tb", "hush\x00", "é", "a\x7f", " a"])
def test_a_token_that_would_break_a_header_is_refused(desk: Desk, token: str) -> None:
    with pytest.raises(ConfigError, match="the token from `GH_TOKEN` has spaces or unprintable") as caught:
        credentials.find(plugin(), desk.env(GH_TOKEN=token))
    assert token not in caught.value.message
    desk.program("gh", f"print({token!r})")
    assert "no token: it has spaces" in credentials.find(plugin(), desk.env()).reason


def test_the_end_of_the_line_is_no_part_of_a_token(desk: Desk) -> None:
    assert credentials.find(plugin(), desk.env(GH_TOKEN="t\r\n")).token == "t"
    assert credentials.find(plugin(), desk.env(GH_TOKEN="\n", GITHUB_TOKEN="u")).token == "u"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ('print("hush"); sys.exit(3)', "ended with exit code 3"),
        ("pass", "printed nothing"),
        ('print("hush hush")', "has spaces or unprintable characters"),
        ("os.kill(os.getpid(), 9)", "ended with exit code -9"),
    ],
)
def test_a_failing_command_is_an_error_and_not_a_reason_to_look_elsewhere(desk: Desk, script: str, message: str) -> None:
    program = desk.program("vault", script)
    with pytest.raises(ConfigError) as caught:
        credentials.find(plugin(token_command=(str(program),)), desk.env(GH_TOKEN="another"))
    assert message in caught.value.message
    assert "hush" not in caught.value.message + str(caught.value.hint)


def test_a_command_is_no_shell_and_must_be_there(desk: Desk) -> None:
    program = desk.program("vault", 'print("t")')
    credentials.find(plugin(token_command=("vault", "$HOME; rm -rf *", "")), desk.env())
    assert desk.asked(program.name)[0] == ["$HOME; rm -rf *", ""]
    with pytest.raises(ConfigError, match="cannot be started: `absent`"):
        credentials.find(plugin(token_command=("absent",)), desk.env())


def test_a_token_file_must_be_there_and_private(desk: Desk) -> None:
    path = desk.file("token", "hush\n", mode=0o640)
    with pytest.raises(ConfigError, match="but others can read it") as caught:
        credentials.find(plugin(token_file=str(path)), desk.env())
    assert caught.value.hint == f"run `chmod 600 {path}`"
    path.chmod(stat.S_IRUSR)
    assert credentials.find(plugin(token_file=str(path)), desk.env()).token == "hush"
    path.unlink()
    with pytest.raises(ConfigError, match="cannot be read: no such file"):
        credentials.find(plugin(token_file=str(path)), desk.env())


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (plugin(), "no token: set `GH_TOKEN`, run `gh auth login`, or add `token_env` to `[plugins.github]`"),
        (plugin(token_env="MINE"), "no token: set `MINE` or run `gh auth login`"),
        (
            plugin(api_url="https://git.acme.dev/api/v3"),
            "no token: set `GH_ENTERPRISE_TOKEN`, run `gh auth login --hostname git.acme.dev`, or add `token_env` to `[plugins.github]`",
        ),
        (plugin("linear"), "no token: set `LINEAR_API_KEY` or add `token_env` to `[plugins.linear]`"),
    ],
)
def test_nothing_found_says_what_to_do(desk: Desk, made: PluginConfig, reason: str) -> None:
    found = credentials.find(made, desk.env())
    assert (found.token, found.reason) == ("", reason)


def test_settings_carry_the_certificates_and_the_account(desk: Desk) -> None:
    made = plugin("jira", "https://jira.acme.dev", ca_file="/etc/ca.pem", options={"deployment": "server"})
    settings = credentials.settings(made, credentials.Credential("t", "me", "x"))
    assert (settings.token, settings.user, settings.web_url) == ("t", "me", "https://jira.acme.dev")
    assert dict(settings.options) == {"deployment": "server", "ca_file": "/etc/ca.pem"}
