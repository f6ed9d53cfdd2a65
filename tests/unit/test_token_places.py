"""The places of tokens: variables, the hosts' own tools, git and files, and which host each may be used for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from desk import Desk, plugin

from coro_cli.config import PluginConfig
from coro_cli.plugins import credentials


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("api_url", ["http://10.0.0.7:4000", "https://git.acme.dev/api/v3", "https://github.com.evil.dev"])
def test_tokens_for_github_com_go_to_no_other_host(desk: Desk, api_url: str) -> None:
    desk.program("gh", "sys.exit(1)")
    work = plugin(api_url=api_url)
    env = desk.env(GH_TOKEN="public", GITHUB_TOKEN="public")
    assert credentials.find(work, env).token == ""
    _, asked, _ = desk.asked("gh")
    assert "GH_TOKEN" not in asked
    assert "GITHUB_TOKEN" not in asked
    assert credentials.find(work, env | {"GH_ENTERPRISE_TOKEN": "own"}).token == "own"
    assert credentials.find(work, env | {"GITHUB_ENTERPRISE_TOKEN": "own"}).token == "own"
    configured = PluginConfig(name="x", kind="github", api_url=api_url, web_url=api_url, token_env="GH_TOKEN")
    assert credentials.find(configured, env).token == "public"


def test_a_plugin_that_stands_in_for_github_com_on_this_machine_gets_its_variables(desk: Desk) -> None:
    here = plugin(api_url="http://127.0.0.1:4000")
    env = desk.env(GITHUB_TOKEN="second", GH_ENTERPRISE_TOKEN="last")
    assert credentials.find(here, env | {"GH_TOKEN": "first"}).token == "first"
    assert credentials.find(here, env).token == "second"
    assert "set `GH_TOKEN`" in credentials.find(here, desk.env()).reason
    another = PluginConfig(name="x", kind="github", api_url=here.api_url, web_url=here.web_url)
    assert credentials.find(another, env | {"GH_TOKEN": "first"}).token == "last"


def test_a_web_url_does_not_fetch_the_token_of_its_host(desk: Desk) -> None:
    desk.file(".netrc", "machine github.com login me password public")
    posing = PluginConfig(name="x", kind="github", api_url="http://127.0.0.1:4000", web_url="https://github.com")
    assert credentials.find(posing, desk.env(GH_TOKEN="public")).token == ""


def test_enterprise_tokens_stay_away_from_github_com(desk: Desk) -> None:
    assert credentials.find(plugin(), desk.env(GH_ENTERPRISE_TOKEN="own")).token == ""
    assert credentials.find(plugin(api_url="https://api.acme.ghe.com"), desk.env(GH_TOKEN="t")).token == "t"


def test_gh_is_asked_for_the_host_and_told_not_to_prompt(desk: Desk) -> None:
    desk.program("gh", 'print("t")')
    found = credentials.find(plugin(api_url="https://git.acme.dev/api/v3"), desk.env())
    argv, env, _ = desk.asked("gh")
    assert (found.token, found.source) == ("t", "gh auth token")
    assert argv == ["auth", "token", "--hostname", "git.acme.dev"]
    assert env["GH_PROMPT_DISABLED"] == "1"


def test_git_is_asked_on_stdin_and_told_not_to_prompt(desk: Desk) -> None:
    desk.program("git", 'print("protocol=https\\nhost=x\\nusername=x-access-token\\npassword=a=b")')
    found = credentials.find(plugin(), desk.env(GIT_DIR="/somewhere"))
    argv, env, asked = desk.asked("git")
    assert (found.token, found.user) == ("a=b", "")
    assert (argv, asked) == (["credential", "fill"], "protocol=https\nhost=github.com\n\n")
    assert (env["GIT_TERMINAL_PROMPT"], env["GIT_ASKPASS"], env["GCM_INTERACTIVE"]) == ("0", "", "never")
    assert "GIT_DIR" not in env


def test_git_is_asked_with_the_path_of_a_server_below_one(desk: Desk) -> None:
    desk.program("git", 'print("username=me\\npassword=t")')
    found = credentials.find(plugin("gitlab", "http://127.0.0.1:80/git/api/v4", user="bot"), desk.env())
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
    assert credentials.find(plugin("azure"), env).token == ""
    desk.file(".gitconfig", f"[credential]\n\thelper = {helper}\n")
    found = credentials.find(plugin("azure"), env)
    assert (found.token, found.user, found.source) == ("t", "me", "git credential fill")


def test_az_is_asked_for_the_service_and_for_no_server_of_ones_own(desk: Desk) -> None:
    desk.program("az", 'print("eyJ0.e30.x")')
    found = credentials.find(plugin("azure"), desk.env())
    assert (found.token, found.source) == ("eyJ0.e30.x", "az account get-access-token")
    assert desk.asked("az")[0][:2] == ["account", "get-access-token"]
    assert credentials.find(plugin("azure", "https://devops.acme.dev/tfs"), desk.env()).token == ""
    assert credentials.find(plugin("azure"), desk.env(AZURE_DEVOPS_EXT_PAT="p")).token == "p"


def test_python_gitlabs_section_of_the_host_is_used(desk: Desk) -> None:
    desk.file(".python-gitlab.cfg", "[global]\ndefault = work\n[work]\nurl = https://Git.acme.dev\nprivate_token = t\n")
    assert credentials.find(plugin("gitlab", "https://git.acme.dev/api/v4"), desk.env()).token == "t"
    assert credentials.find(plugin("gitlab"), desk.env()).token == ""
    desk.file("broken.cfg", "url = x")
    found = credentials.find(plugin("gitlab"), desk.env(PYTHON_GITLAB_CFG=str(desk.home / "broken.cfg")))
    assert found.token == "" and "broken.cfg" in found.reason


def test_glab_answers_only_with_what_it_keeps_for_the_host(desk: Desk) -> None:
    desk.program("glab", 'print(os.environ.get("GITLAB_TOKEN") or "kept")')
    work = plugin("gitlab", "https://git.acme.dev/api/v4")
    found = credentials.find(work, desk.env(GITLAB_TOKEN="other", GITLAB_HOST="https://gitlab.com"))
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
        ("jira", "https://jira.acme.dev", {"JIRA_API_TOKEN": "a", "JIRA_USER": "me", "JIRA_AUTH_TYPE": "bearer"}, "a", ""),
        ("jira", "https://api.atlassian.com/ex/jira/7", {"JIRA_API_TOKEN": "a"}, "", ""),
        ("jira", "https://jira.acme.dev", {"JIRA_API_TOKEN": "a", "JIRA_URL": "https://other.acme.dev"}, "", ""),
        ("linear", "", {"LINEAR_API_KEY": "a"}, "a", ""),
        ("redmine", "https://redmine.acme.dev", {"REDMINE_API_KEY": "a"}, "a", ""),
    ],
)
def test_each_kind_has_its_variables(desk: Desk, kind: str, api_url: str, env: dict[str, str], token: str, user: str) -> None:
    found = credentials.find(plugin(kind, api_url), desk.env(**env))
    assert (found.token, found.user) == (token, user)
    assert bool(found.reason) is not bool(token)


def test_a_configured_variable_brings_its_usual_account(desk: Desk) -> None:
    jira = plugin("jira", "https://acme.atlassian.net", token_env="JIRA_API_TOKEN")
    env = desk.env(JIRA_API_TOKEN="a", JIRA_EMAIL="me@acme.dev")
    assert credentials.find(jira, env).user == "me@acme.dev"
    named = plugin("jira", "https://acme.atlassian.net", token_env="JIRA_API_TOKEN", user="bot@acme.dev")
    assert credentials.find(named, env).user == "bot@acme.dev"


def test_gits_own_name_is_no_bitbucket_account(desk: Desk) -> None:
    desk.program("git", 'print("username=x-bitbucket-api-token-auth\\npassword=t")')
    missing = credentials.find(plugin("bitbucket"), desk.env())
    assert missing.token == ""
    assert "needs `email`" in missing.reason
    found = credentials.find(plugin("bitbucket", user="me@acme.dev"), desk.env())
    assert (found.token, found.user) == ("t", "me@acme.dev")
    assert "username" not in desk.asked("git")[2]
    desk.program("git", 'print("username=x-token-auth\\npassword=t")')
    assert credentials.find(plugin("bitbucket"), desk.env()).user == ""


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
    found = credentials.find(plugin("bitbucket"), desk.env())
    assert (found.token, found.user) == ('fir"st#', "me@acme.dev")
    assert credentials.find(plugin("bitbucket", user="pages"), desk.env()).token == "second"
    assert credentials.find(plugin(), desk.env()).token == ""


def test_netrcs_default_is_nobodys(desk: Desk) -> None:
    desk.file(".netrc", "machine github.com login me password own default login anybody password wrong")
    assert credentials.find(plugin(), desk.env()).token == "own"
    assert credentials.find(plugin("gitlab"), desk.env()).token == ""


def test_netrc_may_lie_elsewhere_and_be_damaged(desk: Desk) -> None:
    place = desk.file("elsewhere", "machine 127.0.0.1 login\nmachine 127.0.0.1 password t\nmachine")
    work = plugin("jira", "http://127.0.0.1:4000")
    assert credentials.find(work, desk.env(NETRC=str(place))).token == "t"


def test_files_of_others_that_anybody_can_read_are_passed_over_with_a_reason(desk: Desk) -> None:
    path = desk.file(".netrc", "machine github.com login me password hush", mode=0o644)
    found = credentials.find(plugin(), desk.env())
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
    found = credentials.find(plugin("gitea", "https://codeberg.org/api/v1"), env)
    assert (found.token, found.user) == ("t", "me")
    assert credentials.find(plugin("gitea", "https://other.dev/api/v1"), env).token == ""
