"""The place a line is shown: how wide, how coloured, how much it can draw.

Every line of every view is built by `Terminal.line`, so no text from outside reaches a terminal uncleaned and no
line is wider than the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
        for text, style, url in _joined(parts):
            if self.tty:
                text = self.shorten(text, room)
                room -= cell_width(text)
            shown.append(self.hyperlink(url, self.paint(text, style)))
        return "".join(shown)

    def flow(self, *parts: str | Span, rest: str | Span = "") -> Iterator[str]:
        """`line`, but what does not fit goes on below, behind `rest`: broken at spaces, styles kept, nothing cut."""
        rest = rest if isinstance(rest, Span) else Span(rest)
        row: list[Span] = []
        used = 0
        for word in _words(parts, self.width - cell_width(rest.text)) if self.tty else ():
            need = sum(cell_width(piece.text) for piece in word)
            if row and used + need > self.width:
                yield self.line(*row)
                word[0] = word[0]._replace(text=word[0].text.lstrip(" "))
                row, used = [rest], cell_width(rest.text)
                need = sum(cell_width(piece.text) for piece in word)
            row += word
            used += need
        yield self.line(*(row if self.tty else parts))

    def block(
        self, text: str, *, first: str | Span = "", rest: str | Span | None = None, style: str = "", most: int = 0
    ) -> Iterator[str]:
        """Longer text folded to the width: `first` before its first line, `rest` (default: spaces) before the others.

        most: how many lines at most on a terminal (0 = all, and all with `verbose`), then an ellipsis.
        """
        first = first if isinstance(first, Span) else Span(first)
        rest = rest if isinstance(rest, Span) else Span(" " * cell_width(first.text) if rest is None else rest)
        safe = clean(text, newlines=True).rstrip()
        room = self.width - max(cell_width(first.text), cell_width(rest.text))
        lines = fold(safe, room) if self.tty else iter(safe.split("\n"))
        for index, line in enumerate(lines):
            if most and self.tty and not self.verbose and index == most:
                yield self.line(rest, Span(self.pick("…", "..."), style))
                return
            yield self.line(first if index == 0 else rest, Span(line, style))


PLAIN = Terminal()


def _joined(parts: Iterable[str | Span]) -> list[Span]:
    """The parts cleaned, neighbours of one look made one."""
    joined: list[Span] = []
    for part in parts:
        text, style, url = part if isinstance(part, Span) else Span(part)
        if joined and joined[-1][1:] == (style, url):
            joined[-1] = Span(joined[-1].text + clean(text), style, url)
        else:
            joined.append(Span(clean(text), style, url))
    return joined


def _words(parts: Iterable[str | Span], width: int) -> Iterator[list[Span]]:
    """The pieces that must stay on one line: each but the first begins with its blanks, none is wider than `width`."""
    word: list[Span] = []
    for part in parts:
        text, style, url = part if isinstance(part, Span) else Span(part)
        for chunk in re.findall(" *[^ ]+| +$", clean(text)):
            if word and chunk.startswith(" "):
                yield word
                word = []
            blanks = len(chunk) - len(chunk.lstrip(" "))
            head, *tail = fold(chunk[blanks:], width)
            word.append(Span(chunk[:blanks] + head, style, url))
            for piece in tail:
                yield word
                word = [Span(piece, style, url)]
    if word:
        yield word


def _linkable(url: str) -> bool:
    if not url.startswith(("https://", "http://")) or len(url) > _LONGEST_URL:
        return False
    authority = url.split("/", 3)[2]
    return "@" not in authority and all("!" <= ch <= "~" for ch in url)
