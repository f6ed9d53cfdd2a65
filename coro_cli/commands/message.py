"""coro message."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from coro_cli.commands.shell import Call, readable, verb
from coro_cli.errors import UsageError
from coro_cli.output.result import Result

LIMIT = 8 * 1024 * 1024


@verb
def command(
    call: Call,
    words: Annotated[list[str] | None, typer.Argument(metavar="[TEXT|-]", help="The message; `-` reads it from stdin.")] = None,
    job: Annotated[str | None, typer.Option("--job", metavar="ID", help="The job: its id or the beginning of it.")] = None,
    no_resume: Annotated[bool, typer.Option("--no-resume", help="Leave the message for the next run; do not wake the job.")] = False,
) -> Result:
    """Give a job a message. A parked job wakes to take it, and parks again on the same wait.

    \b
    Examples:
      coro message --job k7m2qp "rebase on main first"
      git log -1 | coro message --job k7m2qp -
    """
    from coro_cli.jobs import act
    from coro_cli.store import views

    given = list(words or [])
    if job is None and given:
        job = given.pop(0)  # `coro message ID TEXT` means the same as `--job ID TEXT`
    chosen = call.job(job)
    if len(given) > 1:
        raise UsageError("the message is one argument", hint=f'put it in quotes: coro message --job {chosen} "two words"')
    body = readable(given[0]) if given and given[0] != "-" else _stdin(chosen, asked=bool(given))
    if len(body) > LIMIT or not body.strip():
        problem = "is empty" if not body.strip() else "is longer than 8 MB"
        raise UsageError(f"the message {problem}", hint=f"coro message --job {chosen} TEXT")
    state = act.message(call.db, chosen, body, resume=not no_resume)
    call.ring()
    row = call.db.one("job_get", id=chosen)
    assert row is not None  # resolved above
    return Result(views.job_json(call.db, row), notes=(f"{chosen} has the message; it is {state}",))


def _stdin(job: str, *, asked: bool) -> str:
    """The message from stdin: with `-`, or where something is piped in. A person who forgot the text is not left waiting."""
    if sys.stdin is None or (sys.stdin.isatty() and not asked):
        raise UsageError("the message is missing", hint=f"coro message --job {job} TEXT, or `-` to type it")
    if sys.stdin.isatty():
        from coro_cli.output import interactive

        interactive.announce("the message; Ctrl-D on a line of its own ends it:")
    return sys.stdin.buffer.read(LIMIT + 1).decode("utf-8", "replace")
