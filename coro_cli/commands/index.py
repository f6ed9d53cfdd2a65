"""The table of commands, loaded one at a time: a command that is not called is not imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import takewhile
from typing import Any

import typer
from typer._click.exceptions import ClickException
from typer.core import TyperGroup

from coro_cli.commands import shell
from coro_cli.commands.shell import Home, Json, Quiet, Verbose
from coro_cli.errors import CoroError
from coro_cli.output import detect, stream
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
    "webhook": ("webhook", "Check, receive and replay deliveries; keep their secrets"),
    "drill": ("drill", "See it work against a simulated host"),
    "init": ("init", "Set coro up"),
    "doctor": ("doctor", "Check that everything is in order"),
    "service": ("service", "Keep `coro start` running"),
    "config": ("config", "Look at the settings and change them"),
    "login": ("login", "Pair this runner with its team's edge"),
    "edge": ("edge", "Team mode: the webhook edge on PostgreSQL"),
    "guide": ("guide", "Read the manual"),
    "completion": ("completion", "Print the completion script of a shell"),
}


def _settings() -> dict[str, Any]:
    """The parser lays out its help for 50 columns at least, unless it is told the width."""
    columns = detect.width(sys.stdout, os.environ)
    narrow = {"terminal_width": max(columns - 2, 20)} if columns < 52 else {}
    return {"help_option_names": ["-h", "--help"], **narrow}


_HELP = _settings()


class LazyGroup(TyperGroup):
    """Commands by name from a table; the module is imported when its command is called or helped.

    A row is (target, text): a module below `package` with a function `command`, or `module:function`; without a module
    the function stands in the group's own.
    """

    table = TABLE
    package = "coro_cli.commands"

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the table's order."""
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or None for an unknown name."""
        if cmd_name not in self.table:
            return None
        target, text = self.table[cmd_name]
        module, _, function = target.partition(":")
        return build(import_module(f"{self.package}.{module}" if module else self.package), cmd_name, text, function or "command")

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first word names. Raises UsageError with the nearest one."""
        if args[0] not in self.table and not args[0].startswith("-"):
            from coro_cli.commands.mistakes import no_command

            raise no_command(args[0], list(self.table), ctx.command_path)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list in `--help`, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.table.items()])


def build(module: Any, name: str, text: str, function: str = "command") -> Any:
    """The command or group that a module holds: the named function, or else a `TABLE` of subcommands."""
    if function == "command" and hasattr(module, "TABLE"):
        return group(name, text, module.TABLE, f"{module.__name__}", module.__doc__)
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    command = getattr(module, function)
    app.command(name=name, short_help=text, cls=getattr(module, "Command", None), context_settings=_HELP)(command)
    return typer.main.get_command(app)


def group(name: str, text: str, table: dict[str, tuple[str, str]], package: str, long: str | None = None) -> Any:
    """A group of subcommands; `package` is where their modules are."""
    kind = type(f"{name.title()}Group", (LazyGroup,), {"table": table, "package": package})
    app = typer.Typer(cls=kind, name=name, add_completion=False, rich_markup_mode=None, no_args_is_help=False)
    is_root = table is TABLE

    def common(ctx: typer.Context, home: Home = None, json: Json = False, quiet: Quiet = False, verbose: Verbose = False) -> None:
        if ctx.invoked_subcommand is not None:
            return
        if is_root:
            _welcome(ctx)
        stream.say(sys.stdout, _as_json(ctx, text, table) if json else ctx.get_help())

    app.callback(short_help=text, help=long or text, invoke_without_command=True, context_settings=_HELP)(common)
    made = typer.main.get_command(app)
    if is_root:
        made.epilog = "`coro help COMMAND` or `coro COMMAND --help` tells more; `coro --version` the version."
    return made


def _as_json(ctx: typer.Context, text: str, table: dict[str, tuple[str, str]]) -> str:
    from coro_cli.output.result import document

    commands = [{"command": f"{ctx.command_path} {name}", "does": does} for name, (_, does) in table.items()]
    return document({"about": text, "commands": commands}, ascii_only=True)


def _welcome(ctx: typer.Context) -> None:
    from coro_cli.commands.welcome import welcome

    shell.carry_out(ctx, welcome, {name: ctx.params.get(name) for name in shell.COMMON})


_ABOUT = """coro parks jobs until something happens on a code host or an issue tracker, and resumes them when it does.

\b
  coro park https://github.com/acme/api/pull/42 --on approved -- ./ship.sh
  coro start          polls and resumes; leave it running
  coro drill          see it work, without an account
"""


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns the exit code."""
    app = group("coro", "", TABLE, "coro_cli.commands", _ABOUT)
    words = _helped(list(arguments))
    json = "--json" in words[: words.index("--")] if "--" in words else "--json" in words
    leading = set(takewhile(lambda word: str(word).startswith("-"), words))
    if leading & {"--version", "-V"} and "--" not in leading:
        return _version(json)
    try:
        code = app.main(words, prog_name="coro", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except typer.Exit as stop:
        return int(stop.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return shell.interrupted(json=json)
    except SystemExit:
        return 0  # the parser's own way out of a help text whose reader has gone, which is no error
    except OSError as error:
        return _lost(error)
    except ClickException as error:
        from coro_cli.commands.mistakes import told

        return emit_error(told(error, words), json=json, stdout=sys.stdout, stderr=sys.stderr)
    except CoroError as error:
        return emit_error(error, json=json, stdout=sys.stdout, stderr=sys.stderr)


def _version(json: bool) -> int:
    from coro_cli import __version__, output

    return output.plainly(f'{{"version": "{__version__}"}}' if json else f"coro {__version__}")


def _lost(error: OSError) -> int:
    """The help text could not be written."""
    stream.silence(sys.stdout)
    lost = stream.OutputLost(f"the output could not be written: {error.strerror}")
    return emit_error(lost, json=False, stdout=sys.stdout, stderr=sys.stderr)


def _helped(words: list[str]) -> list[str]:
    """`coro help park` is `coro park --help`."""
    return [*words[1:], "--help"] if words[:1] == ["help"] else words
