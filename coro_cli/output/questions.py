"""Asking a person, on the terminal; never where nobody can answer."""

from __future__ import annotations

import os
import sys

from coro_cli.output import detect
from coro_cli.output.text import clean, fold


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
