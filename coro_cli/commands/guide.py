"""coro guide."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli import guides
from coro_cli.commands.shell import Call, verb
from coro_cli.errors import NotFound
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    topic: Annotated[str | None, typer.Argument(metavar="[TOPIC]", help="A page; none lists them.", show_default=False)] = None,
) -> Result:
    """Read the manual. On a terminal pages are laid out; piped they are plain Markdown.

    \b
    Examples:
      coro guide
      coro guide waits
      coro guide events | less
    """
    if topic is None:
        return Result([{"topic": name, "about": guides.TOPICS[name]} for name in guides.written()], view="topics")
    if topic not in guides.written():
        import difflib

        near = difflib.get_close_matches(topic, guides.written(), n=1, cutoff=0.4)
        shown = topic if topic.isprintable() and len(topic) < 40 else "that"
        raise NotFound(f"there is no page `{shown}`", hint=f"did you mean `coro guide {near[0]}`?" if near else "the pages: coro guide")
    return Result({"topic": topic, "markdown": guides.page(topic)}, view="page")
