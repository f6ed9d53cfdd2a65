"""A sign of life on stderr while something takes its time: only for people, gone when it is done."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def each(things: Iterable[T], *, quiet: bool) -> Iterator[T]:
    """Pass things through, counting them on the terminal."""
    shown = not quiet and sys.stderr is not None and sys.stderr.isatty()
    for number, thing in enumerate(_noted(things, shown), 1):
        if shown:
            sys.stderr.write(f"\r\033[Kplayed {number}")
            sys.stderr.flush()
        yield thing
    if shown:
        sys.stderr.write("\r\033[K")


def _noted(things: Iterable[T], shown: bool) -> Iterator[T]:
    if shown:
        sys.stderr.write("playing …")
        sys.stderr.flush()
    yield from things
