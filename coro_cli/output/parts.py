"""What the views have in common: how a state, a ref, a wait, a person or a time is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from coro_cli.output.terminal import Span, Terminal, cell_width

# (unit in seconds, letter, how many of it are said before the next unit takes over)
_UNITS = ((1, "s", 120), (60, "m", 120), (3600, "h", 48), (86400, "d", 60), (86400 * 30.44, "mo", 24))
_YEAR = 86400 * 365.25


def span(seconds: float) -> str:
    """How long: `1.3s`, `90s`, `75m`, `26h`, `5d`; tenths only below ten seconds."""
    seconds = abs(seconds)
    if seconds < 9.95 and round(seconds, 1) != int(seconds):
        return f"{seconds:.1f}s"
    return _said(seconds)


def ago(seconds_since: float) -> str:
    """`3m ago`; `now` within a second, `in 3m` where a clock runs ahead of ours."""
    if abs(seconds_since) < 1:
        return "now"
    said = _said(abs(seconds_since))
    return f"{said} ago" if seconds_since > 0 else f"in {said}"


def until(seconds_left: float) -> str:
    """`in 2h`; `3m ago` for what is past."""
    return ago(-seconds_left)


def seconds_of(moment: object) -> float | None:
    """Epoch seconds of an RFC 3339 string (or of a finite number); None for what is no time."""
    if isinstance(moment, (int, float)) and not isinstance(moment, bool):
        return float(moment) if abs(moment) < 1e12 else None
    if not isinstance(moment, str) or not moment:
        return None
    from datetime import UTC, datetime

    try:
        parsed = datetime.fromisoformat(moment)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _said(seconds: float) -> str:
    for size, letter, limit in _UNITS:
        if seconds / size < limit - 0.5:
            return f"{round(seconds / size)}{letter}"
    return f"{round(seconds / _YEAR)}y" if seconds < 1000 * _YEAR else "ages"


# What the views have in common: how a state, a ref, a wait, a person or a time is said.
#
# Everything takes contract JSON (strings from outside included) and returns text for `Terminal.line`, which cleans it.


Json = Mapping[str, Any]

STATE_STYLES = {
    "parked": "cyan",
    "queued": "yellow",
    "running": "blue",
    "completed": "green",
    "failed": "red",
    "interrupted": "red",
    "cancelled": "faint",
    "ready": "green",
    "unavailable": "red",
    "stub": "red",
}
_SAID_EVENTS = 2  # of a long `--on` list; the rest is counted


def text_of(value: Any) -> str:
    """A JSON value in plain words: `yes`/`no` for truth, nothing for null, lists with commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(text_of, value)) or "none"
    return str(value)


def number(value: Any) -> float | None:
    """A finite number, or None."""
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15
    return value if fits else None


def count_of(value: Any) -> str:
    """How many, of a number or a list; nothing for none."""
    return str((len(value) if isinstance(value, (list, tuple)) else value) or "")


def state(value: Any) -> Span:
    """A job's, run's or plugin's state in its colour."""
    return Span(text_of(value), STATE_STYLES.get(text_of(value), ""))


def short_ref(ref: Any) -> str:
    """`acme/api#42` of `github:acme/api#42`."""
    text = text_of(ref)
    return text.partition(":")[2] or text


def short_event(name: Any) -> str:
    """`approved` of `pull_request:approved`; `anything` of `pull_request:*`."""
    text = text_of(name)
    short = text.partition(":")[2] or text
    return "anything" if short == "*" else short.replace("_", " ")


def wait_line(wait: Json, *, whole: bool = False) -> str:
    """`acme/api#42 approved, merged +2`; with `whole` full refs, every event and every condition."""
    refs = [text_of(r) if whole else short_ref(r) for r in wait.get("refs") or ()]
    # A job may wait for a comment whether its ref is an issue or a pull request: one word for both.
    names = list(dict.fromkeys(short_event(n) for n in wait.get("on") or ()))
    glue = " and " if wait.get("all") else ", "
    if whole:
        return " ".join(filter(None, (", ".join(refs), glue.join(names), _conditions(wait))))
    more_refs = [f"+{len(refs) - 1}"] * (len(refs) > 1)
    more_names = [f"+{len(names) - _SAID_EVENTS}"] * (len(names) > _SAID_EVENTS)
    return " ".join([*refs[:1], *more_refs, glue.join(names[:_SAID_EVENTS]), *more_names]).strip()


def _conditions(wait: Json) -> str:
    said = [f"from {text_of(wait['from'])}"] if wait.get("from") else []
    said += [f"matching `{text_of(wait['match'])}`"] if wait.get("match") else []
    said += ["on the head commit"] if wait.get("at_head") else []
    said += ["nothing else"] if wait.get("only") else []
    return f"({', '.join(said)})" if said else ""


def waits_line(waits: Sequence[Json], *, whole: bool = False) -> str:
    """The first wait in short, and how many more; with `whole` all of them."""
    if whole:
        return "; ".join(wait_line(wait, whole=True) for wait in waits)
    more = f" (+{len(waits) - 1})" if len(waits) > 1 else ""
    return wait_line(waits[0]) + more if waits else ""


def person(actor: Json | None) -> str:
    """`octocat (member)`; only the login where the host says nothing of their standing, nothing where it names nobody."""
    if (actor or {}).get("kind") == "ghost":
        return ""
    login, trust = text_of((actor or {}).get("login")), text_of((actor or {}).get("trust"))
    return f"{login} ({trust})" if login and trust not in ("", "none") else login


def when(moment: Any, terminal: Terminal) -> str:
    """`3m ago` for people; elsewhere the time as it stands, which sorts and does not age."""
    at = seconds_of(moment)
    return ago(terminal.now - at) if at is not None and terminal.tty else text_of(moment)


def dated(moment: Any, terminal: Terminal) -> str:
    """`3m ago (2026-01-02T10:00:00Z)` where there is room, else `when`."""
    said = when(moment, terminal)
    return f"{said} ({text_of(moment)})" if terminal.tty and terminal.width >= 60 and said else said


def run_number(run: Json) -> str:
    """Which run of its job it is: the `3` of `k7m2qp.3`."""
    return text_of(run.get("number")) or text_of(run.get("id")).rpartition(".")[2]


def lasted(run: Json, terminal: Terminal) -> str:
    """How long a run took, or has been taking."""
    start, end = seconds_of(run.get("started_at")), seconds_of(run.get("finished_at"))
    if start is None:
        return ""
    return span((terminal.now if end is None else end) - start)


def fields(pairs: Iterable[tuple[str, str | Span]], terminal: Terminal, indent: str = "  ") -> Iterator[str]:
    """`label  value` lines, aligned and folded; a label without a value is left out."""
    shown = [(label, value if isinstance(value, Span) else Span(value)) for label, value in pairs]
    shown = [(label, value) for label, value in shown if value.text]
    width = max((cell_width(label) for label, _ in shown), default=0)
    for label, value in shown:
        first = Span(f"{indent}{label.ljust(width)}  ", "faint")
        yield from terminal.block(value.text, first=first, style=value.style)


def glossary(headers: tuple[str, str], rows: Sequence[tuple[str, str]], terminal: Terminal) -> Iterator[str]:
    """Names and what they are: the name is never cut, what follows is folded beside it. Elsewhere tabs, no header."""
    if not terminal.tty:
        yield from ("\t".join(map(terminal.line, row)) for row in rows)
        return
    width = max(cell_width(name) for name, _ in (headers, *rows))
    yield terminal.line(Span(f"{headers[0].ljust(width)}  {headers[1]}", "bold"))
    for name, about in rows:
        yield from terminal.block(about, first=Span(f"{name.ljust(width)}  ", "cyan"))


def heading(text: str, terminal: Terminal) -> Iterator[str]:
    """A blank line and a section's name."""
    yield ""
    yield terminal.line(Span(text, "bold"))
