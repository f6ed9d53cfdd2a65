"""Completion scripts for four shells, made from one description of the command line.

The scripts know commands and options by themselves, so that TAB starts no process for them; only job ids are asked for, of
`coro __complete jobs PREFIX`, which reads the store and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module

SHELLS = ("bash", "zsh", "fish", "powershell")
# Kinds of which several are given with commas between them.
LISTS = ("event",)


@dataclass(frozen=True, slots=True)
class Word:
    """One option. names: all its spellings. values: `""` for a flag, else a kind of value (`job`, `dir`, …) or words."""

    names: tuple[str, ...]
    about: str
    values: str = ""


@dataclass(frozen=True, slots=True)
class Verb:
    """One command. path: `("webhook", "verify")`. argument: the kind of its arguments."""

    path: tuple[str, ...]
    about: str
    options: tuple[Word, ...] = ()
    argument: str = ""
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """The whole command line. words: the words of each kind of value that is a list."""

    verbs: tuple[Verb, ...] = ()
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)


def script(shell: str, line: Line) -> str:
    """The script of one shell."""
    make: Callable[[Line], str] = import_module(f"{__name__}.{shell}").script
    return make(line)
