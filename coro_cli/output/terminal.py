"""The place a line is shown: how wide, how coloured, how much it can draw.

Every line of every view is built by `Terminal.line`, so no text from outside reaches a terminal uncleaned and no
line is wider than the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TextIO

from coro_cli.output import detect
from coro_cli.output.text import cell_width, clean, fold, shorten

__all__ = ["PLAIN", "Span", "Terminal", "cell_width", "clean", "shorten"]

_SGR = {
    "bold": 1, "faint": 2, "underline": 4,
    "red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36,
}  # fmt: skip
_LONGEST_URL = 2083


class Span(NamedTuple):
    """A piece of a line: any text, a style (`"bold red"`), a link."""

    text: str
    style: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the stream can show. now: epoch seconds that relative times are told from. verbose: nothing is left out.

    Where `tty` is false nobody's screen has an edge: lines are neither cut nor folded.
    """

    width: int = 80
    colour: bool = False
    tty: bool = False
    unicode: bool = False
    links: bool = False
    now: float = 0.0
    verbose: bool = False

    @classmethod
    def detect(cls, stream: TextIO | None, env: Mapping[str, str], now: float, *, verbose: bool = False) -> Terminal:
        """Read the stream and `NO_COLOR CLICOLOR CLICOLOR_FORCE TERM COLUMNS LC_ALL LC_CTYPE LANG FORCE_HYPERLINK`."""
        tty = detect.is_tty(stream)
        return cls(
            width=detect.width(stream, env),
            colour=detect.colour(env, tty),
            tty=tty,
            unicode=detect.unicode(stream, env),
            links=detect.links(env, tty),
            now=now,
            verbose=verbose,
        )

    def paint(self, text: str, style: str) -> str:
        """Our own text (or cleaned text) in a style such as `bold red`; unchanged without colour."""
        if not (self.colour and style and text):
            return text
        codes = ";".join(str(_SGR[word]) for word in style.split())
        return f"\x1b[{codes}m{text}\x1b[0m"

    def hyperlink(self, url: str, text: str) -> str:
        """`text` as a link (OSC 8) where the terminal draws them and the URL is an honest http(s) one."""
        return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\" if self.links and text and _linkable(url) else text

    def shorten(self, text: str, width: int) -> str:
        """`shorten` with the ellipsis this terminal can draw."""
        return shorten(text, width, "…" if self.unicode else "...")

    def pick(self, mark: str, ascii_mark: str) -> str:
        """The mark, or its ASCII stand-in."""
        return mark if self.unicode else ascii_mark

    def line(self, *parts: str | Span) -> str:
        """One line: every part cleaned, the whole cut to the width, then painted and linked."""
        room = self.width
        shown = []
        for part in parts:
            text, style, url = part if isinstance(part, Span) else Span(part)
            text = clean(text)
            if self.tty:
                text = self.shorten(text, room)
                room -= cell_width(text)
            shown.append(self.hyperlink(url, self.paint(text, style)))
        return "".join(shown)

    def block(
        self, text: str, *, first: str = "", rest: str | None = None, style: str = "", most: int = 0
    ) -> Iterator[str]:
        """Longer text folded to the width: `first` before its first line, `rest` (default: spaces) before the others.

        most: how many lines at most (0 = all, and all with `verbose`), the last one ending in an ellipsis.
        """
        rest = " " * cell_width(first) if rest is None else rest
        safe = clean(text, newlines=True).rstrip()
        room = self.width - max(cell_width(first), cell_width(rest))
        lines = fold(safe, room) if self.tty else iter(safe.split("\n"))
        for index, line in enumerate(lines):
            if most and not self.verbose and index == most:
                yield self.line(rest, Span(self.pick("…", "..."), style))
                return
            yield self.line(first if index == 0 else rest, Span(line, style))


PLAIN = Terminal()


def _linkable(url: str) -> bool:
    if not url.startswith(("https://", "http://")) or len(url) > _LONGEST_URL:
        return False
    authority = url.split("/", 3)[2]
    return "@" not in authority and all("!" <= ch <= "~" for ch in url)
