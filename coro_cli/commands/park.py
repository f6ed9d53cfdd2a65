"""coro park."""

from __future__ import annotations

import os
import time
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from coro_cli.commands.shell import Call, readable, verb
from coro_cli.errors import UsageError
from coro_cli.output.result import Result


class Command(TyperCommand):
    """Everything after the first `--` is the job's command, word by word, whatever it looks like."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Set the command aside before options are parsed."""
        if "--" in args:
            at = args.index("--")
            ctx.meta["command"] = args[at + 1 :]
            args = args[:at]
        return list(super().parse_args(ctx, args))

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Show the command's place in the usage line."""
        return [*super().collect_usage_pieces(ctx), "[-- COMMAND...]"]


@verb
def command(
    call: Call,
    refs: Annotated[list[str] | None, typer.Argument(metavar="[REF]...", help="URL, `github:acme/api#42`, in a checkout `#42`")] = None,
    on: Annotated[list[str] | None, typer.Option("--on", metavar="EVENTS", help="What to wait for; repeats, or takes commas.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Wait for all of them, not any.")] = False,
    only: Annotated[bool, typer.Option("--only", help="Do not also wake when the pull request is merged or closed.")] = False,
    at_head: Annotated[bool, typer.Option("--at-head", help="An approval counts only on the head commit.")] = False,
    who: Annotated[str, typer.Option("--from", metavar="WHO", help="trusted, anyone, self or a login: who counts.")] = "trusted",
    match: Annotated[str, typer.Option("--match", metavar="REGEX", help="The text, label, person or status has to match.")] = "",
    since: Annotated[str | None, typer.Option("--since", metavar="WHEN", help="Look back: 2h, or a time.")] = None,
    timeout: Annotated[str | None, typer.Option("--timeout", metavar="DUR", help="Wake with job:timeout after this long.")] = None,
    repeat: Annotated[bool | None, typer.Option("--repeat", help="Park again after each success until the ref is over.")] = None,
    retries: Annotated[int | None, typer.Option("--retries", metavar="N", min=0, max=1000, help="Run a failing command again.")] = None,
    on_interrupt: Annotated[str | None, typer.Option("--on-interrupt", metavar="hold|rerun", help="If a run vanishes: hold.")] = None,
    title: Annotated[str | None, typer.Option("--title", metavar="T", help="A name for people.")] = None,
    phase: Annotated[str | None, typer.Option("--phase", metavar="P", help="A word for the command (CORO_PHASE).")] = None,
    cwd: Annotated[str | None, typer.Option("--cwd", metavar="DIR", help="Where the command runs; default: here.")] = None,
    env: Annotated[list[str] | None, typer.Option("--env", metavar="K[=V]", help="Keep this variable for the command.")] = None,
    job: Annotated[str | None, typer.Option("--job", metavar="ID", help="Park this job again (a running job calls it).")] = None,
    no_check: Annotated[bool, typer.Option("--no-check", help="Do not ask the host whether the ref exists.")] = False,
) -> Result:
    """Park a job until something happens, then run its command once with the event as its input.

    \b
    Examples:
      coro park https://github.com/acme/api/pull/42 --on approved -- ./ship.sh
      coro park . --on checks_passed,checks_failed --timeout 2h -- notify-send CI
      coro park jira:OPS-7 --on transitioned --match 'In Review|Done' -- ./next.sh
      coro park --job "$CORO_JOB_ID" '#42' --on merged --phase deploy

    Prints the job's id. Without a command the job only waits: coro wait ID.
    """
    from coro_cli.jobs import park

    asked = park.Asked(
        refs=refs or [], on=on or [], all=all_, only=only, at_head=at_head, who=who, match=match, since=since,
        timeout=timeout, repeat=repeat, retries=retries, on_interrupt=on_interrupt, title=_text(title), phase=_text(phase),
        cwd=cwd or _here(), explicit_cwd=cwd is not None, env=env or [],
        job=call.job(job) if job is not None else None, check=not no_check, command=_command(call), began=time.time(),
    )  # fmt: skip
    parked = park.park(call.db, call.fleet, asked)
    call.ring()
    return Result(
        parked.job, lines=(parked.id,), notes=tuple(parked.notes), warnings=tuple(parked.warnings)
    )


def _here() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        raise UsageError("the present directory is gone", hint="name another one with --cwd") from error


def _text(typed: str | None) -> str | None:
    return readable(typed) if typed is not None else None


def _command(call: Call) -> tuple[str, ...] | None:
    words = call.flags.get("command")
    if words is not None and not words:
        raise UsageError("the command after `--` is missing", hint="coro park REF --on approved -- ./ship.sh")
    return tuple(words) if words is not None else None
