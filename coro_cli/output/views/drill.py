"""`coro drill`: each scenario as it was played."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coro_cli.output.terminal import Span, Terminal

_STYLES = {"host": "magenta", "you": "bold", "coro": "cyan", "command": "green"}


def render(data: list[dict[str, Any]], terminal: Terminal) -> Iterator[str]:
    """A heading, the moments, the verdict; then the next scenario."""
    for number, story in enumerate(data):
        if number:
            yield ""
        yield from _story(story, terminal)
    failed = [s["scenario"] for s in data if not s["passed"]]
    if len(data) > 1:
        yield ""
        verdict = Span(f"{len(failed)} of {len(data)} failed: {', '.join(failed)}", "red") if failed else Span("all as promised", "green")
        yield terminal.line(verdict)


def _story(story: dict[str, Any], terminal: Terminal) -> Iterator[str]:
    yield terminal.line(Span(story["scenario"], "bold"), "  ", story["title"])
    rail = terminal.pick("│", "|")
    for moment in story["moments"]:
        head = f"{rail} {moment['at']:6.2f}s  "
        who = Span(f"{moment['who']:<8}", _STYLES.get(moment["who"], ""))
        yield from terminal.flow(head, who, moment["text"], rest=f"{rail}{' ' * 20}")
    mark = terminal.pick("✓", "ok") if story["passed"] else terminal.pick("✗", "failed")
    word = "as promised" if story["passed"] else str(story["failed"])
    yield from terminal.flow(Span(f"{mark} ", "green" if story["passed"] else "red"), word, f" in {story['seconds']:.1f} s", rest="  ")
    if story["measured"] is not None:
        yield from terminal.flow(f"  event to start {story['measured']:.2f} s; promised at most {story['promise']:.1f} s", rest="    ")
    if story["sees"]:
        yield from terminal.flow("  you see: ", story["sees"], rest="    ")
    if story["helps"]:
        yield from terminal.flow("  it helps: ", Span(story["helps"], "cyan"), rest="    ")
