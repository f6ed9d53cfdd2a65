"""The keys outside of plugins: their types, defaults and names, and which source wins.

key               environment          flag of `coro start`
----------------  -------------------  --------------------
poll.interval     CORO_POLL_INTERVAL   --interval
poll.budget       CORO_POLL_BUDGET
parallel          CORO_PARALLEL        --parallel
store.keep        CORO_STORE_KEEP
notify.command    CORO_NOTIFY_COMMAND
cloud.url         CORO_CLOUD_URL
cloud.token       CORO_CLOUD_TOKEN
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from coro_cli.configuring import values
from coro_cli.configuring.hosts import clean_url
from coro_cli.configuring.model import Origin
from coro_cli.configuring.secret import is_secret
from coro_cli.domain.showing import show
from coro_cli.errors import ConfigError


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
    Field("poll.interval", 60.0, values.interval, "a duration like `60s`, at least `1s`"),
    Field("poll.budget", 0.5, values.share, "a number above 0, at most 1"),
    Field("parallel", 4, values.count, "a whole number from 1 to 256"),
    Field("store.keep", 30 * 86400.0, values.duration, "a duration like `30d`"),
    Field("notify.command", (), values.argv, 'a list like `["mail", "-s", "coro", "me@acme.dev"]`'),
    Field("cloud.url", "", clean_url, "a web address like `https://coro.example.org`"),
    Field("cloud.token", "", values.text, "text"),
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
            raise ConfigError(f"`{name}` must be a section, not {values.described(value)}", hint=f"write `[{name}]`")
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
        shown = "" if is_secret(field.key.rpartition(".")[2]) else f", not {values.described(value)}"
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
