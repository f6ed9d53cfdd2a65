"""Views of webhooks: deliveries, descriptors, missed and replayed ones, secrets, a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coro_cli.output.parts import Json, ago, fields, heading, short_ref, text_of, when
from coro_cli.output.table import Column, table
from coro_cli.output.terminal import Span, Terminal
from coro_cli.output.timeline import of_events, outcome_style, timeline

_COLUMNS = (
    Column("ID", style="bold", priority=9, right=True), Column("WHEN", style="faint", priority=6), Column("PLUGIN", priority=5),
    Column("EVENT", minimum=10, priority=8), Column("REF", style="cyan", minimum=10, priority=7), Column("OUTCOME", priority=8),
    Column("TIMES", priority=2, right=True), Column("SECRET", priority=1), Column("DELIVERY", style="faint", minimum=12, priority=3),
)  # fmt: skip


def deliveries(data: Sequence[Json], terminal: Terminal) -> Iterator[str]:
    """One row a delivery."""
    if data:
        yield from table(_COLUMNS, [_row(one, terminal) for one in data], terminal)
    elif terminal.tty:
        yield terminal.line("Nothing has come in yet. Receive deliveries:")
        yield from terminal.block("coro webhook listen", first="  ", style="cyan")


def _row(one: Json, terminal: Terminal) -> list[str | Span]:
    outcome = text_of(one.get("outcome"))
    refs = ", ".join(short_ref(ref) if terminal.tty else text_of(ref) for ref in one.get("refs") or ())
    return [
        text_of(one.get("id")), when(one.get("received_at"), terminal), text_of(one.get("plugin")), text_of(one.get("event")), refs,
        Span(outcome, outcome_style(outcome)), text_of(one.get("times")), text_of(one.get("secret")), text_of(one.get("delivery")),
    ]  # fmt: skip


# How each kind of host signs.
#
# data: rows of `coro webhook descriptors`; one that cannot be had has `error`.


_DESCRIPTORS_COLUMNS = (
    Column("KIND", style="bold", priority=9), Column("ALGORITHM", priority=8), Column("HEADER", minimum=12, priority=7),
    Column("FORMAT", minimum=8, priority=6), Column("DELIVERY ID", minimum=10, priority=3), Column("EVENT", minimum=8, priority=2),
    Column("TIME", priority=1), Column("NOTE", minimum=10, priority=4),
)  # fmt: skip

_NOTES = {
    "always": "taken where the first is not there", "alone": "instead, while no secret of the first is there",
    "never": "refused: a downgrade of the first",
}  # fmt: skip


def descriptors(data: Sequence[Json], terminal: Terminal) -> Iterator[str]:
    """One row a scheme."""
    yield from table(_DESCRIPTORS_COLUMNS, [_descriptors_row(one) for one in data], terminal)


def _descriptors_row(one: Json) -> list[str | Span]:
    if one.get("error"):
        return [text_of(one["kind"]), "", "", "", "", "", "", Span(text_of(one["error"]), "red")]
    time = f"±{one['window']:g} s" if one.get("window") else ""
    note = _NOTES.get(one.get("taken", ""), "") if one.get("weaker") else ""
    if one["algorithm"] == "none" and not one.get("header"):
        note = "signs nothing: a token in the address"
    return [*(text_of(one.get(name)) for name in ("kind", "algorithm", "header", "format", "delivery", "event")), time, note]


# Deliveries that a host could not deliver.


_MISSED_COLUMNS = (
    Column("WHEN", style="faint", priority=6), Column("REPOSITORY", style="cyan", minimum=10, priority=8),
    Column("EVENT", minimum=10, priority=9),
    Column("ANSWER", priority=5, right=True), Column("SENT AGAIN", priority=7), Column("DELIVERY", style="faint", minimum=12, priority=2),
)  # fmt: skip


def missed(data: Sequence[Json], terminal: Terminal) -> Iterator[str]:
    """One row a delivery."""
    rows = [
        [
            when(one.get("at"), terminal), text_of(one.get("scope")), text_of(one.get("event")), text_of(one.get("status") or ""),
            "asked for" if one.get("requested") else "no", text_of(one.get("delivery")),
        ]
        for one in data
    ]  # fmt: skip
    if rows:
        yield from table(_MISSED_COLUMNS, rows, terminal)
    elif terminal.tty:
        yield terminal.line("No delivery failed.")


# What a replayed delivery did.


def replayed(data: Json, terminal: Terminal) -> Iterator[str]:
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


# Webhook secrets: names, ages, ends. There is no value in the data.


_SECRETS_COLUMNS = (
    Column("PLUGIN", priority=8), Column("NAME", style="bold", priority=9), Column("STATE", priority=7), Column("MADE", priority=6),
    Column("ENDS", priority=5), Column("LAST USED", priority=4), Column("KEPT IN", style="faint", priority=1),
)  # fmt: skip
_STYLES = {"current": "green", "overlap": "yellow", "ended": "faint"}


def secrets(data: Sequence[Json], terminal: Terminal) -> Iterator[str]:
    """One row a secret."""
    if data:
        yield from table(_SECRETS_COLUMNS, [_secrets_row(one, terminal) for one in data], terminal)
    elif terminal.tty:
        yield terminal.line("There is no webhook secret yet:")
        yield from terminal.block("coro webhook secret add --plugin github", first="  ", style="cyan")


def _secrets_row(one: Json, terminal: Terminal) -> list[str | Span]:
    state = text_of(one.get("state"))
    made = ago(one["age"]) if terminal.tty else text_of(one.get("created_at"))
    return [
        text_of(one.get("plugin")), text_of(one.get("name")), Span(state, _STYLES.get(state, "")), made,
        text_of(one.get("until")), when(one.get("last_used_at"), terminal), text_of(one.get("kept")),
    ]  # fmt: skip


# `coro webhook verify`: valid or not and why, what it means, what coro would do.


def verdict(data: Json, terminal: Terminal) -> Iterator[str]:
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
