"""One result or one error, printed: data on stdout, all else on stderr."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from coro_cli.errors import CoroError
from coro_cli.output import detect, views
from coro_cli.output.result import Result
from coro_cli.output.stream import OutputLost, say
from coro_cli.output.terminal import Span, Terminal, clean

__all__ = ["emit", "emit_error", "say"]


def emit(
    result: Result,
    *,
    json: bool,
    quiet: bool,
    verbose: bool,
    stdout: TextIO | None,
    stderr: TextIO | None,
    env: Mapping[str, str] | None = None,
    now: float | None = None,
) -> int:
    """Print the result and return the exit code.

    A reader that went away is no error: the exit code stands. Output that is lost (a full disk) is: code 1.
    """
    env = os.environ if env is None else env
    now = time.time() if now is None else now
    try:
        if json:
            if result.data is not None:  # what listens has said a line for each happening
                _say_json(result.data, stdout)
        else:
            _say_all(_human(result, Terminal.detect(stdout, env, now, verbose=verbose)), stdout)
        _say_all(_remarks(result, Terminal.detect(stderr, env, now), notes=not (quiet or json)), stderr)
    except OutputLost as lost:
        return emit_error(lost, json=False, stdout=stdout, stderr=stderr, env=env)
    return result.exit_code


def emit_error(
    error: CoroError,
    *,
    json: bool,
    stdout: TextIO | None,
    stderr: TextIO | None,
    env: Mapping[str, str] | None = None,
) -> int:
    """Print the error (with `json` as a document on stdout, else on stderr) and return its exit code."""
    try:
        if json:
            told = {"code": error.code, "message": error.message, "hint": error.hint}
            _say_json({"error": told}, stdout)
        else:
            terminal = Terminal.detect(stderr, os.environ if env is None else env, 0.0)
            _say_all(_complaint(error, terminal), stderr)
    except OutputLost:
        return error.exit_code  # there is nobody left to tell
    return error.exit_code


def _human(result: Result, terminal: Terminal) -> Iterator[str]:
    for line in result.lines:
        yield clean(line, newlines=True) if terminal.tty else line
    if result.view:
        yield from views.load(result.view)(result.data, terminal)


def _remarks(result: Result, terminal: Terminal, *, notes: bool) -> Iterator[str]:
    for warning in result.warnings:
        yield from _headed(Span("warning:", "bold yellow"), warning, terminal)
    for note in result.notes if notes else ():
        yield from terminal.block(note)


def _complaint(error: CoroError, terminal: Terminal) -> Iterator[str]:
    yield from _headed(Span("error:", "bold red"), clean(error.message), terminal)
    if error.hint:
        yield ""
        yield from _headed(Span("hint:", "bold cyan"), error.hint, terminal)


def _headed(word: Span, text: str, terminal: Terminal) -> Iterator[str]:
    """`error: …`, on a terminal folded at spaces."""
    first, *more = clean(text, newlines=True).split("\n")
    yield from terminal.flow(word, f" {first}")
    for line in more:
        yield from terminal.flow(line)


def _say_json(data: Any, stdout: TextIO | None) -> None:
    indent = 2 if detect.is_tty(stdout) else None
    from coro_cli.output.result import document

    say(stdout, document(data, ascii_only=not detect.is_utf8(stdout), indent=indent))


def _say_all(lines: Iterator[str], stream: TextIO | None) -> None:
    if text := "\n".join(lines):
        say(stream, text)
