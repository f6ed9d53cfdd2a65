"""Finding a plugin's token: where its configuration says, else where its kind's tokens usually are.

    order              places
    -----------------  --------------------------------------------------------------------------------------
    the configuration  `token_env`, `token_command`, `token_file`, `token`
    the environment    GH_TOKEN, GITLAB_TOKEN … (`credentials.variables`)
    the host's tool    `gh`, `glab`, `az`, tea's config.yml, ~/.python-gitlab.cfg
    git                `git credential fill`
    netrc              NETRC, ~/.netrc

What is configured and broken is an error; what is not configured and unusable is passed over, and told in the reason.
"""

from __future__ import annotations

from collections.abc import Mapping

from coro_cli import tools
from coro_cli.config import PluginConfig
from coro_cli.plugins.base import Settings
from coro_cli.plugins.credentials import files, named, programs
from coro_cli.plugins.credentials.found import Credential, Place, Search
from coro_cli.plugins.credentials.variables import environment, usual

__all__ = ["Credential", "find", "settings"]

_CONFIGURED: tuple[Place, ...] = (named.variable, named.command, named.file, named.literal)
_USUAL: dict[str, tuple[Place, ...]] = {
    "github": (environment, programs.gh, programs.git, files.netrc),
    "gitlab": (environment, programs.glab, files.python_gitlab, programs.git, files.netrc),
    "bitbucket": (environment, programs.git, files.netrc),
    "bitbucket-dc": (environment, programs.git, files.netrc),
    "gitea": (environment, files.tea, programs.git, files.netrc),
    "azure": (environment, programs.az, programs.git),
    "jira": (environment, files.netrc),
    "linear": (environment,),
    "redmine": (environment,),
}
_THIRD_PARTY: tuple[Place, ...] = (environment, programs.git, files.netrc)
_LOGIN = {"gitlab": "run `glab auth login`", "gitea": "run `tea login add`", "azure": "run `az login`"}


def find(plugin: PluginConfig, env: Mapping[str, str], *, run: tools.Runner = tools.run) -> Credential:
    """The token of a plugin; an empty one with a reason where there is none. May start programs, for 5 s each.

    Raises ConfigError where what the user set cannot be used: a failing `token_command`, a `token_file` that others can
    read, a token that no header can carry.
    """
    search = Search(plugin, env, run)
    for place in (*_CONFIGURED, *_USUAL.get(plugin.kind, _THIRD_PARTY)):
        if found := place(search):
            return found
    return Credential(user=plugin.user, reason=_reason(search))


def settings(plugin: PluginConfig, credential: Credential) -> Settings:
    """What the plugin's class is made with."""
    options = dict(plugin.options) | ({"ca_file": plugin.ca_file} if plugin.ca_file else {})
    api_url, web_url = plugin.api_url, plugin.web_url
    if not api_url:  # a third party's kind, whose class knows its public host
        from coro_cli.plugins.registry import plugin_class

        known = plugin_class(plugin.kind).defaults()
        api_url, web_url = known.get("api_url", ""), web_url or known.get("web_url", "")
    user = credential.user or plugin.user
    return Settings(plugin.name, plugin.kind, api_url, web_url, credential.token, user, options)


def _reason(search: Search) -> str:
    kind, variables = search.plugin.kind, usual(search)
    first = search.plugin.token_env.partition(",")[0].strip() or (variables[0].name if variables else "")
    ways = [f"set `{first}`"] if first else []
    if kind == "github":
        there = "" if search.host == "github.com" else f" --hostname {search.host}"
        ways += [f"run `gh auth login{there}`"]
    ways += [_LOGIN[kind]] if kind in _LOGIN else []
    ways += [] if search.plugin.token_env else [f"add `token_env` to `[plugins.{search.plugin.name}]`"]
    listed = " or ".join(ways) if len(ways) < 3 else f"{', '.join(ways[:-1])}, or {ways[-1]}"
    return "; ".join([f"no token: {listed}", *search.notes])
