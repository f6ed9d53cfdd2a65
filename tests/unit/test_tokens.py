"""Tokens: the order of places, which host a token may go to, and that no secret is shown."""

from __future__ import annotations

import json
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coro_cli.config import PluginConfig
from coro_cli.configuring.hosts import PUBLIC, browser_url
from coro_cli.errors import ConfigError
from coro_cli.plugins import tokens


class Desk:
    """A user's home and PATH, with nothing on them but what a test puts there."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.bin = root / "bin"
        self.home.mkdir()
        self.bin.mkdir()

    def env(self, **variables: str) -> dict[str, str]:
        """The environment, without any variable of the tests' own."""
        return {"HOME": str(self.home), "PATH": str(self.bin)} | variables

    def program(self, name: str, script: str) -> Path:
        """A program that writes down its arguments and environment, then does what the script says."""
        path = self.bin / name
        record = (
            f"#!{sys.executable} -S\nimport json, os, sys, time\n"
            f"asked = sys.stdin.read()\n"
            f"json.dump([sys.argv[1:], dict(os.environ), asked], open({str(path) + '.asked'!r}, 'w'))\n"
        )
        path.write_text(record + script)
        path.chmod(0o755)
        return path

    def asked(self, name: str) -> tuple[list[str], dict[str, str], str]:
        """What the program was asked: arguments, environment, stdin."""
        argv, env, text = json.loads((self.bin / f"{name}.asked").read_text())
        return argv, env, text

    def file(self, name: str, text: str, mode: int = 0o600) -> Path:
        """A file below the home."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def plugin(kind: str = "github", api_url: str = "", **more: Any) -> PluginConfig:
    api_url = api_url or PUBLIC[kind]
    return PluginConfig(name=kind, kind=kind, api_url=api_url, web_url=browser_url(api_url), **more)


def test_places_are_asked_in_order(desk: Desk) -> None:
    git = 'print("username=me\\npassword=from-git")'
    steps: list[tuple[str, Callable[[], object]]] = [
        ("from-netrc", lambda: desk.file(".netrc", "machine github.com login me password from-netrc")),
        ("from-git", lambda: desk.program("git", git)),
        ("from-gh", lambda: desk.program("gh", 'print("from-gh")')),
    ]
    for expected, place in steps:
        place()
        assert tokens.find(plugin(), desk.env()).token == expected
    env = desk.env(GITHUB_TOKEN="from-github-token")
    assert tokens.find(plugin(), env).token == "from-github-token"
    assert tokens.find(plugin(), env | {"GH_TOKEN": "from-gh-token"}).token == "from-gh-token"
    literal: dict[str, Any] = {"token": "from-config"}
    assert tokens.find(plugin(**literal), env).token == "from-config"
    file = literal | {"token_file": str(desk.file("token", "from-file\n"))}
    assert tokens.find(plugin(**file), env).token == "from-file"
    command = file | {"token_command": (str(desk.program("vault", 'print("from-command")')), "read")}
    assert tokens.find(plugin(**command), env).token == "from-command"
    variable = command | {"token_env": "NOT_SET, MINE"}
    assert tokens.find(plugin(**variable), env | {"MINE": "from-mine"}).token == "from-mine"


def test_a_credential_says_where_it_is_from_and_hides_itself(desk: Desk) -> None:
    found = tokens.find(plugin(), desk.env(GH_TOKEN="hush"))
    assert (found.source, found.reason) == ("GH_TOKEN", "")
    assert "hush" not in repr(found)
    assert "hush" not in repr(tokens.settings(plugin(), found))


@pytest.mark.parametrize("api_url", ["http://127.0.0.1:4000", "https://git.acme.dev/api/v3", "https://github.com.evil.dev"])
def test_tokens_for_github_com_go_to_no_other_host(desk: Desk, api_url: str) -> None:
    desk.program("gh", "sys.exit(1)")
    work = plugin(api_url=api_url)
    env = desk.env(GH_TOKEN="public", GITHUB_TOKEN="public")
    assert tokens.find(work, env).token == ""
    _, asked, _ = desk.asked("gh")
    assert "GH_TOKEN" not in asked
    assert "GITHUB_TOKEN" not in asked
    assert tokens.find(work, env | {"GH_ENTERPRISE_TOKEN": "own"}).token == "own"
    assert tokens.find(work, env | {"GITHUB_ENTERPRISE_TOKEN": "own"}).token == "own"
    configured = PluginConfig(name="x", kind="github", api_url=api_url, web_url=api_url, token_env="GH_TOKEN")
    assert tokens.find(configured, env).token == "public"


def test_a_web_url_does_not_fetch_the_token_of_its_host(desk: Desk) -> None:
    desk.file(".netrc", "machine github.com login me password public")
    posing = PluginConfig(name="x", kind="github", api_url="http://127.0.0.1:4000", web_url="https://github.com")
    assert tokens.find(posing, desk.env(GH_TOKEN="public")).token == ""


def test_enterprise_tokens_stay_away_from_github_com(desk: Desk) -> None:
    assert tokens.find(plugin(), desk.env(GH_ENTERPRISE_TOKEN="own")).token == ""
    assert tokens.find(plugin(api_url="https://api.acme.ghe.com"), desk.env(GH_TOKEN="t")).token == "t"


def test_gh_is_asked_for_the_host_and_told_not_to_prompt(desk: Desk) -> None:
    desk.program("gh", 'print("t")')
    found = tokens.find(plugin(api_url="https://git.acme.dev/api/v3"), desk.env())
    argv, env, _ = desk.asked("gh")
    assert (found.token, found.source) == ("t", "gh auth token")
    assert argv == ["auth", "token", "--hostname", "git.acme.dev"]
    assert env["GH_PROMPT_DISABLED"] == "1"


def test_git_is_asked_on_stdin_and_told_not_to_prompt(desk: Desk) -> None:
    desk.program("git", 'print("protocol=https\\nhost=x\\nusername=x-access-token\\npassword=a=b")')
    found = tokens.find(plugin(), desk.env(GIT_DIR="/somewhere"))
    argv, env, asked = desk.asked("git")
    assert (found.token, found.user) == ("a=b", "")
    assert (argv, asked) == (["credential", "fill"], "protocol=https\nhost=github.com\n\n")
    assert (env["GIT_TERMINAL_PROMPT"], env["GIT_ASKPASS"], env["GCM_INTERACTIVE"]) == ("0", "", "never")
    assert "GIT_DIR" not in env


def test_git_is_asked_with_the_path_of_a_server_below_one(desk: Desk) -> None:
    desk.program("git", 'print("username=me\\npassword=t")')
    found = tokens.find(plugin("gitlab", "http://127.0.0.1:80/git/api/v4", user="bot"), desk.env())
    assert desk.asked("git")[2] == "protocol=http\nhost=127.0.0.1:80\npath=git\nusername=bot\n\n"
    assert found.user == "bot"


def test_a_real_git_answers_from_its_helpers(desk: Desk) -> None:
    real = shutil.which("git")
    if real is None:
        pytest.skip("there is no git here")
    (desk.bin / "git").symlink_to(real)
    helper = desk.bin / "helper"
    helper.write_text('#!/bin/sh\n[ "$1" = get ] && echo username=me && echo password=t\nexit 0\n')
    helper.chmod(0o755)
    env = desk.env(GIT_CONFIG_NOSYSTEM="1", PATH=f"{desk.bin}:/usr/bin:/bin")
    assert tokens.find(plugin("azure"), env).token == ""
    desk.file(".gitconfig", f"[credential]\n\thelper = {helper}\n")
    found = tokens.find(plugin("azure"), env)
    assert (found.token, found.user, found.source) == ("t", "me", "git credential fill")


def test_glab_answers_only_with_what_it_keeps_for_the_host(desk: Desk) -> None:
    desk.program("glab", 'print(os.environ.get("GITLAB_TOKEN") or "kept")')
    work = plugin("gitlab", "https://git.acme.dev/api/v4")
    found = tokens.find(work, desk.env(GITLAB_TOKEN="other", GITLAB_HOST="https://gitlab.com"))
    assert found.token == "kept"
    assert desk.asked("glab")[0] == ["config", "get", "token", "--host", "git.acme.dev"]


@pytest.mark.parametrize(
    ("kind", "api_url", "env", "token", "user"),
    [
        ("gitlab", "", {"GITLAB_TOKEN": "a", "OAUTH_TOKEN": "b"}, "a", ""),
        ("gitlab", "", {"GITLAB_ACCESS_TOKEN": "a", "OAUTH_TOKEN": "b"}, "a", ""),
        ("gitlab", "", {"OAUTH_TOKEN": "b"}, "b", ""),
        ("gitlab", "", {"GITLAB_TOKEN": "a", "GITLAB_HOST": "git.acme.dev"}, "", ""),
        ("gitlab", "https://git.acme.dev/api/v4", {"GITLAB_TOKEN": "a", "GITLAB_HOST": "git.acme.dev"}, "a", ""),
        ("bitbucket", "", {"BITBUCKET_TOKEN": "a"}, "a", ""),
        ("bitbucket", "", {"BITBUCKET_API_TOKEN": "a", "BITBUCKET_EMAIL": "me@acme.dev"}, "a", "me@acme.dev"),
        ("bitbucket", "", {"BITBUCKET_API_TOKEN": "a"}, "", ""),
        ("bitbucket-dc", "https://acme.dev/rest/api/1.0", {"BITBUCKET_SERVER_TOKEN": "a"}, "a", ""),
        ("gitea", "https://codeberg.org/api/v1", {"GITEA_TOKEN": "a", "FORGEJO_TOKEN": "b"}, "a", ""),
        ("gitea", "https://codeberg.org/api/v1", {"FORGEJO_TOKEN": "b"}, "b", ""),
        ("gitea", "https://codeberg.org/api/v1", {"GITEA_TOKEN": "a", "GITEA_URL": "https://git.acme.dev"}, "", ""),
        ("azure", "", {"AZURE_DEVOPS_EXT_PAT": "a", "SYSTEM_ACCESSTOKEN": "b"}, "a", ""),
        ("azure", "", {"SYSTEM_ACCESSTOKEN": "b"}, "b", ""),
        ("jira", "https://acme.atlassian.net", {"JIRA_API_TOKEN": "a", "JIRA_USER": "me@acme.dev"}, "a", "me@acme.dev"),
        ("jira", "https://acme.atlassian.net", {"JIRA_API_TOKEN": "a"}, "", ""),
        ("jira", "https://jira.acme.dev", {"JIRA_API_TOKEN": "a"}, "a", ""),
        ("jira", "https://jira.acme.dev", {"JIRA_API_TOKEN": "a", "JIRA_URL": "https://other.acme.dev"}, "", ""),
        ("linear", "", {"LINEAR_API_KEY": "a"}, "a", ""),
        ("redmine", "https://redmine.acme.dev", {"REDMINE_API_KEY": "a"}, "a", ""),
    ],
)
def test_each_kind_has_its_variables(desk: Desk, kind: str, api_url: str, env: dict[str, str], token: str, user: str) -> None:
    found = tokens.find(plugin(kind, api_url), desk.env(**env))
    assert (found.token, found.user) == (token, user)
    assert bool(found.reason) is not bool(token)


def test_a_configured_variable_brings_its_usual_account(desk: Desk) -> None:
    jira = plugin("jira", "https://acme.atlassian.net", token_env="JIRA_API_TOKEN")
    env = desk.env(JIRA_API_TOKEN="a", JIRA_EMAIL="me@acme.dev")
    assert tokens.find(jira, env).user == "me@acme.dev"
    named = plugin("jira", "https://acme.atlassian.net", token_env="JIRA_API_TOKEN", user="bot@acme.dev")
    assert tokens.find(named, env).user == "bot@acme.dev"


def test_gits_own_name_is_no_bitbucket_account(desk: Desk) -> None:
    desk.program("git", 'print("username=x-bitbucket-api-token-auth\\npassword=t")')
    missing = tokens.find(plugin("bitbucket"), desk.env())
    assert missing.token == ""
    assert "needs `email`" in missing.reason
    found = tokens.find(plugin("bitbucket", user="me@acme.dev"), desk.env())
    assert (found.token, found.user) == ("t", "me@acme.dev")
    assert "username" not in desk.asked("git")[2]
    desk.program("git", 'print("username=x-token-auth\\npassword=t")')
    assert tokens.find(plugin("bitbucket"), desk.env()).user == ""


NETRC = """
# machine api.bitbucket.org login comment password wrong
machine other.dev login x password wrong
macdef init
machine api.bitbucket.org login macro password wrong

default login anybody password wrong
machine bitbucket.org
    login pages
    password second
machine api.bitbucket.org account "a b" unknown login "me@acme.dev" password "fir\\"st#"
"""


def test_netrc_is_read_for_the_hosts_of_the_plugin_alone(desk: Desk) -> None:
    desk.file(".netrc", NETRC)
    found = tokens.find(plugin("bitbucket"), desk.env())
    assert (found.token, found.user) == ('fir"st#', "me@acme.dev")
    assert tokens.find(plugin("bitbucket", user="pages"), desk.env()).token == "second"
    assert tokens.find(plugin(), desk.env()).token == ""


def test_netrcs_default_is_nobodys(desk: Desk) -> None:
    desk.file(".netrc", "machine github.com login me password own default login anybody password wrong")
    assert tokens.find(plugin(), desk.env()).token == "own"
    assert tokens.find(plugin("gitlab"), desk.env()).token == ""


def test_netrc_may_lie_elsewhere_and_be_damaged(desk: Desk) -> None:
    place = desk.file("elsewhere", "machine 127.0.0.1 login\nmachine 127.0.0.1 password t\nmachine")
    work = plugin("jira", "http://127.0.0.1:4000")
    assert tokens.find(work, desk.env(NETRC=str(place))).token == "t"


def test_files_of_others_that_anybody_can_read_are_passed_over_with_a_reason(desk: Desk) -> None:
    path = desk.file(".netrc", "machine github.com login me password hush", mode=0o644)
    found = tokens.find(plugin(), desk.env())
    assert found.token == ""
    assert f"`{path}` was left out, for others can read it: run `chmod 600 {path}`" in found.reason
    assert "hush" not in found.reason


TEA = """logins:
    - name: one
      url: https://git.acme.dev
      token: wrong
    - name: "two"   # mine
      url: 'https://Codeberg.org/'
      token: "t"
      ssh_host: codeberg.org
      user: me
preferences:
    editor: false
"""


def test_teas_login_of_the_host_is_used(desk: Desk) -> None:
    desk.file("xdg/tea/config.yml", TEA)
    env = desk.env(XDG_CONFIG_HOME=str(desk.home / "xdg"))
    found = tokens.find(plugin("gitea", "https://codeberg.org/api/v1"), env)
    assert (found.token, found.user) == ("t", "me")
    assert tokens.find(plugin("gitea", "https://other.dev/api/v1"), env).token == ""


@pytest.mark.parametrize("token", ["a b", "a\nb", "a\tb", "hush\x00", "é", "a\x7f", " a"])
def test_a_token_that_would_break_a_header_is_refused(desk: Desk, token: str) -> None:
    with pytest.raises(ConfigError, match="the token from `GH_TOKEN` has spaces or unprintable") as caught:
        tokens.find(plugin(), desk.env(GH_TOKEN=token))
    assert token not in caught.value.message
    desk.program("gh", f"print({token!r})")
    assert "no token: it has spaces" in tokens.find(plugin(), desk.env()).reason


def test_the_end_of_the_line_is_no_part_of_a_token(desk: Desk) -> None:
    assert tokens.find(plugin(), desk.env(GH_TOKEN="t\r\n")).token == "t"
    assert tokens.find(plugin(), desk.env(GH_TOKEN="\n", GITHUB_TOKEN="u")).token == "u"


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
        tokens.find(plugin(token_command=(str(program),)), desk.env(GH_TOKEN="another"))
    assert message in caught.value.message
    assert "hush" not in caught.value.message + str(caught.value.hint)


def test_a_command_is_no_shell_and_must_be_there(desk: Desk) -> None:
    program = desk.program("vault", 'print("t")')
    tokens.find(plugin(token_command=("vault", "$HOME; rm -rf *", "")), desk.env())
    assert desk.asked(program.name)[0] == ["$HOME; rm -rf *", ""]
    with pytest.raises(ConfigError, match="cannot be started: `absent`"):
        tokens.find(plugin(token_command=("absent",)), desk.env())


def test_a_token_file_must_be_there_and_private(desk: Desk) -> None:
    path = desk.file("token", "hush\n", mode=0o640)
    with pytest.raises(ConfigError, match="but others can read it") as caught:
        tokens.find(plugin(token_file=str(path)), desk.env())
    assert caught.value.hint == f"run `chmod 600 {path}`"
    path.chmod(stat.S_IRUSR)
    assert tokens.find(plugin(token_file=str(path)), desk.env()).token == "hush"
    path.unlink()
    with pytest.raises(ConfigError, match="cannot be read: no such file"):
        tokens.find(plugin(token_file=str(path)), desk.env())


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
    found = tokens.find(made, desk.env())
    assert (found.token, found.reason) == ("", reason)


def test_settings_carry_the_certificates_and_the_account(desk: Desk) -> None:
    made = plugin("jira", "https://jira.acme.dev", ca_file="/etc/ca.pem", options={"deployment": "server"})
    settings = tokens.settings(made, tokens.Credential("t", "me", "x"))
    assert (settings.token, settings.user, settings.web_url) == ("t", "me", "https://jira.acme.dev")
    assert dict(settings.options) == {"deployment": "server", "ca_file": "/etc/ca.pem"}
