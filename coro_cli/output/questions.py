"""Asking a person, on the terminal; never where nobody can answer."""

from __future__ import annotations

import sys

from coro_cli.output.terminal import clean


def possible() -> bool:
    """Whether somebody sits there."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


def ask(question: str, default: str) -> str:
    """One line, the default for none. The prompt goes to stderr: stdout is for data."""
    shown = f" [{clean(default)}]" if default else ""
    sys.stderr.write(f"{clean(question)}{shown} ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise KeyboardInterrupt  # end of input at a prompt means "no more"
    return line.strip() or default


def default(question: str, default: str) -> str:
    """What is taken where nobody is asked."""
    return default
