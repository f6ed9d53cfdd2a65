"""The keys of the configuration: their types, defaults and names, how single values are read, and which source wins."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from coro_cli.config.model import Origin
from coro_cli.config.show import is_secret
from coro_cli.domain.durations import parse_duration
from coro_cli.errors import ConfigError, UsageError, show


def duration(value: Any, *, least: float = 0.0) -> float:
    """Seconds of `60s`, or of a plain number of seconds."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("no duration")
    try:
        seconds = parse_duration(str(value))
    except UsageError as error:
        raise ValueError(error.message) from error
    if seconds < least:
        raise ValueError("too short")
    return seconds


def interval(value: Any) -> float:
    """A duration of at least a second."""
    return duration(value, least=1.0)


def share(value: Any) -> float:
    """A number above 0, at most 1."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("no number")
    number = float(value)
    if not 0 < number <= 1:  # also refuses NaN
        raise ValueError("out of range")
    return number


def count(value: Any) -> int:
    """A whole number from 1 to 256."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 256:
        raise ValueError("no such count")
    return value


def argv(value: Any) -> tuple[str, ...]:
    """A program and its arguments: a list of text, or one line cut as a shell would cut it (and no more than cut)."""
    if isinstance(value, str):
        import shlex

        value = shlex.split(value)
    if not isinstance(value, list) or not all(isinstance(word, str) and "\0" not in word for word in value):
        raise ValueError("no list of text")
    if not value or not value[0].strip():
        raise ValueError("no program")
    return tuple(value)


def listed(value: Any) -> tuple[str, ...]:
    """As `argv`, from a list only: in a file nothing needs cutting."""
    if not isinstance(value, list):
        raise ValueError("no list")
    return argv(value)


def text(value: Any) -> str:
    """Text that is printable and fits on a line."""
    if not isinstance(value, str) or not value.isprintable() or len(value) > 10_000:
        raise ValueError("no text")
    return value


def described(value: Any) -> str:
    """A wrong value for an error's sentence. Of an address nothing is shown that may hold a secret."""
    if isinstance(value, str) and "://" in value and "@" in value:
        return "one with a user name or password"
    if isinstance(value, str):
        value = value.partition("?")[0] if "://" in value else value
        return f"`{show(value)}`" if value else "empty"
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return f"`{show(str(value).lower() if isinstance(value, bool) else str(value))}`"


# Addresses: which kinds have a public host, what an API address must look like, and where its browser pages are.

# kind → API address. These plugins are there without any configuration.
PUBLIC: dict[str, str] = {
    "github": "https://api.github.com",
    "gitlab": "https://gitlab.com/api/v4",
    "bitbucket": "https://api.bitbucket.org/2.0",
    "azure": "https://dev.azure.com",
    "linear": "https://api.linear.app/graphql",
}
# kind → variables that name a host, and what its API address has after it.
NAMED: dict[str, tuple[tuple[str, ...], str]] = {
    "gitea": (("GITEA_URL", "FORGEJO_URL"), "/api/v1"),
    "jira": (("JIRA_URL",), ""),
    "redmine": (("REDMINE_URL",), ""),
}
# kind → an example for the hint where an address is missing.
EXAMPLES: dict[str, str] = PUBLIC | {
    "gitea": "https://codeberg.org/api/v1",
    "jira": "https://acme.atlassian.net",
    "redmine": "https://redmine.example.org",
    "bitbucket-dc": "https://git.example.org/rest/api/1.0",
}
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|\w(?:[\w.-]*\w)?\.?)(?::[0-9]{1,5})?")
_API_TAIL = re.compile(r"(?:/api/v[0-9]+|/api/graphql|/graphql|/rest/api/[\w.]+|/2\.0)$")
_THIS_MACHINE = re.compile(r"https?://(?:(?:[\w-]+\.)*localhost|127\.[0-9.]+|\[::1\])(?::[0-9]+)?(?:/.*)?")
# GitHub with data residency: https://docs.github.com/enterprise-cloud@latest/admin/data-residency
_API_HOST = re.compile(r"(https?://)api\.(github\.com|[\w-]+\.ghe\.com|bitbucket\.org|linear\.app)")


def clean_url(value: Any) -> str:
    """An http(s) address with a lower-case host and no trailing slash. Raises ValueError.

    No user name, password, query or fragment: addresses are shown and logged, and have paths put behind them.
    """
    if not isinstance(value, str) or not value.isprintable() or re.search(r"[\s\\`\"<>]", value) or len(value) > 500:
        raise ValueError("no address")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc) or parts.query or parts.fragment:
        raise ValueError("no address")
    if parts.port == 0:  # reading `port` also refuses those above 65535
        raise ValueError("no port")
    host = parts.netloc.lower().removesuffix({"https": ":443", "http": ":80"}[parts.scheme])
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"


def host_of(url: str) -> str:
    """`git.acme.dev:8443` of a clean address."""
    return url.partition("://")[2].partition("/")[0]


def browser_url(api_url: str) -> str:
    """Where the pages of an API are: `https://HOST/api/v3` → `https://HOST`; one that tells nothing is itself."""
    stripped = _API_TAIL.sub("", api_url)
    hit = _API_HOST.fullmatch(stripped)
    return f"{hit[1]}{hit[2]}" if hit else stripped


def stands_for(name: str, kind: str, api_url: str) -> str:
    """The public host's pages, where the plugin that is there by default for it was pointed at this very machine.

    Nobody browses a proxy or a stand-in on loopback: who pastes `https://github.com/…` means the plugin `github`.
    """
    public = PUBLIC.get(kind) if name == kind else None
    return browser_url(public) if public and _THIS_MACHINE.fullmatch(api_url) else ""


def from_environment(kind: str, env: Mapping[str, str]) -> tuple[str, str] | None:
    """`(variable, API address)` where the environment names a host of the kind; not checked."""
    variables, tail = NAMED.get(kind, ((), ""))
    for variable in variables:
        if url := env.get(variable, "").strip().rstrip("/"):
            url = url if "://" in url else f"https://{url}"
            return variable, url if url.endswith(tail) else url + tail
    return None


# The keys outside of plugins: their types, defaults and names, and which source wins.
#
# key environment flag of `coro start` ---------------- ------------------- -------------------- poll.interval
# CORO_POLL_INTERVAL --interval poll.budget CORO_POLL_BUDGET parallel CORO_PARALLEL --parallel store.keep CORO_STORE_KEEP
# notify.command CORO_NOTIFY_COMMAND cloud.url CORO_CLOUD_URL cloud.token CORO_CLOUD_TOKEN


@dataclass(frozen=True, slots=True)
class Field:
    """One key. expects: what a right value is, for the error's sentence."""

    key: str
    default: Any
    read: Callable[[Any], Any]
    expects: str

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return "CORO_" + self.key.replace(".", "_").upper()


FIELDS = (
    Field("poll.interval", 60.0, interval, "a duration like `60s`, at least `1s`"),
    Field("poll.budget", 0.5, share, "a number above 0, at most 1"),
    Field("parallel", 4, count, "a whole number from 1 to 256"),
    Field("store.keep", 30 * 86400.0, duration, "a duration like `30d`"),
    Field("notify.command", (), argv, 'a list like `["mail", "-s", "coro", "me@acme.dev"]`'),
    Field("cloud.url", "", clean_url, "a web address like `https://coro.example.org`"),
    Field("cloud.token", "", text, "text"),
)
_SECTIONS = ("poll", "store", "notify", "cloud", "plugins")
_FREE = ("cloud", "plugins")  # further keys are for those who read them


def settle(raw: Mapping[str, Any], env: Mapping[str, str], flags: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Origin]]:
    """Every field's value by key, and where those that were set come from. Raises ConfigError."""
    check_keys(raw)
    settled: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for field in FIELDS:
        settled[field.key] = field.default
        for origin, value in _sources(field, raw, env, flags):
            settled[field.key] = value_of(field, value, origin)
            origins[field.key] = origin
            break
    return settled, origins


def check_keys(raw: Mapping[str, Any]) -> None:
    """Raise ConfigError for a section or key that nobody reads, naming the nearest that somebody does."""
    keys = {field.key for field in FIELDS}
    for name, value in raw.items():
        if name in _SECTIONS and not isinstance(value, dict):
            raise ConfigError(f"`{name}` must be a section, not {described(value)}", hint=f"write `[{name}]`")
        if name not in _SECTIONS and name not in keys:
            what = "section" if isinstance(value, dict) else "key"
            raise unknown(what, name, [*_SECTIONS, *keys] if what == "key" else _SECTIONS)
        if name in _SECTIONS and name not in _FREE:
            for inner in value:
                if f"{name}.{inner}" not in keys:
                    raise unknown("key", f"{name}.{inner}", keys)


def value_of(field: Field, value: Any, origin: Origin) -> Any:
    """The value in its type. Raises ConfigError that names the key, the variable or the flag."""
    try:
        return field.read(value)
    except ValueError as error:
        name = {"env": field.variable, "flag": "--" + field.key.rpartition(".")[2]}.get(origin, field.key)
        shown = "" if is_secret(field.key.rpartition(".")[2]) else f", not {described(value)}"
        raise ConfigError(f"`{name}` must be {field.expects}{shown}") from error


def unknown(what: str, name: str, known: Collection[str]) -> ConfigError:
    """The error for a key or section that nobody reads."""
    near = nearest(name, known)
    listed = ", ".join(f"`{key}`" for key in sorted(known))
    hint = f"did you mean `{near}`?" if near else f"there are {listed}"
    return ConfigError(f"there is no {what} `{show(name)}` in the configuration", hint=hint)


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known name that was probably meant: the same last part, or nearly the same letters."""
    import difflib

    names = sorted(known)
    last = name.rpartition(".")[2]
    same = [key for key in names if key.rpartition(".")[2] == last]
    return next(iter(same or difflib.get_close_matches(name, names, 1, cutoff)), None)


def _sources(field: Field, raw: Mapping[str, Any], env: Mapping[str, str], flags: Mapping[str, Any]) -> Iterable[tuple[Origin, Any]]:
    """What was set, the winner first. An empty variable and a flag that was not given set nothing."""
    if flags.get(field.key) is not None:
        yield "flag", flags[field.key]
    if env.get(field.variable):
        yield "env", env[field.variable]
    section, _, key = field.key.rpartition(".")
    table = raw.get(section, {}) if section else raw
    if key in table:
        yield "file", table[key]
