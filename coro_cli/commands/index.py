"""The table of commands, loaded one at a time: a command that is not called is not imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer._click.exceptions import ClickException
from typer.core import TyperGroup

from coro_cli.commands.shell import Home, Json, Quiet, Verbose
from coro_cli.errors import CoroError, UsageError
from coro_cli.output.emit import emit_error

# name: (module below coro_cli.commands, one line of help). The order is the order of `coro --help`.
TABLE: dict[str, tuple[str, str]] = {
    "park": ("park", "Park a job until something happens"),
    "start": ("start", "Poll, resume, keep deadlines: leave it running"),
    "poll": ("poll", "One cycle now, for cron and CI"),
    "jobs": ("jobs", "List the jobs"),
    "show": ("show", "Show one job and its history"),
    "explain": ("explain", "Say why a job is still parked"),
    "logs": ("logs", "Show what a run printed"),
    "events": ("events", "Show the event log, and what each event did"),
    "resume": ("resume", "Wake a job now and watch it run"),
    "message": ("message", "Give a job a message"),
    "wait": ("wait", "Block until jobs stop"),
    "retry": ("retry", "Run a failed or interrupted job again"),
    "cancel": ("cancel", "Stop jobs for good"),
    "status": ("status", "Show the runner, the plugins, budgets and detection times"),
    "drill": ("drill", "See it work against a simulated host"),
    "guide": ("guide", "Read the manual"),
    "completion": ("completion", "Print the completion script of a shell"),
}


class LazyGroup(TyperGroup):
    """Commands by name from a table; the module is imported when its command is called or helped."""

    table = TABLE
    package = "coro_cli.commands"

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the table's order."""
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or None for an unknown name."""
        if cmd_name not in self.table:
            return None
        module, text = self.table[cmd_name]
        return build(import_module(f"{self.package}.{module}"), cmd_name, text)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list in `--help`, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.table.items()])


def build(module: Any, name: str, text: str) -> Any:
    """The command or group that a module holds: a function `command`, or a `TABLE` of subcommands."""
    if hasattr(module, "TABLE"):
        return group(name, text, module.TABLE, f"{module.__name__}", module.__doc__)
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name=name, short_help=text, cls=getattr(module, "Command", None), no_args_is_help=False)(module.command)
    return typer.main.get_command(app)


def group(name: str, text: str, table: dict[str, tuple[str, str]], package: str, long: str | None = None) -> Any:
    """A group of subcommands; `package` is where their modules are."""
    kind = type(f"{name.title()}Group", (LazyGroup,), {"table": table, "package": package})
    app = typer.Typer(cls=kind, name=name, add_completion=False, rich_markup_mode=None, no_args_is_help=False)

    @app.callback(short_help=text, help=long or text, invoke_without_command=True)
    def common(ctx: typer.Context, home: Home = None, json: Json = False, quiet: Quiet = False, verbose: Verbose = False) -> None:
        if ctx.invoked_subcommand is None:
            sys.stdout.write(ctx.get_help() + "\n")

    return typer.main.get_command(app)


_WELCOME = """coro parks jobs until something happens on a code host or an issue tracker, and resumes them when it does.

\b
  coro park https://github.com/acme/api/pull/42 --on approved -- ./ship.sh
  coro start          polls and resumes; leave it running
  coro drill          see it work, without an account
"""


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns the exit code."""
    app = group("coro", "", TABLE, "coro_cli.commands", _WELCOME)
    json = "--json" in arguments[: arguments.index("--")] if "--" in arguments else "--json" in arguments
    try:
        code = app.main(list(arguments), prog_name="coro", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except typer.Exit as stop:
        return int(stop.exit_code)
    except typer.Abort:
        return 130
    except KeyboardInterrupt:
        return _interrupted()
    except ClickException as error:
        return emit_error(_told(error), json=json, stdout=sys.stdout, stderr=sys.stderr)
    except CoroError as error:
        return emit_error(error, json=json, stdout=sys.stdout, stderr=sys.stderr)


def _interrupted() -> int:
    try:
        sys.stderr.write("\n")
    except OSError:
        pass
    return 130


def _told(error: ClickException) -> CoroError:
    """A mistake of the command line in our own form: one sentence, then where to look."""
    message = error.format_message().strip().rstrip(".")
    command = getattr(getattr(error, "ctx", None), "command_path", "coro")
    first, _, more = message.partition("\n")
    hint = " ".join(more.split()) or f"{command} --help"
    return UsageError(first[:1].lower() + first[1:] if not first.startswith("--") else first, hint=hint)


def is_terminal() -> bool:
    """Whether a person reads stdout."""
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
