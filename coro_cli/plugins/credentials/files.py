"""Tokens in files of other programs: netrc, and the configurations of Gitea's `tea` and of python-gitlab."""

from __future__ import annotations

import configparser
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from coro_cli.configuring.hosts import host_of
from coro_cli.plugins.credentials.found import Credential, Search

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
