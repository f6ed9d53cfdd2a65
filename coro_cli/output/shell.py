"""A command as a person would type it, exact and harmless to look at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")


def command_line(command: Sequence[Any]) -> str:
    """The arguments, quoted where a shell needs it."""
    return " ".join(quoted(str(argument)) for argument in command)


def quoted(argument: str) -> str:
    """One argument: bare, in single quotes, or as `$'…'` where it holds what a screen cannot show."""
    if _PLAIN.fullmatch(argument):
        return argument
    if argument.isprintable():
        return "'" + argument.replace("'", "'\\''") + "'"
    return "$'" + "".join(map(_escape, argument)) + "'"


def _escape(ch: str) -> str:
    if ch in "\\'":
        return "\\" + ch
    if ch.isprintable():
        return ch
    if "\udc80" <= ch <= "\udcff":
        return f"\\x{ord(ch) - 0xDC00:02x}"  # a byte that was no UTF-8 (PEP 383)
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e"}.get(ch)
    return short or (f"\\x{ord(ch):02x}" if ord(ch) < 0x80 else f"\\U{ord(ch):08x}")
