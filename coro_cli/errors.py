"""The one exception tree, and how errors are worded: what was probably meant, and outside text quoted safely.

A class's docstring is its default message; `code` is stable and `exit_code` is the process's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable


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


# What was probably meant by a name that is not there.


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known name with nearly the same letters, if there is one. cutoff: how alike they have to be, from 0 to 1."""
    import difflib  # only on the way to an error: it costs 6 ms

    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=cutoff)), None)


# Outside text in a sentence of ours.


LONGEST = 500
_USERINFO = re.compile(r"//[^/@\s]*@")


def show(text: str) -> str:
    """Outside text for an error's sentence: short, printable, without the password of a URL."""
    plain = "".join(c if c.isprintable() and c != "`" else "?" for c in _USERINFO.sub("//", text[:LONGEST]))
    return plain if len(plain) <= 80 else f"{plain[:79]}…"
