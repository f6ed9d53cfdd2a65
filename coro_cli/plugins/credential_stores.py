"""Tokens that other programs keep: netrc, configuration files, and `gh`, `glab`, `az` and git's credential helpers."""

from __future__ import annotations

import configparser
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from coro_cli.config import PluginConfig
from coro_cli.config.schema import browser_url, host_of
from coro_cli.errors import ConfigError
from coro_cli.system import files, subprocesses
from coro_cli.system.subprocesses import Done

# What hosts have people write as the user where only the token counts.
_NO_ACCOUNT = ("x-token-auth", "x-access-token", "oauth2", "personalaccesstoken")


@dataclass(frozen=True, slots=True)
class Credential:
    """A token and the account it belongs to, where the source tells. source: `GH_TOKEN`, `gh auth token`, `~/.netrc` …

    reason: why there is none, as a sentence without its period; empty where there is one.
    """

    token: str = field(default="", repr=False)
    user: str = ""
    source: str = ""
    reason: str = ""


@dataclass(slots=True)
class Search:
    """One search. notes: what was there and could not be used, for the reason if nothing better is found."""

    plugin: PluginConfig
    env: Mapping[str, str]
    run: subprocesses.Runner
    notes: list[str] = field(default_factory=list)

    @property
    def pages(self) -> str:
        """What git and the hosts' own tools know the host by: `https://github.com`.

        Told by `api_url` alone: the token goes there, so a `web_url` must not fetch that of another host.
        """
        return browser_url(self.plugin.api_url)

    @property
    def host(self) -> str:
        """The host of `pages`: `github.com`, `127.0.0.1:8080`."""
        return host_of(self.pages)

    @property
    def home(self) -> Path:
        """The user's home."""
        return Path(self.env.get("HOME") or os.path.expanduser("~"))

    def read(self, path: Path) -> str | None:
        """A tool's own file, or None: a missing one silently, one that others can read with a note."""
        try:
            found = files.read(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            self.notes.append(f"`{path}` cannot be read: {files.cause(error)}")
            return None
        if found.shared:
            self.notes.append(f"`{path}` was left out, for others can read it: run `chmod 600 {path}`")
            return None
        return found.data.decode(errors="replace")

    def usable(self, token: str, user: str, source: str) -> Credential | None:
        """What a tool or a file said, unless it cannot be sent in a header; that is noted."""
        token = token.rstrip("\r\n")
        if token and not sendable(token):
            self.notes.append(f"what `{source}` holds is no token: it has spaces or unprintable characters")
        user = self.plugin.user or ("" if user.lower() in _NO_ACCOUNT else user)
        return Credential(token, user, source) if token and sendable(token) else None

    def named(self, token: str, user: str, source: str) -> Credential | None:
        """As `usable`, for what the user set on purpose: another token instead would be somebody else's.

        Raises ConfigError for what no header can carry.
        """
        token = token.rstrip("\r\n")
        if token and not sendable(token):
            hint = "it must be one word of plain characters; set it again"
            raise ConfigError(f"the token from {source} has spaces or unprintable characters", hint=hint)
        return Credential(token, self.plugin.user or user, source.replace("`", "")) if token else None


Place = Callable[[Search], "Credential | None"]


def sendable(token: str) -> bool:
    """Whether a header can carry it: visible ASCII only."""
    return all("!" <= letter <= "~" for letter in token)


# Tokens in files of other programs: netrc, and the configurations of Gitea's `tea` and of python-gitlab.


_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')
_MACRO = re.compile(r"^[ \t]*macdef\b.*?(?:\n[ \t]*\n|\Z)", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_ENTRY = re.compile(r"""\s*(-\s+)?([a-z_]+):\s*(?:"([^"]*)"|'([^']*)'|([^#]*?))\s*(?:#.*)?""")


def netrc(search: Search) -> Credential | None:
    """The entry of the API's host, or of the pages' host, in NETRC or ~/.netrc.

    `default` is left out: its password would go to every host there is.
    """
    path = Path(search.env.get("NETRC") or search.home / ".netrc")
    text = search.read(path)
    if text is None:
        return None
    entries = list(machines(text))
    for host in dict.fromkeys((host_of(search.plugin.api_url), search.host)):
        for machine, login, password in entries:
            fits = machine.lower() in (host, host.rpartition(":")[0]) and search.plugin.user in ("", login)
            if fits and (found := search.usable(password, login, str(path))):
                return found
    return None


def machines(text: str) -> Iterator[tuple[str, str, str]]:
    """`(machine, login, password)` of a netrc's entries. Words that are none of its own are passed over."""
    words = [_plain(word) for word in _WORD.findall(_COMMENT.sub("", _MACRO.sub("", text)))]
    entry: dict[str, str] = {}
    at = 0
    while at < len(words):
        key, value = words[at], words[at + 1] if at + 1 < len(words) else ""
        if key in ("machine", "default"):
            yield from _complete(entry)
            entry = {}
        if key in ("machine", "login", "password"):
            entry[key] = value
        at += 2 if key in ("machine", "login", "account", "password") else 1
    yield from _complete(entry)


def tea(search: Search) -> Credential | None:
    """The login of this host in tea's config.yml."""
    path = _tea_config(search)
    for login in logins(search.read(path) or ""):
        there = host_of(login.get("url", "").lower())
        fits = there == search.host and search.plugin.user in ("", login.get("user", ""))
        if fits and (found := search.usable(login.get("token", ""), login.get("user", ""), str(path))):
            return found
    return None


def python_gitlab(search: Search) -> Credential | None:
    """The section of this host in PYTHON_GITLAB_CFG or ~/.python-gitlab.cfg (https://python-gitlab.readthedocs.io/en/stable/cli-usage.html)."""
    path = Path(search.env.get("PYTHON_GITLAB_CFG") or search.home / ".python-gitlab.cfg")
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(search.read(path) or "")
    except configparser.Error as error:
        search.notes.append(f"`{path}` cannot be read: {type(error).__name__}")
        return None
    for section in parser.values():
        token = section.get("private_token", "") or section.get("oauth_token", "")
        if host_of(section.get("url", "").lower()) == search.host and (found := search.usable(token, "", str(path))):
            return found
    return None


def logins(text: str) -> list[dict[str, str]]:
    """The logins of tea's YAML: a list of flat entries, of which only `key: value` lines matter."""
    found: list[dict[str, str]] = []
    for line in text.splitlines():
        if not (match := _ENTRY.fullmatch(line)):
            continue
        starts, key, *value = match.groups()
        if starts:
            found.append({})
        if found and not (not line[:1].isspace() and not starts):  # a key at the margin ends the list
            found[-1][key] = next((each for each in value if each is not None), "")
    return found


def _tea_config(search: Search) -> Path:
    """Where tea looks: https://github.com/adrg/xdg, which it uses, has another place on macOS."""
    if named := search.env.get("XDG_CONFIG_HOME"):
        return Path(named) / "tea" / "config.yml"
    place = "Library/Application Support" if sys.platform == "darwin" else ".config"
    return search.home / place / "tea" / "config.yml"


def _complete(entry: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    if "machine" in entry and entry.get("password"):
        yield entry["machine"], entry.get("login", ""), entry["password"]


def _plain(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if len(word) > 1 and word[0] == word[-1] == '"' else word


# Tokens that other programs keep: `gh`, `glab`, `az`, and git's credential helpers. None of them may prompt.

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
