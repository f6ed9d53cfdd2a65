"""coro drill."""

from __future__ import annotations

from typing import Annotated

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.output.result import Result


@verb
def command(
    call: Call,
    scenarios: Annotated[list[str] | None, typer.Argument(metavar="[SCENARIO]...", help="Which; `all`; none: the main job.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the scenarios.")] = False,
    report_file: Annotated[str | None, typer.Option("--report", metavar="FILE", help="Also write a page: FILE.html or FILE.md.")] = None,
) -> Result:
    """Tabletop drills: real coro processes in a throw-away home, against a simulated host over real HTTP.

    Your own home, jobs and tokens are not touched.

    \b
    Examples:
      coro drill
      coro drill --list
      coro drill offline runner-killed
      coro drill all --report exercise.html
    """
    from coro_cli.drills import scenes
    from coro_cli.output import interactive, report

    if list_:
        return Result(scenes.titles(), view="scenarios")
    names = list(scenes.SCENES) if scenarios == ["all"] else scenarios or [*scenes.SCENES][:1]
    for name in names:
        scenes.load(name)
    if report_file is not None:
        report.write(report_file, [])  # a file that cannot be written is told before anything is played
    stories = [s.as_json() for s in interactive.each(scenes.play(names), names, quiet=call.quiet or call.json)]
    if report_file is not None:
        report.write(report_file, stories)
    return Result(stories, view="drill", exit_code=0 if all(s["passed"] for s in stories) else 1)
