"""What a replayed delivery did."""

from __future__ import annotations

from collections.abc import Iterator

from coro_cli.output.parts import Json, fields, heading, text_of
from coro_cli.output.terminal import Span, Terminal
from coro_cli.output.timeline import of_events, outcome_style, timeline


def render(data: Json, terminal: Terminal) -> Iterator[str]:
    """The outcome, the facts, the events that were new."""
    outcome = text_of(data.get("outcome"))
    why = text_of(data.get("why"))
    yield from terminal.flow(Span(outcome, f"bold {outcome_style(outcome)}".strip()), f": {why}" if why else "")
    pairs: list[tuple[str, str | Span]] = [
        ("delivery", text_of(data.get("delivery"))), ("event", text_of(data.get("event"))), ("refs", ", ".join(data.get("refs") or ())),
        ("queued", ", ".join(data.get("queued") or ())), ("errors", "; ".join(data.get("errors") or ())),
    ]  # fmt: skip
    yield from fields(pairs, terminal)
    if data.get("events"):
        yield from heading("Events", terminal)
        yield from timeline(of_events(data["events"], name_refs=True), terminal)
