"""Exactly what would run.

data: `{"command": […], "cwd", "env": {…}, "stdin": text, "event_file": {…}}`.
"""

from __future__ import annotations

from collections.abc import Iterator

from coro_cli.output.document import document
from coro_cli.output.parts import Json, fields, heading, text_of
from coro_cli.output.shell import command_line, quoted
from coro_cli.output.terminal import Span, Terminal


def render(data: Json, terminal: Terminal) -> Iterator[str]:
    """Command, directory, variables, stdin and the event file, each folded rather than cut."""
    command = command_line(data.get("command") or ())
    yield from terminal.block(command or "no command: the job completes", first=Span("would run  ", "bold"))
    yield from fields([("in", text_of(data.get("cwd")))], terminal, indent="")
    if data.get("env"):
        yield from heading("Environment", terminal)
        for name, value in data["env"].items():
            yield from terminal.block(f"{name}={quoted(text_of(value))}", first="  ", rest="    ")
    if data.get("stdin"):
        yield from heading("Standard input", terminal)
        yield from _rail(text_of(data["stdin"]), terminal)
    if data.get("event_file"):
        yield from heading("CORO_EVENT_FILE", terminal)
        yield from _rail(document(data["event_file"], ascii_only=not terminal.unicode, indent=2), terminal)


def _rail(text: str, terminal: Terminal) -> Iterator[str]:
    rail = Span(terminal.pick("  │ ", "  | "), "faint")
    yield from terminal.block(text, first=rail, rest=rail)
