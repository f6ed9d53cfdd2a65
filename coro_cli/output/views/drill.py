"""Views of `coro drill`: each scenario as it was played, and the list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coro_cli.output.parts import glossary
from coro_cli.output.terminal import Span, Terminal

_STYLES = {"host": "magenta", "you": "bold", "coro": "cyan", "command": "green"}


def drill(data: list[dict[str, Any]], terminal: Terminal) -> Iterator[str]:
    """A heading, the moments, the verdict; then the next scenario."""
    for number, story in enumerate(data):
        if number:
            yield ""
        yield from _story(story, terminal)
    if len(data) > 1:
        yield ""
        yield terminal.line(_verdict(data))


def _verdict(data: list[dict[str, Any]]) -> Span:
    failed = [s["scenario"] for s in data if not s["passed"]]
    late = [s["scenario"] for s in data if s["passed"] and s["late"]]
    if failed:
        return Span(f"{len(failed)} of {len(data)} failed: {', '.join(failed)}", "red")
    return Span(f"as promised, but late: {', '.join(late)}", "yellow") if late else Span("all as promised", "green")


def _story(story: dict[str, Any], terminal: Terminal) -> Iterator[str]:
    yield from terminal.flow(Span(story["scenario"], "bold"), "  ", story["title"], rest="  ")
    rail = terminal.pick("│", "|")
    for moment in story["moments"]:
        head = f"{rail} {moment['at']:6.2f}s  "
        who = Span(f"{moment['who']:<8}", _STYLES.get(moment["who"], ""))
        yield from terminal.flow(head, who, moment["text"], rest=f"{rail}{' ' * (19 if terminal.width >= 60 else 4)}")
    yield from _end(story, terminal)
    if story["sees"]:
        yield from terminal.flow("  what you see: ", story["sees"], rest="    ")
    if story["helps"]:
        yield from terminal.flow("  what helps: ", Span(story["helps"], "cyan"), rest="    ")


def _end(story: dict[str, Any], terminal: Terminal) -> Iterator[str]:
    """The verdict, and the promise beside the measurement."""
    late = "yellow" if story["late"] else "green"
    mark = terminal.pick("✓", "ok") if story["passed"] else terminal.pick("✗", "failed")
    word = "as promised" if story["passed"] else str(story["failed"])
    yield from terminal.flow(Span(f"{mark} ", "green" if story["passed"] else "red"), word, f" in {story['seconds']:.1f} s", rest="  ")
    if story["measured"] is not None:
        took = Span(f"{story['measured']:.2f} s", late)
        said = f", {'late: ' if story['late'] else ''}promised within {story['promise']:.1f} s"
        yield from terminal.flow(f"  {story['measures']}: ", took, said, rest="    ")


# `coro drill --list`.


def scenarios(data: list[dict[str, Any]], terminal: Terminal) -> Iterator[str]:
    """A row a scenario."""
    yield from glossary(("SCENARIO", "WHAT HAPPENS"), [(s["scenario"], s["title"]) for s in data], terminal)
