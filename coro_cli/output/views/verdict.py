"""`coro webhook verify`: valid or not and why, what it means, what coro would do."""

from __future__ import annotations

from collections.abc import Iterator

from coro_cli.output.parts import Json, fields, heading, text_of
from coro_cli.output.terminal import Span, Terminal
from coro_cli.output.timeline import of_events, timeline


def render(data: Json, terminal: Terminal) -> Iterator[str]:
    """A verdict line, then the facts."""
    if data["valid"]:
        secret = f" with the secret `{text_of(data['secret'])}`" if data.get("secret") else ""
        yield from terminal.flow(Span("valid", "bold green"), f": {data['plugin']} sent it ({data['algorithm']}){secret}")
    else:
        yield from terminal.flow(Span("not valid", "bold red"), f": {text_of(data.get('message')) or text_of(data.get('reason'))}")
    pairs: list[tuple[str, str | Span]] = [
        ("reason", text_of(data.get("reason"))), ("advice", text_of(data.get("advice"))), ("delivery", text_of(data.get("delivery"))),
        ("event", text_of(data.get("event"))), ("about", ", ".join(data.get("refs") or ())), ("coro would", text_of(data.get("would"))),
    ]  # fmt: skip
    yield from fields(pairs, terminal)
    if data.get("events"):
        yield from heading("It says itself", terminal)
        yield from timeline(of_events(data["events"], name_refs=True), terminal)
