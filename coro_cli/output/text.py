"""Text from outside made safe and measured in terminal cells, and commands as a person would type them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

UNSHOWABLE = "\ufffd"

# Compiled when the first text needs it: most is plain ASCII, which is let through before.
# ECMA-48: control sequences, control strings up to their terminator, two-character escapes. What is not terminated
# stays in sight: a sender must not be able to hide the rest of the line.
_ESCAPES = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\r\n]{0,4096}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
_BREAKS = "\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]"
# Unicode calls these printable, yet nothing (or another glyph) is drawn: fillers and variation selectors.
_INVISIBLE = "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
_MARKS_IN_A_ROW = 4  # no script stacks more; beyond it text climbs into the neighbouring lines


def clean(text: str, *, newlines: bool = False) -> str:
    """Make any text safe for a terminal.

    Escape sequences, bidi controls and zero-width characters go; other controls, lone surrogates and private
    characters become U+FFFD; line breaks become spaces, or "\\n" with `newlines`. `clean(clean(x)) == clean(x)`.
    """
    if text.isprintable() and text.isascii():
        return text
    text = re.sub(_ESCAPES, "", text)
    text = re.sub(_BREAKS, "\n" if newlines else " ", text)
    text = re.sub(_INVISIBLE, "", text).replace("\t", "    " if newlines else " ")
    if text.isprintable() and text.isascii():
        return text
    return "".join(_calm(text))


def _calm(text: str) -> Iterator[str]:
    marks = 0
    for ch in text:
        safe = _safe(ch)
        marks = marks + 1 if safe and not _cells(safe) else 0
        if marks <= _MARKS_IN_A_ROW:
            yield safe


@lru_cache(maxsize=2048)
def _safe(ch: str) -> str:
    if ch == "\n" or ch.isprintable():
        return ch
    import unicodedata

    category = unicodedata.category(ch)
    return {"Cf": "", "Zs": " "}.get(category, UNSHOWABLE)


@lru_cache(maxsize=2048)
def _cells(ch: str) -> int:
    if ch.isascii():
        return 1
    import unicodedata

    if unicodedata.category(ch) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(ch) in "WF" else 1


def cell_width(text: str) -> int:
    """How many columns cleaned text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def take(text: str, width: int) -> str:
    """The longest beginning of `text` that fits into `width` cells."""
    if text[: width + 1].isascii():
        return text[: max(width, 0)]
    room = width
    for index, ch in enumerate(text):
        room -= _cells(ch)
        if room < 0:
            return text[:index]
    return text


def shorten(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` where it fits, else its beginning and an ellipsis, never wider than `width`."""
    head = take(text, width)
    if len(head) == len(text):
        return text
    if width <= len(ellipsis):
        return head.rstrip()
    return take(head, width - len(ellipsis)).rstrip() + ellipsis


def fold(text: str, width: int) -> Iterator[str]:
    """Wrap cleaned text at spaces, and inside words that are too long; its own line breaks are kept."""
    for line in text.split("\n"):
        while True:
            head = take(line, max(width, 2))
            if len(head) == len(line):
                break
            cut = len(head) if line[len(head)] == " " else head.rfind(" ") + 1
            cut = cut if head[:cut].strip() else len(head)
            yield line[:cut].rstrip()
            line = line[cut:].lstrip(" ")
        yield line


# A command as a person would type it, exact and harmless to look at.


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
