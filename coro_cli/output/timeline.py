"""A picture of what happened, in time order, along a rail.

╭─● 3h ago   parked
├─◆ 2m ago   approved by octocat (member) → woke
│            "Ship it"
╰─▶ 2m ago   run 1, exit 0 after 42s
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from coro_cli.output.parts import Json, lasted, person, run_number, seconds_of, short_event, short_ref, state, text_of, when
from coro_cli.output.terminal import Span, Terminal

# kind: (mark, ASCII mark, place among things of the same instant)
_MARKS = {
    "parked": ("●", "*", 0),
    "event": ("◆", "+", 1),
    "message": ("✉", "@", 2),
    "run": ("▶", ">", 3),
    "note": ("■", "#", 4),
    "deadline": ("○", "o", 5),
}
_NOT_YET = 75
_BODY_LINES = 2
_BODY_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Moment:
    """One happening. kind: a key of the marks. at: contract time; one that is unknown counts as now.

    why: follows on the same line, in brackets. body: shown below, on a terminal only its beginning.
    """

    kind: str
    at: Any
    parts: tuple[str | Span, ...]
    style: str = ""
    why: str = ""
    body: str = ""


def timeline(moments: Sequence[Moment], terminal: Terminal) -> Iterator[str]:
    """The rail with one line for each happening, and the beginning of its text below (all of it with `verbose`)."""
    ordered = sorted(moments, key=lambda m: (_at(m, terminal), _MARKS[m.kind][2]))
    whens = [when(m.at, terminal) or "-" for m in ordered]
    column = max(map(len, whens), default=0)
    for index, (moment, said) in enumerate(zip(ordered, whens, strict=True)):
        last = index == len(ordered) - 1
        rail = terminal.pick("╭─" if index == 0 else "├─", "|-")
        rail = terminal.pick("╰─", "`-") if last else rail
        mark = Span(terminal.pick(*_MARKS[moment.kind][:2]), moment.style)
        head = [Span(rail, "faint"), mark, Span(f" {said.ljust(column)}  ", "faint"), *moment.parts]
        side = " " if last else terminal.pick("│", "|")
        margin = Span(side + " " * (5 + column if terminal.width >= 60 else 3), "faint")
        aside = Span(f" ({moment.why})" if moment.why else "", "faint")
        yield from terminal.flow(*head, aside, rest=margin)
        whole = terminal.verbose or not terminal.tty
        body = moment.body if whole else moment.body[:_BODY_LENGTH]
        yield from terminal.block(body, first=margin, rest=margin, style="faint", most=_BODY_LINES) if body else ()


def of_events(events: Sequence[Json], *, name_refs: bool = False) -> list[Moment]:
    """Events, who did them, and what became of them; the refs too where they differ or with `name_refs`."""
    several = name_refs or len({text_of(event.get("ref")) for event in events}) > 1
    return [_of_event(event, several) for event in events]


def _of_event(event: Json, name_ref: bool) -> Moment:
    outcome, why = text_of(event.get("outcome")), text_of(event.get("why"))
    who = person(event.get("actor"))
    parts: tuple[str | Span, ...] = (Span(short_event(event.get("name")), "", text_of(event.get("url"))),)
    parts = (Span(short_ref(event.get("ref")), "cyan"), " ", *parts) if name_ref else parts
    parts += (" by ", Span(who, "bold")) if who else ()
    parts += (Span(f", {outcome}", outcome_style(outcome)),) if outcome else ()
    by_hand = text_of(event.get("name")).startswith("job:")  # what its pull request is called is no news of it
    body = text_of(event.get("body")) or ("" if by_hand else text_of(event.get("title")))
    return Moment("event", event.get("occurred_at"), parts, outcome_style(outcome), why, body)


def of_run(run: Json, terminal: Terminal) -> Moment:
    """A run: how it ended and how long it took, or how long it has been running."""
    time = lasted(run, terminal)
    name = f"run {run_number(run)}, "
    code = run.get("exit_code")
    if code is None:
        ongoing = f" for {time}" if time else ""
        parts: tuple[str | Span, ...] = (name, state(run.get("state")), ongoing)
        return Moment("run", run.get("started_at"), parts, state(run.get("state")).style)
    said = f"exit {text_of(code)}" + (" (not yet)" if code == _NOT_YET else "")
    style = "green" if code == 0 else "yellow" if code == _NOT_YET else "red"
    return Moment("run", run.get("started_at"), (name, Span(said, style), f" after {time}" if time else ""), style)


def of_message(message: Json) -> Moment:
    """A message to the job. Shape: `text created_at`."""
    return Moment("message", message.get("created_at"), ("message",), "magenta", body=text_of(message.get("text")))


def of_note(note: Json) -> Moment:
    """What coro noted about the job itself: cancelled and why, held, interrupted. Shape: `at text`."""
    return Moment("note", note.get("at"), (text_of(note.get("text")),), "yellow")


def outcome_style(outcome: str) -> str:
    """Green for what moved a job, yellow for what is held back, faint for the rest."""
    return {"woke": "green", "queued": "green", "held": "yellow", "untrusted": "yellow"}.get(outcome, "faint")


def _at(moment: Moment, terminal: Terminal) -> float:
    at = seconds_of(moment.at)
    return terminal.now if at is None else at
