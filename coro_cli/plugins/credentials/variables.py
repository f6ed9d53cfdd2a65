"""The variables in which each kind's token usually lies.

A variable says nothing about the host its token is for. So GitHub's two are for github.com alone, as in `gh`
(https://cli.github.com/manual/gh_help_environment), and for the plugin `github` that stands in for it on this very machine.
Where another variable names the host (GITLAB_HOST, JIRA_URL), the token goes to no other. Else it goes to the hosts that
the configuration names for this kind.
"""

from __future__ import annotations

from dataclasses import dataclass

from coro_cli.configuring.hosts import host_of, stands_for
from coro_cli.plugins.credentials.found import Credential, Search


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
