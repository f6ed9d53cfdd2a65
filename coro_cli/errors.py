"""The one exception tree. A class's docstring is its default message; `code` is stable and appears in `--json`.

    CoroError (1)
    ├── UsageError (2)          what was typed cannot be understood
    ├── NotFound (3)            no such job, ref or delivery
    ├── ConfigError (4)         configuration or credentials
    │   └── Unavailable         a plugin that is a stub for now
    ├── Conflict (5)            the state forbids it, or somebody else holds it
    ├── Unreachable (6)         the provider cannot be reached
    ├── TimedOut (124)          a `--timeout` ran out
    ├── Interrupted (130)       Ctrl-C
    └── StoreError (1)          the store is damaged, newer, full or not writable
"""

from __future__ import annotations


class CoroError(Exception):
    """Something went wrong."""

    code = "failed"
    exit_code = 1

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        self.message = message or (self.__doc__ or "").strip()
        self.hint = hint
        super().__init__(self.message)


class UsageError(CoroError):
    """The command line cannot be understood."""

    code = "usage"
    exit_code = 2


class NotFound(CoroError):
    """There is no such thing."""

    code = "not-found"
    exit_code = 3


class ConfigError(CoroError):
    """The configuration cannot be used."""

    code = "config"
    exit_code = 4


class Unavailable(ConfigError):
    """The plugin is unavailable."""

    code = "unavailable"


class Conflict(CoroError):
    """The present state forbids it."""

    code = "conflict"
    exit_code = 5


class Unreachable(CoroError):
    """The provider cannot be reached."""

    code = "unreachable"
    exit_code = 6


class TimedOut(CoroError):
    """The time ran out."""

    code = "timeout"
    exit_code = 124


class Interrupted(CoroError):
    """interrupted"""

    code = "interrupted"
    exit_code = 130


class StoreError(CoroError):
    """The store cannot be used."""

    code = "store"
