"""Why a job is where it is.

data: `{"job", "answer", "next", "watching": [{"ref", "plugin", "plugin_state", "reason", "looked_at", "next_look",
"now": {fact: value}, "patterns": [{"pattern", "true", "why"}]}], "recent": [event JSON + "why"], "deadline"}`.
"""

from __future__ import annotations

from collections.abc import Iterator

from coro_cli.output.parts import Json, dated, fields, heading, short_event, state, text_of, when
from coro_cli.output.terminal import Span, Terminal
from coro_cli.output.timeline import of_events, timeline
from coro_cli.output.views.show import head


def render(data: Json, terminal: Terminal) -> Iterator[str]:
    """The answer first, then what it rests on."""
    yield from head(data.get("job") or {}, terminal)
    yield ""
    yield from terminal.block(text_of(data.get("answer")), style="bold")
    if data.get("next"):
        yield from terminal.block(text_of(data["next"]), first=Span("next: ", "cyan"))
    if data.get("watching"):
        yield from heading("Watching", terminal)
        for watched in data["watching"]:
            yield from _watched(watched, terminal)
    if data.get("recent"):
        yield from heading("What arrived", terminal)
        yield from timeline(of_events(data["recent"]), terminal)
    if data.get("deadline"):
        yield ""
        yield from fields([("deadline", dated(data["deadline"], terminal))], terminal, indent="")


def _watched(watched: Json, terminal: Terminal) -> Iterator[str]:
    plugin, reason = text_of(watched.get("plugin")), text_of(watched.get("reason"))
    yield from terminal.flow(
        "  ",
        Span(text_of(watched.get("ref")), "bold"),
        "  ",
        plugin,
        " ",
        state(watched.get("plugin_state")),
        rest="    ",
    )
    facts = [("reason", reason), ("looked", _looks(watched, terminal))]
    facts += [(text_of(fact).replace("_", " "), text_of(value)) for fact, value in (watched.get("now") or {}).items()]
    yield from fields(facts, terminal, indent="    ")
    # What was never looked at may be of either family: two names, one line.
    for true, said in dict.fromkeys(_pattern(pattern) for pattern in watched.get("patterns") or ()):
        mark, style = (terminal.pick("✓", "[x]"), "green") if true else (terminal.pick("✗", "[ ]"), "yellow")
        yield from terminal.block(said, first=Span(f"    {mark} ", style))


def _looks(watched: Json, terminal: Terminal) -> str:
    looked = when(watched.get("looked_at"), terminal) or "never yet"
    again = when(watched.get("next_look"), terminal)
    return looked + (f", again {again}" if again else "")


def _pattern(pattern: Json) -> tuple[bool, str]:
    why = text_of(pattern.get("why"))
    return bool(pattern.get("true")), short_event(pattern.get("pattern")) + (f": {why}" if why else "")
