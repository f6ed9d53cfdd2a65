"""A plugin's token: where its configuration says, else in the variables, files and programs its kind usually uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coro_cli.config import PluginConfig
from coro_cli.config.schema import host_of, stands_for
from coro_cli.errors import ConfigError
from coro_cli.plugins import credential_stores
from coro_cli.plugins.base import Settings
from coro_cli.plugins.credential_stores import Credential, Place, Search
from coro_cli.system import files, subprocesses

# Longer than for the tools we ask unbidden: this one may go to a vault over the network.
COMMAND_SECONDS = 30.0


def variable(search: Search) -> Credential | None:
    """`token_env`: the first of its variables that is set."""
    for name in (part.strip() for part in search.plugin.token_env.split(",")):
        if name and search.env.get(name, "").rstrip("\r\n"):
            return search.named(search.env[name], account(search, name), f"`{name}`")
    return None


def command(search: Search) -> Credential | None:
    """`token_command`: what it prints. Raises ConfigError where it fails: another token would be somebody else's."""
    argv = search.plugin.token_command
    if not argv:
        return None
    key = f"`token_command` of `plugins.{search.plugin.name}`"
    done = search.run(argv, env=search.env, seconds=COMMAND_SECONDS)
    if done is None:
        hint = "is it installed, executable and on the PATH?"
        raise ConfigError(f"the {key} cannot be started: `{argv[0]}`", hint=hint)
    if not done.good or not done.out.strip():
        ended = f"ended with exit code {done.code}" if done.code else "printed nothing"
        ended = f"did not come to an end within {COMMAND_SECONDS:.0f} seconds" if done.late else ended
        raise ConfigError(f"the {key} {ended}", hint=f"try it by hand: `{argv[0]}` …; it has no terminal to ask on")
    return search.named(done.out, "", key)


def file(search: Search) -> Credential | None:
    """`token_file`: its one line. Raises ConfigError where it cannot be read, or others can."""
    path = search.plugin.token_file
    if not path:
        return None
    try:
        found = files.read(path)
    except OSError as error:
        hint = f"it is the `token_file` of `plugins.{search.plugin.name}`"
        raise ConfigError(f"`{path}` cannot be read: {files.cause(error)}", hint=hint) from error
    if found.shared:
        raise ConfigError(f"`{path}` holds a token, but others can read it", hint=f"run `chmod 600 {path}`")
    return search.named(found.data.decode(errors="replace"), "", f"`{path}`")


def literal(search: Search) -> Credential | None:
    """`token` in config.toml, which is refused where others can read it."""
    return search.named(search.plugin.token, "", f"`plugins.{search.plugin.name}.token`")


# The variables in which each kind's token usually lies.
#
# A variable says nothing about the host its token is for. So GitHub's two are for github.com alone, as in `gh`
# (https://cli.github.com/manual/gh_help_environment), and for the plugin `github` that stands in for it on this very machine.
# Where another variable names the host (GITLAB_HOST, JIRA_URL), the token goes to no other. Else it goes to the hosts that the
# configuration names for this kind.


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable. users: those with the account's name. hosts: those that name the host it is for."""

    name: str
    users: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


_GITLAB = ("GITLAB_HOST", "GL_HOST", "GITLAB_URI")
_GITHUB_COM = (Variable("GH_TOKEN"), Variable("GITHUB_TOKEN"))
_GITHUB_ENTERPRISE = (Variable("GH_ENTERPRISE_TOKEN"), Variable("GITHUB_ENTERPRISE_TOKEN"))
_KINDS: dict[str, tuple[Variable, ...]] = {
    "gitlab": tuple(Variable(name, hosts=_GITLAB) for name in ("GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN", "OAUTH_TOKEN")),
    "bitbucket": (Variable("BITBUCKET_TOKEN"), Variable("BITBUCKET_API_TOKEN", ("BITBUCKET_EMAIL",))),
    "bitbucket-dc": (Variable("BITBUCKET_TOKEN"), Variable("BITBUCKET_SERVER_TOKEN")),
    "gitea": (Variable("GITEA_TOKEN", hosts=("GITEA_URL",)), Variable("FORGEJO_TOKEN", hosts=("FORGEJO_URL",))),
    "azure": (Variable("AZURE_DEVOPS_EXT_PAT"), Variable("SYSTEM_ACCESSTOKEN")),
    "jira": (Variable("JIRA_API_TOKEN", ("JIRA_EMAIL", "JIRA_USER"), ("JIRA_URL",)),),
    "linear": (Variable("LINEAR_API_KEY"),),
    "redmine": (Variable("REDMINE_API_KEY", hosts=("REDMINE_URL",)),),
}


def usual(search: Search) -> tuple[Variable, ...]:
    """The variables that may be used for the plugin's host, best first."""
    plugin = search.plugin
    if plugin.kind == "github":
        stand_in = _GITHUB_COM if stands_for(plugin.name, plugin.kind, plugin.api_url) else ()
        return _GITHUB_COM if is_github_com(search.host) else stand_in + _GITHUB_ENTERPRISE
    return _KINDS.get(search.plugin.kind) or _third_party(search.plugin.kind)


def environment(search: Search) -> Credential | None:
    """The first of the usual variables that is set, and is for this host."""
    for variable in usual(search):
        token = search.env.get(variable.name, "").rstrip("\r\n")
        if not token:
            continue
        if other := _elsewhere(search, variable):
            search.notes.append(f"`{variable.name}` was left out, for `{other}` names another host")
            continue
        user = account(search, variable.name)
        if variable.users and _wants_account(search) and not (search.plugin.user or user):
            search.notes.append(f"`{variable.name}` needs `{variable.users[0]}` beside it")
            continue
        return search.named(token, user, f"`{variable.name}`")
    return None


def account(search: Search, name: str) -> str:
    """The account's name that goes with a variable, from the environment; empty where it is not told.

    JIRA_AUTH_TYPE is how jira-cli is told that the token goes without one: https://github.com/ankitpokhrel/jira-cli
    """
    if search.plugin.kind == "jira" and search.env.get("JIRA_AUTH_TYPE", "").lower() == "bearer":
        return ""
    users = [user for variable in usual(search) if variable.name == name for user in variable.users]
    return next((search.env[user] for user in users if search.env.get(user)), "")


def is_github_com(host: str) -> bool:
    """github.com, or an enterprise's part of it with data residency."""
    return host == "github.com" or host.endswith(".ghe.com")


def _wants_account(search: Search) -> bool:
    """Bitbucket Cloud and Jira Cloud take an API token only beside its owner's e-mail; Jira's own servers do not."""
    return search.plugin.kind == "bitbucket" or search.host.endswith((".atlassian.net", "api.atlassian.com"))


def _elsewhere(search: Search, variable: Variable) -> str | None:
    """The variable that says the token is for another host than the plugin's."""
    for name in variable.hosts:
        value = search.env.get(name, "").strip().lower()
        if value:
            named = host_of(value if "://" in value else f"https://{value}")
            return None if named in (search.host, host_of(search.plugin.api_url)) else name
    return None


def _third_party(kind: str) -> tuple[Variable, ...]:
    from coro_cli.plugins.registry import plugin_class

    names = plugin_class(kind).defaults().get("token_env", "").split(",")
    return tuple(Variable(name.strip()) for name in names if name.strip())


# Finding a plugin's token: where its configuration says, else where its kind's tokens usually are.
#
#     order              places
#     -----------------  --------------------------------------------------------------------------------------
#     the configuration  `token_env`, `token_command`, `token_file`, `token`
#     the environment    GH_TOKEN, GITLAB_TOKEN … (`credentials.variables`)
#     the host's tool    `gh`, `glab`, `az`, tea's config.yml, ~/.python-gitlab.cfg
#     git                `git credential fill`
#     netrc              NETRC, ~/.netrc


__all__ = ["Credential", "find", "settings"]

_CONFIGURED: tuple[Place, ...] = (variable, command, file, literal)
_USUAL: dict[str, tuple[Place, ...]] = {
    "github": (environment, credential_stores.gh, credential_stores.git, credential_stores.netrc),
    "gitlab": (environment, credential_stores.glab, credential_stores.python_gitlab, credential_stores.git, credential_stores.netrc),
    "bitbucket": (environment, credential_stores.git, credential_stores.netrc),
    "bitbucket-dc": (environment, credential_stores.git, credential_stores.netrc),
    "gitea": (environment, credential_stores.tea, credential_stores.git, credential_stores.netrc),
    "azure": (environment, credential_stores.az, credential_stores.git),
    "jira": (environment, credential_stores.netrc),
    "linear": (environment,),
    "redmine": (environment,),
}
_THIRD_PARTY: tuple[Place, ...] = (environment, credential_stores.git, credential_stores.netrc)
_LOGIN = {"gitlab": "run `glab auth login`", "gitea": "run `tea login add`", "azure": "run `az login`"}


def find(plugin: PluginConfig, env: Mapping[str, str], *, run: subprocesses.Runner = subprocesses.run) -> Credential:
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
    return Settings(plugin.name, plugin.kind, api_url, web_url, credential.token, user, options, plugin.parallel)


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
