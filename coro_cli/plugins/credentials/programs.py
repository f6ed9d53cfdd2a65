"""Tokens that other programs keep: `gh`, `glab`, `az`, and git's credential helpers. None of them may prompt."""

from __future__ import annotations

from coro_cli.plugins.credentials.found import Credential, Search
from coro_cli.tools import Done

# These programs answer with a variable's token whatever the host; which variable is for which host we judge ourselves.
_TOKENS = (
    "GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN",
    "GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN", "OAUTH_TOKEN",
)  # fmt: skip
_QUIET = {
    "GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_PROMPT": "1", "GLAB_CHECK_UPDATE": "false",
    "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": "", "GCM_INTERACTIVE": "never", "NO_COLOR": "1",
}  # fmt: skip
# A hook's variables would make git read that repository's configuration, and run the helpers it names.
_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_CONFIG")
# Git's user name for an API token: https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/
_BITBUCKET_API_TOKEN = "x-bitbucket-api-token-auth"

# Azure DevOps among Entra's resources: https://learn.microsoft.com/azure/devops/cli/entra-tokens
_AZURE_DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798"


def gh(search: Search) -> Credential | None:
    """`gh auth token`: what `gh auth login` stored, also in the system's keyring."""
    return _asked(search, ("gh", "auth", "token", "--hostname", search.host), "gh auth token")


def glab(search: Search) -> Credential | None:
    """`glab config get token`; glab has no `auth token`."""
    return _asked(search, ("glab", "config", "get", "token", "--host", search.host), "glab config get token")


def az(search: Search) -> Credential | None:
    """`az account get-access-token`: an hour's token of Entra. A server of one's own takes none, so none is sent there."""
    if search.host != "dev.azure.com":
        return None
    argv = ("az", "account", "get-access-token", "--resource", _AZURE_DEVOPS, "--query", "accessToken", "--output", "tsv")
    return _asked(search, argv, "az account get-access-token")


def git(search: Search) -> Credential | None:
    """`git credential fill`: the helpers of the user's own git configuration."""
    scheme, _, rest = search.pages.partition("://")
    _, _, path = rest.partition("/")
    # Bitbucket's API wants the e-mail, git another name.
    user = "" if search.plugin.kind == "bitbucket" else search.plugin.user
    asked = {"protocol": scheme, "host": search.host, "path": path, "username": user}
    question = "".join(f"{key}={value}\n" for key, value in asked.items() if value) + "\n"
    done = search.run(("git", "credential", "fill"), env=_env(search), text=question)
    if done is None or not done.good:
        return _silent(search, done, "git credential fill")
    answer = dict(line.split("=", 1) for line in done.out.splitlines() if "=" in line)
    user = answer.get("username", "")
    if search.plugin.kind == "bitbucket" and user == _BITBUCKET_API_TOKEN:
        user = search.env.get("BITBUCKET_EMAIL", "")
        if not (search.plugin.user or user):
            search.notes.append("the API token that git keeps needs `email` beside it")
            return None
    return search.usable(answer.get("password", ""), user, "git credential fill")


def _asked(search: Search, argv: tuple[str, ...], source: str) -> Credential | None:
    done = search.run(argv, env=_env(search))
    if done is None or not done.good:
        return _silent(search, done, source)
    return search.usable(done.out, "", source)


def _silent(search: Search, done: Done | None, source: str) -> Credential | None:
    """Nothing, which is only worth a note where the program hung: most people lack most of these."""
    if done is not None and done.late:
        search.notes.append(f"`{source}` did not answer in time")
    return None


def _env(search: Search) -> dict[str, str]:
    kept = {key: value for key, value in search.env.items() if key not in _TOKENS and key not in _REPOSITORY}
    return kept | _QUIET
