"""Plugins: those that are there unasked, those that a block adds, and the addresses of both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coro_cli import config
from coro_cli.config import PluginConfig
from coro_cli.config.schema import browser_url, stands_for
from coro_cli.errors import ConfigError
from coro_cli.system.paths import Home

Plugins = Callable[..., "dict[str, PluginConfig]"]


@pytest.fixture
def plugins(tmp_path: Path) -> Plugins:
    """The plugins of a config.toml of this text."""

    def plugins(text: str = "", **env: str) -> dict[str, PluginConfig]:
        (tmp_path / "config.toml").write_text(text)
        (tmp_path / "config.toml").chmod(0o600)
        return dict(config.load(Home(tmp_path, tmp_path), env).plugins)

    return plugins


def test_public_hosts_need_no_configuration(plugins: Plugins) -> None:
    found = plugins()
    assert {name: (each.kind, each.api_url, each.web_url) for name, each in found.items()} == {
        "github": ("github", "https://api.github.com", "https://github.com"),
        "gitlab": ("gitlab", "https://gitlab.com/api/v4", "https://gitlab.com"),
        "bitbucket": ("bitbucket", "https://api.bitbucket.org/2.0", "https://bitbucket.org"),
        "azure": ("azure", "https://dev.azure.com", "https://dev.azure.com"),
        "linear": ("linear", "https://api.linear.app/graphql", "https://linear.app"),
    }
    assert not any(each.configured for each in found.values())


def test_variables_of_the_hosts_name_servers_that_are_nowhere_else(plugins: Plugins) -> None:
    found = plugins(GITEA_URL="https://git.acme.dev/", JIRA_URL="acme.atlassian.net", REDMINE_URL="http://127.0.0.1:3000/redmine")
    assert found["gitea"].api_url == "https://git.acme.dev/api/v1"
    assert found["gitea"].web_url == "https://git.acme.dev"
    assert found["jira"].api_url == "https://acme.atlassian.net"
    assert found["redmine"].web_url == "http://127.0.0.1:3000/redmine"
    assert found["gitea"].configured
    assert plugins(FORGEJO_URL="https://codeberg.org/api/v1")["gitea"].web_url == "https://codeberg.org"


def test_a_block_extends_the_plugin_of_its_name(plugins: Plugins) -> None:
    found = plugins('[plugins.github]\ntoken_env = "MY_TOKEN"\nsearch = true\n')["github"]
    assert (found.api_url, found.token_env, dict(found.options)) == (
        "https://api.github.com",
        "MY_TOKEN",
        {"search": True},
    )
    assert found.configured


def test_a_block_of_another_name_stands_beside(plugins: Plugins) -> None:
    found = plugins('[plugins.work]\nkind = "github"\napi_url = "https://git.acme.dev/api/v3/"\n')
    assert found["work"].web_url == "https://git.acme.dev"
    assert found["github"].web_url == "https://github.com"


def test_a_second_account_on_a_public_host_needs_no_address(plugins: Plugins) -> None:
    assert plugins('[plugins.bot]\nkind = "gitlab"\ntoken_env = "BOT"')["bot"].api_url == "https://gitlab.com/api/v4"


def test_a_plugin_can_be_switched_off(plugins: Plugins) -> None:
    assert "github" not in plugins("[plugins.github]\nenabled = false")


def test_a_block_beats_the_variable_of_the_host_and_ours_beats_the_block(plugins: Plugins) -> None:
    text = '[plugins.jira]\napi_url = "https://file.example.org"\nemail = "me@acme.dev"\n'
    found = plugins(text, JIRA_URL="not an address")["jira"]
    assert (found.api_url, found.user) == ("https://file.example.org", "me@acme.dev")
    by_env = plugins(text, CORO_PLUGINS_JIRA_API_URL="https://env.example.org")["jira"]
    assert (by_env.api_url, by_env.user) == ("https://env.example.org", "me@acme.dev")


def test_variables_reach_a_plugin_with_a_dash_in_its_name(plugins: Plugins, tmp_path: Path) -> None:
    text = '[plugins.my-work]\nkind = "gitlab"\n'
    env = {
        "CORO_PLUGINS_MY_WORK_API_URL": "http://127.0.0.1:1/api/v4",
        "CORO_PLUGINS_MY_WORK_TOKEN_COMMAND": "pass show 'work token'",
    }
    found = plugins(text, **env)["my-work"]
    assert (found.web_url, found.token_command) == ("http://127.0.0.1:1", ("pass", "show", "work token"))
    settings = config.load(Home(tmp_path, tmp_path), env)
    assert settings.origin("plugins.my-work.api_url") == "env"
    assert settings.origin("plugins.my-work.kind") == "file"


@pytest.mark.parametrize(
    ("api_url", "web_url"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com"),
        ("https://git.acme.dev:8443/api/v3", "https://git.acme.dev:8443"),
        ("https://api.acme.dev", "https://api.acme.dev"),
        ("http://127.0.0.1:4000", "http://127.0.0.1:4000"),
        ("http://[::1]:4000/graphql", "http://[::1]:4000"),
        ("https://acme.dev/gitlab/api/v4", "https://acme.dev/gitlab"),
        ("https://codeberg.org/api/v1", "https://codeberg.org"),
        ("https://acme.dev/stash/rest/api/1.0", "https://acme.dev/stash"),
        ("https://acme.dev/rest/api/latest", "https://acme.dev"),
        ("https://api.bitbucket.org/2.0", "https://bitbucket.org"),
        ("https://api.linear.app/graphql", "https://linear.app"),
        ("https://acme.atlassian.net", "https://acme.atlassian.net"),
    ],
)
def test_pages_are_found_from_the_api(api_url: str, web_url: str) -> None:
    assert browser_url(api_url) == web_url


@pytest.mark.parametrize(
    ("name", "kind", "api_url", "expected"),
    [
        ("github", "github", "http://127.0.0.1:4000", "https://github.com"),
        ("github", "github", "http://localhost:4000/api/v3", "https://github.com"),
        ("gitlab", "gitlab", "http://[::1]:4000/api/v4", "https://gitlab.com"),
        ("linear", "linear", "http://127.0.0.1:4000/graphql", "https://linear.app"),
        ("work", "github", "http://127.0.0.1:4000", ""),
        ("github", "github", "https://git.acme.dev/api/v3", ""),
        ("github", "github", "https://127.0.0.1.evil.dev", ""),
        ("github", "github", "https://localhost.evil.dev", ""),
        ("gitea", "gitea", "http://127.0.0.1:3000/api/v1", ""),
    ],
)
def test_a_default_plugin_on_this_machine_stands_for_its_public_host(name: str, kind: str, api_url: str, expected: str) -> None:
    assert stands_for(name, kind, api_url) == expected


def test_an_explicit_web_url_wins(plugins: Plugins) -> None:
    text = '[plugins.work]\nkind = "gitlab"\napi_url = "http://127.0.0.1:8080/api/v4"\nweb_url = "https://git.acme.dev/"\n'
    assert plugins(text)["work"].web_url == "https://git.acme.dev"


def test_relative_paths_start_beside_the_file(plugins: Plugins, tmp_path: Path) -> None:
    text = '[plugins.github]\ntoken_file = "tokens/github"\nca_file = "/etc/ca.pem"\ntoken_command = ["./token", "./x"]\n'
    found = plugins(text)["github"]
    assert found.token_file == str(tmp_path / "tokens" / "github")
    assert found.ca_file == "/etc/ca.pem"
    assert found.token_command == (str(tmp_path / "token"), "./x")
    assert plugins('[plugins.github]\ntoken_file = "~/x"')["github"].token_file == str(Path("~/x").expanduser())


def test_a_kind_of_a_third_party_keeps_its_own_keys(plugins: Plugins) -> None:
    found = plugins('[plugins.review]\nkind = "gerrit"\nusers = ["a"]\n')["review"]
    assert (found.kind, found.api_url, dict(found.options)) == ("gerrit", "", {"users": ["a"]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[plugins]\ngithub = 1", "`plugins.github` must be a section, not `1`"),
        ('[plugins.work]\napi_url = "https://a.example.org"', "`plugins.work` does not say its `kind`"),
        ('[plugins.work]\nkind = "gitea"', "`plugins.work` has no `api_url`"),
        ('[plugins.work]\nkind = "gitlab"\nweb_url = "https://git.acme.dev"', "`plugins.work` has no `api_url`"),
        ('[plugins."a b"]\nkind = "github"', "cannot be named `a b`"),
        ('[plugins.a-b]\nkind = "github"\n[plugins.A_b]\nkind = "github"', "nearly the same name"),
        ("[plugins.github]\napi_url = 5", "`plugins.github.api_url` must be text, not `5`"),
        ('[plugins.github]\nenabled = "no"', "`plugins.github.enabled` must be `true` or `false`, not `no`"),
        ('[plugins.github]\ntoken_command = "gh auth token"', "`plugins.github.token_command` must be a list"),
        ("[plugins.github]\ntoken_command = []", "must be a list"),
        ("[plugins.github]\ntoken = 12345678", "`plugins.github.token` must be text"),
        ('[plugins.github]\ntoken_env = "ghp_hush-hush"', "`plugins.github.token_env` must be the name of a variable"),
    ],
)
def test_a_wrong_block_is_a_sentence_that_names_its_key(plugins: Plugins, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plugins(text)
    assert message in caught.value.message
    assert "hush" not in caught.value.message
    assert "12345678" not in caught.value.message


@pytest.mark.parametrize(
    "url",
    [
        "git.acme.dev", "ftp://git.acme.dev", "https://", "https:///api", "https://a b.dev", "https://git.acme.dev:99999",
        "https://git.acme.dev:0", "https://git.acme.dev/?token=hush", "https://git.acme.dev/#x", "https://me:hush@git.acme.dev",
        "https://me:hu/hush@git.acme.dev", "https://[::1", "https://git\\\\.acme.dev", "https://-x.dev",
    ],
)  # fmt: skip
def test_a_bad_address_is_refused_without_showing_its_password(plugins: Plugins, url: str) -> None:
    with pytest.raises(ConfigError, match=r"`plugins\.github\.api_url` must be a plain web address") as caught:
        plugins(f'[plugins.github]\napi_url = "{url}"')
    assert "hush" not in caught.value.message


def test_a_bad_variable_of_a_host_is_named(plugins: Plugins) -> None:
    with pytest.raises(ConfigError, match="`GITEA_URL` must be a web address"):
        plugins(GITEA_URL="ssh://git.acme.dev")


def test_default_ports_and_case_make_no_difference(plugins: Plugins) -> None:
    assert plugins('[plugins.github]\napi_url = "HTTPS://Api.GitHub.com:443/"')["github"].web_url == "https://github.com"
