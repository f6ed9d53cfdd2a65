"""A sign of life on stderr while something takes its time, and questions to a person; both only where someone is there."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self, TypeVar

from coro_cli.output import detect
from coro_cli.output.parts import Json, span, wait_line
from coro_cli.output.terminal import Terminal
from coro_cli.output.text import clean, fold

T = TypeVar("T")


class Line:
    """One line that is written over and taken away in the end; nothing at all where nobody looks, or with `quiet`."""

    def __init__(self, *, quiet: bool) -> None:
        self._shown = not quiet and detect.is_tty(sys.stderr) and os.environ.get("TERM") != "dumb"
        self._last = ""

    def say(self, text: str) -> None:
        """Write it over what is there."""
        if not self._shown or text == self._last:
            return
        terminal = Terminal.detect(sys.stderr, os.environ, 0.0)
        sys.stderr.write(f"\r\x1b[K{terminal.shorten(terminal.line(text), terminal.width - 4)}")
        sys.stderr.flush()
        self._last = text

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not KeyboardInterrupt:  # it stands before the `^C`
            self.clear()

    def clear(self) -> None:
        """Take it away."""
        if self._last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._last = ""

    def apart(self, ask: Callable[[str, str], str]) -> Callable[[str, str], str]:
        """A question that is asked on a line of its own."""

        def asked(question: str, default: str) -> str:
            self.clear()
            return ask(question, default)

        return asked


def each(things: Iterable[T], names: Sequence[str], *, quiet: bool) -> Iterator[T]:
    """Pass things through, saying which of them is being made."""
    made = iter(things)
    with Line(quiet=quiet) as line:
        for number, name in enumerate(names, 1):
            line.say(f"playing {name}" + (f" ({number} of {len(names)})" if len(names) > 1 else ""))
            yield next(made)


class Waiting:
    """What `coro wait` shows: for how long, and for what. alive: whether a runner looks at hosts."""

    def __init__(self, line: Line, *, alive: bool) -> None:
        self._line, self._alive = line, alive
        self._began = time.monotonic()

    def __call__(self, jobs: Sequence[Json]) -> None:
        """jobs: those that have not stopped."""
        told = ", ".join(map(_told, jobs))
        missing = "" if self._alive else "no runner (coro start), "
        self._line.say(f"{missing}waiting {span(int(time.monotonic() - self._began))}: {told}")


def _told(job: Json) -> str:
    waits = job["waits"] if job["state"] == "parked" else ()
    return f"{job['id']} {job['state']}" + (f" ({wait_line(waits[0])})" if waits else "")


# Asking a person, on the terminal; never where nobody can answer.


def possible() -> bool:
    """Whether somebody sits there."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


def announce(text: str) -> None:
    """What a person is to type now."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def ask(question: str, default: str) -> str:
    """One line, the default for none. The prompt goes to stderr: stdout is for data."""
    shown = f" [{clean(default)}]" if default else ""
    lines = fold(f"{clean(question)}{shown}", detect.width(sys.stderr, os.environ) - 1)
    sys.stderr.write("\n".join(lines) + " ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise KeyboardInterrupt  # end of input at a prompt means "no more"
    return line.strip() or default


def default(question: str, default: str) -> str:
    """What is taken where nobody is asked."""
    return default
